"""The index made to say what the run directories say, while the service works.

Rows are read before directories, and a row is only removed after another look under its run's turn: what is settled,
deleted or restored meanwhile is never lost. At the end rows and directories are compared once more, as at a start,
which takes over what changed in between.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from leanboard.errors import LeanboardError, NotFound
from leanboard.models.organising import ReindexReport, ReindexState
from leanboard.services.workshop import Workshop
from leanboard.storage.catching_up import BATCH, CatchingUp, Ground
from leanboard.storage.queries import KnownRun, StorageProblem
from leanboard.storage.rebuild import import_results
from leanboard.storage.stored_results import StoredResult


class Restorable(Protocol):
    """Something that has files of its own."""

    async def restore(self) -> None:
        """Take over what the index does not know; while the service works."""


class Reindexing:
    """One look at all directories at a time.

    Args:
        ground: What is compared.
        catching_up: The comparison of a start.
        restored: Take over what else lies under the home, in this order.
        workshop: How work is done.
        clock: Says the time, aware.
        report: Told of directories that cannot be taken over.
    """

    def __init__(
        self,
        ground: Ground,
        catching_up: CatchingUp,
        restored: Sequence[Restorable],
        *,
        workshop: Workshop,
        clock: Callable[[], datetime],
        report: Callable[[StorageProblem], None],
    ) -> None:
        self._ground = ground
        self._catching_up = catching_up
        self._restored = [*restored]
        self._workshop = workshop
        self._clock = clock
        self._told = report
        self._task: asyncio.Task[None] | None = None
        self._report = ReindexReport()

    @property
    def report(self) -> ReindexReport:
        """How far the latest one is."""
        return self._report

    def also(self, other: Restorable) -> None:
        """Let another look for what is new at the end of each, after those that there are."""
        self._restored.append(other)

    def begin(self) -> ReindexReport:
        """Begin one in the background, unless one is under way already."""
        if self._task is None or self._task.done():
            self._report = ReindexReport(state=ReindexState.RUNNING, started_at=self._clock())
            self._task = self._workshop.begin(self._run())
        return self._report

    async def _run(self) -> None:
        try:
            await self._reindex()
        except LeanboardError as error:
            self._note(state=ReindexState.FAILED, message=error.detail)
        except BaseException:
            self._note(state=ReindexState.FAILED, message="an error in the service itself; its log says more")
            raise
        else:
            self._note(state=ReindexState.COMPLETED)
        finally:
            self._note(finished_at=self._clock())

    def _note(self, **changes: object) -> None:
        self._report = self._report.evolve(**changes)

    async def _reindex(self) -> None:
        rows = [row for row in await self._ground.runs.known() if row.committed]
        names = await self._workshop.run(self._ground.directories.names)
        entries = await self._workshop.run(self._ground.trash.entries)
        self._note(total=len(names) + len(entries))
        known = {row.timestamp: row for row in rows}
        for row in rows:
            if row.timestamp not in names and row.timestamp not in entries:
                await self._remove(row)
        there = sorted(names & known.keys())
        for start in range(0, len(there), BATCH):
            await self._refresh(there[start : start + BATCH], known)
        await self._adopt(len(rows) - self._report.removed)
        await self._catching_up.trash()
        await self._catching_up.labels()
        for other in self._restored:
            await other.restore()
        self._note(done=self._report.total)

    async def _remove(self, row: KnownRun) -> None:
        async with self._workshop.turn(row.id):
            if not await self._workshop.run(self._exists, row.timestamp):
                with suppress(NotFound):  # purged since the rows were read
                    await self._ground.runs.delete(row.id)
                self._note(removed=self._report.removed + 1)

    def _exists(self, timestamp: str) -> bool:
        ground = self._ground
        return os.path.lexists(ground.layout.results / timestamp) or ground.trash.entry(timestamp) is not None

    async def _refresh(self, names: list[str], known: dict[str, KnownRun]) -> None:
        found = await self._workshop.run(self._ground.directories.all_stored, names)
        good = [one for one in found if isinstance(one, StoredResult) and one.run.id == known[one.run.timestamp].id]
        for one in found:
            problem = one.problem if isinstance(one, StoredResult) else one
            if problem is not None:
                self._told(problem)
        changed = await self._ground.results.refresh([one.committed for one in good])
        self._note(
            done=self._report.done + len(names),
            refreshed=self._report.refreshed + changed,
            unreadable=self._report.unreadable + len(names) - len(good),
        )

    async def _adopt(self, present: int) -> None:
        ground, bad = self._ground, 0

        def told(problem: StorageProblem) -> None:
            nonlocal bad
            bad += 1
            self._told(problem)

        await self._workshop.with_executor(
            lambda executor: import_results(ground.runs, ground.directories, ground.trash, executor, told)
        )
        added = sum(row.committed for row in await ground.runs.known()) - present
        self._note(added=max(0, added), unreadable=self._report.unreadable + bad)
