"""Indicators of a trend's direction and strength."""

from decimal import Decimal

from minilean.enums import MovingAverageType
from minilean.indicators.base import HUNDRED, ZERO, FunctionalIndicator, IndicatorBase, Point
from minilean.indicators.composite import chain, combine, ratio
from minilean.indicators.moving_averages import Sum, WilderMovingAverage
from minilean.indicators.rolling_window import RollingWindow
from minilean.indicators.volatility import AverageTrueRange, Maximum, Minimum

_FIFTY = Decimal(50)


class AverageDirectionalIndex(IndicatorBase):
    """Strength of a trend from the movement of highs and lows, 0 to 100; 50 while there is no movement."""

    short_name = "ADX({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period of the smoothing."""
        self.period = period
        self.warm_up_period = period * 2
        name = self.name
        self.positive_directional_index = FunctionalIndicator(
            f"{name}_PositiveDirectionalIndex", lambda _: self._index(self._plus), lambda _: self.samples > period
        )
        self.negative_directional_index = FunctionalIndicator(
            f"{name}_NegativeDirectionalIndex", lambda _: self._index(self._minus), lambda _: self.samples > period
        )
        self._average = WilderMovingAverage(period)
        self.parts = (self._average, self.positive_directional_index, self.negative_directional_index)

    def clear(self) -> None:
        """Begin without a bar before and without sums."""
        self._last: Point = None
        self._range = self._plus = self._minus = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Smooth true range and movements, relate them, and average the difference of both directions."""
        last, self._last = self._last, point
        true_range = plus = minus = ZERO
        if last is not None:
            true_range, plus, minus = _movements(last, point)
        self._range = self._smoothed(self._range, true_range)
        self._plus = self._smoothed(self._plus, plus)
        self._minus = self._smoothed(self._minus, minus)
        before = self.current.end_local  # LEAN passes its last value on, so the lines lag by a bar in time
        self.positive_directional_index.push(before, ZERO)
        self.negative_directional_index.push(before, ZERO)
        positive = self.positive_directional_index.current.value_
        negative = self.negative_directional_index.current.value_
        total = positive + negative
        if not total:
            return _FIFTY
        self._average.push(point.end_local, HUNDRED * abs(positive - negative) / total)
        return self._average.current.value_

    def _smoothed(self, total: Decimal, new: Decimal) -> Decimal:
        share = total / self.period if self.samples > self.period + 1 else ZERO
        return total + new - share

    def _index(self, movement: Decimal) -> Decimal:
        return HUNDRED * movement / self._range if self._range and self.samples > self.period else ZERO


def _movements(last: Point, bar: Point) -> tuple[Decimal, Decimal, Decimal]:
    """Return true range and the movements up and down, of which at most one is not zero."""
    true_range = max(bar.high_ - bar.low_, abs(bar.high_ - last.close_), abs(bar.low_ - last.close_))
    rise, fall = bar.high_ - last.high_, last.low_ - bar.low_
    plus = rise if rise > 0 and rise >= fall else ZERO
    minus = fall if fall > 0 and fall > rise else ZERO
    return true_range, plus, minus


class AverageDirectionalMovementIndexRating(IndicatorBase):
    """Mean of the directional index and the one a period ago; 50 until ready."""

    short_name = "ADXR({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        self.warm_up_period = period * 3 - 1
        self.adx = AverageDirectionalIndex(f"{self.name}_ADX", period)
        self._history: RollingWindow[Decimal] = RollingWindow(period)
        self.parts = (self.adx,)

    def clear(self) -> None:
        """Begin with an empty history."""
        self._history.reset()

    @property
    def is_ready(self) -> bool:
        """Whether the history is full."""
        return self._history.is_ready

    def compute(self, point: Point) -> Decimal:
        """Halve the sum of the newest and the oldest index."""
        if self.adx.update_with(point):
            self._history.add(self.adx.current.value_)
        if not self.is_ready:
            return _FIFTY
        oldest: Decimal = self._history[self._history.size - 1]
        return (self.adx.current.value_ + oldest) / 2


class AroonOscillator(IndicatorBase):
    """How recent the highest high is against the lowest low, -100 to 100."""

    short_name = "AROON({up_period},{down_period})"
    takes_bars = True

    def setup(self, up_period: int, down_period: int) -> None:  # type: ignore[override]
        """Take the periods of highs and lows."""
        highest = Maximum(f"{self.name}_Max", up_period + 1)
        lowest = Minimum(f"{self.name}_Min", down_period + 1)

        def up(point: Point) -> Decimal:
            highest.update_with(point)
            return HUNDRED * (up_period - highest.periods_since_maximum) / up_period

        def down(point: Point) -> Decimal:
            lowest.update_with(point)
            return HUNDRED * (down_period - lowest.periods_since_minimum) / down_period

        self.aroon_up = FunctionalIndicator(f"{self.name}_AroonUp", up, lambda _: highest.is_ready, highest.reset)
        self.aroon_down = FunctionalIndicator(f"{self.name}_AroonDown", down, lambda _: lowest.is_ready, lowest.reset)
        self.parts = (self.aroon_up, self.aroon_down)
        self.warm_up_period = 1 + max(up_period, down_period)

    @property
    def is_ready(self) -> bool:
        """Whether both lines are."""
        return self.aroon_up.is_ready and self.aroon_down.is_ready

    def compute(self, point: Point) -> Decimal:
        """Subtract the line of the lows."""
        self.aroon_up.push(point.end_local, point.high_)
        self.aroon_down.push(point.end_local, point.low_)
        return self.aroon_up.current.value_ - self.aroon_down.current.value_


class Vortex(IndicatorBase):
    """Movements up and down relative to the true range; the value is the mean of both."""

    short_name = "VTX({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.period = period
        self.warm_up_period = period
        self._range = AverageTrueRange(f"{self.name}_ATR", 1, MovingAverageType.SIMPLE)
        self._ranges = chain(Sum("ATR_Sum", period), self._range)
        self._plus = Sum("PlusVM_Sum", period)
        self._minus = Sum("MinusVM_Sum", period)
        self.plus_vortex = combine(self._plus, self._ranges, ratio)
        self.minus_vortex = combine(self._minus, self._ranges, ratio)
        self.parts = (self._range, self._ranges, self._plus, self._minus, self.plus_vortex, self.minus_vortex)

    def clear(self) -> None:
        """Begin without a bar before."""
        self._last: Point = None

    @property
    def is_ready(self) -> bool:
        """Whether a period of bars was taken."""
        return self.samples >= self.period

    def compute(self, point: Point) -> Decimal:
        """Update the sums; zero until ready."""
        self._range.update_with(point)
        last, self._last = self._last, point
        if last is not None:
            self._plus.push(point.end_local, abs(point.high_ - last.low_))
            self._minus.push(point.end_local, abs(point.low_ - last.high_))
        if not self.is_ready:
            return ZERO
        return (self.plus_vortex.current.value_ + self.minus_vortex.current.value_) / 2
