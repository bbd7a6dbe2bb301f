"""Oscillators that look at whole bars."""

import math
from decimal import Decimal

from minilean import numbers
from minilean.enums import MovingAverageType
from minilean.indicators.average_types import moving_average
from minilean.indicators.base import HUNDRED, ZERO, FunctionalIndicator, IndicatorBase, Point
from minilean.indicators.moving_averages import Sum
from minilean.indicators.rolling_window import RollingWindow
from minilean.indicators.volatility import Maximum, MeanAbsoluteDeviation, Minimum, TrueRange

_FACTOR = Decimal("0.015")
_FIFTY = Decimal(50)


class CommodityChannelIndex(IndicatorBase):
    """Distance of the typical price from its average in mean deviations."""

    short_name = "CCI({period})"
    takes_bars = True

    def setup(self, period: int, moving_average_type: MovingAverageType = MovingAverageType.SIMPLE) -> None:  # type: ignore[override]
        """Take the period and the kind of average."""
        self.warm_up_period = period
        self.moving_average_type = moving_average_type
        name = self.name
        self.typical_price_average = moving_average(moving_average_type, f"{name}_TypicalPriceAvg", period)
        self.typical_price_mean_deviation = MeanAbsoluteDeviation(f"{name}_TypicalPriceMAD", period)
        self.parts = (self.typical_price_average, self.typical_price_mean_deviation)

    @property
    def is_ready(self) -> bool:
        """Whether average and deviation are."""
        return self.typical_price_average.is_ready and self.typical_price_mean_deviation.is_ready

    def compute(self, point: Point) -> Decimal:
        """Relate the distance; zero without deviation."""
        typical = (point.high_ + point.low_ + point.close_) / 3
        self.typical_price_average.push(point.end_local, typical)
        self.typical_price_mean_deviation.push(point.end_local, typical)
        deviation = _FACTOR * self.typical_price_mean_deviation.current.value_
        if not deviation:
            return ZERO
        distance: Decimal = typical - self.typical_price_average.current.value_
        return distance / deviation


class Stochastic(IndicatorBase):
    """Where the close is between the recent extremes, in per cent, plain and smoothed."""

    short_name = "STO({period},{k_period},{d_period})"
    takes_bars = True

    def setup(self, period: int, k_period: int, d_period: int) -> None:  # type: ignore[override]
        """Take the periods of the extremes and of the two averages."""
        name = self.name
        self._maximum = Maximum(f"{name}_Max", period)
        self._minimum = Minimum(f"{name}_Min", period)
        self._fast_sum = Sum(f"{name}_SumFastK", k_period)
        self._slow_sum = Sum(f"{name}_SumD", d_period)
        self._k_period, self._d_period = k_period, d_period
        self.fast_stoch = FunctionalIndicator(f"{name}_FastStoch", self._fast, lambda _: self._maximum.is_ready)
        self.stoch_k = FunctionalIndicator(f"{name}_StochK", self._k, lambda _: self._fast_sum.is_ready)
        self.stoch_d = FunctionalIndicator(f"{name}_StochD", self._d, lambda _: self._slow_sum.is_ready)
        self.parts = (
            self.fast_stoch, self.stoch_k, self.stoch_d, self._maximum, self._minimum, self._fast_sum, self._slow_sum,
        )  # fmt: skip
        self.warm_up_period = period + k_period + d_period - 2

    @property
    def is_ready(self) -> bool:
        """Whether all three lines are."""
        return self.fast_stoch.is_ready and self.stoch_k.is_ready and self.stoch_d.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update the three lines; the value is the plain one."""
        end = point.end_local
        self._maximum.push(end, point.high_)
        self._minimum.push(end, point.low_)
        self.fast_stoch.push(end, point.close_)
        self.stoch_k.push(end, point.close_)
        self.stoch_d.push(end, point.close_)
        return self.fast_stoch.current.value_

    def _fast(self, point: Point) -> Decimal:
        if not self._maximum.is_ready:
            return ZERO
        lowest = self._minimum.current.value_
        room = self._maximum.current.value_ - lowest
        if not room:
            return ZERO
        place: Decimal = (point.value_ - lowest) / room
        self._fast_sum.push(point.end_local, place)
        return place * HUNDRED

    def _k(self, point: Point) -> Decimal:
        if not self._fast_sum.is_ready:
            return ZERO
        place = self._fast_sum.current.value_ / self._k_period
        self._slow_sum.push(point.end_local, place)
        return place * HUNDRED

    def _d(self, _point: Point) -> Decimal:
        if not self._slow_sum.is_ready:
            return ZERO
        return self._slow_sum.current.value_ / self._d_period * HUNDRED


class WilliamsPercentR(IndicatorBase):
    """Distance of the close from the highest high in per cent of the range, negative."""

    short_name = "WILR({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.warm_up_period = period
        self.maximum = Maximum(f"{self.name}_Max", period)
        self.minimum = Minimum(f"{self.name}_Min", period)
        self.parts = (self.maximum, self.minimum)

    @property
    def is_ready(self) -> bool:
        """Whether both extremes are."""
        return self.maximum.is_ready and self.minimum.is_ready

    def compute(self, point: Point) -> Decimal:
        """Relate the distance; zero until ready or without a range."""
        self.minimum.push(point.end_local, point.low_)
        self.maximum.push(point.end_local, point.high_)
        highest = self.maximum.current.value_
        room = highest - self.minimum.current.value_
        if not self.is_ready or not room:
            return ZERO
        distance: Decimal = highest - point.close_
        return -HUNDRED * distance / room


class UltimateOscillator(IndicatorBase):
    """Buying pressure relative to the true range over three periods; 50 until ready."""

    short_name = "ULTOSC({period1},{period2},{period3})"
    takes_bars = True

    def setup(self, period1: int, period2: int, period3: int) -> None:  # type: ignore[override]
        """Take the three periods."""
        self._period = max(period1, period2, period3)
        self.warm_up_period = self._period + 1
        periods = (period1, period2, period3)
        self._range = TrueRange(f"{self.name}_TR")
        self._pressures = tuple(Sum(f"{self.name}_BP{number}", each) for number, each in enumerate(periods, 1))
        self._ranges = tuple(Sum(f"{self.name}_TR{number}", each) for number, each in enumerate(periods, 1))
        self.parts = (self._range, *self._pressures, *self._ranges)

    def clear(self) -> None:
        """Begin without a bar before."""
        self._last_close = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether the longest period has passed."""
        return self.samples > self._period

    def compute(self, point: Point) -> Decimal:
        """Weight the three quotients 4, 2 and 1; the old value stays where there is no range."""
        self._range.update_with(point)
        last, self._last_close = self._last_close, point.close_
        if self.samples == 1:
            return _FIFTY
        pressure = point.close_ - min(point.low_, last)
        for pressures, ranges in zip(self._pressures, self._ranges, strict=True):
            pressures.push(point.end_local, pressure)
            ranges.update_with(self._range.current)
        if not self.is_ready:
            return _FIFTY
        if any(not each.current.value_ for each in self._ranges):
            return self.current.value_
        first, second, third = (
            pressures.current.value_ / ranges.current.value_
            for pressures, ranges in zip(self._pressures, self._ranges, strict=True)
        )
        return HUNDRED * (4 * first + 2 * second + third) / 7


