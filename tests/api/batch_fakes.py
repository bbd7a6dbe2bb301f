"""A stand-in for the batches, with as much behaviour as the routers can see."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from leanboard.api import batch_samples
from leanboard.errors import Conflict, IdempotencyMismatch, IllegalTransition, InvalidInput, NotFound
from leanboard.models.batch_requests import Addition, BatchChanges, BatchRequest, ItemChanges
from leanboard.models.batches import BatchDetail, BatchEstimate, BatchList
from leanboard.services.batch_hub import BatchHub
from leanboard.services.batches.batches import BatchSubmission


class FakeBatches:
    """One batch that is over, and those that are started."""

    def __init__(self) -> None:
        self.known: dict[str, BatchDetail] = {batch_samples.BATCH_ID: batch_samples.DETAIL}
        self.keys: dict[str, tuple[BatchRequest, str]] = {}
        self.calls: list[tuple[str, Any]] = []
        self.failure: Exception | None = None
        self.ends = False
        self.hub = BatchHub(lambda: datetime.now(UTC), interval=0.0)

    def _note(self, name: str, argument: object) -> None:
        self.calls.append((name, argument))
        if self.failure is not None:
            raise self.failure

    @contextlib.asynccontextmanager
    async def watch(self, batch_id: str, since: int | None = None) -> AsyncIterator[AsyncIterator[str]]:
        self._note("watch", (batch_id, since))
        if batch_id not in self.known:
            raise NotFound("there is no such batch, or it was deleted")
        with self.hub.subscribe(batch_id, since) as subscription:
            yield subscription

    async def create(self, request: BatchRequest, *, idempotency_key: str | None = None) -> BatchSubmission:
        self._note("create", request)
        if idempotency_key in self.keys:
            first, batch_id = self.keys[idempotency_key]
            if first != request:
                raise IdempotencyMismatch("the key stands for another body")
            return BatchSubmission(self.known[batch_id], created=False)
        if request.items is not None and any(item.strategy != "main" for item in request.items):
            raise InvalidInput("there is no such strategy", field="items.0.strategy")
        batch = batch_samples.PENDING.evolve(id=f"{len(self.known):032x}")
        self.known[batch.id] = batch
        if idempotency_key is not None:
            self.keys[idempotency_key] = (request, batch.id)
        return BatchSubmission(batch, created=True)

    async def get(self, batch_id: str) -> BatchDetail:
        self._note("get", batch_id)
        if batch_id not in self.known:
            raise NotFound("there is no such batch, or it was deleted")
        return self.known[batch_id]

    async def page(self, page: int, page_size: int) -> BatchList:
        self._note("page", (page, page_size))
        items = batch_samples.LIST.items if page == 1 else ()
        return BatchList(items=items, total=len(batch_samples.LIST.items), page=page, page_size=page_size)

    async def wait(self, batch_id: str, within: float) -> BatchDetail:
        self._note("wait", (batch_id, within))
        if self.ends:
            self.known[batch_id] = batch_samples.DETAIL.evolve(id=batch_id)
        return self.known[batch_id]

    async def change(self, batch_id: str, changes: BatchChanges) -> BatchDetail:
        self._note("change", changes)
        return await self.get(batch_id)

    async def rerun(
        self, batch_id: str, *, everything: bool = False, idempotency_key: str | None = None
    ) -> BatchDetail:
        self._note("rerun", everything)
        return await self.get(batch_id)

    async def add(self, batch_id: str, addition: Addition, *, idempotency_key: str | None = None) -> BatchDetail:
        self._note("add", addition)
        return await self.get(batch_id)

    async def edit(
        self, batch_id: str, number: int, changes: ItemChanges, *, idempotency_key: str | None = None
    ) -> BatchDetail:
        self._note("edit", (number, changes))
        batch = await self.get(batch_id)
        if number > len(batch.items):
            raise NotFound(f"the batch has no item {number}")
        return batch

    async def delete(self, batch_id: str) -> None:
        self._note("delete", batch_id)
        batch = await self.get(batch_id)
        if batch.state != "final":
            raise Conflict("it is not over")
        del self.known[batch_id]

    async def cancel(self, batch_id: str) -> BatchDetail:
        return await self._wish("cancel", batch_id)

    async def pause(self, batch_id: str) -> BatchDetail:
        return await self._wish("pause", batch_id)

    async def resume(self, batch_id: str) -> BatchDetail:
        return await self._wish("resume", batch_id)

    async def _wish(self, name: str, batch_id: str) -> BatchDetail:
        self._note(name, batch_id)
        batch = await self.get(batch_id)
        if batch.state == "final":
            raise IllegalTransition("it is over")
        return batch


class FakeEstimates:
    """Says the same of every batch."""

    failure: Exception | None = None

    async def estimate(self, request: BatchRequest) -> BatchEstimate:
        if self.failure is not None:
            raise self.failure
        return batch_samples.ESTIMATE
