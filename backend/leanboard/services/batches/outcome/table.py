"""A batch as CSV: one row an item. Pure."""

import json
from collections.abc import Sequence
from operator import attrgetter

from leanboard.models.batches import METRICS, BatchDetail, BatchItem
from leanboard.services.analytics.tables import csv_bytes

MAX_COLUMNS = 200  # parameters with a column each; where there are more, one column has them all as JSON
_BEFORE = (
    "batch",
    "state",
    "number",
    "label",
    "strategy",
    "symbol",
    "window",
    "scenario",
    "start_date",
    "end_date",
    "engine",
    "initial_cash",
    "commission",
)
_AFTER = (
    "status",
    "reason",
    "error_message",
    "partial",
    *METRICS,
    "run_id",
    "timestamp",
    "reused",
    "attempt",
    "code",
    "started_at",
    "finished_at",
)
_READ_METRICS = attrgetter(*METRICS)
_NO_METRICS = (None,) * len(METRICS)


def csv(detail: BatchDetail) -> bytes:
    """Return the table.

    Column ``state`` says in every row whether the batch is ``partial`` or ``final``.
    """
    names = tuple(dict.fromkeys(name for item in detail.items for name in item.parameters))
    wide = len(names) <= MAX_COLUMNS
    header = (*_BEFORE, *((f"parameters.{name}" for name in names) if wide else ("parameters",)), *_AFTER)
    rows = (
        (*_before(detail, item), *_parameters(item, names if wide else None), *_after(item)) for item in detail.items
    )
    return csv_bytes(header, rows)


def _before(detail: BatchDetail, item: BatchItem) -> Sequence[object]:
    return (
        detail.id,
        detail.state,
        item.number,
        item.label,
        item.strategy_name,
        item.symbol,
        item.window,
        item.scenario,
        item.start_date,
        item.end_date,
        item.engine or item.choice,
        item.initial_cash,
        None if item.commission is None else str(item.commission),
    )


def _parameters(item: BatchItem, names: Sequence[str] | None) -> Sequence[object]:
    if names is None:
        return (json.dumps(item.parameters),)
    values = item.parameters
    return [values.get(name) for name in names]


def _after(item: BatchItem) -> Sequence[object]:
    metrics = _NO_METRICS if item.metrics is None else _READ_METRICS(item.metrics)
    return (
        item.status,
        item.reason,
        item.error_message,
        item.partial,
        *metrics,
        item.run_id,
        item.timestamp,
        item.reused,
        item.attempt,
        item.code,
        item.started_at,
        item.finished_at,
    )
