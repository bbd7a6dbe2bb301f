"""What people change of a batch's items: run them again, other values, more of them. Durable first, then they run.

Items that are run again take their strategy as it is now.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from leanboard.errors import Conflict, NotFound
from leanboard.models.base import Frozen
from leanboard.models.batch_requests import Addition, ItemChanges
from leanboard.models.run import BacktestStatus, BatchId
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batches import item_changes
from leanboard.services.batches.acceptance import Acceptance
from leanboard.services.batches.axes import axes_of
from leanboard.services.batches.batch_desk import BatchDesk
from leanboard.services.batches.live_batch import LiveBatch
from leanboard.services.batches.planning import PlannedItem, plan_addition, plan_change
from leanboard.services.claims import claim_of
from leanboard.storage.batch_rows import StoredBatch, StoredItem
from leanboard.storage.queries import IdempotencyClaim


class _Asked(Frozen):
    """What an Idempotency-Key of a change stands for."""

    batch_id: BatchId
    what: Literal["rerun", "edit", "add"]
    everything: bool = False
    number: int | None = None
    changes: ItemChanges | None = None
    addition: Addition | None = None


class Edits:
    """Changes items. A change whose key was used for the same one before is not made again.

    Every method raises :class:`IdempotencyMismatch` for a key that was used for something else, :class:`NotFound` for a
    batch that is unknown or was deleted, and what :meth:`Acceptance.accepted` does for items that cannot run; nothing
    is changed then.

    Args:
        storage: Makes changes durable.
        desk: Lets the batches go on.
        acceptance: Looks at the items.
        most: Items that a batch may have.
    """

    def __init__(self, storage: BacktestStorage, desk: BatchDesk, acceptance: Acceptance, most: int) -> None:
        self._storage = storage
        self._desk = desk
        self._acceptance = acceptance
        self._most = most

    async def rerun(self, batch_id: BatchId, key: str | None, *, everything: bool) -> None:
        """Run items again that have failed, or all that have ended.

        Raises:
            Conflict: There are none, or the batch is being cancelled.
        """
        claim = claim_of(_Asked(batch_id=batch_id, what="rerun", everything=everything), key)
        async with self._desk.turn(batch_id):
            if await self._is_done(claim):
                return
            live = await self._opened(batch_id)
            which = tuple(each for each in live.items if _is_rerun(each, everything=everything))
            if not which:
                msg = "nothing of the batch has ended yet"
                if not everything:
                    msg = "nothing of the batch has failed; a rerun of all repeats every item that has ended"
                raise Conflict(msg)
            again = await self._storage.in_thread(lambda: tuple(_planned(item_changes.again(each)) for each in which))
            await self._put(live, live.stored, again, claim)

    async def edit(self, batch_id: BatchId, key: str | None, number: int, changes: ItemChanges) -> None:
        """Give an item other values, and run it with them.

        Raises:
            NotFound: The batch has no such item.
            Conflict: The item is in the queue or runs, or the batch is being cancelled.
        """
        claim = claim_of(_Asked(batch_id=batch_id, what="edit", number=number, changes=changes), key)
        async with self._desk.turn(batch_id):
            if await self._is_done(claim):
                return
            live = await self._opened(batch_id)
            stored = live.item(number)
            if stored is None:
                msg = f"the batch has no item {number}: it has {len(live.items)}"
                raise NotFound(msg)
            if number in live.on_way or number in live.with_runs():
                msg = f"item {number} is in the queue or runs: cancel its run first, or wait for its end"
                raise Conflict(msg)
            changed = plan_change(_planned(item_changes.again(stored)), changes, live.stored.request.symbol_parameter)
            live.begin(number)  # so that it does not start with its old values meanwhile
            try:
                await self._put(live, live.stored, (changed,), claim)
            finally:
                live.let_go(number)
                self._desk.wake()

    async def add(self, batch_id: BatchId, key: str | None, addition: Addition) -> None:
        """Add rows, columns or items.

        Raises:
            Conflict: The batch is being cancelled.
        """
        claim = claim_of(_Asked(batch_id=batch_id, what="add", addition=addition), key)
        async with self._desk.turn(batch_id):
            if await self._is_done(claim):
                return
            live = await self._opened(batch_id)
            present = tuple(_planned(each) for each in live.items)
            added = await self._storage.in_thread(plan_addition, live.stored.request, present, addition, self._most)
            axes = await self._storage.in_thread(axes_of, [each.item for each in (*present, *added)])
            names = tuple(name for name, _ in axes)
            await self._put(live, replace(live.stored, axes=names), added, claim)

    async def _opened(self, batch_id: BatchId) -> LiveBatch:
        live = await self._desk.opened(batch_id)
        if live.cancelled and not live.is_over:  # what goes on with new items would go on with the others, too
            msg = f"batch {batch_id} is being cancelled: wait for its end, or resume it first"
            raise Conflict(msg)
        return live

    async def _is_done(self, claim: IdempotencyClaim | None) -> bool:
        return claim is not None and await self._storage.batches.claimed(claim) is not None

    async def _put(
        self, live: LiveBatch, batch: StoredBatch, planned: Sequence[PlannedItem], claim: IdempotencyClaim | None
    ) -> None:
        """Check items, store them with their code, and let the batch go on with them."""
        async with self._acceptance.accepted(planned) as accepted:
            # A batch that was cancelled goes on with these items alone: what it misses stays cancelled. A pause ends
            # with the batch: nothing waits for a resume any more, and who asks for more of it wants it to run.
            paused = batch.paused and not live.has_ended
            goes_on = replace(batch, paused=paused, cancelled_at=None, finished_at=None, least_percent=0.0)
            live.stored = await self._storage.batches.rewrite(goes_on, accepted.items, accepted.snapshots, claim)
        live.put(accepted.items)
        self._desk.go(live)


def _planned(stored: StoredItem) -> PlannedItem:
    return PlannedItem(stored.item, stored.request)


def _is_rerun(stored: StoredItem, *, everything: bool) -> bool:
    status = stored.item.status
    return status is BacktestStatus.FAILED or (everything and status.is_terminal)
