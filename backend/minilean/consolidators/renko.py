"""Consolidators of Renko bars with wicks and of bars by volume, and one consolidator behind another."""

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from minilean import numbers
from minilean.consolidators.base import DataConsolidator
from minilean.data.bars import ZERO, BaseData, TradeBar
from minilean.data.renko_bars import RenkoBar, VolumeRenkoBar
from minilean.enums import BarDirection, RenkoType
from minilean.surface import decimal_argument

_ONE = Decimal(1)


def closest_multiple(price: Decimal, size: Decimal) -> Decimal:
    """Return the multiple of a size that is closest to a price, half-even."""
    whole = numbers.divide(price, size).quantize(_ONE, rounding=ROUND_FLOOR)
    rest = price - size * whole
    return size * (whole + numbers.net_round(numbers.divide(rest, size), 0))


class RenkoConsolidator(DataConsolidator):
    """Bricks with wicks: a turn takes two bricks' way, and their volume is zero."""

    output_type = RenkoBar

    def __init__(self, bar_size: object) -> None:
        """Take the size of the bricks.

        Raises:
            ValueError: It is not positive.
        """
        super().__init__()
        self._size = decimal_argument(bar_size, "RenkoConsolidator")
        if self._size <= 0:
            raise ValueError("Renko consolidator BarSize must be strictly greater than zero")
        self.type = RenkoType.WICKED
        self._clear()

    def _clear(self) -> None:
        self._last: RenkoBar | None = None
        self._current: RenkoBar | None = None
        self._started = False
        self._open_on = self._close_on = 0
        self._open = self._high = self._low = self._close = ZERO

    @property
    def working_data(self) -> BaseData | None:
        """The newest brick, as in LEAN."""
        return self._current

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take the price of a bar."""
        price: Decimal = data.value_
        self._close_on = data.time_local
        if not self._started:
            self._started = True
            self._open_on = data.time_local
            self._open = self._high = self._low = self._close = closest_multiple(price, self._size)
            return
        self._high = max(self._high, price)
        self._low = min(self._low, price)
        self._close = price
        if self._close > self._open:
            self._up(data)
        elif self._close < self._open:
            self._down(data)

    def _up(self, data: BaseData) -> None:
        last = self._last
        if last is not None and last.direction is not BarDirection.RISING:
            limit = last.open_ + self._size
            if self._close <= limit:
                return
            self._brick(data, (last.open_, limit, self._low, limit))
            self._low = limit
        while self._close > (limit := self._open + self._size):
            self._brick(data, (self._open, limit, self._low, limit))
            self._low = limit

    def _down(self, data: BaseData) -> None:
        last = self._last
        if last is not None and last.direction is not BarDirection.FALLING:
            limit = last.open_ - self._size
            if self._close >= limit:
                return
            self._brick(data, (last.open_, self._high, limit, limit))
            self._high = limit
        while self._close < (limit := self._open - self._size):
            self._brick(data, (self._open, self._high, limit, limit))
            self._high = limit

    def _brick(self, data: BaseData, prices: tuple[Decimal, Decimal, Decimal, Decimal]) -> None:
        """Announce a brick of open, high, low and close; the next one opens at its close."""
        bar = RenkoBar.begun(data.symbol, (self._open_on, self._close_on), self._size, prices, ZERO)
        bar.type = RenkoType.WICKED
        self._last = bar
        self.emit(bar)
        self._current = bar
        self._open_on = self._close_on
        self._open = prices[3]

    def reset(self) -> None:
        """Forget everything."""
        self._clear()
        super().reset()


class WickedRenkoConsolidator(RenkoConsolidator):
    """LEAN's other name of `RenkoConsolidator`."""


class VolumeRenkoConsolidator(DataConsolidator):
    """Bars of a number of shares; one input can make several."""

    output_type = VolumeRenkoBar

    def __init__(self, bar_size: object) -> None:
        """Take the number of shares."""
        super().__init__()
        self._size = decimal_argument(bar_size, "VolumeRenkoConsolidator")
        self._bar: VolumeRenkoBar | None = None

    @property
    def working_data(self) -> BaseData | None:
        """The unfinished bar."""
        return self._bar

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take a trade bar.

        Raises:
            ValueError: It is another kind of bar.
        """
        if not isinstance(data, TradeBar):
            raise ValueError(  # noqa: TRY004 - LEAN's kind of error
                f"{type(self).__name__} must be used with TradeBar or Tick data."
            )
        close = data.close_
        if self._bar is None:
            prices = (data.open_, data.high_, data.low_, close)
            span = (data.time_local, data.end_local)
            self._bar = VolumeRenkoBar.begun(data.symbol, span, self._size, prices, ZERO)
        left = self._bar.take(data.end_local, data.high_, data.low_, close, data.volume_)
        while left >= 0:
            self.emit(self._bar)
            self._bar = self._bar.following()
            left = self._bar.take(data.end_local, data.high_, data.low_, close, left)

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self._bar = None


class SequentialConsolidator(DataConsolidator):
    """Passes the bars of one consolidator to another, whose bars are its own."""

    def __init__(self, first: DataConsolidator, second: DataConsolidator) -> None:
        """Take the two.

        Raises:
            ValueError: The second does not take what the first makes.
        """
        super().__init__()
        if second.input_type is not None and not issubclass(first.output_type, second.input_type):
            raise ValueError("first.OutputType must equal second.OutputType!")
        self.first = first
        self.second = second
        self.input_type = first.input_type
        self.output_type = second.output_type
        first.data_consolidated += lambda _sender, bar: second.update(bar)
        second.data_consolidated += lambda _sender, bar: self.emit(bar)

    @property
    def working_data(self) -> BaseData | None:
        """The unfinished bar of the second."""
        return self.second.working_data

    def update(self, data: Any) -> None:  # noqa: ANN401 - a bar
        """Take a bar."""
        self.first.update(data)

    def scan(self, local_now: int) -> None:
        """Finish the bar of the first whose time is over."""
        self.first.scan(local_now)

    def reset(self) -> None:
        """Forget everything."""
        self.first.reset()
        self.second.reset()
        super().reset()
