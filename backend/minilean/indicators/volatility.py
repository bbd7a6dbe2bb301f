"""Indicators of spread: variance, standard deviation, Bollinger bands, true range, extremes."""

import math
from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.enums import MovingAverageType
from minilean.indicators.average_types import moving_average
from minilean.indicators.base import HUNDRED, ZERO, Identity, IndicatorBase, Point, WindowIndicator
from minilean.indicators.composite import combine, constant, ratio
from minilean.indicators.moving_averages import SimpleMovingAverage, Sum
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import decimal_argument


def square_root(value: Decimal) -> Decimal:
    """Return the root as LEAN's ``(decimal)Math.Sqrt((double)x)``."""
    return numbers.safe_decimal_cast(math.sqrt(numbers.to_double(value)))


class Variance(WindowIndicator):
    """Population variance of the last inputs, from rolling sums."""

    short_name = "VAR({period})"

    def clear(self) -> None:
        """Begin with empty sums."""
        super().clear()
        self._sum = self._squares = ZERO

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Compute from the sums; the oldest input leaves them after the computation."""
        value = point.value_
        self._sum += value
        self._squares += value * value
        if self.samples < 2:
            return ZERO
        count = min(self.period, self.samples)
        mean, mean_square = self._sum / count, self._squares / count
        if count == self.period:
            removed = window[self.period - 1].value_
            self._sum -= removed
            self._squares -= removed * removed
        return max(ZERO, mean_square - mean * mean)


class StandardDeviation(Variance):
    """Square root of the variance."""

    short_name = "STD({period})"

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Take the root in floating point, as LEAN."""
        return square_root(super().compute_window(window, point))


class BollingerBands(IndicatorBase):
    """An average with bands of standard deviations above and below."""

    short_name = "BB({period},{k})"

    def setup(self, period: int, k: object, moving_average_type: MovingAverageType = MovingAverageType.SIMPLE) -> None:  # type: ignore[override]
        """Take period, width in standard deviations and kind of average."""
        name = self.name
        width = constant(decimal_argument(k, "BollingerBands"))
        self.warm_up_period = period
        self.moving_average_type = moving_average_type
        self.standard_deviation = StandardDeviation(f"{name}_StandardDeviation", period)
        self.middle_band = moving_average(moving_average_type, f"{name}_MiddleBand", period)
        below = combine(self.standard_deviation, width, lambda a, b: a * b)
        above = combine(self.standard_deviation, width, lambda a, b: a * b)
        self.lower_band = combine(self.middle_band, below, lambda a, b: a - b, f"{name}_LowerBand")
        self.upper_band = combine(self.middle_band, above, lambda a, b: a + b, f"{name}_UpperBand")
        spread = combine(self.upper_band, self.lower_band, lambda a, b: a - b)
        relative = combine(spread, self.middle_band, ratio)
        self.band_width = combine(relative, constant(HUNDRED), lambda a, b: a * b, f"{name}_BandWidth")
        self.price = Identity(f"{name}_Close")
        over_lower = combine(self.price, self.lower_band, lambda a, b: a - b)
        self.percent_b = combine(over_lower, spread, ratio, f"{name}_%B")
        self.parts = (
            self.standard_deviation, self.middle_band, self.upper_band, self.lower_band, self.band_width,
            self.percent_b,
        )  # fmt: skip

    @property
    def is_ready(self) -> bool:
        """Whether all parts are."""
        parts = (self.middle_band, self.upper_band, self.lower_band, self.band_width, self.percent_b)
        return all(part.is_ready for part in parts)

    def compute(self, point: Point) -> Decimal | None:
        """Update the parts; there is no value while prices do not vary."""
        self.standard_deviation.update_with(point)
        self.middle_band.update_with(point)
        self.price.update_with(point)
        if self.is_ready and self.standard_deviation.current.value_ == 0:
            return None
        value: Decimal = point.value_
        return value


class Maximum(WindowIndicator):
    """Greatest of the last inputs."""

    short_name = "MAX({period})"

    def clear(self) -> None:
        """Begin with an empty window."""
        super().clear()
        self.periods_since_maximum = 0

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Search the window only when the old maximum falls out."""
        value: Decimal = point.value_
        if self.samples == 1 or value >= self.current.value_:
            self.periods_since_maximum = 0
            return value
        if self.periods_since_maximum >= self.period - 1:
            values = [item.value_ for item in window]
            best: Decimal = max(values)
            self.periods_since_maximum = values.index(best)
            return best
        self.periods_since_maximum += 1
        return self.current.value_


class Minimum(WindowIndicator):
    """Least of the last inputs."""

    short_name = "MIN({period})"

    def clear(self) -> None:
        """Begin with an empty window."""
        super().clear()
        self.periods_since_minimum = 0

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Search the window only when the old minimum falls out."""
        value: Decimal = point.value_
        if self.samples == 1 or value <= self.current.value_:
            self.periods_since_minimum = 0
            return value
        if self.periods_since_minimum >= self.period - 1:
            values = [item.value_ for item in window]
            best: Decimal = min(values)
            self.periods_since_minimum = values.index(best)
            return best
        self.periods_since_minimum += 1
        return self.current.value_


