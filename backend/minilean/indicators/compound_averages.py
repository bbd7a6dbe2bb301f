"""Moving averages made of exponential or weighted ones."""

import math
from decimal import Decimal
from typing import Any

from minilean.indicators.base import ONE, ZERO, IndicatorBase, Point, WindowIndicator
from minilean.indicators.moving_averages import Delay, ExponentialMovingAverage, LinearWeightedMovingAverage
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import decimal_argument


class DoubleExponentialMovingAverage(IndicatorBase):
    """Exponential average less the lag that a second one shows."""

    short_name = "DEMA({period})"

    def setup(self, period: int, volume_factor: object = ONE) -> None:  # type: ignore[override]
        """Take the period and the weight of the correction."""
        self.period = period
        self.warm_up_period = 1 + 2 * (period - 1)
        self._weight = decimal_argument(volume_factor, "DoubleExponentialMovingAverage")
        self._first = ExponentialMovingAverage(f"{self.name}_1", period)
        self._second = ExponentialMovingAverage(f"{self.name}_2", period)
        self.parts = (self._first, self._second)

    @property
    def is_ready(self) -> bool:
        """Whether both averages had time to fill."""
        return self.samples > 2 * (self.period - 1)

    def compute(self, point: Point) -> Decimal:
        """Correct the first average by the second, which begins when the first is ready."""
        first = self._first
        if not first.update_with(point):
            return first.current.value_
        self._second.update_with(first.current)
        return (self._weight + 1) * first.current.value_ - self._weight * self._second.current.value_


class TripleExponentialMovingAverage(IndicatorBase):
    """Three exponential averages of each other, combined to cancel their lag."""

    short_name = "TEMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period of all three."""
        self.warm_up_period = 3 * (period - 1) + 1
        self._first, self._second, self._third = (
            ExponentialMovingAverage(f"{self.name}_{number}", period) for number in (1, 2, 3)
        )
        self.parts = (self._first, self._second, self._third)

    @property
    def is_ready(self) -> bool:
        """Whether the third average is."""
        return self._third.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update each average once the one before is ready."""
        if self._first.update_with(point):
            self._second.update_with(self._first.current)
        if self._second.is_ready:
            self._third.update_with(self._second.current)
        if not self.is_ready:
            return ZERO
        return 3 * self._first.current.value_ - 3 * self._second.current.value_ + self._third.current.value_


class T3MovingAverage(IndicatorBase):
    """Three double exponential averages in a row."""

    short_name = "T3({period},{volume_factor})"

    def setup(self, period: int, volume_factor: object = Decimal("0.7")) -> None:  # type: ignore[override]
        """Take the period and the weight of each correction."""
        self.period = period
        self.warm_up_period = 1 + 6 * (period - 1)
        self._first, self._second, self._third = (
            DoubleExponentialMovingAverage(f"{self.name}_{number}", period, volume_factor) for number in (1, 2, 3)
        )
        self.parts = (self._first, self._second, self._third)

    @property
    def is_ready(self) -> bool:
        """Whether all had time to fill."""
        return self.samples > 6 * (self.period - 1)

    def compute(self, point: Point) -> Decimal:
        """Return the last average that has an input."""
        value: Any = point
        for part in self.parts[:-1]:
            if not part.update_with(value):
                return part.current.value_
            value = part.current
        self._third.update_with(value)
        return self._third.current.value_


class HullMovingAverage(IndicatorBase):
    """Weighted average of twice a fast less a slow weighted average."""

    short_name = "HMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period, at least 2.

        Raises:
            ValueError: It is less.
        """
        if period < 2:
            raise ValueError("The Hull Moving Average period should be greater or equal to 2 (Parameter 'period')")
        root = round(math.sqrt(period))
        self._slow = LinearWeightedMovingAverage(period)
        self._fast = LinearWeightedMovingAverage(round(period / 2))
        self._hull = LinearWeightedMovingAverage(root)
        self.parts = (self._slow, self._fast, self._hull)
        self.warm_up_period = period + root - 1

    @property
    def is_ready(self) -> bool:
        """Whether the last average is."""
        return self._hull.is_ready

    def compute(self, point: Point) -> Decimal:
        """Smooth the difference once both averages are ready."""
        self._fast.update_with(point)
        self._slow.update_with(point)
        if self._fast.is_ready and self._slow.is_ready:
            self._hull.push(point.end_local, 2 * self._fast.current.value_ - self._slow.current.value_)
        return self._hull.current.value_


class ZeroLagExponentialMovingAverage(WindowIndicator):
    """Exponential average of the input plus its change over the lag."""

    short_name = "ZLEMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period; the lag is half of it."""
        super().setup(period)
        self.warm_up_period = period + period // 2
        self._average = ExponentialMovingAverage(f"{self.name}_EMA", period)
        self._delayed = Delay(round((period - 1) / 2))
        self.parts = (self._average, self._delayed)

    @property
    def is_ready(self) -> bool:
        """Whether lag and average are."""
        return self._delayed.is_ready and self._average.is_ready

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Average once there is a delayed input; zero before."""
        if not self._delayed.update_with(point):
            return ZERO
        self._average.push(point.end_local, point.value_ + (point.value_ - self._delayed.current.value_))
        return self._average.current.value_
