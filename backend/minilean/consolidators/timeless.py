"""Consolidators of classic Renko and range bars: a selected value moves a bar until it is closed."""

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from typing import Any

from minilean import numbers
from minilean.consolidators.base import DataConsolidator
from minilean.data.bars import ZERO, BaseData, TradeBar
from minilean.data.renko_bars import RangeBar, RenkoBar
from minilean.enums import RenkoType
from minilean.surface import NotSupportedError, as_float, decimal_argument, no_method_matches

Select = Callable[[Any], Decimal]
_ONE = Decimal(1)


def selector_of(selector: Any, default: Select) -> Select:  # noqa: ANN401 - a function of a bar, LEAN's or the strategy's
    """Fit a selector of a strategy, which gives floats."""
    if selector is None:
        return default
    if not callable(selector):
        raise no_method_matches("Selector", selector)
    exact: Select | None = getattr(selector, "exact", None)
    return exact if exact is not None else lambda bar: decimal_argument(selector(bar), "selector")


def value_of(bar: BaseData) -> Decimal:
    """Return the value of a bar."""
    return bar.value_


def volume_of(bar: BaseData) -> Decimal:
    """Return the volume of a trade bar, zero for others."""
    return bar.volume_ if isinstance(bar, TradeBar) else ZERO


def multiple_above(value: Decimal, size: Decimal) -> Decimal:
    """Return the smallest multiple of a size that is not below a value."""
    return numbers.divide(value, size).quantize(_ONE, rounding=ROUND_CEILING) * size


class TimelessConsolidator(DataConsolidator):
    """Moves an unfinished bar by each input; the next begins with the input after the one that closed it."""

    def __init__(self, selector: Any = None, volume_selector: Any = None) -> None:  # noqa: ANN401
        super().__init__()
        self._select = selector_of(selector, value_of)
        self._volume = selector_of(volume_selector, volume_of)
        self._bar: Any = None

    @property
    def working_data(self) -> BaseData | None:
        """The unfinished bar."""
        bar: BaseData | None = self._bar
        return bar

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take a bar."""
        value, volume = self._select(data), self._volume(data)
        if self._bar is not None:
            self._move(data.time_local, value, volume)
        if self._bar is None:
            self._begin(data, value, volume)

    def _move(self, time: int, value: Decimal, volume: Decimal) -> None:
        raise NotImplementedError

    def _begin(self, data: BaseData, value: Decimal, volume: Decimal) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        """Announce the bar when it is closed."""
        if self._bar.is_closed:
            self.emit(self._bar)
            self._bar = None

    def reset(self) -> None:
        """Forget everything."""
        self._bar = None
        super().reset()


class ClassicRenkoConsolidator(TimelessConsolidator):
    """Bricks without wicks, each open at the close of the one before; the first on a multiple of their size."""

    output_type = RenkoBar

    def __init__(self, bar_size: object, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - LEAN's overloads
        """Take the size, then perhaps whether to begin on a multiple, or selectors of value and volume and that.

        Raises:
            TypeError: The arguments fit no overload.
            ValueError: The size is not positive.
        """
        parts = [each for each in arguments if not isinstance(each, RenkoType)]
        even = keywords.pop("even_bars", True)
        if parts and isinstance(parts[-1], bool):
            even = parts.pop()
        names = ("selector", "volume_selector")
        given = {**dict(zip(names, parts, strict=False)), **keywords}
        if len(parts) > len(names) or set(given) - set(names):
            raise no_method_matches("ClassicRenkoConsolidator", bar_size, *arguments)
        super().__init__(given.get("selector"), given.get("volume_selector"))
        self._size = decimal_argument(bar_size, "ClassicRenkoConsolidator")
        if self._size <= 0:
            raise ValueError("RenkoConsolidator bar size must be positve and greater than 1e-28 (Parameter 'barSize')")
        self._even = even
        self._last_close: Decimal | None = None
        self.type = RenkoType.CLASSIC

    def _move(self, time: int, value: Decimal, volume: Decimal) -> None:
        self._bar.update_with(time, value, volume)
        if self._bar.is_closed:
            self._last_close = self._bar.close_
        self._close()

    def _begin(self, data: BaseData, value: Decimal, volume: Decimal) -> None:
        opens = value if self._last_close is None else self._last_close
        if self._even and self._last_close is None:
            opens = multiple_above(opens, self._size)
        span, prices = (data.time_local, data.time_local), (opens, opens, opens, opens)
        self._bar = RenkoBar.begun(data.symbol, span, self._size, prices, volume)
        self._bar.type = RenkoType.CLASSIC

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self._last_close = None


class ClassicRangeConsolidator(TimelessConsolidator):
    """Range bars of a number of price steps; the bar after a closed one begins with the next input."""

    output_type = RangeBar

    def __init__(self, range: int, selector: Any = None, volume_selector: Any = None) -> None:  # noqa: A002, ANN401 - LEAN's name
        """Take the number of price steps and perhaps selectors of value and volume.

        Raises:
            TypeError: The number is none.
        """
        if not isinstance(range, int) or isinstance(range, bool):
            raise no_method_matches(type(self).__name__, range)
        super().__init__(selector, volume_selector)
        self.range = range
        self.range_size_ = ZERO
        self._first = True

    range_size = as_float("range_size_")

    def _move(self, time: int, value: Decimal, volume: Decimal) -> None:
        self._bar.update_with(time, value, volume)
        self._close()

    def _begin(self, data: BaseData, value: Decimal, volume: Decimal) -> None:
        if self._first:
            if self.price_step_ is None:
                raise NotSupportedError(f"{type(self).__name__} without a subscription")
            self.range_size_ = self.price_step_ * self.range
            value = multiple_above(value, self.range_size_)
            self._first = False
        self._bar = RangeBar.opened(data.symbol, data.time_local, self.range_size_, value, volume)

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self._first = True
        self.range_size_ = ZERO


class RangeConsolidator(ClassicRangeConsolidator):
    """Range bars without gaps: a large move makes as many as it takes, those between without volume."""

    def _move(self, time: int, value: Decimal, volume: Decimal) -> None:
        rising = value > self._bar.high_
        step = self.price_step_ or ZERO
        self._bar.update_with(time, value, volume)
        while self._bar.is_closed:
            closed = self._bar
            self.emit(closed)
            opens = closed.high_ + step if rising else closed.low_ - step
            self._bar = RangeBar.opened(closed.symbol, closed.end_local, self.range_size_, opens)
            between = abs(self._bar.low_ - value) > self.range_size_
            self._bar.update_with(time, value, ZERO if between else volume)
