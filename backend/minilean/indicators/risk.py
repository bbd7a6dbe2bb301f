"""Indicators of risk and of a bar's size: Sortino ratio, downside and spikes, mean range, Hurst exponent."""

import math
from decimal import Decimal

from minilean import numbers
from minilean.indicators.base import ZERO, Identity, IndicatorBase, Point
from minilean.indicators.composite import chain, combine, ratio
from minilean.indicators.momentum import RateOfChange
from minilean.indicators.moving_averages import SimpleMovingAverage
from minilean.indicators.rolling_window import RollingWindow
from minilean.indicators.volatility import StandardDeviation
from minilean.surface import decimal_argument


class TargetDownsideDeviation(IndicatorBase):
    """Root of the mean square of returns below a target."""

    short_name = "TDD({period},{minimum_acceptable_return})"

    def setup(self, period: int, minimum_acceptable_return: float = 0) -> None:  # type: ignore[override]
        """Take the number of returns and the target."""
        self.warm_up_period = period + 1
        self._target = float(minimum_acceptable_return)
        self._change = RateOfChange(1)
        self._change.window.size = period
        self.parts = (self._change,)

    @property
    def is_ready(self) -> bool:
        """Whether there is a period of returns."""
        return self.samples >= self.warm_up_period

    def compute(self, point: Point) -> Decimal:
        """Average the squares in floating point."""
        self._change.update_with(point)
        total, count = 0.0, 0
        for each in self._change.window:
            total += math.pow(min(0.0, numbers.to_double(each.value_) - self._target), 2)
            count += 1
        return numbers.safe_decimal_cast(math.sqrt(total / count))


class SharpeRatio(IndicatorBase):
    """Mean return over a free rate, relative to the deviation."""

    short_name = "SR({period},{risk_free_rate})"

    def setup(self, period: int, risk_free_rate: object = ZERO) -> None:  # type: ignore[override]
        """Take the number of returns and the rate."""
        self._begin_with(period, decimal_argument(risk_free_rate, "SharpeRatio"))
        deviation = chain(StandardDeviation(period), self._change)
        self._finish(deviation)

    def _begin_with(self, period: int, rate: Decimal) -> None:
        self._period = period
        self._rate = rate
        self._change = RateOfChange(1)
        self._free = Identity(f"{self.name}_RiskFreeRate")
        self._mean = chain(SimpleMovingAverage(f"SMA{period}_Of_{self._change.name}", period), self._change)
        self._excess = combine(self._mean, self._free, lambda a, b: a - b)
        self.warm_up_period = period + 2

    def _finish(self, deviation: IndicatorBase) -> None:
        self._deviation = deviation
        self._ratio = combine(self._excess, deviation, ratio)
        self.parts = (self._ratio, self._change)

    @property
    def is_ready(self) -> bool:
        """Whether there were more ratios than the period."""
        return self._ratio.samples > self._period

    def compute(self, point: Point) -> Decimal:
        """Update rate and return."""
        self._free.push(point.end_local, self._rate)
        self._change.update_with(point)
        return self._ratio.current.value_


class SortinoRatio(SharpeRatio):
    """Mean return over a target, relative to the deviation below it."""

    short_name = "SORTINO({period},{minimum_acceptable_return})"

    def setup(self, period: int, minimum_acceptable_return: float = 0) -> None:  # type: ignore[override]
        """Take the number of returns and the target."""
        self._begin_with(period, numbers.safe_decimal_cast(float(minimum_acceptable_return)))
        self._finish(TargetDownsideDeviation(period, minimum_acceptable_return))
        self.parts = (self._deviation, *self.parts)

    def compute(self, point: Point) -> Decimal:
        """Update the deviation first."""
        self._deviation.update_with(point)
        return super().compute(point)


class AverageRange(IndicatorBase):
    """Average of the bars' ranges."""

    short_name = "AR({period})"
    takes_bars = True

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of bars."""
        self.warm_up_period = period
        self._average = SimpleMovingAverage(f"{self.name}_SMA", period)
        self.parts = (self._average,)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average high less low."""
        self._average.push(point.end_local, point.high_ - point.low_)
        return self._average.current.value_


class AugenPriceSpike(IndicatorBase):
    """Change in standard deviations of the changes before; zero until ready."""

    short_name = "APS({period})"

    def setup(self, period: int = 3) -> None:  # type: ignore[override]
        """Take the number of changes, at least 3.

        Raises:
            ValueError: It is less.
        """
        if period < 3:
            raise ValueError("AugenPriceSpike Indicator must have a period of at least 3 (Parameter 'period')")
        self.warm_up_period = period + 2
        self._deviation = StandardDeviation(period)
        self._last: RollingWindow[Decimal] = RollingWindow(3)
        self.parts = (self._deviation,)

    def clear(self) -> None:
        """Begin without inputs before."""
        self._last.reset()

    @property
    def is_ready(self) -> bool:
        """Whether there are enough changes."""
        return self._last.is_ready and self._deviation.is_ready

    def compute(self, point: Point) -> Decimal:
        """Relate the change to the deviation of logarithmic changes."""
        self._last.add(point.value_)
        if self._last.count < 3:
            return ZERO
        before, earlier = self._last[1], self._last[2]
        change = 0.0
        if before and earlier:
            change = math.log(numbers.to_double(before) / numbers.to_double(earlier))
        self._deviation.push(point.end_local, numbers.safe_decimal_cast(change))
        if not self.is_ready:
            return ZERO
        unit = self._deviation.current.value_ * before
        return (point.value_ - before) / unit if unit else ZERO


class HurstExponent(IndicatorBase):
    """How the spread of differences grows with their lag; zero until ready."""

    short_name = "HE({period},{max_lag})"

    def setup(self, period: int, max_lag: int = 20) -> None:  # type: ignore[override]
        """Take the number of inputs and the greatest lag, at least 3.

        Raises:
            ValueError: The lag is less.
        """
        if max_lag < 3:
            raise ValueError(
                "The maxLag parameter must be greater than 2 to compute the Hurst Exponent. (Parameter 'maxLag')"
            )
        self.warm_up_period = period
        self._prices: RollingWindow[Decimal] = RollingWindow(period)
        self._lags = [(lag, numbers.safe_decimal_cast(math.log(lag))) for lag in range(2, max_lag + 1)]
        self._sum = sum((log for _, log in self._lags), ZERO)
        self._squares = sum((log * log for _, log in self._lags), ZERO)

    def clear(self) -> None:
        """Begin without inputs."""
        self._prices.reset()

    @property
    def is_ready(self) -> bool:
        """Whether the window is full."""
        return self._prices.is_ready

    def compute(self, point: Point) -> Decimal:
        """Fit a line to the logarithms of spreads and lags."""
        self._prices.add(point.value_)
        if not self.is_ready:
            return ZERO
        prices = list(self._prices)
        total = products = ZERO
        for lag, log in self._lags:
            spread = _spread([prices[index + lag] - prices[index] for index in range(len(prices) - lag)])
            value = numbers.safe_decimal_cast(math.log(spread)) if spread else ZERO
            total += value
            products += log * value
        count = len(self._lags)
        return (count * products - self._sum * total) / (count * self._squares - self._sum * self._sum)


def _spread(differences: list[Decimal]) -> float:
    if not differences:
        return 0.0
    count = len(differences)
    mean = sum(differences, ZERO) / count
    squares = sum((each * each for each in differences), ZERO)
    return math.sqrt(numbers.to_double(squares / count - mean * mean))
