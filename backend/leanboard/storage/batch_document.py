"""What lies in a batch's directory: batch.json with all its items, wishes.json with what people changed since."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.batch_requests import MAX_WORKERS
from leanboard.models.run import BatchId
from leanboard.storage.batch_rows import StoredBatch, StoredItem
from leanboard.storage.stored_request import StoredBatchItem, StoredBatchRequest, StoredRequest

SCHEMA_VERSION = 1
MAX_BATCH = 256 * 1024 * 1024  # bytes; ten thousand items with long parameters
MAX_WISHES = 64 * 1024
_CODE_KEY = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,150}$"

Token = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


def is_code_key(key: str) -> bool:
    """Say whether a text can name a snapshot of code."""
    return re.fullmatch(_CODE_KEY, key) is not None


class BatchFileItem(Frozen):
    """One item."""

    item: StoredBatchItem
    request: StoredRequest
    code_key: str = Field(pattern=rf"^$|{_CODE_KEY}", description="Empty for a recording, which brings its own code")
    not_before: UtcDatetime | None = None


class BatchFile(Frozen):
    """batch.json: what was asked for, and the items as they were when one was added or edited, or when all had ended.

    Attributes:
        schema_version: Of this file; a reader refuses what is newer than itself.
        token: Of the change that wrote it.
    """

    schema_version: int = Field(ge=1, le=SCHEMA_VERSION)
    token: Token
    id: BatchId
    tags: tuple[str, ...] = ()
    kind: Literal["items", "sweep", "scenarios"]
    axes: tuple[str, ...] = ()
    request: StoredBatchRequest
    created_at: UtcDatetime
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None
    items: tuple[BatchFileItem, ...]

    @model_validator(mode="after")
    def _numbers_once(self) -> Self:
        number, times = Counter(each.item.number for each in self.items).most_common(1)[0] if self.items else (0, 1)
        if times > 1:
            msg = f"item {number} is there {times} times"
            raise ValueError(msg)
        return self


class BatchWishes(Frozen):
    """wishes.json: what people may change of a batch at any time."""

    schema_version: int = Field(ge=1, le=SCHEMA_VERSION)
    token: Token
    batch_id: BatchId
    name: str
    paused: bool = False
    cancelled_at: UtcDatetime | None = None
    resumed_at: UtcDatetime | None = None
    max_workers: int | None = Field(default=None, ge=1, le=MAX_WORKERS)


class _Written(Frozen):
    """The part of either file that says which change wrote it."""

    model_config = ConfigDict(extra="ignore")

    token: Token


def file_of(batch: StoredBatch, items: Iterable[StoredItem], token: str) -> bytes:
    """Return batch.json as it is stored."""
    file = BatchFile(
        schema_version=SCHEMA_VERSION,
        token=token,
        id=batch.id,
        tags=batch.tags,
        kind=batch.kind,
        axes=batch.axes,
        request=batch.request,
        created_at=batch.created_at,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        items=tuple(_file_item(item) for item in items),
    )
    return _text(file)


def _file_item(stored: StoredItem) -> BatchFileItem:
    item = stored.item.model_copy(update={"waiting": None})  # the queue's answer changes all the time
    return BatchFileItem(item=item, request=stored.request, code_key=stored.code_key, not_before=stored.not_before)


def wishes_of(batch: StoredBatch, token: str) -> bytes:
    """Return wishes.json as it is stored."""
    wishes = BatchWishes(
        schema_version=SCHEMA_VERSION,
        token=token,
        batch_id=batch.id,
        name=batch.name,
        paused=batch.paused,
        cancelled_at=batch.cancelled_at,
        resumed_at=batch.resumed_at,
        max_workers=batch.max_workers,
    )
    return _text(wishes)


def _text(file: Frozen) -> bytes:
    return file.model_dump_json(indent=1, exclude_defaults=True).encode() + b"\n"


def stored_of(file: BatchFile, wishes: BatchWishes) -> tuple[StoredBatch, tuple[StoredItem, ...]]:
    """Return the batch and the items that two files describe."""
    batch = StoredBatch(
        id=file.id,
        request=file.request,
        name=wishes.name,
        tags=file.tags,
        kind=file.kind,
        axes=file.axes,
        created_at=file.created_at,
        started_at=file.started_at,
        finished_at=file.finished_at,
        paused=wishes.paused,
        cancelled_at=wishes.cancelled_at,
        resumed_at=wishes.resumed_at,
        max_workers=wishes.max_workers,
    )
    items = sorted(file.items, key=lambda each: each.item.number)
    return batch, tuple(StoredItem(one.item, one.request, one.code_key, one.not_before) for one in items)


def token_of(content: bytes) -> str | None:
    """Return which change wrote a file; None when it cannot be read."""
    try:
        return _Written.model_validate_json(content).token
    except ValidationError:
        return None
