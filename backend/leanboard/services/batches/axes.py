"""What the items of a batch differ in: names of axes, and where an item lies on them."""

from collections.abc import Iterable, Sequence

from leanboard.models.batches import BatchItem

STRATEGY, SYMBOL, WINDOW, SCENARIO = "strategy", "symbol", "window", "scenario"
PLACES = (STRATEGY, SYMBOL, WINDOW, SCENARIO)
_PARAMETERS = "parameters."

Axis = tuple[str, int]
"""Name, and number of values."""


def parameter_axis(name: str) -> str:
    """Return the name of a parameter's axis: the parameter's own, but for one that is called as another axis is."""
    return f"{_PARAMETERS}{name}" if name in PLACES else name


def axis_value(item: BatchItem, axis: str) -> str | None:
    """Return where an item lies on an axis; None where the axis says nothing about it."""
    match axis:
        case "strategy":
            return item.strategy_name
        case "symbol":
            return item.symbol
        case "window":
            return item.window
        case "scenario":
            return item.scenario
        case _:
            return item.parameters.get(axis.removeprefix(_PARAMETERS))


def axes_of(items: Sequence[BatchItem]) -> tuple[Axis, ...]:
    """Return what items differ in, in the order strategy, symbol, window, scenario, then parameters."""
    names = dict.fromkeys(name for item in items for name in item.parameters)
    axes = (*PLACES, *(parameter_axis(name) for name in names))
    return differing((axis, len({axis_value(item, axis) for item in items})) for axis in axes)


def differing(axes: Iterable[Axis]) -> tuple[Axis, ...]:
    """Return those axes that have more than one value."""
    return tuple(axis for axis in axes if axis[1] > 1)
