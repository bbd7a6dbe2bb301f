"""Batches after a crash, and batches that the index had lost: made to say what their directories and runs say."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from leanboard.errors import NotFound
from leanboard.models.batches import RunSummary
from leanboard.services.run_summary import run_summary
from leanboard.services.workshop import Workshop
from leanboard.storage.batch_document import stored_of
from leanboard.storage.batch_files import BatchFiles
from leanboard.storage.batch_index import BatchIndex
from leanboard.storage.batch_rows import StoredItem
from leanboard.storage.guarding import guarded
from leanboard.storage.queries import BatchRun, ProblemKind, StorageProblem


class BatchRestoring:
    """Compares batches with their directories.

    What is wrong with one batch is reported and never keeps the others, or the service, from going on.

    Args:
        index: Rows of batches.
        files: The directories.
        workshop: How work is done.
        report: Told of every problem.
    """

    def __init__(
        self,
        *,
        index: BatchIndex,
        files: BatchFiles,
        workshop: Workshop,
        report: Callable[[StorageProblem], None],
    ) -> None:
        self._index = index
        self._files = files
        self._workshop = workshop
        self._run = workshop.run
        self._report = report

    async def recover(self) -> None:
        """Complete or undo what an earlier process left half-way, then restore; at a start, when all runs are known.

        Raises:
            StorageError: The folder of batches, or the index as a whole, cannot be read.
        """
        for batch_id in await self._run(self._files.left_gone):
            await self._guarded(batch_id, self._forget(batch_id))
        tokens = await self._index.tokens()
        for batch_id in await self._run(self._files.left_staged):
            settle = self._files.place if batch_id in tokens else self._files.drop_staged
            await self._guarded(batch_id, self._run(settle, batch_id))
        for batch_id in sorted(await self._run(self._files.ids)):
            await self._guarded(batch_id, self._run(self._files.settle_documents, batch_id, tokens.get(batch_id)))
        await self.restore()
        for batch in await self._index.unfinished():
            await self._guarded(batch.id, self._catch_up(batch.id))

    async def _forget(self, batch_id: str) -> None:
        with suppress(NotFound):
            await self._index.delete(batch_id)
        await self._run(self._files.remove_hidden, batch_id)

    async def restore(self) -> None:
        """Take over every batch whose directory the index does not know; also while the service works.

        Raises:
            StorageError: As :meth:`recover`.
        """
        ids = await self._run(self._files.ids)  # first: a batch has its row before its directory has its name
        known = await self._index.tokens()
        for batch_id in sorted(known.keys() - ids):
            await self._note_vanished(batch_id)
        for batch_id in sorted(ids - known.keys()):
            await self._guarded(batch_id, self._restore(batch_id))

    async def _note_vanished(self, batch_id: str) -> None:
        async with self._workshop.turn(batch_id):  # it may just be on its way in or out
            known = batch_id in await self._index.tokens()
            if known and batch_id not in await self._run(self._files.ids):
                detail = "the index lists the batch, but its directory is gone: put it back, or delete the batch"
                self._report(StorageProblem(ProblemKind.VANISHED, f"batches/{batch_id}", detail))

    async def _restore(self, batch_id: str) -> None:
        async with self._workshop.turn(batch_id):
            if batch_id not in await self._run(self._files.ids):  # deleted meanwhile
                return
            found = await self._run(self._files.read, batch_id)
            if isinstance(found, StorageProblem):
                self._report(found)
                return
            if found.problem is not None:
                self._report(found.problem)
            batch, items = await self._run(stored_of, found.file, found.wishes)
            items = with_runs(items, await self._index.runs(batch_id))
            if any(not each.item.status.is_terminal for each in items):  # it was taken up again since it had ended
                batch = replace(batch, finished_at=None)
            await self._index.insert(batch, items, token=found.file.token)
        detail = "a batch that the index had lost; it is as its directory and its runs say"
        self._report(StorageProblem(ProblemKind.RESTORED, f"batches/{batch_id}", detail))

    async def _catch_up(self, batch_id: str) -> None:
        """Give items the runs that name them: an index that was put back may be older than the runs' directories."""
        runs = await self._index.runs(batch_id)
        if not runs:
            return
        newest = {one.order[0]: one.order[1] for one in runs}  # in order of their attempts
        items = await self._index.items(batch_id)
        behind = [each for each in items if _is_behind(each, newest.get(each.item.number, 0))]
        if behind:
            await self._index.change_items(batch_id, with_runs(behind, runs))

    async def _guarded(self, batch_id: str, work: Awaitable[None]) -> None:
        await guarded(f"batches/{batch_id}", work, self._report)


def _is_behind(stored: StoredItem, newest: int) -> bool:
    item = stored.item
    return newest > item.attempt or (newest == item.attempt and item.run_id is None)


def with_runs(items: Iterable[StoredItem], runs: Sequence[BatchRun]) -> tuple[StoredItem, ...]:
    """Return items with the newest run of each, unless the item is at a later attempt than that.

    Args:
        items: Of a batch.
        runs: Of the same, in order of their attempts.
    """
    newest = {one.order[0]: one for one in runs}
    return tuple(_with_run(stored, newest.get(stored.item.number)) for stored in items)


def _with_run(stored: StoredItem, found: BatchRun | None) -> StoredItem:
    if found is None or found.order[1] < stored.item.attempt:
        return stored
    summary = run_summary(found.run, found.statistics)
    values = {name: getattr(summary, name) for name in RunSummary.model_fields}
    item = stored.item.evolve(**values, attempt=found.order[1], reused=False)
    return StoredItem(item, stored.request, stored.code_key)
