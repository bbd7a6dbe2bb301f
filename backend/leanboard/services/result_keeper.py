"""What people do with finished runs: label them, delete them, take that back.

Directory first, row second: whatever is killed in between, the next start makes the row say what the directory says.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from leanboard.errors import Conflict, NotFound
from leanboard.models.labels import ResultChanges, labels_of
from leanboard.models.results import ResultSummary
from leanboard.services.workshop import Workshop
from leanboard.storage.layout import HomeLayout
from leanboard.storage.result_index import KnownResult, ResultIndex
from leanboard.storage.result_list import ResultList
from leanboard.storage.run_index import RunIndex, unfinished
from leanboard.storage.stored_results import write_labels
from leanboard.storage.trash import Trash


@dataclass(frozen=True, slots=True)
class Indexes:
    """The three faces of the index."""

    runs: RunIndex
    results: ResultIndex
    listed: ResultList


class ResultKeeper:
    """Changes results.

    Every method raises :class:`StorageError` when disk or database refuse; nothing is lost then.

    Args:
        indexes: The rows.
        layout: Where everything lies.
        trash: Where deleted directories go.
        workshop: How work is done.
        clock: Says the time, aware.
        checkpoint: Called between the steps of every change, with the step's name; tests end the process there.
        forget: Told the name of a result whose files are not there any more.
        keeps_trash: Whether what is deleted can be restored.
    """

    def __init__(
        self,
        *,
        indexes: Indexes,
        layout: HomeLayout,
        trash: Trash,
        workshop: Workshop,
        clock: Callable[[], datetime],
        checkpoint: Callable[[str], None],
        forget: Callable[[str], None],
        keeps_trash: bool,
    ) -> None:
        self._runs = indexes.runs
        self._results = indexes.results
        self._listed = indexes.listed
        self._layout = layout
        self._trash = trash
        self._workshop = workshop
        self._clock = clock
        self._checkpoint = checkpoint
        self._forget = forget
        self._keeps_trash = keeps_trash
        self._sweeping = asyncio.Lock()
        self._sweep_waits = False

    async def summary(self, timestamp: str) -> ResultSummary:
        """Return one finished run as lists show it.

        Raises:
            NotFound: There is none of that name, or it lies in the trash.
        """
        found = await self._listed.one(timestamp)
        if found is None:
            msg = f"there is no finished run {timestamp[:40]!r}, or it was deleted"
            raise NotFound(msg)
        if found.trashed_at is not None:
            msg = f"there is no finished run {timestamp!r}: it lies in the trash, restore it first"
            raise NotFound(msg)
        return found

    # Labels ------------------------------------------------------------------------------------------------------

    async def label(self, timestamp: str, changes: ResultChanges) -> ResultSummary:
        """Change name, note, tags or star of a finished run.

        Raises:
            NotFound: There is no such run, or it lies in the trash.
            Conflict: It has not ended, or its directory is gone.
        """
        return await self._workshop.to_the_end(self._label(timestamp, changes))

    async def _label(self, timestamp: str, changes: ResultChanges) -> ResultSummary:
        run = await self._runs.get_by_timestamp(timestamp)
        async with self._workshop.turn(run.id):
            run = await self._runs.get_by_timestamp(timestamp)
            if not run.status.is_terminal:
                msg = f"run {run.id} is {run.status.value}: its labels can be changed when it has ended"
                raise Conflict(msg)
            labels = labels_of(run, changes)
            self._checkpoint("before_label")
            labelled = await self._workshop.run(write_labels, self._layout.result_directory(timestamp), labels)
            self._checkpoint("during_label")
            await self._results.label(labels.on(run), labelled)
            self._checkpoint("after_label")
        return await self.summary(timestamp)

    # Trash -------------------------------------------------------------------------------------------------------

    async def delete(self, timestamp: str) -> None:
        """Move a finished run to the trash, or let it go at once where no trash is kept.

        A result whose directory is gone, or is another run's, has nothing to restore: its row is deleted.

        Raises:
            NotFound: There is no such run, or no longer.
            Conflict: It has not ended.
        """
        await self._workshop.to_the_end(self._delete(timestamp))

    async def retire(self, timestamp: str) -> bool:
        """Delete a finished run, unless it got a star meanwhile; returns whether it went.

        Raises:
            NotFound: There is no such run, or no longer.
        """
        return await self._workshop.to_the_end(self._delete(timestamp, spare_starred=True))

    async def _delete(self, timestamp: str, *, spare_starred: bool = False) -> bool:
        run = await self._runs.get_by_timestamp(timestamp)
        async with self._workshop.turn(run.id):
            run = await self._runs.get_by_timestamp(timestamp)  # it may have changed while this waited for its turn
            if not run.status.is_terminal:
                raise unfinished(run)
            if run.starred and spare_starred:
                return False
            moment = self._clock().replace(microsecond=0)
            self._checkpoint("before_delete")
            moved = await self._workshop.run(self._trash.put, timestamp, run.id, moment)
            self._forget(timestamp)
            self._checkpoint("during_delete")
            if moved and self._keeps_trash:
                await self._results.mark_trashed(run.id, moment)
            else:
                await self._let_go(timestamp, run.id)
            self._checkpoint("after_delete")
        return True

    async def restore(self, timestamp: str) -> ResultSummary:
        """Take a result back out of the trash, under its old name.

        Raises:
            NotFound: It does not lie there.
            Conflict: Something else lies where it was.
        """
        return await self._workshop.to_the_end(self._restore(timestamp))

    async def _restore(self, timestamp: str) -> ResultSummary:
        async with self._workshop.turn(await self._results.trashed_run(timestamp)):
            run_id = await self._results.trashed_run(timestamp)
            self._checkpoint("before_restore")
            await self._workshop.run(self._trash.restore, timestamp)
            self._checkpoint("during_restore")
            await self._results.mark_trashed(run_id, None)
            self._checkpoint("after_restore")
        return await self.summary(timestamp)

    async def purge(self, timestamp: str) -> None:
        """Remove a result from the trash for good.

        Raises:
            NotFound: It does not lie there.
        """
        await self._workshop.to_the_end(self._purge(timestamp))

    async def _purge(self, timestamp: str) -> None:
        async with self._workshop.turn(await self._results.trashed_run(timestamp)):
            run_id = await self._results.trashed_run(timestamp)
            await self._let_go(timestamp, run_id)

    async def _let_go(self, timestamp: str, run_id: str) -> None:
        self._checkpoint("before_purge")
        await self._workshop.run(self._trash.doom, timestamp, run_id)
        self._checkpoint("during_purge")
        await self._runs.delete(run_id)
        if not self._sweep_waits:  # one for all that are let go meanwhile
            self._sweep_waits = True
            self._workshop.begin(self._sweep())

    async def _sweep(self) -> None:
        async with self._sweeping:
            self._sweep_waits = False
            await self._workshop.run(self._trash.sweep)

    async def known(self, *, trashed: bool) -> tuple[KnownResult, ...]:
        """Return what lies in the trash, or everything else, in short, newest first."""
        return await self._results.known(trashed=trashed)
