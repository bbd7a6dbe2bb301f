"""The first thing after a start: everything that an earlier process left is completed, given back, or reported.

Rows and directories are compared as they are, not by what the earlier process meant to do; so it does not matter
where it was killed, nor how often. Each run is put in order by itself: what fails for one is reported.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from datetime import datetime

from leanboard.errors import Conflict
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import DataProvenance
from leanboard.models.run import Applied, BacktestRunInfo, BacktestStatus, Outcome, Phase, Reason
from leanboard.storage.catching_up import CatchingUp
from leanboard.storage.guarding import guarded
from leanboard.storage.layout import timestamp_of
from leanboard.storage.manifest import RunManifest, Settlement
from leanboard.storage.queries import KnownRun, ProblemKind, Recovered, StorageProblem
from leanboard.storage.rebuild import import_results
from leanboard.storage.run_directory import RunDirectories
from leanboard.storage.run_index import RunIndex
from leanboard.storage.settling import Settler
from leanboard.storage.trash import Trash
from leanboard.storage.work_directory import WorkDirectories

_LOST = "the run's files are gone, and nobody knows how far it had come: start it again"


class Reconciler:
    """One reconciliation; nothing else uses the home meanwhile.

    Args:
        index: The rows.
        work: Runs that are not results yet.
        directories: Results.
        trash: Deleted ones.
        catching_up: Compares their rows.
        settler: Completes what had begun to end.
        executor: For blocking work.
        clock: Says the time, aware.
        report: Told of every problem.
    """

    def __init__(
        self,
        *,
        index: RunIndex,
        work: WorkDirectories,
        directories: RunDirectories,
        trash: Trash,
        catching_up: CatchingUp,
        settler: Settler,
        executor: Executor,
        clock: Callable[[], datetime],
        report: Callable[[StorageProblem], None],
    ) -> None:
        self._index = index
        self._work = work
        self._directories = directories
        self._trash = trash
        self._catching_up = catching_up
        self._settler = settler
        self._executor = executor
        self._clock = clock
        self._report = report
        self._pending: list[BacktestRunInfo] = []
        self._interrupted: list[BacktestRunInfo] = []
        self._settled: list[BacktestRunInfo] = []

    async def run(self) -> Recovered:
        """Do it; the answer's problems are those of the caller's report.

        Raises:
            StorageError: The home as a whole cannot be read.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._work.sweep)
        await self._catching_up.trash()
        comparison = await import_results(self._index, self._directories, self._trash, self._executor, self._report)
        await self._catching_up.labels()
        for manifest in comparison.unsettled:
            await self._guarded(manifest.run.id, self._take_over(manifest))
        rows = await self._index.known()
        for row in rows:
            self._note_status(row)
        without_row = set(await loop.run_in_executor(self._executor, self._work.ids)) - {row.id for row in rows}
        for run_id in sorted(without_row):
            await self._guarded(run_id, self._without_row(run_id))
        for run in await self._index.active():
            await self._guarded(run.id, self._active(run))
        return Recovered(tuple(self._pending), tuple(self._interrupted), tuple(self._settled))

    async def _guarded(self, run_id: str, work: Awaitable[None]) -> None:
        await guarded(run_id, work, self._report)

    async def _take_over(self, manifest: RunManifest) -> None:
        self._settled.append(await self._settler.take_over(manifest))

    async def _without_row(self, run_id: str) -> None:
        """Look at a work directory without row: what never was accepted goes, what was comes back."""
        loop = asyncio.get_running_loop()
        kept = await loop.run_in_executor(self._executor, self._work.was_accepted, run_id)
        if not kept:  # killed between directory and row: nobody was told that it had been accepted
            await loop.run_in_executor(self._executor, self._work.remove, run_id)
            return
        accepted = await loop.run_in_executor(self._executor, self._work.accepted, run_id)
        if accepted is None:
            detail = "an accepted run that the index does not know; its request.json cannot be read"
            self._report(StorageProblem(ProblemKind.UNREADABLE, f"work/{run_id}", detail))
            return
        await self._restore(accepted.run, accepted.request)
        detail = "an accepted run that the index had lost; it goes on"
        self._report(StorageProblem(ProblemKind.RESTORED, f"work/{run_id}", detail))

    async def _restore(self, run: BacktestRunInfo, request: BacktestRequest) -> None:
        try:
            await self._index.restore(run, request)
        except Conflict:  # its name went to another run meanwhile: it gets a new one
            base = timestamp_of(run.created_at)
            loop = asyncio.get_running_loop()
            avoid = await loop.run_in_executor(self._executor, self._directories.names_like, base)
            await self._index.insert(run, request, avoid=avoid, claims_item=False)

    def _note_status(self, row: KnownRun) -> None:
        if row.status not in set(BacktestStatus):
            detail = f"the index has it as {row.status[:40]!r}, which is no status; the row is left alone"
            self._report(StorageProblem(ProblemKind.UNREADABLE, row.id, detail))

    async def _active(self, run: BacktestRunInfo) -> None:
        resumed = await self._settler.resume(run.id)
        if resumed is not None:
            self._settled.append(resumed)
        elif not await asyncio.get_running_loop().run_in_executor(self._executor, self._work.exists, run.id):
            self._settled.append(await self._lose(run))
        elif run.status is BacktestStatus.RUNNING:
            self._interrupted.append(run)
        else:
            self._pending.append(run)

    async def _lose(self, run: BacktestRunInfo) -> BacktestRunInfo:
        """Settle a run without files as failed; its run directory then holds what the row knew."""
        outcome = Outcome(status=BacktestStatus.FAILED, reason=Reason.LOST, message=_LOST)
        final = final_run(run, outcome, self._clock())
        request = await self._index.request(run.id)
        settlement = Settlement(run=final, request=request, outcome=outcome, applied=Applied(), data=DataProvenance())
        self._report(StorageProblem(ProblemKind.LOST, run.id, _LOST))
        return await self._settler.settle(settlement)


def final_run(run: BacktestRunInfo, outcome: Outcome, at: datetime) -> BacktestRunInfo:
    """Return a run as it is after its end."""
    return run.evolve(
        status=outcome.status,
        phase=Phase.ENDED,
        reason=outcome.reason,
        message=outcome.message,
        location=outcome.location,
        warnings=outcome.warnings,
        partial=outcome.partial,
        finished_at=at,
        queue=None,
    )