class AwesomeOscillator(IndicatorBase):
    """Difference of two averages of the bars' middles."""

    short_name = "AO({fast_period},{slow_period},{type})"
    takes_bars = True

    def setup(  # type: ignore[override]
        self,
        fast_period: int,
        slow_period: int,
        type: MovingAverageType = MovingAverageType.SIMPLE,  # noqa: A002 - LEAN's name
    ) -> None:
        """Take the periods and the kind of average."""
        self.slow_ao = moving_average(type, None, slow_period)
        self.fast_ao = moving_average(type, None, fast_period)
        self.parts = (self.fast_ao, self.slow_ao)
        self.warm_up_period = max(slow_period, fast_period)

    @property
    def is_ready(self) -> bool:
        """Whether both averages are."""
        return self.slow_ao.is_ready and self.fast_ao.is_ready

    def compute(self, point: Point) -> Decimal:
        """Subtract the slow average; zero until ready."""
        middle = (point.high_ + point.low_) / 2
        self.slow_ao.push(point.end_local, middle)
        self.fast_ao.push(point.end_local, middle)
        return self.fast_ao.current.value_ - self.slow_ao.current.value_ if self.is_ready else ZERO


class BalanceOfPower(IndicatorBase):
    """Rise of a bar relative to its range."""

    short_name = "BOP"
    takes_bars = True

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        self.warm_up_period = 1

    @property
    def is_ready(self) -> bool:
        """Whether there was a bar."""
        return self.samples > 0

    def compute(self, point: Point) -> Decimal:
        """Relate close less open to high less low."""
        room: Decimal = point.high_ - point.low_
        return (point.close_ - point.open_) / room if room > 0 else ZERO


class InternalBarStrength(BalanceOfPower):
    """Where a bar closed in its range, 0 to 1."""

    short_name = "IBS()"

    def compute(self, point: Point) -> Decimal:
        """Relate close less low to high less low; a half without a range."""
        room: Decimal = point.high_ - point.low_
        return (point.close_ - point.low_) / room if room else Decimal("0.5")


