"""From a run that has ended to a result: the one way, for the end of a run and for the start after a crash alike."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from leanboard import __version__
from leanboard.models.results import BacktestStatistics, EquityPoint, Versions
from leanboard.models.run import BacktestRunInfo, EngineName
from leanboard.storage.layout import HomeLayout, timestamp_of
from leanboard.storage.manifest import RunManifest, Settlement
from leanboard.storage.queries import ProblemKind, StorageProblem
from leanboard.storage.run_directory import RunDirectories
from leanboard.storage.run_index import RunIndex
from leanboard.storage.stored_results import StoredResult
from leanboard.storage.work_directory import WorkDirectories

T = TypeVar("T")
NO_STATISTICS = BacktestStatistics()


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a run directory's LEAN files say.

    Attributes:
        statistics: Empty where there is no result file.
        equity: Thinned to the asked number of points.
        lean_version: As LEAN says; empty where it does not.
        problem: Why it is not everything; empty when it is.
    """

    statistics: BacktestStatistics = NO_STATISTICS
    equity: tuple[EquityPoint, ...] = ()
    lean_version: str = ""
    problem: str = ""


ResultReader = Callable[[Path, int], ReadResult]
"""Reads LEAN's files of a run directory: (directory, most equity points). Blocking; never raises for bad files."""


def read_guarded(read: ResultReader, directory: Path, points: int) -> ReadResult:
    """Read LEAN's files; whatever goes wrong with them is a problem of this one result."""
    try:
        return read(directory, points)
    except Exception as error:  # noqa: BLE001  # strangers' files must not keep a run from being settled or shown
        return ReadResult(problem=f"the result files cannot be read: {type(error).__name__}: {error}")


def made_with(noted: Versions, engine: EngineName, lean_version: str) -> Versions:
    """Return what a run was made with.

    Args:
        noted: By the engine, beside the slot.
        engine: That executed it. What minilean calls LEAN's version is the one that it stands in for.
        lean_version: As LEAN said itself, which counts more than what its image's label says.
    """
    lean = "" if engine is EngineName.EMBEDDED else (lean_version or noted.lean).removeprefix("v")
    return noted.evolve(leanboard=__version__, engine=noted.engine or engine.value, lean=lean)


class Settler:
    """Takes a run through the steps of its end; each can be repeated, at any distance in time.

    The steps: settlement.json -> files moved -> run.json -> renamed to ``results/`` -> the row. Until the rename the
    work directory holds the truth, from then on the run directory does.

    Args:
        layout: Where everything lies.
        index: Gets the result.
        work: Where the run lies before.
        directories: Where it lies after.
        read: Reads LEAN's files.
        executor: For blocking work.
        checkpoint: Called between the steps; tests end the process there.
        report: Told when a result gets another name than the one that was reserved.
    """

    def __init__(
        self,
        *,
        layout: HomeLayout,
        index: RunIndex,
        work: WorkDirectories,
        directories: RunDirectories,
        read: ResultReader,
        executor: Executor,
        checkpoint: Callable[[str], None],
        report: Callable[[StorageProblem], None],
    ) -> None:
        self._layout = layout
        self._index = index
        self._work = work
        self._directories = directories
        self._read = read
        self._executor = executor
        self._checkpoint = checkpoint
        self._report = report
        # Published, but not in the index yet: the database refused. A repetition goes on from there.
        self._published: dict[str, RunManifest] = {}

    async def settle(self, settlement: Settlement) -> BacktestRunInfo:
        """Take a run from its end to its result.

        Raises:
            IllegalTransition: The row's status does not allow it.
            StorageError: Disk or database refused; the call can be repeated.
        """
        published = self._published.get(settlement.run.id)
        if published is None:
            self._checkpoint("before_commit")
            sealed = await self._run(self._seal, settlement)
            published = await self._publish(sealed)
        return await self.take_over(published)

    async def resume(self, run_id: str) -> BacktestRunInfo | None:
        """Go on where a killed process stopped; None when the run had not ended as far as its files know.

        Raises:
            IllegalTransition: The row's status does not allow it.
            StorageError: Disk or database refused; the call can be repeated.
        """
        sealed = await self._run(self._directories.sealed, run_id)
        if sealed is not None:
            return await self.take_over(await self._publish(sealed))
        settlement = await self._run(self._work.settlement, run_id)
        return await self.settle(settlement) if settlement is not None else None

    async def take_over(self, manifest: RunManifest) -> BacktestRunInfo:
        """Settle the row from a run directory that is in its place."""
        await self._run(self._directories.sync)
        self._checkpoint("before_db_commit")
        run = await self._index.settle(StoredResult(manifest, manifest.run).committed)
        self._published.pop(run.id, None)
        self._checkpoint("after_db_commit")
        return run

    def _seal(self, settlement: Settlement) -> RunManifest:
        run = settlement.run
        root = self._layout.work_directory(run.id)
        self._work.write_settlement(settlement)
        self._checkpoint("after_settlement")
        self._directories.gather(run.id, run.attempt)
        self._checkpoint("after_move")
        for attempt in self._work.slots(run.id):
            self._work.drop_slot(run.id, attempt)
        self._checkpoint("after_drop")
        found = read_guarded(self._read, root, 2)
        versions = made_with(self._directories.noted_versions(run.id), run.engine, found.lean_version)
        manifest = self._directories.seal(settlement, found.statistics, versions)
        self._checkpoint("after_manifest")
        return manifest

    async def _publish(self, sealed: RunManifest) -> RunManifest:
        manifest = await self._run(self._directories.publish, sealed)
        if manifest is None:
            reserved = await self._index.names(timestamp_of(sealed.run.created_at))
            manifest = await self._run(self._directories.publish_renamed, sealed, reserved)
        self._published[manifest.run.id] = manifest
        self._checkpoint("after_rename")
        if manifest.run.timestamp != sealed.run.timestamp:
            detail = f"something else was called {sealed.run.timestamp}, so this result got the next free name"
            self._report(StorageProblem(ProblemKind.RENAMED, f"results/{manifest.run.timestamp}", detail))
        return manifest

    async def _run(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *args)
