"""Every combination of some axes, counted before any of them is made. Pure."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from leanboard.errors import InvalidInput
from leanboard.models.batch_requests import MAX_AXIS, BatchRequest, Range, Sweep, WalkForward, Window
from leanboard.models.batches import AxisLength
from leanboard.services.batches.axes import STRATEGY, SYMBOL, WINDOW, Axis
from leanboard.services.batches.outcome.axes import parameter_axis
from leanboard.services.batches.planned_item import ItemDraft, Place
from leanboard.services.batches.ranges import RangeValues
from leanboard.services.batches.windows import window_label, windows_of

FIELD = "sweep"


@dataclass(frozen=True, slots=True)
class SweepGrid:
    """The axes of a sweep, none of whose computed values exists yet.

    Attributes:
        windows: Empty for the batch's own dates.
        parameters: Values by name.
    """

    strategies: tuple[str, ...]
    symbols: tuple[str, ...]
    windows: tuple[Window, ...]
    parameters: Mapping[str, tuple[str, ...] | RangeValues]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """All that the sweep names, also those of one value."""
        named = ((STRATEGY, self.strategies), (SYMBOL, self.symbols), (WINDOW, self.windows))
        return (
            *((name, len(values)) for name, values in named if values),
            *((parameter_axis(name), _number(values)) for name, values in self.parameters.items()),
        )

    @property
    def count(self) -> int:
        """How many combinations there are."""
        return math.prod(number for _, number in self.axes)

    def drafts(self) -> Iterator[ItemDraft]:
        """Yield the combinations, the last axis fastest."""
        names = tuple(self.parameters)
        symbols: Sequence[tuple[str, ...]] = [(symbol,) for symbol in self.symbols] or [()]
        for (index, strategy), symbol, window in itertools.product(
            enumerate(self.strategies), symbols, self.windows or (None,)
        ):
            place = Place(FIELD, f"{FIELD}.strategies.{index}")
            for values in itertools.product(*self.parameters.values()):
                yield ItemDraft(
                    place,
                    strategy,
                    symbol,
                    dict(zip(names, values, strict=True)),
                    start_date=None if window is None else window.start_date,
                    end_date=None if window is None else window.end_date,
                    window=None if window is None else window_label(window),
                )


def grid_of(batch: BatchRequest, sweep: Sweep) -> SweepGrid:
    """Return the axes of a batch's sweep.

    Raises:
        InvalidInput: A value is named twice, a range leads nowhere, no window fits, or a value is given both for the
            batch and as an axis.
    """
    check_distinct(sweep.strategies, f"{FIELD}.strategies")
    check_distinct([symbol.upper() for symbol in sweep.symbols], f"{FIELD}.symbols")
    _check_common(batch, sweep)
    windows = sweep.windows
    if isinstance(windows, WalkForward):
        windows = windows_of(windows, f"{FIELD}.windows")
    check_distinct([window_label(window) for window in windows], f"{FIELD}.windows")
    parameters = {name: _values(axis, f"{FIELD}.parameters.{name}") for name, axis in sweep.parameters.items()}
    return SweepGrid(sweep.strategies, sweep.symbols, windows, parameters)


def check_axes(grid: SweepGrid) -> None:
    """Refuse an axis of too many values; called when their product is known to be small enough.

    Raises:
        InvalidInput: Names the axis and the number.
    """
    for name, values in grid.parameters.items():
        if _number(values) > MAX_AXIS:
            msg = f"{_number(values)} values; one axis can have {MAX_AXIS}: take a larger step"
            raise InvalidInput(msg, field=f"{FIELD}.parameters.{name}")


def _number(values: tuple[str, ...] | RangeValues) -> int:
    return values.number if isinstance(values, RangeValues) else len(values)


def _values(axis: tuple[str, ...] | Range, field: str) -> tuple[str, ...] | RangeValues:
    if isinstance(axis, Range):
        return RangeValues(axis, field)
    check_distinct(axis, field)
    return axis


def _check_common(batch: BatchRequest, sweep: Sweep) -> None:
    for name in ("start_date", "end_date"):
        if sweep.windows and getattr(batch, name) is not None:
            raise InvalidInput(f"the windows of the sweep have dates of their own: leave {name} out", field=name)
    for name in sweep.parameters:
        if name in batch.parameters:
            msg = f"{name} is an axis of the sweep and a parameter of the whole batch: give one of them"
            raise InvalidInput(msg, field=f"parameters.{name}")
    name = batch.symbol_parameter
    for parameters, field in ((batch.parameters, "parameters"), (sweep.parameters, f"{FIELD}.parameters")):
        if sweep.symbols and name in parameters:
            msg = f"the symbols reach the strategy as the parameter {name!r}: take it out, or name another "
            raise InvalidInput(msg + "symbol_parameter", field=f"{field}.{name}")


def check_distinct(values: Iterable[str], field: str) -> None:
    """Refuse values that are named twice.

    Raises:
        InvalidInput: Names the second one.
    """
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        if value in seen:
            raise InvalidInput(
                f"{value[:80]} is named twice, as number {seen[value] + 1} too", field=f"{field}.{index}"
            )
        seen[value] = index


def product_text(axes: Sequence[Axis]) -> str:
    """Return the axes as a product: ``2 strategies x 3 symbols x 6 fast``."""
    return " x ".join(AxisLength(name=name, values=number).words for name, number in axes)
