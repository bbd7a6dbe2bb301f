"""What happens to runs that an earlier process of the service left behind: once, at start, before any is accepted.

    row      | evidence              | then
    pending  | snapshot              | back in the queue, in the old order
    pending  | cancel was asked      | cancelled
    running  | committed result      | the storage has settled the row already
    running  | its engine outlives   | adopted, as soon as the engine answers: followed from the beginning of its files;
             |   the service         |   where its sandbox is gone, the lines below count
    running  | cancel was asked      | cancelled; what LEAN had written is kept as a partial result
    running  | final result in slot  | settled from it: the run had ended, nobody had looked yet
    running  | never got its job     | started again from its snapshot: the user's code has not run
    running  | anything else         | the same, counted; failed(lost) when its restarts are used up

Each run is put in order by itself: one that cannot be does not keep the others from it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic

import structlog

from leanboard.engines.base import Engine
from leanboard.engines.slot import Slot
from leanboard.market_data.content_hashes import ContentHashes
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import DataProvenance
from leanboard.models.run import Applied, BacktestRunInfo, BacktestStatus, EngineName, Outcome, Phase, Reason
from leanboard.services.applied import applied, csharp_account, read_guest_account
from leanboard.services.backtest_monitor import BacktestMonitor, Evidence, Intent
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.notifier import Notifier
from leanboard.services.output_follower import Tail
from leanboard.services.run_desk import RunDesk
from leanboard.services.run_evidence import provenance, read_small
from leanboard.storage.engine_config import algorithm_id, is_csharp
from leanboard.storage.queries import RunChanges
from leanboard.storage.result_files import ResultState, read_result

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RecoveryReport:
    """What a start did: ids of runs."""

    adopted: list[str] = field(default_factory=list)
    requeued: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Left:
    """What the files of an interrupted attempt say.

    Attributes:
        final: The run had really ended.
        begun: It had got its job: the user's code may have run.
    """

    outcome: Outcome
    applied: Applied
    data: DataProvenance
    final: bool
    begun: bool


class Recovery:
    """Puts the past in order.

    Args:
        storage: Started.
        desk: Gets the runs that go on.
        engines: Started; sandboxes that are still there are ended first.
        data_folder: For the provenance of settled runs.
        hashes: Of the data files' contents.
        restarts: How often an interrupted run is started again.
        notifier: Tells the operator of runs that have failed meanwhile.
        now: The wall clock, UTC.
    """

    def __init__(
        self,
        *,
        storage: BacktestStorage,
        desk: RunDesk,
        engines: Mapping[EngineName, Engine],
        data_folder: Path,
        hashes: ContentHashes,
        restarts: int,
        notifier: Notifier,
        now: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._desk = desk
        self._engines = engines
        self._data_folder = data_folder
        self._hashes = hashes
        self._restarts = restarts
        self._notifier = notifier
        self._now = now

    async def run(self) -> RecoveryReport:
        """Do it; what fails for a single run is logged, and the next start tries again."""
        for engine in self._engines.values():
            if not engine.outlives:
                await engine.sweep(frozenset())  # its run is settled or started again
        found = await self._storage.recover()
        report = RecoveryReport(settled=[run.id for run in found.settled])
        for problem in found.problems:
            log.warning("found at start", kind=problem.kind.value, subject=problem.subject, detail=problem.detail)
        for run in found.interrupted:  # before the pending ones: they were accepted earlier
            if run.engine in self._engines and self._engines[run.engine].outlives:
                self._desk.resume(run, partial(self._interrupted, report=report))
                report.adopted.append(run.id)
            else:
                await self._guarded(run, partial(self._interrupted, run, report))
        for run in found.pending:
            await self._guarded(run, partial(self._pending, run, report))
        return report

    @staticmethod
    async def _guarded(run: BacktestRunInfo, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:  # see the module's text
            log.exception("a run could not be recovered", run=run.id)

    async def _pending(self, run: BacktestRunInfo, report: RecoveryReport) -> None:
        if run.cancel_requested_at is not None:
            outcome = Outcome(status=BacktestStatus.CANCELLED, reason=Reason.CANCELLED_BY_USER)
            await self._storage.commit(run.id, outcome, Applied(), DataProvenance())
            report.settled.append(run.id)
            return
        self._desk.enqueue(run, continued=True)
        report.requeued.append(run.id)

    async def _interrupted(self, run: BacktestRunInfo, report: RecoveryReport) -> None:
        left = await self._examined(run)
        if left.final or run.cancel_requested_at is not None:
            await self._settle(run, left.outcome, left)
            report.settled.append(run.id)
        elif not left.begun:
            await self._again(run, run.attempt, report)
        elif run.attempt > self._restarts:
            message = f"the service was interrupted while attempt {run.attempt} ran; no restarts are left"
            outcome = left.outcome.evolve(status=BacktestStatus.FAILED, reason=Reason.LOST, message=message)
            await self._settle(run, outcome, left)
            report.lost.append(run.id)
        else:
            await self._again(run, run.attempt + 1, report)

    async def _settle(self, run: BacktestRunInfo, outcome: Outcome, left: _Left) -> None:
        summary = await self._storage.commit(run.id, outcome, left.applied, left.data)
        if outcome.status is BacktestStatus.FAILED:
            self._notifier.run_failed(summary.run, outcome)

    async def _again(self, run: BacktestRunInfo, attempt: int, report: RecoveryReport) -> None:
        again = await self._storage.index.transition(
            run.id,
            BacktestStatus.PENDING,
            attempt=run.attempt,
            changes=RunChanges(attempt=attempt, phase=Phase.QUEUED, started_at=None),
        )
        self._desk.enqueue(again, continued=True)
        report.restarted.append(run.id)

    async def _examined(self, run: BacktestRunInfo) -> _Left:
        request = await self._storage.index.request(run.id)
        slot = self._storage.slot(run.id, run.attempt)
        engine = self._engines.get(run.engine)
        other = engine.other_data if engine is not None else ""
        source = partial(provenance, self._data_folder, hashes=self._hashes, other_data=other)
        work = partial(_examine, run, request, slot, source, self._now)
        with ThreadPoolExecutor(1, thread_name_prefix="recovery") as pool:
            return await asyncio.get_running_loop().run_in_executor(pool, work)


def _examine(
    run: BacktestRunInfo,
    request: BacktestRequest,
    slot: Slot,
    source: Callable[[Path, ResultState], DataProvenance],
    now: Callable[[], datetime],
) -> _Left:
    """Read again what the monitor of the dead process had read, and ask it for the outcome."""
    monitor = BacktestMonitor(
        slot.id,
        (request.start_date, request.end_date),
        now=now,
        monotonic=monotonic,
        stall_after=float("inf"),
    )
    tail = Tail(slot)
    while chunks := tail.read():
        for chunk in chunks:
            monitor.feed(chunk.source, chunk.data)
    tail.close()
    monitor.finish()
    result = read_result(slot.output, algorithm_id(slot.root))
    intent = Intent.CANCEL if run.cancel_requested_at is not None else Intent.NONE
    outcome = monitor.resolve(Evidence(exit=None, intent=intent, result=result, settled=result.is_final))
    csharp = is_csharp(slot.root)
    guest = read_guest_account(read_small(slot.output, "applied.json"))
    account = csharp_account(request, result.configuration, None) if csharp else guest
    return _Left(
        outcome=outcome,
        applied=applied(request, account, result.configuration, None, run.engine, csharp=csharp),
        data=source(slot.output, result),
        final=result.is_final,
        begun=slot.job.exists(),
    )