class TrueRange(IndicatorBase):
    """High to low, the gap to the bar before included."""

    short_name = "TR"
    takes_bars = True

    def setup(self) -> None:  # type: ignore[override]
        """Nothing to take."""
        self.warm_up_period = 2

    def clear(self) -> None:
        """Begin without a bar before."""
        self._last_close: Decimal | None = None

    @property
    def is_ready(self) -> bool:
        """Whether there is a bar before."""
        return self.samples > 1

    def compute(self, point: Point) -> Decimal:
        """Return the greatest of the three ranges; of the first bar its own."""
        last, self._last_close = self._last_close, point.close_
        value: Decimal = point.high_ - point.low_
        return value if last is None else max(value, abs(last - point.high_), abs(last - point.low_))


class AverageTrueRange(IndicatorBase):
    """Average of the true range."""

    short_name = "ATR({period})"
    takes_bars = True

    def setup(self, period: int, moving_average_type: MovingAverageType = MovingAverageType.WILDERS) -> None:  # type: ignore[override]
        """Take the period and the kind of average."""
        self.warm_up_period = period
        self.true_range = TrueRange(self.name)
        self._smoother = moving_average(moving_average_type, f"{self.name}_{moving_average_type.label}", period)
        self.parts = (self._smoother, self.true_range)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._smoother.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average the true range."""
        self.true_range.update_with(point)
        self._smoother.update_with(self.true_range.current)
        return self._smoother.current.value_


class NormalizedAverageTrueRange(IndicatorBase):
    """Average true range in per cent of the close."""

    short_name = "NATR({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        self.period = period
        self.warm_up_period = period + 1
        self._range = TrueRange(f"{self.name}_TR")
        self._average = AverageTrueRange(f"{self.name}_ATR", period, MovingAverageType.SIMPLE)
        self.parts = (self._range, self._average)

    def clear(self) -> None:
        """Begin without an average."""
        self._last = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether more than a period of bars was taken."""
        return self.samples > self.period

    def compute(self, point: Point) -> Decimal:
        """Begin with the simple average, then smooth as Wilder."""
        self._range.update_with(point)
        if self.samples <= self.period + 1:
            self._average.update_with(point)
            self._last = self._average.current.value_
        else:
            self._last = (self._last * (self.period - 1) + self._range.current.value_) / self.period
        return self._last / point.close_ * HUNDRED if point.close_ else ZERO


class MeanAbsoluteDeviation(WindowIndicator):
    """Mean distance of the last inputs from their mean."""

    short_name = "MAD({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs."""
        super().setup(period)
        self.mean = SimpleMovingAverage(f"{self.name}_Mean", period)
        self.parts = (self.mean,)

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Average the distances."""
        self.mean.update_with(point)
        if self.samples < 2:
            return ZERO
        mean = self.mean.current.value_
        return sum((abs(each.value_ - mean) for each in window), ZERO) / window.count


class MidPoint(IndicatorBase):
    """Middle of the greatest and least input."""

    short_name = "MIDPOINT({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs."""
        self.period = period
        self.warm_up_period = period
        self._maximum = Maximum(period)
        self._minimum = Minimum(period)
        self.parts = (self._maximum, self._minimum)

    @property
    def is_ready(self) -> bool:
        """Whether a period of inputs was taken."""
        return self.samples >= self.period

    def compute(self, point: Point) -> Decimal:
        """Halve the sum of both."""
        self._maximum.update_with(point)
        self._minimum.update_with(point)
        return (self._maximum.current.value_ + self._minimum.current.value_) / 2


class MidPrice(MidPoint):
    """Middle of the highest high and the lowest low."""

    short_name = "MIDPRICE({period})"
    takes_bars = True

    def compute(self, point: Point) -> Decimal:
        """Halve the sum of both."""
        self._maximum.push(point.end_local, point.high_)
        self._minimum.push(point.end_local, point.low_)
        return (self._maximum.current.value_ + self._minimum.current.value_) / 2


class RogersSatchellVolatility(IndicatorBase):
    """Volatility from the logarithms of a bar's prices."""

    short_name = "RSV({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.period = period
        self.warm_up_period = period
        self._sum = Sum(f"{self.name}_Sum", period)
        self.parts = (self._sum,)

    @property
    def is_ready(self) -> bool:
        """Whether a period of bars was taken."""
        return self.samples >= self.period

    def compute(self, point: Point) -> Decimal:
        """Sum up in floating point; zero for a bar with a price of zero."""
        first, high, low, last = (numbers.to_double(x) for x in (point.open_, point.high_, point.low_, point.close_))
        if not (first and high and low and last):
            return ZERO
        term = math.log(high / last) * math.log(high / first) + math.log(low / last) * math.log(low / first)
        self._sum.push(point.end_local, numbers.safe_decimal_cast(term))
        if not self.is_ready:
            return ZERO
        return numbers.safe_decimal_cast(math.sqrt(numbers.to_double(self._sum.current.value_) / self.period))
