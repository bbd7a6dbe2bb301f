"""A client of the service's batches."""

import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel, TypeAdapter

from leanboard.models.batch_events import BATCH_EVENT, BatchEvent
from leanboard.models.batch_outcome import BatchComparison
from leanboard.models.batch_requests import Addition, BatchChanges, BatchRequest, ItemChanges
from leanboard.models.batches import BatchDetail, BatchEstimate, BatchList
from leanboard.models.run import ID_PATTERN
from leanboard.terminal.client import Client
from leanboard.terminal.failure import wrong_input

LATEST = "latest"
PAGE_SIZE = 200
SHOWN_ID = 8  # digits that tables and hints show
_DETAIL = TypeAdapter(BatchDetail)


class BatchClient:
    """Batches of one service. All methods raise :class:`CommandError` as :meth:`Client.ask` does.

    Args:
        client: Of that service.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def estimate(self, request: BatchRequest) -> BatchEstimate:
        """Return what a batch would be; nothing is started."""
        return await self._client.ask(TypeAdapter(BatchEstimate), "POST", "/batch/estimate", json=_body(request))

    async def create(self, request: BatchRequest) -> BatchDetail:
        """Start a batch; returns when it is accepted and durable."""
        return await self._changed("POST", "/batch", json=_body(request))

    async def get(self, batch_id: str) -> BatchDetail:
        """Return a batch with its items as they stand now."""
        return await self._client.ask(_DETAIL, "GET", f"/batch/{batch_id}")

    async def page(self, page: int, page_size: int) -> BatchList:
        """Return one page of batches, newest first."""
        query = {"page": page, "page_size": page_size}
        return await self._client.ask(TypeAdapter(BatchList), "GET", "/batches", params=query)

    async def events(self, batch_id: str) -> AsyncIterator[BatchEvent]:
        """Yield a batch's events until its end; a broken connection is taken up where it broke."""
        async for event in self._client.events(f"/batch/{batch_id}", BATCH_EVENT, lambda: self.get(batch_id)):
            yield event

    async def act(self, batch_id: str, action: str, **query: str) -> BatchDetail:
        """Cancel, pause, resume or rerun a batch."""
        return await self._changed("POST", f"/batch/{batch_id}/{action}", params=query)

    async def change(self, batch_id: str, changes: BatchChanges) -> BatchDetail:
        """Change name or limits of a batch."""
        return await self._changed(
            "PATCH", f"/batch/{batch_id}", json=changes.model_dump(mode="json", exclude_unset=True)
        )

    async def add(self, batch_id: str, addition: Addition) -> BatchDetail:
        """Add rows, columns or items."""
        return await self._changed("POST", f"/batch/{batch_id}/items", json=_body(addition))

    async def edit(self, batch_id: str, number: int, changes: ItemChanges) -> BatchDetail:
        """Give one item other values, and run it with them."""
        return await self._changed("PUT", f"/batch/{batch_id}/items/{number}", json=_body(changes))

    async def delete(self, batch_id: str) -> None:
        """Forget a batch; its runs stay."""
        await self._client.order("DELETE", f"/batch/{batch_id}")

    async def comparison(self, batch_id: str, metric: str) -> BatchComparison:
        """Return the items against each other."""
        path = f"/batch/{batch_id}/comparison"
        return await self._client.ask(TypeAdapter(BatchComparison), "GET", path, params={"metric": metric})

    async def table(self, batch_id: str) -> bytes:
        """Return the items as CSV."""
        return await self._client.fetch(f"/batch/{batch_id}/export.csv")

    async def resolve(self, text: str) -> str:
        """Return the id of a batch that is given as its id, the beginning of it, its name, or ``latest``.

        Raises:
            CommandError: There is none, or there are several.
        """
        if re.fullmatch(ID_PATTERN, text):
            return text
        found: list[str] = []
        page, pages = 1, 1
        while page <= pages:
            listed = await self.page(page, PAGE_SIZE)
            pages = -(-listed.total // PAGE_SIZE)
            if text == LATEST and listed.items:
                return listed.items[0].id
            by_id = re.fullmatch(r"[0-9a-f]{4,31}", text) is not None
            found += [one.id for one in listed.items if one.name == text or (by_id and one.id.startswith(text))]
            page += 1
        if len(found) == 1:
            return found[0]
        if text == LATEST and not listed.total:
            hint = "leanboard batch run, sweep and matrix start one"
            raise wrong_input("there are no batches yet", field="BATCH", hint=hint, code="not_found")
        hint = "leanboard batch list shows them; four digits of an id are enough, and latest is the newest"
        what = f"{len(found)} batches are called" if found else "there is no batch"
        raise wrong_input(f"{what} {text!r}", field="BATCH", hint=hint, code="not_found")

    async def _changed(self, method: str, path: str, **content: Any) -> BatchDetail:  # noqa: ANN401  # as Client.ask
        key = {"Idempotency-Key": uuid.uuid4().hex}  # a request that a proxy sends again changes nothing twice
        return await self._client.ask(_DETAIL, method, path, headers=key, **content)


def _body(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_defaults=True)
