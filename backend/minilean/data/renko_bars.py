"""Bars that end by price or volume instead of time: Renko, volume and range bars."""

from decimal import Decimal
from typing import Self

from minilean.data.bars import ZERO, TradeBar
from minilean.enums import BarDirection, RenkoType
from minilean.securities.symbol import Symbol
from minilean.surface import as_datetime, as_float
from minilean.times import YEAR_ONE

Prices = tuple[Decimal, Decimal, Decimal, Decimal]


class PriceBar(TradeBar):
    """What these bars share: they begin with given values and take inputs until they are closed."""

    __slots__ = ("is_closed", "size_")

    is_closed: bool
    size_: Decimal

    @classmethod
    def begun(cls, symbol: Symbol, span: tuple[int, int], size: Decimal, prices: Prices, volume: Decimal) -> Self:
        """Make a bar of local start and end, size, open, high, low, close and volume."""
        bar = object.__new__(cls)
        bar.symbol = symbol
        bar.time_local, bar.end_local = span
        bar.end_utc = bar.end_local
        bar.is_fill_forward = False
        bar.size_ = size
        bar.open_, bar.high_, bar.low_, bar.close_ = prices
        bar.volume_ = volume
        bar.is_closed = False
        return bar


class RenkoBar(PriceBar):
    """A brick: closed when the price has moved by its size."""

    __slots__ = ("type",)

    type: RenkoType

    brick_size = as_float("size_")
    start = as_datetime("time_local")

    @property
    def direction(self) -> BarDirection:
        """Whether the price rose."""
        if self.open_ == self.close_:
            return BarDirection.NO_DELTA
        return BarDirection.RISING if self.open_ < self.close_ else BarDirection.FALLING

    @property
    def spread(self) -> float:
        """Distance from open to close."""
        return float(abs(self.close_ - self.open_))

    def update_with(self, time: int, value: Decimal, volume: Decimal) -> None:
        """Take a price; the close stays within the brick."""
        if self.is_closed:
            return
        self.end_local = self.end_utc = time
        lowest, highest = self.open_ - self.size_, self.open_ + self.size_
        self.close_ = min(highest, max(lowest, value))
        self.volume_ += volume
        self.is_closed = value <= lowest or value >= highest
        self.high_ = max(self.high_, self.close_)
        self.low_ = min(self.low_, self.close_)


class VolumeRenkoBar(PriceBar):
    """A bar of a number of shares."""

    __slots__ = ()

    brick_size = as_float("size_")
    start = as_datetime("time_local")

    def take(self, end: int, high: Decimal, low: Decimal, close: Decimal, volume: Decimal) -> Decimal:
        """Take a bar; return the volume that did not fit, negative while there is room."""
        if self.volume_ >= self.size_:
            return ZERO
        self.end_local = self.end_utc = end
        excess = self.volume_ + volume - self.size_
        self.volume_ = self.size_ if excess > 0 else self.volume_ + volume
        self.is_closed = self.volume_ >= self.size_
        self.close_ = close
        self.high_ = max(self.high_, high)
        self.low_ = min(self.low_, low)
        return excess

    def following(self) -> "VolumeRenkoBar":
        """Return the bar after this one, which opens where it closed."""
        close, end = self.close_, self.end_local
        return VolumeRenkoBar.begun(self.symbol, (end, end), self.size_, (close, close, close, close), ZERO)


class RangeBar(PriceBar):
    """A bar whose high and low are at most its size apart; LEAN gives it no start but the year 1."""

    __slots__ = ()

    range_size = as_float("size_")

    @classmethod
    def opened(cls, symbol: Symbol, end: int, size: Decimal, price: Decimal, volume: Decimal = ZERO) -> "RangeBar":
        """Make a bar of one price."""
        return cls.begun(symbol, (YEAR_ONE, end), size, (price, price, price, price), volume)

    def update_with(self, time: int, value: Decimal, volume: Decimal) -> None:
        """Take a price; one that does not fit closes the bar at its edge, and its volume is not added.

        The close of a bar that stays open does not move, as in LEAN.
        """
        self.end_local = self.end_utc = time
        if value < self.low_:
            if self.high_ - value > self.size_:
                self.is_closed = True
                self.low_ = self.close_ = self.high_ - self.size_
                return
            self.low_ = value
        elif value > self.high_:
            if value - self.low_ > self.size_:
                self.is_closed = True
                self.high_ = self.close_ = self.low_ + self.size_
                return
            self.high_ = value
        self.volume_ += volume
