"""Calls to try at once: made from the strategies and results that are there, so that each runs as it is."""

import json
import shlex
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import API, Paging, Services
from leanboard.api.openapi import answers, problems
from leanboard.errors import InvalidInput
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import ResultSummary
from leanboard.models.service import Example, ExampleListResponse
from leanboard.models.strategies import ParameterType, StrategyInfo
from leanboard.storage.result_query import ResultQuery

router = APIRouter(tags=["service"], route_class=StrictRoute)

FIRST_CHOICE = "main"


@router.get(
    "/examples",
    operation_id="listExamples",
    summary="Examples that run as they are",
    responses={**answers(200, "Calls to try", samples.EXAMPLE_PAGE), **problems(InvalidInput)},
)
async def list_examples(query: Paging, services: Services, request: Request) -> ExampleListResponse:
    """Return calls that work now; those that need a finished run appear once there is one."""
    shell = Shell(str(request.base_url).rstrip("/"), needs_key=services.settings.api_key is not None)
    strategy = _best(await services.strategies.list())
    latest = (await services.storage.list(ResultQuery(page_size=1))).items
    found = (
        *_general(shell),
        *(_of_strategy(shell, strategy) if strategy else ()),
        *(_of_result(shell, latest[0]) if latest else ()),
    )
    return ExampleListResponse(
        items=found[query.window],
        total=len(found),
        page=query.page,
        page_size=query.page_size,
    )


@dataclass(frozen=True, slots=True)
class Shell:
    """Writes examples, with their command line.

    Attributes:
        base: The service's address, without slash at the end.
        needs_key: Whether the commands must send the API key; they take it from the environment.
    """

    base: str
    needs_key: bool

    def example(
        self,
        name: str,
        description: str,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        expect: int = 200,
    ) -> Example:
        """Return one example."""
        command = self._socket(path) if method == "WS" else self._curl(method, path, headers or {}, body)
        return Example(
            name=name,
            description=description,
            method=method,
            path=path,
            headers=headers or {},
            body=body,
            expect=expect,
            command=command,
        )

    @property
    def _key(self) -> str:
        return ' -H "Authorization: Bearer $LEANBOARD_API_KEY"' if self.needs_key else ""

    def _curl(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None) -> str:
        verb = "" if method == "GET" else f" -X {method}"
        content = {"Content-Type": "application/json"} if body is not None else {}
        fields = "".join(f" -H {shlex.quote(f'{k}: {v}')}" for k, v in {**content, **headers}.items())
        data = "" if body is None else f" -d {shlex.quote(json.dumps(body))}"
        return f"curl{verb} {shlex.quote(self.base + path)}{self._key}{fields}{data}"

    def _socket(self, path: str) -> str:
        return f"websocat{self._key} {shlex.quote('ws' + self.base.removeprefix('http') + path)}"


def _best(strategies: tuple[StrategyInfo, ...]) -> StrategyInfo | None:
    runnable = [s for s in strategies if s.valid and s.embedded.supported is not False]
    return next((s for s in runnable if s.name == FIRST_CHOICE), runnable[0] if runnable else None)


def _general(shell: Shell) -> Iterator[Example]:
    yield shell.example("endpoints", "What there is", "/")
    yield shell.example("strategies", "What can be run", f"{API}/strategies")
    yield shell.example("results", "Newest results first", f"{API}/results?page_size=10")
    yield shell.example(
        "best_results",
        "Completed runs, the best Sharpe ratio first",
        f"{API}/results?status=completed&sort=sharpe_ratio&order=desc",
    )
    yield shell.example(
        "delete_unknown",
        "Delete a result that is not there: an error as problem details",
        f"{API}/results/1970-01-01_00-00-00",
        method="DELETE",
        expect=404,
    )


def _of_strategy(shell: Shell, strategy: StrategyInfo) -> Iterator[Example]:
    yield shell.example("strategy", "Parameters, documentation, source", f"{API}/strategies/{strategy.name}")
    run = f"{API}/run"
    plain = {"strategy_name": strategy.name}
    yield shell.example("run", "Start the strategy as it stands", run, method="POST", body=plain, expect=202)
    yield shell.example(
        "run_changed",
        "Start it with another account, its own period and parameters written out",
        run,
        method="POST",
        body=_changed(strategy),
        expect=202,
    )
    yield shell.example(
        "run_once",
        "Start it once, however often this very call is repeated (200 from the second time on)",
        run,
        method="POST",
        headers={"Idempotency-Key": str(uuid.uuid4())},
        body=plain,
        expect=202,
    )


def _changed(strategy: StrategyInfo) -> dict[str, Any]:
    numeric = (ParameterType.INTEGER, ParameterType.NUMBER)
    request = BacktestRequest(
        strategy_name=strategy.name,
        start_date=strategy.start_date,
        end_date=strategy.end_date,
        initial_cash=Decimal(50000),
        parameters={p.name: p.default for p in strategy.parameters if p.type in numeric and p.default is not None},
        name="another account",
        tags=("example",),
    )
    return {**request.model_dump(mode="json", exclude_defaults=True), "initial_cash": 50000}


def _of_result(shell: Shell, latest: ResultSummary) -> Iterator[Example]:
    run_id = latest.run.id
    yield shell.example("status", "Where the run stands that ended last", f"{API}/status/{run_id}")
    yield shell.example("progress", "How far it got", f"{API}/progress/{run_id}")
    yield shell.example(
        "monitor", "Its events, from a snapshot to the end", f"{API}/monitor/{run_id}", method="WS", expect=101
    )
    yield shell.example("verdict", "Why it is as it is, and what to do", f"{API}/results/{latest.timestamp}/verdict")
    yield shell.example("result", "Statistics and equity curve", f"{API}/results/{latest.timestamp}?points=100")
    yield shell.example("report", "The same as a page of HTML", f"{API}/results/{latest.timestamp}/report.html")
    yield shell.example(
        "rerun",
        "Run it again, from its own code and parameters",
        f"{API}/rerun/{latest.timestamp}",
        method="POST",
        expect=202,
    )
    yield shell.example(
        "cancel_ended",
        "A run that has ended cannot be cancelled",
        f"{API}/cancel/{run_id}",
        method="DELETE",
        expect=409,
    )
