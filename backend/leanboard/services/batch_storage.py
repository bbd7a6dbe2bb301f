"""A batch's directory and its rows as one unit.

A change is written beside what it replaces, the row is committed, then the files take their places; the row decides
which of the two counts after a crash. What only concerns items that run is written to the rows alone: the runs' own
directories know as much.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from leanboard.services.workshop import Workshop
from leanboard.storage.batch_document import file_of, wishes_of
from leanboard.storage.batch_files import BATCH_FILE, WISHES, BatchFiles, Snapshots
from leanboard.storage.batch_index import BatchIndex
from leanboard.storage.batch_rows import BatchRowChanges, InsertedBatch, StoredBatch, StoredItem
from leanboard.storage.queries import IdempotencyClaim

_WISHES = frozenset({"name", "paused", "cancelled_at", "resumed_at", "max_workers"})


class BatchStorage:
    """Batches that last.

    Every method raises :class:`StorageError` when disk or database refuse, and :class:`NotFound` for a batch that is
    unknown or was deleted. Changes run to their end even if the caller is cancelled.

    Args:
        index: The rows.
        files: The directories.
        workshop: How work is done.
        checkpoint: Called between the steps of every change, with the step's name; tests end the process there.
    """

    def __init__(
        self, index: BatchIndex, files: BatchFiles, workshop: Workshop, checkpoint: Callable[[str], None]
    ) -> None:
        self._index = index
        self._files = files
        self._workshop = workshop
        self._run = workshop.run
        self._checkpoint = checkpoint

    # Read --------------------------------------------------------------------------------------------------------

    async def get(self, batch_id: str) -> StoredBatch:
        """Return a batch."""
        return await self._index.get(batch_id)

    async def page(self, page: int, page_size: int) -> tuple[tuple[StoredBatch, ...], int]:
        """Return one page of batches, newest first, and how many there are on all pages."""
        return await self._index.page(page, page_size)

    async def unfinished(self) -> tuple[StoredBatch, ...]:
        """Return the batches that were not final when they were last written, oldest first."""
        return await self._index.unfinished()

    async def items(self, batch_id: str) -> tuple[StoredItem, ...]:
        """Return the items of a batch, by number; those that cannot be read are reported, not returned."""
        return await self._index.items(batch_id)

    async def claimed(self, claim: IdempotencyClaim) -> StoredBatch | None:
        """Return the batch that a key stands for, if it does.

        Raises:
            IdempotencyMismatch: The key was used for another body.
        """
        return await self._index.claimed(claim)

    def code(self, batch_id: str, code_key: str) -> Path:
        """Return where a snapshot of code lies.

        Raises:
            InvalidInput: It cannot be the name of one.
        """
        return self._files.code(batch_id, code_key)

    # Change ------------------------------------------------------------------------------------------------------

    async def create(
        self,
        batch: StoredBatch,
        items: Sequence[StoredItem],
        snapshots: Snapshots,
        claim: IdempotencyClaim | None = None,
    ) -> InsertedBatch:
        """Make a batch durable, with its code. On failure nothing stays.

        Args:
            batch: Its progress is counted from the items.
            items: All of them.
            snapshots: By code key: copies the code into the folder given, which exists and is empty. Blocking.
            claim: The client's key, if it sent one.

        Raises:
            IdempotencyMismatch: The key was used for another body.
        """
        return await self._workshop.to_the_end(self._create(batch, items, snapshots, claim))

    async def _create(
        self,
        batch: StoredBatch,
        items: Sequence[StoredItem],
        snapshots: Snapshots,
        claim: IdempotencyClaim | None,
    ) -> InsertedBatch:
        if claim is not None and (earlier := await self._index.claimed(claim)) is not None:
            return InsertedBatch(earlier, created=False)
        async with self._workshop.turn(batch.id):
            return await self._stored(batch, items, snapshots, claim)

    async def _stored(
        self,
        batch: StoredBatch,
        items: Sequence[StoredItem],
        snapshots: Snapshots,
        claim: IdempotencyClaim | None,
    ) -> InsertedBatch:
        token = uuid.uuid4().hex
        await self._run(self._stage, batch, items, snapshots, token)
        self._checkpoint("after_batch_staged")
        try:
            inserted = await self._index.insert(batch, items, claim, token=token)
        except BaseException:
            await self._run(self._files.drop_staged, batch.id)
            raise
        self._checkpoint("after_batch_row")
        if not inserted.created:
            await self._run(self._files.drop_staged, batch.id)
            return inserted
        try:
            await self._run(self._files.place, batch.id)
        except BaseException:  # a batch without its code would be one that cannot run
            await self._index.delete(batch.id)
            raise
        self._checkpoint("after_batch_placed")
        return inserted

    def _stage(self, batch: StoredBatch, items: Sequence[StoredItem], snapshots: Snapshots, token: str) -> None:
        documents = {BATCH_FILE: file_of(batch, items, token), WISHES: wishes_of(batch, token)}
        self._files.stage(batch.id, documents, snapshots)

    async def rewrite(
        self,
        batch: StoredBatch,
        items: Sequence[StoredItem],
        snapshots: Snapshots | None = None,
        claim: IdempotencyClaim | None = None,
    ) -> StoredBatch:
        """Store a batch anew, and items: those whose number is there are changed, others are added.

        Args:
            batch: With its new values.
            items: Only those that changed, and new ones.
            snapshots: Code that they run and that is not there yet, as in :meth:`create`.
            claim: The client's key, if it sent one, which :meth:`claimed` has found to be free.

        Raises:
            IdempotencyMismatch: The key was used meanwhile.
            Conflict: An item is at a later attempt.
        """
        return await self._workshop.to_the_end(self._rewrite(batch, items, snapshots or {}, claim))

    async def _rewrite(
        self,
        batch: StoredBatch,
        items: Sequence[StoredItem],
        snapshots: Snapshots,
        claim: IdempotencyClaim | None,
    ) -> StoredBatch:
        async with self._workshop.turn(batch.id):
            present = await self._index.items(batch.id)
            await self._run(self._files.add_code, batch.id, snapshots)
            self._checkpoint("after_batch_code")
            merged = {each.item.number: each for each in (*present, *items)}
            return await self._changed(batch, merged, partial(self._index.rewrite, batch, items, claim))

    async def change(self, batch_id: str, changes: BatchRowChanges) -> StoredBatch:
        """Change some of a batch's own values. When it is finished by that, its items are written to its file, too."""
        return await self._workshop.to_the_end(self._change(batch_id, changes))

    async def _change(self, batch_id: str, changes: BatchRowChanges) -> StoredBatch:
        named, ends = changes.model_fields_set, changes.finished_at is not None
        async with self._workshop.turn(batch_id):
            if not ends and _WISHES.isdisjoint(named):
                return await self._index.change(batch_id, changes)
            present = await self._index.get(batch_id)
            batch = replace(present, **{name: getattr(changes, name) for name in named})
            items = {each.item.number: each for each in await self._index.items(batch_id)} if ends else None
            return await self._changed(batch, items, partial(self._index.change, batch_id, changes))

    async def _changed(
        self, batch: StoredBatch, items: Mapping[int, StoredItem] | None, row: Callable[..., Awaitable[StoredBatch]]
    ) -> StoredBatch:
        """Write files to come, let the row say the same, put the files in their places.

        Args:
            batch: With its new values.
            items: All of them by number; None where the file with them stays as it is.
            row: Changes the rows, given the token of this change.
        """
        token = uuid.uuid4().hex
        await self._run(self._stage_documents, batch, items, token)
        self._checkpoint("after_batch_change_staged")
        try:
            stored = await row(token=token)
        except BaseException:
            await self._run(self._files.drop_documents, batch.id)
            raise
        self._checkpoint("after_batch_change")
        await self._run(self._files.place_documents, batch.id)
        return stored

    def _stage_documents(self, batch: StoredBatch, items: Mapping[int, StoredItem] | None, token: str) -> None:
        documents = {WISHES: wishes_of(batch, token)}
        if items is not None:
            documents[BATCH_FILE] = file_of(batch, items.values(), token)
        self._files.stage_documents(batch.id, documents)

    async def change_items(self, batch_id: str, items: Sequence[StoredItem]) -> None:
        """Store in the rows how items stand. A run that was claimed for the same attempt meanwhile stays the item's.

        Raises:
            Conflict: There is no such item, or it is at a later attempt.
        """
        await self._workshop.to_the_end(self._index.change_items(batch_id, items))

    async def delete(self, batch_id: str) -> None:
        """Forget a batch, with its code and its key; its runs stay."""
        await self._workshop.to_the_end(self._delete(batch_id))

    async def _delete(self, batch_id: str) -> None:
        async with self._workshop.turn(batch_id):
            await self._index.get(batch_id)
            self._checkpoint("before_batch_delete")
            await self._run(self._files.hide, batch_id)
            self._checkpoint("during_batch_delete")
            await self._index.delete(batch_id)
            self._checkpoint("after_batch_delete")
            await self._run(self._files.remove_hidden, batch_id)
