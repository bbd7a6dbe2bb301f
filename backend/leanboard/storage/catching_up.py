"""Rows of committed results made to say what their directories say, after a process that was killed in between."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import TypeVar

from leanboard.errors import NotFound
from leanboard.storage.layout import HomeLayout
from leanboard.storage.queries import StorageProblem
from leanboard.storage.result_index import KnownResult, ResultIndex
from leanboard.storage.run_directory import RunDirectories
from leanboard.storage.run_index import RunIndex
from leanboard.storage.stored_results import StoredResult
from leanboard.storage.trash import Trash, TrashEntry

T = TypeVar("T")
BATCH = 500


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies on the disk, and the rows about it."""

    layout: HomeLayout
    directories: RunDirectories
    trash: Trash
    runs: RunIndex
    results: ResultIndex


@dataclass(frozen=True, slots=True)
class Shelves:
    """What lies where, by name."""

    results: frozenset[str]
    trash: dict[str, TrashEntry]


def _is_misplaced(known: KnownResult, shelves: Shelves, doomed: frozenset[str]) -> bool:
    is_listed, is_trashed = known.timestamp in shelves.results, known.timestamp in shelves.trash
    if known.trashed_at is None:
        return is_trashed and not is_listed and known.run_id not in doomed
    return is_listed and not is_trashed


class CatchingUp:
    """Compares rows and directories without reading the latter, and reads those that differ.

    Every method raises :class:`StorageError` when disk or database refuse.

    Args:
        ground: What is compared.
        executor: For blocking work.
        report: Told what cannot be read.
        turn: Gives the lock that a run's directory changes under.
    """

    def __init__(
        self,
        ground: Ground,
        executor: Executor,
        report: Callable[[StorageProblem], None],
        turn: Callable[[str], AbstractAsyncContextManager[object]],
    ) -> None:
        self._turn = turn
        self._runs = ground.runs
        self._results = ground.results
        self._directories = ground.directories
        self._trash = ground.trash
        self._executor = executor
        self._report = report

    async def trash(self) -> None:
        """Finish moves to the trash, out of it, and purges."""
        shelves = await self._run(self._shelves)
        doomed = await self._run(self._trash.doomed)
        for known in await self._results.known():
            await self._place(known, shelves, doomed)
        if doomed:
            for run in await self._runs.known():
                gone = run.timestamp not in shelves.results and run.timestamp not in shelves.trash
                if run.id in doomed and run.committed and gone:
                    async with self._turn(run.id):
                        with suppress(NotFound):
                            await self._runs.delete(run.id)
            await self._run(self._trash.sweep)

    def _shelves(self) -> Shelves:
        return Shelves(self._directories.names(), self._trash.entries())

    async def _place(self, known: KnownResult, shelves: Shelves, doomed: frozenset[str]) -> None:
        if not _is_misplaced(known, shelves, doomed):
            return
        async with self._turn(known.run_id):  # somebody may just be moving it
            shelves = await self._run(self._shelves)
            for present in await self._results.known(run_id=known.run_id):
                if _is_misplaced(present, shelves, doomed):
                    entry = shelves.trash.get(known.timestamp)
                    await self._results.mark_trashed(known.run_id, None if entry is None else entry.trashed_at)

    async def labels(self) -> None:
        """Take over labels that the rows do not have yet, and what rows of an earlier version lack."""
        known = [one for one in await self._results.known() if one.trashed_at is None]
        written = await self._run(self._directories.labelled, [one.timestamp for one in known])
        stale = [one for one in known if one.size is None or one.labelled != written.get(one.timestamp)]
        for start in range(0, len(stale), BATCH):
            await self._refresh(stale[start : start + BATCH])

    async def _refresh(self, stale: list[KnownResult]) -> None:
        found = await self._run(self._directories.all_stored, [one.timestamp for one in stale])
        ids = {one.timestamp: one.run_id for one in stale}
        fresh = []
        for stored in found:
            if isinstance(stored, StoredResult):
                if stored.problem is not None:
                    self._report(stored.problem)
                if ids[stored.run.timestamp] == stored.run.id:
                    fresh.append(stored.committed)
        await self._results.refresh(fresh)

    async def _run(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *args)
