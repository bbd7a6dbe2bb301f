"""Small stand-ins for the services behind the API, with as much behaviour as the routers can see."""

import asyncio
import atexit
import contextlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api.batch_fakes import FakeBatches, FakeEstimates
from leanboard.api import (
    analytics_samples,
    comparison_samples,
    organising_samples,
    queue_samples,
    samples,
    scenario_samples,
)
from leanboard.api.application import new_application
from leanboard.errors import Conflict, IdempotencyMismatch, IllegalTransition, InvalidInput, NotFound
from leanboard.models.batch_outcome import BatchComparisonQuery
from leanboard.models.batches import BatchDetail, RunSummary
from leanboard.models.comparison import CompareQuery, Comparison
from leanboard.models.events import EndEvent, LogEvent, LogLine, ProgressEvent, StatusEvent
from leanboard.models.health import HealthReport
from leanboard.models.labels import ResultChanges, labels_of
from leanboard.models.organising import ReindexReport, RetentionPlan, RetentionRules
from leanboard.models.queue import QueueChanges, QueueState
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestListResponse, BacktestResult, EquityPoint, ResultSummary
from leanboard.models.run import BacktestProgress, BacktestRunInfo, BacktestStatus, Outcome, Phase
from leanboard.models.scenarios import Scenario, ScenarioBody, ScenarioList
from leanboard.models.service import KnownProblem
from leanboard.models.strategies import StrategyInfo
from leanboard.models.verdict import Verdict
from leanboard.models.verification import Verification
from leanboard.services.analytics.run_files import RunFiles
from leanboard.services.analytics.run_results import RunResults
from leanboard.services.event_hub import EventHub
from leanboard.services.run_summary import run_summary
from leanboard.settings import Settings
from leanboard.storage.result_cursor import CursorSeal
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.result_query import ResultQuery
from leanboard.storage.scenario_index import InsertedScenario

API = "/api/v2/backtest"
HOST = "127.0.0.1:8700"
KEY = "0123456789abcdef0123456789abcdef"
MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass(frozen=True)
class FakeSubmission:
    run: BacktestRunInfo
    created: bool


class FakeManager:
    """Runs live in memory; events go through the real hub."""

    def __init__(self, ring: int = 2000) -> None:
        self.hub = EventHub(ring, lambda: datetime.now(UTC))
        self.runs: dict[str, BacktestRunInfo] = {samples.RUN_ID: samples.COMPLETED_RUN}
        self.keys: dict[str, tuple[BacktestRequest, str]] = {}
        self.calls: list[tuple[str, object]] = []
        self.report: HealthReport = samples.HEALTH
        self.failure: Exception | None = None
        self.results = {samples.TIMESTAMP}

    def _note(self, name: str, argument: object) -> None:
        self.calls.append((name, argument))
        if self.failure is not None:
            raise self.failure

    async def submit(self, request: BacktestRequest, *, idempotency_key: str | None = None) -> FakeSubmission:
        self._note("submit", request)
        if idempotency_key in self.keys:
            first, run_id = self.keys[idempotency_key]
            if first != request:
                raise IdempotencyMismatch("the key stands for another body")
            return FakeSubmission(self.runs[run_id], created=False)
        if request.strategy_name not in {"main", "moving_average_cross"}:
            raise InvalidInput("there is no such strategy", field="strategy_name")
        run = samples.PENDING_RUN.evolve(id=f"{len(self.runs):032x}", strategy_name=request.strategy_name)
        self.runs[run.id] = run
        self.hub.open(run)
        if idempotency_key is not None:
            self.keys[idempotency_key] = (request, run.id)
        return FakeSubmission(run, created=True)

    async def status(self, run_id: str) -> BacktestRunInfo:
        self._note("status", run_id)
        if run_id not in self.runs:
            raise NotFound(f"no run {run_id}")
        return self.runs[run_id]

    async def wait_for_end(self, run_id: str, within: float) -> BacktestRunInfo:
        self._note("wait_for_end", (run_id, within))
        return await self.status(run_id)

    async def progress(self, run_id: str) -> BacktestProgress:
        return (await self.status(run_id)).progress or BacktestProgress()

    async def cancel(self, run_id: str) -> BacktestRunInfo:
        run = await self.status(run_id)
        if run.status.is_terminal:
            raise IllegalTransition("the run has ended")
        self.runs[run_id] = run.evolve(cancel_requested_at=MOMENT)
        return self.runs[run_id]

    async def delete(self, timestamp: str) -> None:
        self._note("delete", timestamp)
        if timestamp not in self.results:
            raise NotFound("no such result")
        self.results.discard(timestamp)

    @contextlib.asynccontextmanager
    async def watch(self, run_id: str, since: int | None = None) -> AsyncIterator[AsyncIterator[str]]:
        self._note("watch", (run_id, since))
        run = self.runs.get(run_id)
        if run is None:
            raise NotFound(f"no run {run_id}")
        if not self.hub.is_open(run_id):
            yield _finished(run)
            return
        with self.hub.subscribe(run_id, since) as subscription:
            yield subscription

    async def health(self) -> HealthReport:
        return self.report

    # What a runner would do.

    def progressed(self, run_id: str, percent: float) -> None:
        progress = samples.PROGRESS.evolve(percent=percent)
        event = ProgressEvent(run_id=run_id, time=datetime.now(UTC), phase=Phase.TRADING, progress=progress)
        self.hub.publish(event)

    def logged(self, run_id: str, text: str) -> None:
        self.hub.publish(LogEvent(run_id=run_id, time=datetime.now(UTC), lines=(LogLine(text=text),)))

    def ended(self, run_id: str) -> None:
        run = samples.COMPLETED_RUN.evolve(id=run_id)
        self.runs[run_id] = run
        now = datetime.now(UTC)
        self.hub.publish(StatusEvent(run_id=run_id, time=now, run=run))
        self.hub.publish(_end(run))
        self.hub.close(run_id)


