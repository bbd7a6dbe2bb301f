"""A client of the service: HTTP for questions and orders, the WebSocket for what happens to a run.

There is one client for a service far away and for the one that a command starts inside itself (local.py).
"""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import TypeAdapter, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from leanboard.errors import ImageNotAllowed, Problem
from leanboard.models.comparison import Comparison
from leanboard.models.events import RUN_EVENT, RunEvent
from leanboard.models.health import HealthReport
from leanboard.models.labels import ResultChanges
from leanboard.models.organising import ReindexReport, RetentionPlan, RetentionRules
from leanboard.models.queue import QueueChanges, QueueState
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestListResponse, BacktestResult, ResultSummary
from leanboard.models.run import BacktestRunInfo
from leanboard.models.service import StrategyListResponse
from leanboard.models.strategies import StrategyInfo
from leanboard.models.verdict import Verdict
from leanboard.models.verification import Verification
from leanboard.terminal.failure import CommandError, ExitCode

API = "/api/v2/backtest"
TIMEOUT = 30.0
PAGE_SIZE = 100
CURVE_POINTS = 2000
RECONNECT_FOR = 60.0  # seconds without a connection after which a run is given up watching
MAX_EVENT = 64 * 1024 * 1024  # a snapshot carries the whole curve and the end of the log
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


T = TypeVar("T")


class NumberedEvent(Protocol):
    """What every event of a stream has."""

    @property
    def seq(self) -> int:
        """Its number."""

    @property
    def type(self) -> str:
        """What happened; ``end`` is the last."""


E = TypeVar("E", bound=NumberedEvent)


class NotReachable(CommandError):
    """Nobody answers at the service's address."""


