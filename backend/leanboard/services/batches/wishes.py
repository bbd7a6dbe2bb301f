"""What people wish of a batch as a whole: pause, resume, cancel, other limits. Durable first, then acted on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from leanboard.errors import IllegalTransition
from leanboard.models.batch_requests import BatchChanges
from leanboard.models.batches import BatchStatus
from leanboard.models.run import BacktestStatus, BatchId
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batches import item_changes
from leanboard.services.batches.batch_desk import BatchDesk
from leanboard.services.batches.batch_views import BatchViews
from leanboard.services.batches.live_batch import LiveBatch
from leanboard.storage.batch_rows import BatchRowChanges, StoredBatch, StoredItem


class Wishes:
    """Carries them out. Every method runs to its end when its caller goes away, if it is shielded.

    Every method raises :class:`NotFound` for a batch that is unknown or was deleted.

    Args:
        storage: Makes them durable.
        desk: Acts on them.
        views: Says how batches look.
        now: The wall clock, UTC.
    """

    def __init__(
        self, storage: BacktestStorage, desk: BatchDesk, views: BatchViews, now: Callable[[], datetime]
    ) -> None:
        self._storage = storage
        self._desk = desk
        self._views = views
        self._now = now

    async def change(self, batch_id: BatchId, changes: BatchChanges) -> None:
        """Change name and limits."""
        named = changes.model_fields_set - ({"name"} if changes.name is None else set())
        await self._change(batch_id, BatchRowChanges(**changes.model_dump(include=set(named))))

    async def pause(self, batch_id: BatchId) -> None:
        """Let nothing more of a batch start.

        Raises:
            IllegalTransition: It is over.
        """
        await self._change(batch_id, BatchRowChanges(paused=True), wanted="paused")

    async def cancel(self, batch_id: BatchId) -> None:
        """Let what runs of a batch end, and nothing more start.

        Raises:
            IllegalTransition: It is over.
        """
        await self._change(batch_id, BatchRowChanges(cancelled_at=self._now()), wanted="cancelled")

    async def _change(self, batch_id: BatchId, changes: BatchRowChanges, wanted: str = "") -> None:
        async with self._desk.turn(batch_id):
            live = await self._desk.opened(batch_id)
            if wanted and self._status(live).is_final:
                status = self._status(live).value
                msg = f"batch {batch_id} is {status} " + ("already" if status == wanted else f"and cannot be {wanted}")
                raise IllegalTransition(msg)
            live.stored = await self._storage.batches.change(batch_id, changes)
            if self._desk.live(batch_id) is not None:
                self._desk.go(live)

    async def resume(self, batch_id: BatchId) -> None:
        """Take back pause and cancel, and run what is missing: what never ran, and what was cancelled.

        Raises:
            IllegalTransition: Nothing of it is missing.
        """
        async with self._desk.turn(batch_id):
            live = await self._desk.opened(batch_id)
            cancelled = tuple(each for each in live.items if each.item.status is BacktestStatus.CANCELLED)
            if not cancelled and (status := self._status(live)).is_final:
                msg = f"batch {batch_id} is {status.value}: nothing of it is missing; rerun repeats items"
                raise IllegalTransition(msg)
            live.resuming = True  # from here on runs that end are not among those
            try:
                missing = await self._storage.in_thread(lambda: tuple(item_changes.again(each) for each in cancelled))
                live.stored = await self._resumed(live.stored, missing)
            finally:
                live.resuming = False
            live.put(missing)
            self._desk.go(live)

    async def _resumed(self, batch: StoredBatch, missing: tuple[StoredItem, ...]) -> StoredBatch:
        if missing:
            wished = replace(batch, paused=False, cancelled_at=None, resumed_at=self._now(), finished_at=None)
            return await self._storage.batches.rewrite(wished, missing, {})
        changes = BatchRowChanges(paused=False, cancelled_at=None, resumed_at=self._now(), finished_at=None)
        return await self._storage.batches.change(batch.id, changes)

    def _status(self, live: LiveBatch) -> BatchStatus:
        return self._views.batch(live).status