def _end(run: BacktestRunInfo) -> EndEvent:
    return EndEvent(run_id=run.id, time=datetime.now(UTC), run=run, outcome=Outcome(status=run.status))


async def _finished(run: BacktestRunInfo) -> AsyncIterator[str]:
    yield StatusEvent(run_id=run.id, time=datetime.now(UTC), run=run).model_dump_json()
    yield _end(run).model_dump_json()


@cache
def fake_directory() -> Path:
    """The run directory of the sample, made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="leanboard-fake-"))
    atexit.register(shutil.rmtree, folder)
    (folder / "console").mkdir()
    (folder / "config.json").write_text('{"algorithm-id": "a"}')
    (folder / "a-log.txt").write_text("2013-10-07 09:31:00 hello\n")
    (folder / "log.txt").write_text("2026-01-31T12:00:00.0000000Z TRACE:: one\nmore\n")
    for name in ("stdout.txt", "stderr.txt", "build.txt"):
        (folder / "console" / name).write_text("printed\n")
    return folder


class FakeDocuments:
    def __init__(self, storage: "FakeStorage") -> None:
        self._storage = storage

    async def get(self, timestamp: str) -> ResultDocument:
        return await self._storage.document(timestamp)


class FakeStorage:
    def __init__(self, manager: FakeManager) -> None:
        self._manager = manager
        self.queries: list[ResultQuery] = []
        self.keeper = FakeKeeper(manager)
        self.reindexing = FakeReindexing()
        self.failure: Exception | None = None
        self.folder: Path | None = None

    async def list(self, query: ResultQuery) -> BacktestListResponse:
        if query.cursor is not None:
            CursorSeal(b"fake").open(query.cursor, query)
        self.queries.append(query)
        found = (samples.SUMMARY,) if samples.TIMESTAMP in self._manager.results else ()
        if query.status and BacktestStatus.COMPLETED not in query.status:
            found = ()
        return BacktestListResponse(
            items=found if query.page == 1 else (),
            total=len(found),
            page=query.page,
            page_size=query.page_size,
        )

    async def summary(self, timestamp: str) -> ResultSummary:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        return samples.SUMMARY

    async def document(self, timestamp: str) -> ResultDocument:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        if self.failure is not None:
            raise self.failure
        return analytics_samples.DOCUMENT

    @property
    def documents(self) -> "FakeDocuments":
        return FakeDocuments(self)

    async def directory(self, timestamp: str) -> Path:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        return self.folder or fake_directory()

    async def in_thread(self, work: Callable[..., Any], *args: object) -> Any:
        return work(*args)

    async def result(self, timestamp: str, points: int = 2000) -> BacktestResult:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        equity = tuple(EquityPoint(time=MOMENT + timedelta(days=i), value=1.0) for i in range(min(points, 1000)))
        return samples.RESULT.evolve(equity=equity)


class FakeVerdicts:
    def __init__(self, manager: FakeManager) -> None:
        self._manager = manager

    async def verdict(self, timestamp: str) -> Verdict:
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        return samples.VERDICT


class FakeKeeper:
    def __init__(self, manager: FakeManager) -> None:
        self._manager = manager
        self.trash: set[str] = set()

    async def label(self, timestamp: str, changes: ResultChanges) -> ResultSummary:
        self._manager._note("label", changes)
        if timestamp not in self._manager.results:
            raise NotFound(f"no result {timestamp}")
        run = samples.SUMMARY.run
        return samples.SUMMARY.evolve(run=labels_of(run, changes).on(run))

    async def restore(self, timestamp: str) -> ResultSummary:
        if timestamp not in self.trash:
            raise NotFound(f"no result {timestamp} in the trash")
        return samples.SUMMARY

    async def purge(self, timestamp: str) -> None:
        await self.restore(timestamp)


class FakeReindexing:
    report = organising_samples.REINDEX

    def begin(self) -> ReindexReport:
        return self.report


class FakeRetention:
    rules = RetentionRules(keep_days=90)

    async def preview(self, rules: RetentionRules) -> RetentionPlan:
        return organising_samples.PLAN.evolve(rules=rules)

    async def apply(self, rules: RetentionRules) -> RetentionPlan:
        return organising_samples.PLAN.evolve(rules=rules)

    async def empty_trash(self) -> int:
        return 0


class FakeStrategies:
    def __init__(self) -> None:
        self.found = (samples.STRATEGY.evolve(name="main"), samples.STRATEGY)

    async def list(self) -> tuple[StrategyInfo, ...]:
        return self.found

    async def get(self, name: str) -> StrategyInfo:
        for strategy in self.found:
            if strategy.name == name:
                return strategy.evolve(source="class A: ...")
        raise NotFound("no such strategy")


class FakeRepetition:
    """Repeats the one run that there is."""

    def __init__(self, manager: FakeManager) -> None:
        self._manager = manager

    async def rerun(self, reference: str, *, idempotency_key: str | None = None) -> FakeSubmission:
        if reference not in {samples.RUN_ID, samples.TIMESTAMP}:
            raise NotFound(f"no run {reference}")
        known = self._manager.keys.get(idempotency_key)
        run = samples.RERUN.evolve(id=known[1] if known else f"{len(self._manager.runs):032x}")
        self._manager.runs[run.id] = run
        if idempotency_key is not None:
            self._manager.keys[idempotency_key] = (BacktestRequest(strategy_name="main"), run.id)
        return FakeSubmission(run, created=known is None)

    verify = rerun

    async def verification(self, reference: str) -> Verification:
        run = self._manager.runs.get(reference)
        if run is None:
            raise NotFound(f"no run {reference}")
        if run.rerun_of is None:
            raise Conflict("it repeats no other")
        return samples.VERIFICATION.evolve(repeated=run)


class FakeComparisons:
    """Compares the one pair that there is."""

    async def compare(self, query: CompareQuery) -> Comparison:
        known = {run.timestamp: run.run.id for run in comparison_samples.COMPARISON.runs}
        if not {*query.references} <= {*known, *known.values()}:
            raise NotFound("no such run")
        return comparison_samples.COMPARISON


@dataclass(frozen=True)
class FakePage:
    html: bytes = b"<!doctype html>"
    policy: str = "default-src 'none'"


class FakeReports:
    async def run(self, timestamp: str) -> FakePage:
        if timestamp != samples.TIMESTAMP:
            raise NotFound(f"no result {timestamp}")
        return FakePage()

    async def compare(self, query: CompareQuery) -> FakePage:
        await FakeComparisons().compare(query)
        return FakePage()

    async def batch(self, detail: BatchDetail, query: BatchComparisonQuery) -> FakePage:
        return FakePage()


class FakeQueueControl:
    def __init__(self) -> None:
        self.changes: list[QueueChanges] = []

    def state(self) -> QueueState:
        return queue_samples.QUEUE

    async def change(self, changes: QueueChanges) -> QueueState:
        self.changes.append(changes)
        return queue_samples.QUEUE.evolve(**changes.model_dump(exclude_unset=True))


class FakeScenarios:
    """Scenarios in memory."""

    def __init__(self) -> None:
        self.found = {scenario_samples.SCENARIO.id: scenario_samples.SCENARIO}
        self.keys: dict[str, tuple[ScenarioBody, Scenario]] = {}

    async def page(self, page: int, page_size: int) -> ScenarioList:
        items = tuple(self.found.values())[(page - 1) * page_size : page * page_size]
        return ScenarioList(items=items, total=len(self.found), page=page, page_size=page_size)

    async def get(self, scenario_id: str) -> Scenario:
        if scenario_id not in self.found:
            raise NotFound("no such scenario")
        return self.found[scenario_id]

    async def save(self, body: ScenarioBody, *, idempotency_key: str | None = None) -> InsertedScenario:
        if idempotency_key in self.keys:
            first, scenario = self.keys[idempotency_key]
            if first != body:
                raise IdempotencyMismatch("the key stands for another body")
            return InsertedScenario(scenario, created=False)
        scenario = Scenario(**dict(body), id=f"{len(self.found):032x}", created_at=MOMENT, updated_at=MOMENT)
        self._store(scenario)
        if idempotency_key is not None:
            self.keys[idempotency_key] = (body, scenario)
        return InsertedScenario(scenario, created=True)

    def _store(self, scenario: Scenario) -> None:
        if any(one.name == scenario.name and one.id != scenario.id for one in self.found.values()):
            raise Conflict("the name is taken", field="name")
        self.found[scenario.id] = scenario

    async def replace(self, scenario_id: str, body: ScenarioBody) -> Scenario:
        present = await self.get(scenario_id)
        self._store(present.evolve(**dict(body)))
        return self.found[scenario_id]

    async def delete(self, scenario_id: str) -> None:
        await self.get(scenario_id)
        del self.found[scenario_id]


class FakeSummaries:
    def __init__(self, manager: FakeManager) -> None:
        self._manager = manager

    async def get(self, reference: str) -> RunSummary:
        for run in self._manager.runs.values():
            if reference in {run.id, run.timestamp}:
                return run_summary(run, samples.STATISTICS if run.status.is_terminal else None)
        raise NotFound(f"no run {reference}")


class FakeHousekeeping:
    def __init__(self) -> None:
        self.found = samples.PROBLEM_PAGE.items

    def problems(self) -> tuple[KnownProblem, ...]:
        return self.found


@dataclass
class FakeServices:
    settings: Settings
    manager: FakeManager
    storage: FakeStorage
    repetition: FakeRepetition
    batches: FakeBatches = field(default_factory=FakeBatches)
    estimates: FakeEstimates = field(default_factory=FakeEstimates)
    comparisons: FakeComparisons = field(default_factory=FakeComparisons)
    reports: FakeReports = field(default_factory=FakeReports)
    strategies: FakeStrategies = field(default_factory=FakeStrategies)
    housekeeping: FakeHousekeeping = field(default_factory=FakeHousekeeping)
    scenarios: FakeScenarios = field(default_factory=FakeScenarios)
    queue_control: FakeQueueControl = field(default_factory=FakeQueueControl)
    retention: FakeRetention = field(default_factory=FakeRetention)
    metrics: CollectorRegistry = field(default_factory=CollectorRegistry)

    @property
    def verdicts(self) -> FakeVerdicts:
        return FakeVerdicts(self.manager)

    @property
    def summaries(self) -> FakeSummaries:
        return FakeSummaries(self.manager)

    @property
    def files(self) -> RunFiles:
        return RunFiles(self.storage)  # type: ignore[arg-type]

    @property
    def results(self) -> RunResults:
        return RunResults(self.storage, fake_directory() / "data")  # type: ignore[arg-type]


def fake_application(settings: Settings, ring: int = 2000) -> tuple[FastAPI, FakeServices]:
    """Return an application with fakes behind it."""
    app = _application(settings)
    return app, furnish(app, settings, ring)


def furnish(app: FastAPI, settings: Settings, ring: int = 2000) -> FakeServices:
    """Give the application's next life its services."""
    manager = FakeManager(ring)
    app.state.next_services = FakeServices(settings, manager, FakeStorage(manager), FakeRepetition(manager))
    return app.state.next_services


def shared_application(settings: Settings, ring: int = 2000) -> tuple[FastAPI, FakeServices]:
    """Return an application that was made before for the same settings, with fresh fakes; for one life at a time."""
    app = _shared(settings.model_dump_json(), settings.api_key and settings.api_key.get_secret_value())
    return app, furnish(app, settings, ring)


@cache
def _shared(content: str, api_key: str | None) -> FastAPI:
    settings = Settings.model_validate({**json.loads(content), "api_key": api_key})
    return _application(settings)


def _application(settings: Settings) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = app.state.next_services
        yield
        await asyncio.sleep(0)

    return new_application(settings, lifespan)
