"""Batches, as the API sees them."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from leanboard.errors import Conflict, ServiceUnavailable
from leanboard.models.batch_events import BatchEndEvent, BatchSnapshotEvent
from leanboard.models.batch_requests import Addition, BatchChanges, BatchRequest, ItemChanges
from leanboard.models.batches import Batch, BatchDetail, BatchList, BatchProgress
from leanboard.models.run import BatchId
from leanboard.models.scenarios import Scenario, ScenarioId
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batch_hub import BatchHub
from leanboard.services.batches.acceptance import Acceptance
from leanboard.services.batches.batch_desk import BatchDesk
from leanboard.services.batches.batch_views import BatchViews, stored_view, with_items
from leanboard.services.batches.edits import Edits
from leanboard.services.batches.live_batch import LiveBatch
from leanboard.services.batches.planned_item import shortened
from leanboard.services.batches.planning import BatchPlan, PlannedItem, plan
from leanboard.services.batches.reuse import Reuse
from leanboard.services.batches.wishes import Wishes
from leanboard.services.claims import claim_of
from leanboard.storage.batch_rows import StoredBatch
from leanboard.storage.queries import IdempotencyClaim

MANY = 500  # items of which a view is made in a thread

ChosenScenarios = Callable[[Sequence[ScenarioId]], Awaitable[Mapping[ScenarioId, Scenario]]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BatchSubmission:
    """Answer to a submit; ``created`` is False when the Idempotency-Key stood for this batch already."""

    batch: BatchDetail
    created: bool


@dataclass(frozen=True, slots=True)
class BatchParts:
    """What batches are made of.

    Attributes:
        storage: Has them.
        desk: Keeps those going that are not over.
        acceptance: Looks at items before they are taken.
        reuse: Says which items finished runs would answer.
        hub: Has the events of those that are not over.
        views: Says how those look.
        scenarios: Returns scenarios by their ids; InvalidInput names those that are not there.
        most: Items that a batch may have.
        now: The wall clock, UTC.
    """

    storage: BacktestStorage
    desk: BatchDesk
    acceptance: Acceptance
    reuse: Reuse
    hub: BatchHub
    views: BatchViews
    scenarios: ChosenScenarios
    most: int
    now: Callable[[], datetime]


class Batches:
    """Accepts, shows and changes batches. Lives on the event loop.

    What it changes is durable when a method returns, and is carried through when the caller goes away. All methods
    that take a batch's id raise :class:`NotFound` when there is none, or it was deleted.

    Args:
        parts: What batches are made of.
    """

    def __init__(self, parts: BatchParts) -> None:
        self._parts = parts
        self._batches = parts.storage.batches
        self._desk = parts.desk
        self._wishes = Wishes(parts.storage, parts.desk, parts.views, parts.now)
        self._edits = Edits(parts.storage, parts.desk, parts.acceptance, parts.most)
        self._accepting = False

    async def recover(self) -> None:
        """Take up what an earlier process left; before any run starts."""
        await self._desk.recover()

    def open(self) -> None:
        """Take batches from now on, and let items begin."""
        self._accepting = True
        self._desk.start()

    def refuse(self) -> None:
        """Take nothing new: the service is shutting down."""
        self._accepting = False

    def wake(self) -> None:
        """The number of runs at the same time has changed: there may be room for more items."""
        self._desk.wake()

    async def close(self) -> None:
        """Stop; the next start goes on."""
        self.refuse()
        await self._desk.close()

    # Create ------------------------------------------------------------------------------------------------------

    async def create(self, request: BatchRequest, *, idempotency_key: str | None = None) -> BatchSubmission:
        """Accept a batch: all of its items, or none. When this returns, it is durable.

        Raises:
            InvalidInput: An item cannot run, or there are too many; names what is wrong, items by their index.
            ImageNotAllowed: The image is none of those that the service may run.
            EngineUnavailable: No engine is there that could run one of them.
            IdempotencyMismatch: The key was used for another body.
            ServiceUnavailable: Shutting down.
        """
        self._check_open()
        claim = claim_of(request, idempotency_key)
        if claim is not None and (earlier := await self._batches.claimed(claim)) is not None:
            return BatchSubmission(await self.get(earlier.id), created=False)
        found = await self.plan(request)
        items = await self._parts.storage.in_thread(lambda: tuple(found.items()))
        batch_id, created = await asyncio.shield(self._created(request, found, items, claim))
        return BatchSubmission(await self.get(batch_id), created)

    async def plan(self, request: BatchRequest) -> BatchPlan:
        """Say what a batch would be.

        Raises:
            InvalidInput: As :meth:`create`.
        """
        scenarios = await self._parts.scenarios(request.scenarios) if request.scenarios else {}
        return await self._parts.storage.in_thread(plan, request, scenarios, self._parts.most)

    async def _created(
        self,
        request: BatchRequest,
        found: BatchPlan,
        items: tuple[PlannedItem, ...],
        claim: IdempotencyClaim | None,
    ) -> tuple[BatchId, bool]:
        batch = StoredBatch(
            id=uuid.uuid4().hex,
            request=request,
            name=request.name or shortened(", ".join(dict.fromkeys(each.item.strategy_name for each in items))),
            tags=request.tags,
            kind=found.kind,
            axes=tuple(name for name, _ in found.axes),
            created_at=self._parts.now(),
            max_workers=request.max_workers,
            progress=BatchProgress(total=found.count, pending=found.count),
        )
        async with self._parts.acceptance.accepted(items) as accepted:
            inserted = await self._batches.create(batch, accepted.items, accepted.snapshots, claim)
        if inserted.created:
            log.info("accepted a batch", batch=batch.id, items=found.count)
            self._desk.go(LiveBatch(inserted.batch, accepted.items), new=True)
        return inserted.batch.id, inserted.created

    def _check_open(self) -> None:
        if not self._accepting:
            msg = "the service is starting or shutting down; try again in a moment"
            raise ServiceUnavailable(msg)

    # Look --------------------------------------------------------------------------------------------------------

    async def get(self, batch_id: BatchId) -> BatchDetail:
        """Return a batch with its items as they stand at this moment."""
        live = self._desk.live(batch_id)
        if live is not None:
            made = self._parts.views.as_it_is(live)
            return await self._parts.storage.in_thread(made) if len(live.items) > MANY else made()
        stored, items = await self._batches.get(batch_id), await self._batches.items(batch_id)
        return with_items(stored_view(stored), (each.item for each in items))

    async def page(self, page: int, page_size: int) -> BatchList:
        """Return one page of batches, newest first."""
        found, total = await self._batches.page(page, page_size)
        return BatchList(items=tuple(self._shown(each) for each in found), total=total, page=page, page_size=page_size)

    def _shown(self, stored: StoredBatch) -> Batch:
        live = self._desk.live(stored.id)
        return stored_view(stored) if live is None else self._parts.views.batch(live)

    async def wait(self, batch_id: BatchId, within: float) -> BatchDetail:
        """Wait until a batch is over, and return it as it stands then, or when the time is up.

        Args:
            batch_id: Of the batch.
            within: Seconds.
        """
        await self._desk.until_over(batch_id, within)
        return await self.get(batch_id)

    @contextlib.asynccontextmanager
    async def watch(self, batch_id: BatchId, since: int | None = None) -> AsyncIterator[AsyncIterator[str]]:
        """Give the events of a batch as JSON texts, live or over; ends after the ``end`` event."""
        if self._parts.hub.is_open(batch_id):
            with self._parts.hub.subscribe(batch_id, since) as subscription:
                yield subscription
            return
        detail = await self.get(batch_id)
        yield self._past_events(detail, reset=since is not None)

    async def _past_events(self, detail: BatchDetail, *, reset: bool) -> AsyncIterator[str]:
        values = dict(detail)
        items = values.pop("items")
        batch, now = Batch.model_construct(**values), self._parts.now()
        snapshot = BatchSnapshotEvent(batch_id=detail.id, time=now, reset=reset, batch=batch, items=items)
        yield snapshot.model_dump_json()
        yield BatchEndEvent(batch_id=detail.id, time=now, batch=batch).model_dump_json()

    # Change ------------------------------------------------------------------------------------------------------

    async def change(self, batch_id: BatchId, changes: BatchChanges) -> BatchDetail:
        """Change name and limits."""
        return await self._done(batch_id, self._wishes.change(batch_id, changes))

    async def pause(self, batch_id: BatchId) -> BatchDetail:
        """Let nothing more of a batch start; what runs goes on.

        Raises:
            IllegalTransition: It is over.
        """
        return await self._done(batch_id, self._wishes.pause(batch_id))

    async def resume(self, batch_id: BatchId) -> BatchDetail:
        """Let a paused, cancelled or interrupted batch go on with what is missing.

        Raises:
            IllegalTransition: Nothing of it is missing.
        """
        return await self._done(batch_id, self._wishes.resume(batch_id))

    async def cancel(self, batch_id: BatchId) -> BatchDetail:
        """Let a batch end; what is complete is kept. Returns when the wish is durable, not when all have ended.

        Raises:
            IllegalTransition: It is over.
        """
        return await self._done(batch_id, self._wishes.cancel(batch_id))

    async def rerun(
        self, batch_id: BatchId, *, everything: bool = False, idempotency_key: str | None = None
    ) -> BatchDetail:
        """Run items again that have failed, or all that have ended, with their strategies as they are now.

        Raises:
            Conflict: There are none, or the batch is being cancelled.
            InvalidInput: Not all of them can run any more; nothing was changed. Further errors as for :meth:`create`.
        """
        return await self._done(batch_id, self._edits.rerun(batch_id, idempotency_key, everything=everything))

    async def edit(
        self, batch_id: BatchId, number: int, changes: ItemChanges, *, idempotency_key: str | None = None
    ) -> BatchDetail:
        """Give one item other values, and run it with them.

        Raises:
            Conflict: It is in the queue or runs, or the batch is being cancelled.
            InvalidInput: It cannot run so; nothing was changed. Further errors as for :meth:`create`.
        """
        return await self._done(batch_id, self._edits.edit(batch_id, idempotency_key, number, changes))

    async def add(self, batch_id: BatchId, addition: Addition, *, idempotency_key: str | None = None) -> BatchDetail:
        """Add rows, columns or items.

        Raises:
            Conflict: The batch is being cancelled.
            InvalidInput: They cannot run, or are too many; nothing was changed. Further errors as for :meth:`create`.
        """
        return await self._done(batch_id, self._edits.add(batch_id, idempotency_key, addition))

    async def delete(self, batch_id: BatchId) -> None:
        """Forget a batch that is over; its runs stay.

        Raises:
            Conflict: It is not over.
        """
        await asyncio.shield(self._deleted(batch_id))

    async def _deleted(self, batch_id: BatchId) -> None:
        async with self._desk.turn(batch_id):
            if self._desk.live(batch_id) is not None:
                msg = f"batch {batch_id} is not over: cancel it first, or wait for its end"
                raise Conflict(msg)
            await self._batches.delete(batch_id)

    async def _done(self, batch_id: BatchId, work: Awaitable[None]) -> BatchDetail:
        """Carry a change through, also when who asked for it has gone."""
        self._check_open()
        await asyncio.shield(asyncio.ensure_future(work))
        return await self.get(batch_id)
