"""Names and lengths of the axes of a batch: what its items differ in."""

from collections.abc import Iterable, Sequence

from leanboard.models.batches import BatchItem
from leanboard.services.batches.outcome.axes import columns

STRATEGY, SYMBOL, WINDOW, SCENARIO = "strategy", "symbol", "window", "scenario"

Axis = tuple[str, int]
"""Name, and number of values."""


def axes_of(items: Sequence[BatchItem]) -> tuple[Axis, ...]:
    """Return what items differ in: strategy, symbol, window and so on, then parameters."""
    return tuple((column.name, len(set(column.texts))) for column in columns(items))


def differing(axes: Iterable[Axis]) -> tuple[Axis, ...]:
    """Return those axes that have more than one value."""
    return tuple(axis for axis in axes if axis[1] > 1)
