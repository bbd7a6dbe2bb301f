"""Rows are symbols, columns strategies. Pure."""

from collections.abc import Sequence

from leanboard.models.batch_outcome import BatchMatrix, ItemCounts, MatrixCell, MatrixRow, Metric
from leanboard.models.batches import Batch, BatchDetail, BatchItem
from leanboard.models.run import BacktestStatus
from leanboard.services.batches.outcome.counting import counts, has_ended, state_of
from leanboard.services.batches.outcome.metrics import Scored, better, value_of

_BATCH = frozenset(Batch.model_fields)
_ONE = {status: ItemCounts.model_validate({"total": 1, status.value: 1}) for status in BacktestStatus}


def matrix(detail: BatchDetail, metric: Metric = Metric.SHARPE_RATIO) -> BatchMatrix:
    """Return the items by symbol and strategy, in the order in which they come.

    Args:
        detail: The batch, as it is now.
        metric: Says which item of a cell is its best.
    """
    rows: dict[str | None, dict[str, list[BatchItem]]] = {}
    columns: dict[str, None] = {}
    for item in detail.items:
        columns.setdefault(item.strategy_name)
        rows.setdefault(item.symbol, {}).setdefault(item.strategy_name, []).append(item)
    best = Scored(detail.items, metric).best
    return BatchMatrix(
        batch=without_items(detail),
        metric=metric,
        better=better(metric),
        columns=tuple(columns),
        rows=tuple(
            MatrixRow(symbol=symbol, cells={column: _cell(items, metric) for column, items in cells.items()})
            for symbol, cells in rows.items()
        ),
        best=best.number if best is not None else None,
    )


def without_items(detail: BatchDetail) -> Batch:
    """Return the batch alone."""
    return Batch.model_construct(**{name: value for name, value in detail if name in _BATCH})


def _cell(items: Sequence[BatchItem], metric: Metric) -> MatrixCell:
    if len(items) == 1:  # as most are, in thousands of cells
        return _only(items[0], metric)
    scored = Scored(items, metric)
    return MatrixCell(
        state=state_of(items),
        counts=counts(items),
        best=scored.best or _shown(items),
        value=scored.best_value,
        median=scored.median,
    )


def _only(item: BatchItem, metric: Metric) -> MatrixCell:
    value = value_of(item, metric)
    return MatrixCell(
        state="final" if has_ended(item) else "partial",
        counts=_ONE[item.status],
        best=item,
        value=value,
        median=None if value is None else float(value),
    )


def _shown(items: Sequence[BatchItem]) -> BatchItem:
    failed = (item for item in items if item.status is BacktestStatus.FAILED)
    return next(failed, items[0])
