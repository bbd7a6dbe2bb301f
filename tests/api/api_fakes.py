"""Small stand-ins for the services behind the API, with as much behaviour as the routers can see."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api.batch_fakes import FakeBatches, FakeEstimates
from api.manager_fakes import MOMENT, FakeManager, FakeSubmission
from api.storage_fakes import FakeRetention, FakeStorage, FakeVerdicts, fake_directory
from leanboard.api import (
    comparison_samples,
    queue_samples,
    samples,
    scenario_samples,
)
from leanboard.api.application import new_application
from leanboard.errors import Conflict, IdempotencyMismatch, NotFound
from leanboard.models.batch_outcome import BatchComparisonQuery
from leanboard.models.batches import BatchDetail, RunSummary
from leanboard.models.comparison import CompareQuery, Comparison
from leanboard.models.queue import QueueChanges, QueueState
from leanboard.models.requests import BacktestRequest
from leanboard.models.scenarios import Scenario, ScenarioBody, ScenarioList
from leanboard.models.service import KnownProblem
from leanboard.models.strategies import StrategyInfo
from leanboard.models.verification import Verification
from leanboard.services.analytics.run_files import RunFiles
from leanboard.services.analytics.run_results import RunResults
from leanboard.services.run_summary import run_summary
from leanboard.settings import Settings
from leanboard.storage.scenario_index import InsertedScenario

API = "/api/v2/backtest"
HOST = "127.0.0.1:8700"
KEY = "0123456789abcdef0123456789abcdef"


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
