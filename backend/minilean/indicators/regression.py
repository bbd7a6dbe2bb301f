"""Lines fitted to the last inputs."""

from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.indicators.base import ZERO, Identity, IndicatorBase, Point, WindowIndicator
from minilean.indicators.composite import combine, constant
from minilean.indicators.rolling_window import RollingWindow
from minilean.indicators.volatility import StandardDeviation
from minilean.surface import decimal_argument


class LeastSquaresMovingAverage(WindowIndicator):
    """End of the line fitted to the last inputs; the input itself until ready."""

    short_name = "LSMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs."""
        super().setup(period)
        self.intercept = Identity(f"{self.name}_Intercept")
        self.slope = Identity(f"{self.name}_Slope")
        self.parts = (self.intercept, self.slope)
        self._times = [float(step + 1) for step in range(period)]

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Fit in floating point, evaluate in decimals."""
        if not self.is_ready:
            value: Decimal = point.value_
            return value
        ordered = sorted(window, key=lambda each: each.end_local)
        intercept, slope = fit_line(self._times, [numbers.to_double(each.value_) for each in ordered])
        self.intercept.push(point.end_local, numbers.safe_decimal_cast(intercept))
        self.slope.push(point.end_local, numbers.safe_decimal_cast(slope))
        return self.intercept.current.value_ + self.slope.current.value_ * self.period


def fit_line(xs: list[float], ys: list[float]) -> tuple[float, float]:
    """Return intercept and slope of least squares, in MathNet's order of operations."""
    mean_x = mean_y = 0.0
    for x, y in zip(xs, ys, strict=True):
        mean_x += x
        mean_y += y
    mean_x /= len(xs)
    mean_y /= len(ys)
    covariance = variance = 0.0
    for x, y in zip(xs, ys, strict=True):
        difference = x - mean_x
        covariance += difference * (y - mean_y)
        variance += difference * difference
    slope = covariance / variance
    return mean_y - slope * mean_x, slope


class RegressionChannel(IndicatorBase):
    """The fitted line with channels of standard deviations above and below."""

    short_name = "RC({period},{k})"

    def setup(self, period: int, k: object) -> None:  # type: ignore[override]
        """Take the number of inputs and the width in standard deviations."""
        width = decimal_argument(k, "RegressionChannel")
        self.warm_up_period = period
        self._deviation = StandardDeviation(period)
        self.linear_regression = line = LeastSquaresMovingAverage(f"{self.name}_LinearRegression", period)
        below = combine(self._deviation, constant(width), lambda a, b: a * b)
        self.lower_channel = combine(line, below, lambda a, b: a - b, f"{self.name}_LowerChannel")
        above = combine(self._deviation, constant(width), lambda a, b: a * b)
        self.upper_channel = combine(line, above, lambda a, b: a + b, f"{self.name}_UpperChannel")
        self.parts = (self._deviation, line, self.lower_channel, self.upper_channel)

    @property
    def intercept(self) -> Identity:
        """Where the line begins."""
        return self.linear_regression.intercept

    @property
    def slope(self) -> Identity:
        """How the line rises."""
        return self.linear_regression.slope

    @property
    def is_ready(self) -> bool:
        """Whether all parts are."""
        return all(part.is_ready for part in self.parts)

    def compute(self, point: Point) -> Decimal:
        """Update the parts."""
        self._deviation.update_with(point)
        self.linear_regression.update_with(point)
        return self.linear_regression.current.value_


class TimeSeriesForecast(WindowIndicator):
    """The fitted line one step ahead; zero until ready."""

    short_name = "TSF({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs, at least 2.

        Raises:
            ValueError: It is less.
        """
        if period < 2:
            raise ValueError("RollingWindow must have size of at least 2. (Parameter 'period')")
        super().setup(period)

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Fit and extrapolate in decimals."""
        if not self.is_ready:
            return ZERO
        period = self.period
        steps = Decimal(period * (period + 1) // 2)
        squares = Decimal(sum(step * step for step in range(1, period + 1)))
        products = values = ZERO
        for index in range(period - 1, -1, -1):
            value = window[index].value_
            products += value * (period - index)
            values += value
        slope = (period * products - steps * values) * (1 / (period * squares - steps * steps))
        base = (values - slope * steps) * (Decimal(1) / period)
        forecast: Decimal = base + slope * (period + 1)
        return forecast