class Client:
    """One service.

    Args:
        url: Such as ``http://127.0.0.1:8700``; a path in it is a proxy's prefix.
        api_key: Sent as ``Authorization: Bearer``; None for a service without one.
    """

    def __init__(self, url: str, api_key: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            message = f"{url!r} is no address of a service, such as http://127.0.0.1:8700"
            raise CommandError(message, exit_code=ExitCode.USAGE, code="invalid_input")
        self.url = url.rstrip("/")
        self._is_local = parts.hostname in _LOOPBACK
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx2.AsyncClient(
            base_url=self.url,
            headers=self._headers,
            timeout=TIMEOUT,
            trust_env=not self._is_local,  # no proxy between two processes of one machine
        )

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def health(self) -> HealthReport:
        """Return what the service says about itself; without its API key only the one word."""
        response = await self._send("GET", "/health", accept=(503,))
        return _understand(TypeAdapter(HealthReport), response.json())

    async def strategies(self) -> tuple[StrategyInfo, ...]:
        """Return all strategies that the service has found, broken ones included."""
        found: list[StrategyInfo] = []
        for page in itertools.count(1):
            response = await self._send("GET", f"{API}/strategies", params={"page": page, "page_size": PAGE_SIZE})
            listed = _understand(TypeAdapter(StrategyListResponse), response.json())
            found.extend(listed.items)
            if not listed.items or len(found) >= listed.total:
                break
        return tuple(found)

    async def strategy(self, name: str) -> StrategyInfo:
        """Return one strategy with its source."""
        response = await self._send("GET", f"{API}/strategies/{quote(name, safe='')}")
        return _understand(TypeAdapter(StrategyInfo), response.json())

    async def submit(self, request: BacktestRequest) -> BacktestRunInfo:
        """Start a run; returns when it is accepted and durable."""
        body = request.model_dump(mode="json", exclude_defaults=True)
        key = {"Idempotency-Key": uuid.uuid4().hex}  # a request that is sent again by a proxy starts nothing twice
        response = await self._send("POST", f"{API}/run", json=body, headers=key)
        return _understand(TypeAdapter(BacktestRunInfo), response.json())

    async def status(self, run_id: str) -> BacktestRunInfo:
        """Return a run as the index knows it."""
        response = await self._send("GET", f"{API}/status/{run_id}")
        return _understand(TypeAdapter(BacktestRunInfo), response.json())

    async def cancel(self, run_id: str) -> None:
        """Ask for the end of a run; a run that has ended already stays as it is."""
        await self._send("DELETE", f"{API}/cancel/{run_id}", accept=(409,))

    async def queue(self) -> QueueState:
        """Return who runs and who waits."""
        response = await self._send("GET", f"{API}/queue")
        return _understand(TypeAdapter(QueueState), response.json())

    async def change_queue(self, changes: QueueChanges) -> QueueState:
        """Pause or resume the queue, or change its limit."""
        response = await self._send("PATCH", f"{API}/queue", json=changes.model_dump(exclude_unset=True))
        return _understand(TypeAdapter(QueueState), response.json())

    async def results(self, query: Sequence[tuple[str, str | int]]) -> BacktestListResponse:
        """Return one page of finished runs; the query is described in docs/BACKTEST_API.md."""
        response = await self._send("GET", f"{API}/results", params=list(query))
        return _understand(TypeAdapter(BacktestListResponse), response.json())

    async def result(self, timestamp: str) -> BacktestResult:
        """Return everything about one finished run."""
        points = {"points": CURVE_POINTS}
        response = await self._send("GET", f"{API}/results/{quote(timestamp, safe='')}", params=points)
        return _understand(TypeAdapter(BacktestResult), response.json())

    async def verdict(self, timestamp: str) -> Verdict:
        """Return why a finished run is as it is."""
        response = await self._send("GET", f"{API}/results/{quote(timestamp, safe='')}/verdict")
        return _understand(TypeAdapter(Verdict), response.json())

    async def delete_result(self, timestamp: str) -> None:
        """Move a finished run with its directory to the trash."""
        await self._send("DELETE", _result(timestamp))

    async def label_result(self, timestamp: str, changes: ResultChanges) -> ResultSummary:
        """Change name, note, tags or star of a finished run."""
        response = await self._send("PATCH", _result(timestamp), json=changes.model_dump(exclude_unset=True))
        return _understand(TypeAdapter(ResultSummary), response.json())

    async def restore_result(self, timestamp: str) -> ResultSummary:
        """Take a deleted result back out of the trash."""
        response = await self._send("POST", f"{_result(timestamp)}/restore")
        return _understand(TypeAdapter(ResultSummary), response.json())

    async def purge_result(self, timestamp: str | None) -> None:
        """Remove a deleted result for good; None for all of them."""
        await self._send("DELETE", f"{API}/trash" + ("" if timestamp is None else f"/{quote(timestamp, safe='')}"))

    async def retention(self, rules: RetentionRules) -> RetentionPlan:
        """Return what would go by these rules; by those of the service's settings where there are none."""
        response = await self._send("GET", f"{API}/retention", params=rules.model_dump(exclude_none=True))
        return _understand(TypeAdapter(RetentionPlan), response.json())

    async def apply_retention(self, rules: RetentionRules) -> RetentionPlan:
        """Move what goes by these rules to the trash."""
        response = await self._send("POST", f"{API}/retention", json=rules.model_dump(exclude_none=True))
        return _understand(TypeAdapter(RetentionPlan), response.json())

    async def begin_reindex(self) -> ReindexReport:
        """Let the service compare its index with all run directories."""
        response = await self._send("POST", f"{API}/reindex")
        return _understand(TypeAdapter(ReindexReport), response.json())

    async def reindex_report(self) -> ReindexReport:
        """Return how far that is."""
        response = await self._send("GET", f"{API}/reindex")
        return _understand(TypeAdapter(ReindexReport), response.json())

    async def compare(self, runs: Sequence[str], baseline: str | None) -> Comparison:
        """Return finished runs side by side."""
        query = {"runs": ",".join(runs), **({"baseline": baseline} if baseline is not None else {})}
        response = await self._send("GET", f"{API}/compare", params=query)
        return _understand(TypeAdapter(Comparison), response.json())

    async def comparison_report(self, runs: Sequence[str]) -> bytes:
        """Return finished runs side by side as a page of HTML."""
        return (await self._send("GET", f"{API}/compare/report.html", params={"runs": ",".join(runs)})).content

    async def report(self, timestamp: str) -> bytes:
        """Return one finished run as a page of HTML."""
        return (await self._send("GET", f"{API}/results/{quote(timestamp, safe='')}/report.html")).content

    async def repeat(self, how: str, run: str) -> BacktestRunInfo:
        """Start a run that repeats a finished one; ``how`` is ``rerun`` or ``verify``."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        response = await self._send("POST", f"{API}/{how}/{quote(run, safe='')}", headers=key)
        return _understand(TypeAdapter(BacktestRunInfo), response.json())

    async def verification(self, run: str) -> Verification:
        """Return where a run that repeats another differs from it."""
        response = await self._send("GET", f"{API}/verify/{quote(run, safe='')}")
        return _understand(TypeAdapter(Verification), response.json())

    async def monitor(self, run_id: str) -> AsyncIterator[RunEvent]:
        """Yield a run's events from the first on, until its end; raises as :meth:`events`."""
        async for event in self.events(f"/monitor/{run_id}", RUN_EVENT, lambda: self.status(run_id)):
            yield event

    async def events(
        self, path: str, adapter: TypeAdapter[E], check: Callable[[], Awaitable[object]]
    ) -> AsyncIterator[E]:
        """Yield events from the first on, until its ``end``; a broken connection is taken up where it broke.

        Args:
            path: Of the WebSocket, below the interface's own.
            adapter: Of the events, which are numbered.
            check: Asks for what is watched, when the stream is refused: that answer says why in proper words.

        Raises:
            NotReachable: The service was away for longer than a minute.
            CommandError: The service refuses, such as for what is not there.
        """
        since: int | None = None
        lost_at: float | None = None
        while True:
            try:
                async with self._stream(path, since) as socket:
                    async for message in socket:
                        lost_at = None
                        event = _understand_event(adapter, message)
                        since = event.seq
                        yield event
                        if event.type == "end":
                            return
            except InvalidHandshake as refusal:
                await check()
                message = f"the service refuses the stream of {path.removeprefix('/')}: {refusal}"
                raise CommandError(message, code="stream_refused") from refusal
            except (ConnectionClosed, OSError, TimeoutError):
                pass
            lost_at = await self._pause(lost_at)

    def _stream(self, path: str, since: int | None) -> connect:
        address = "ws" + self.url.removeprefix("http") + API + path
        return connect(
            address if since is None else f"{address}?since={since}",
            additional_headers=self._headers,
            max_size=MAX_EVENT,
            proxy=None if self._is_local else True,
            create_connection=ClientConnection,
        )

    async def _pause(self, lost_at: float | None) -> float:
        """Wait before the next attempt; give up when there was none that worked for too long."""
        now = asyncio.get_running_loop().time()
        since = now if lost_at is None else lost_at
        if now - since > RECONNECT_FOR:
            message = f"the connection to {self.url} is lost; the run is not"
            hint = (
                "if that service has ended, its next start takes the run up; leanboard results lists it when it is done"
            )
            raise NotReachable(message, code="connection_lost", hint=hint)
        await asyncio.sleep(min(2.0, 0.1 + (now - since) / 4))
        return since

    async def ask(self, adapter: TypeAdapter[T], method: str, path: str, **content: Any) -> T:  # noqa: ANN401  # as below
        """Send a request, and return what the answer says.

        Args:
            adapter: Of the answer.
            method: Of HTTP.
            path: Below the interface's own.
            content: Such as ``json``, ``params`` and ``headers``.

        Raises:
            CommandError: The service is not there, refuses, or is not understood.
        """
        return _understand(adapter, (await self._send(method, f"{API}{path}", **content)).json())

    async def fetch(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        """Return a file of the service's as it is; the path is below the interface's own. Raises as :meth:`ask`."""
        return (await self._send("GET", f"{API}{path}", params=params)).content

    async def order(self, method: str, path: str) -> None:
        """Send a request whose answer says nothing; raises as :meth:`ask`."""
        await self._send(method, f"{API}{path}")

    async def _send(self, method: str, path: str, *, accept: tuple[int, ...] = (), **content: Any) -> httpx2.Response:  # noqa: ANN401  # what httpx2 takes
        try:
            response = await self._http.request(method, path, **content)
        except httpx2.TransportError as error:
            message = f"no service answers at {self.url} ({_words(error)})"
            raise NotReachable(message, code="not_reachable", hint="start one with: leanboard serve") from error
        if response.is_success or response.status_code in accept:
            return response
        raise _refusal(response)


def _result(timestamp: str) -> str:
    return f"{API}/results/{quote(timestamp, safe='')}"


def _words(error: Exception) -> str:
    return str(error).strip() or type(error).__name__


def _understand(adapter: TypeAdapter[T], content: object) -> T:
    try:
        return adapter.validate_python(content, strict=False)
    except ValidationError as error:
        raise _not_understood(error) from error


def _understand_event(adapter: TypeAdapter[E], message: str | bytes) -> E:
    try:
        return adapter.validate_json(message)
    except ValidationError as error:
        raise _not_understood(error) from error


def _not_understood(error: ValidationError) -> CommandError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    message = f"the service's answer is not understood ({place}: {first['msg']})"
    return CommandError(message, code="not_understood", hint="is it of the same version? compare: leanboard --version")


def _refusal(response: httpx2.Response) -> CommandError:
    """Turn problem+json into an error; anything else (a proxy's page) keeps its status line."""
    try:
        content = response.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        message = f"{response.url.host} answered {response.status_code} {response.reason_phrase}"
        return CommandError(message, code=f"http_{response.status_code}")
    code = str(content.get("code", f"http_{response.status_code}"))
    usage = response.status_code in {400, 404, 413, 422} or code == ImageNotAllowed.code
    return CommandError(
        str(content.get("detail") or content.get("title") or f"HTTP {response.status_code}"),
        exit_code=ExitCode.USAGE if usage else ExitCode.FAILED,
        code=code,
        problems=_problems(content),
        hint="set LEANBOARD_API_KEY to the service's key" if response.status_code == 401 else "",
    )


def _problems(content: Mapping[str, Any]) -> tuple[Problem, ...]:
    found = content.get("errors", ())
    return tuple(
        Problem(str(item.get("field", "")), str(item.get("message", ""))) for item in found if isinstance(item, dict)
    )
