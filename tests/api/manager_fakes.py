"""A stand-in for the manager of runs: they live in memory; events go through the real hub."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from leanboard.api import (
    samples,
)
from leanboard.errors import IdempotencyMismatch, IllegalTransition, InvalidInput, NotFound
from leanboard.models.events import EndEvent, LogEvent, LogLine, ProgressEvent, StatusEvent
from leanboard.models.health import HealthReport
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import BacktestProgress, BacktestRunInfo, Outcome, Phase
from leanboard.services.event_hub import EventHub

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
