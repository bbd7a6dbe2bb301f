"""What happens to a batch, as it goes over the WebSocket; numbered as the events of runs are."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.batches import Batch, BatchItem
from leanboard.models.run import BatchId


class _Event(Frozen):
    seq: int = Field(default=0, ge=0)
    batch_id: BatchId
    time: UtcDatetime


class BatchProgressEvent(_Event):
    """Status, counts or limits changed; only the latest matters."""

    type: Literal["progress"] = "progress"
    batch: Batch


class BatchItemsEvent(_Event):
    """Items changed: began, got further, ended, were edited or added."""

    type: Literal["items"] = "items"
    items: tuple[BatchItem, ...]


class BatchSnapshotEvent(_Event):
    """Everything a page needs that opens now: sent first, and again after ``reset``."""

    type: Literal["snapshot"] = "snapshot"
    reset: bool = False
    batch: Batch
    items: tuple[BatchItem, ...]


class BatchEndEvent(_Event):
    """The batch is final; the server closes the connection after it."""

    type: Literal["end"] = "end"
    batch: Batch


BatchEvent = Annotated[
    BatchProgressEvent | BatchItemsEvent | BatchSnapshotEvent | BatchEndEvent,
    Field(discriminator="type"),
]
BATCH_EVENT: TypeAdapter[BatchEvent] = TypeAdapter(BatchEvent)
