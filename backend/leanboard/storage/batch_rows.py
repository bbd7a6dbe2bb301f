"""Rows of batches and of their items as values, and back."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, ValidationError

from leanboard.errors import StorageError
from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.batch_requests import MAX_WORKERS, BatchRequest
from leanboard.models.batches import BatchItem, BatchProgress
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import BacktestStatus
from leanboard.storage.run_rows import Values, microseconds, moment, plain
from leanboard.storage.stored_request import batch_item_of, batch_request_of, request_of, request_text

BatchKind = Literal["items", "sweep", "scenarios"]


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch as it is kept: what was asked for, and what people wish of it since.

    Attributes:
        axes: Names of what its items differ in, in the order in which they vary.
        paused: Nothing more of it starts until it is resumed.
        cancelled_at: When somebody asked for its end; None when nobody did, or it was resumed since.
        resumed_at: When it was last resumed: of its runs, those that were asked to end before were so in vain.
        finished_at: When it became final; None while it is not.
        least_percent: What was shown of its progress: it does not go back, not even when running items begin anew.
        progress: Counted from the items; percent from the counts, without what running ones have done, at least that.
    """

    id: str
    request: BatchRequest
    name: str
    tags: tuple[str, ...]
    kind: BatchKind
    axes: tuple[str, ...]
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    paused: bool = False
    cancelled_at: datetime | None = None
    resumed_at: datetime | None = None
    max_workers: int | None = None
    least_percent: float = 0.0
    progress: BatchProgress = field(default_factory=lambda: BatchProgress(total=0))


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of a batch as it is kept.

    Attributes:
        item: What it shows; ``waiting`` is never stored.
        request: Of its run, without the place in the batch.
        code_key: Names the snapshot of the code that it runs; empty for a recording, which brings its own.
        not_before: When its next attempt may start; None for at once.
    """

    item: BatchItem
    request: BacktestRequest
    code_key: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class InsertedBatch:
    """Answer to an insert; ``created`` is False when the key stood for the same body before: the earlier batch."""

    batch: StoredBatch
    created: bool


class BatchRowChanges(Frozen):
    """New values of a batch's row; what is not passed stays as it is (None is a value)."""

    name: str = ""
    tags: tuple[str, ...] = ()
    paused: bool = False
    max_workers: int | None = Field(default=None, ge=1, le=MAX_WORKERS)
    cancelled_at: UtcDatetime | None = None
    resumed_at: UtcDatetime | None = None
    least_percent: float = Field(default=0.0, ge=0, le=100)
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None


def row_of_batch(batch: StoredBatch) -> Values:
    """Return the values of all columns but ``token``."""
    return {
        "id": batch.id,
        "kind": batch.kind,
        "axes": json.dumps(batch.axes),
        "request": request_text(batch.request),
        "created_at": microseconds(batch.created_at),
        **_changeable(batch),
    }


_COLUMN_OF = {"least_percent": "percent"}
_MOMENTS = ("created_at", "cancelled_at", "resumed_at", "started_at", "finished_at")


def row_of_changes(changes: BatchRowChanges) -> Values:
    """Return the values of the columns that were named in ``changes``."""
    named = {_COLUMN_OF.get(name, name) for name in changes.model_fields_set}
    return {name: value for name, value in _changeable(changes).items() if name in named}


def _changeable(batch: StoredBatch | BatchRowChanges) -> Values:
    return {
        "name": plain(batch.name),
        "tags": json.dumps(batch.tags),
        "paused": batch.paused,
        "max_workers": batch.max_workers,
        "percent": batch.least_percent,
        "cancelled_at": microseconds(batch.cancelled_at),
        "resumed_at": microseconds(batch.resumed_at),
        "started_at": microseconds(batch.started_at),
        "finished_at": microseconds(batch.finished_at),
    }


def batch_of(row: Mapping[Any, Any], progress: BatchProgress) -> StoredBatch:
    """Return the batch of a row.

    Raises:
        StorageError: The row holds something that no version of ours writes.
    """
    try:
        return StoredBatch(
            request=batch_request_of(row["request"]),
            tags=tuple(json.loads(row["tags"])),
            axes=tuple(json.loads(row["axes"])),
            least_percent=row["percent"] or 0.0,
            progress=progress.evolve(percent=max(progress.percent, row["percent"] or 0.0)),
            **{name: row[name] for name in ("id", "name", "kind", "paused", "max_workers")},
            **{name: moment(row[name]) for name in _MOMENTS},  # type: ignore[arg-type]
        )
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        msg = f"the index holds an unreadable row for batch {str(row['id'])[:40]!r}: {error}"
        raise StorageError(msg) from error


_COLUMNS = frozenset({"number", "status", "reused", "attempt", "run_id", "timestamp"})
_NOT_STORED = _COLUMNS | {"waiting"}


def row_of_item(batch_id: str, stored: StoredItem) -> Values:
    """Return the values of all columns."""
    item = stored.item
    return {
        "batch_id": batch_id,
        "number": item.number,
        "status": item.status.value,
        "reused": item.reused,
        "attempt": item.attempt,
        "run_id": item.run_id,
        "timestamp": item.timestamp,
        "not_before": microseconds(stored.not_before),
        "code_key": stored.code_key,
        "request": plain(request_text(stored.request)),
        "item": plain(item.model_dump_json(exclude_defaults=True, exclude=set(_NOT_STORED))),
    }


def item_of(row: Mapping[Any, Any]) -> StoredItem:
    """Return the item of a row.

    Raises:
        StorageError: As :func:`batch_of`.
    """
    try:
        return StoredItem(
            item=batch_item_of({**json.loads(row["item"]), **{name: row[name] for name in _COLUMNS}}),
            request=request_of(row["request"]),
            code_key=row["code_key"],
            not_before=moment(row["not_before"]),
        )
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        msg = f"the index holds an unreadable item {row['number']} of batch {str(row['batch_id'])[:40]!r}: {error}"
        raise StorageError(msg) from error


def percent_of(total: int, done: float) -> float:
    """Return how much of so many is done; 100 only for all."""
    return 100.0 if done >= total else min(99.99, round(100.0 * done / total, 2))


def progress_of(counts: Mapping[tuple[str, bool], int]) -> BatchProgress:
    """Return a batch's progress.

    Args:
        counts: How many items there are of each status, reused and not.
    """
    of = Counter[str]()
    for (status, _), count in counts.items():
        of[status] += count
    total = of.total()
    done = of[BacktestStatus.COMPLETED] + of[BacktestStatus.FAILED]  # what was cancelled is to do when it is resumed
    return BatchProgress(
        total=total,
        completed=of[BacktestStatus.COMPLETED],
        failed=of[BacktestStatus.FAILED],
        running=of[BacktestStatus.RUNNING],
        pending=of[BacktestStatus.PENDING],
        cancelled=of[BacktestStatus.CANCELLED],
        reused=counts.get((BacktestStatus.COMPLETED.value, True), 0),
        percent=percent_of(total, done),
    )
