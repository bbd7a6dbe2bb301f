"""Items as lines through the axes in which they differ, and their metrics. Pure."""

from collections.abc import Iterable, Sequence

from leanboard.models.batch_outcome import AxisKind, BatchAxis, Metric, ParallelAxis, ParallelCoordinates
from leanboard.models.batches import BatchItem
from leanboard.services.batches.outcome.axes import Column
from leanboard.services.batches.outcome.metrics import READ, better, usable

Points = Sequence[float | str | None]


def parallel(items: Sequence[BatchItem], columns: Iterable[Column]) -> ParallelCoordinates:
    """Return the axes with a point for each item; metrics that no item has are left out."""
    axes = [_axis(column.axis(), column.texts if column.numbers is None else column.numbers) for column in columns]
    metrics = [usable(item) for item in items]
    for metric, read in READ.items():
        found = [None if one is None or (value := read(one)) is None else float(value) for one in metrics]
        known = [value for value in found if value is not None]
        if known:
            axes.append(_axis(_metric_axis(metric, known), found))
    return ParallelCoordinates.model_construct(items=tuple(item.number for item in items), axes=tuple(axes))


def _axis(axis: BatchAxis, points: Points) -> ParallelAxis:
    # Ours, and tens of thousands of them: not looked at again.
    return ParallelAxis.model_construct(axis=axis, points=tuple(points))


def _metric_axis(metric: Metric, known: Sequence[float]) -> BatchAxis:
    return BatchAxis(
        name=metric.value,
        kind=AxisKind.NUMBER,
        is_metric=True,
        min=min(known),
        max=max(known),
        better=better(metric),
    )