class ChoppinessIndex(IndicatorBase):
    """Logarithm of the sum of true ranges relative to the whole range, 0 to 100."""

    short_name = "CHOP({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.period = period
        self.warm_up_period = period
        self._range = TrueRange()
        self._ranges: RollingWindow[Decimal] = RollingWindow(period)
        self._highs: RollingWindow[Decimal] = RollingWindow(period)
        self._lows: RollingWindow[Decimal] = RollingWindow(period)
        self.parts = (self._range,)

    def clear(self) -> None:
        """Begin with empty windows."""
        for window in (self._ranges, self._highs, self._lows):
            window.reset()

    @property
    def is_ready(self) -> bool:
        """Whether a period of bars was taken."""
        return self.samples >= self.period

    def compute(self, point: Point) -> Decimal:
        """Compute in floating point; 100 without a range, zero until ready."""
        self._range.update_with(point)
        self._highs.add(point.high_)
        self._lows.add(point.low_)
        self._ranges.add(self._range.current.value_)
        if not self.is_ready:
            return ZERO
        room = max(self._highs) - min(self._lows)
        if not room:
            return HUNDRED
        total = numbers.to_double(sum(self._ranges, ZERO))
        return numbers.safe_decimal_cast(100.0 * math.log10(total / numbers.to_double(room)) / math.log10(self.period))


class RelativeVigorIndexSignal(IndicatorBase):
    """Weighted average of the last four values."""

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        self.warm_up_period = 3
        self._last: RollingWindow[Decimal] = RollingWindow(3)

    def clear(self) -> None:
        """Begin with an empty window."""
        self._last.reset()

    @property
    def is_ready(self) -> bool:
        """Whether there are three values."""
        return self._last.is_ready

    def compute(self, point: Point) -> Decimal:
        """Weight the values 1, 2, 2, 1; zero until ready."""
        last = self._last
        value = (point.value_ + 2 * (last[0] + last[1]) + last[2]) / 6 if self.is_ready else ZERO
        last.add(point.value_)
        return value


class RelativeVigorIndex(IndicatorBase):
    """Smoothed rise of bars relative to their smoothed range."""

    short_name = "RVI({period},{type})"
    takes_bars = True

    def setup(self, period: int, type: MovingAverageType = MovingAverageType.SIMPLE) -> None:  # type: ignore[override]  # noqa: A002
        """Take the period and the kind of average."""
        self.warm_up_period = period + 3
        self._rises = moving_average(type, "_closingBand", period)
        self._ranges = moving_average(type, "_rangeBand", period)
        self.signal = RelativeVigorIndexSignal(f"{self.name}_S")
        self._last: RollingWindow[Point] = RollingWindow(3)
        self.parts = (self._rises, self._ranges, self.signal)

    def clear(self) -> None:
        """Begin without bars before."""
        self._last.reset()

    @property
    def is_ready(self) -> bool:
        """Whether both averages are."""
        return self._rises.is_ready and self._ranges.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average rises and ranges of four bars, weighted 1, 2, 2, 1; zero until ready."""
        value = ZERO
        if self._last.is_ready:
            bars = (point, *self._last)
            rises = [bar.close_ - bar.open_ for bar in bars]
            ranges = [bar.high_ - bar.low_ for bar in bars]
            self._rises.push(point.end_local, (rises[0] + 2 * (rises[1] + rises[2]) + rises[3]) / 6)
            self._ranges.push(point.end_local, (ranges[0] + 2 * (ranges[1] + ranges[2]) + ranges[3]) / 6)
            if self.is_ready:
                divisor = self._ranges.current.value_
                value = self._rises.current.value_ / divisor if divisor else ZERO
                self.signal.push(point.end_local, value)
        self._last.add(point)
        return value


class DeMarkerIndicator(IndicatorBase):
    """New highs relative to new highs and new lows, 0 to 1."""

    short_name = "DEM({period},{type})"
    takes_bars = True

    def setup(self, period: int, type: MovingAverageType = MovingAverageType.SIMPLE) -> None:  # type: ignore[override]  # noqa: A002
        """Take the period and the kind of average."""
        self.warm_up_period = period
        self._highs = moving_average(type, None, period)
        self._lows = moving_average(type, None, period)
        self.parts = (self._highs, self._lows)

    def clear(self) -> None:
        """Begin without a bar before."""
        self._last_high = self._last_low = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether both averages are."""
        return self._highs.is_ready and self._lows.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average how far highs rose and lows fell; zero until ready."""
        first = self.samples == 1
        self._highs.push(point.end_local, ZERO if first else max(point.high_ - self._last_high, ZERO))
        self._lows.push(point.end_local, ZERO if first else max(self._last_low - point.low_, ZERO))
        self._last_high, self._last_low = point.high_, point.low_
        total = self._highs.current.value_ + self._lows.current.value_
        return self._highs.current.value_ / total if self.is_ready and total > 0 else ZERO
