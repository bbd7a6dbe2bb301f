"""Moving averages whose weights follow the market or a curve."""

import functools
import math
import operator
from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.indicators.base import ONE, ZERO, Point, WindowIndicator
from minilean.indicators.moving_averages import Sum
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import decimal_argument

_TWO = Decimal(2)


class KaufmanEfficiencyRatio(WindowIndicator):
    """Net change over the sum of changes; the input itself until ready."""

    short_name = "KER({period})"

    def setup(self, period: int = 2) -> None:  # type: ignore[override]
        """Take the number of changes; the window holds one input more."""
        super().setup(period + 1)

    def clear(self) -> None:
        """Begin without changes."""
        super().clear()
        self._changes = self._trailing = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether the window of inputs is full."""
        return self.samples >= self.period

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Keep the sum of changes up to date and relate the net change to it."""
        value: Decimal = point.value_
        if self.samples > 1:
            change = abs(value - window[1].value_)
        if self.samples < self.period:
            if self.samples > 1:
                self._changes += change
            return value
        oldest: Decimal = window[self.period - 1].value_
        if self.samples > self.period:
            self._changes -= abs(self._trailing - oldest)
        self._changes += change
        self._trailing = oldest
        net = value - oldest
        return ONE if self._changes <= net or not self._changes else abs(net / self._changes)


class KaufmanAdaptiveMovingAverage(KaufmanEfficiencyRatio):
    """Exponential average whose factor follows the efficiency ratio."""

    short_name = "KAMA({period},{fast_ema_period},{slow_ema_period})"

    def setup(self, period: int, fast_ema_period: int = 2, slow_ema_period: int = 30) -> None:  # type: ignore[override]
        """Take the periods of the ratio and of the fastest and slowest average."""
        super().setup(period)
        self._slow = _TWO / (slow_ema_period + 1)
        self._span = _TWO / (fast_ema_period + 1) - self._slow

    def clear(self) -> None:
        """Begin without an average."""
        super().clear()
        self._average = ZERO

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Move from yesterday's average by the squared smoothing constant."""
        ratio = super().compute_window(window, point)
        if self.samples < self.period:
            return ratio
        if self.samples == self.period:
            self._average = window[1].value_
        smoothing = ratio * self._span + self._slow
        smoothing *= smoothing
        self._average += (point.value_ - self._average) * smoothing
        return self._average


class ArnaudLegouxMovingAverage(WindowIndicator):
    """Average with weights of a bell curve; the input itself until ready."""

    short_name = "ALMA({period},{sigma},{offset})"

    def setup(self, period: int, sigma: int = 6, offset: object = Decimal("0.85")) -> None:  # type: ignore[override]
        """Take the period, and width and place of the curve's centre.

        Raises:
            ValueError: The offset is outside 0 to 1.
        """
        super().setup(period)
        place = decimal_argument(offset, "ArnaudLegouxMovingAverage")
        if not 0 <= place <= 1:
            raise ValueError(f"Offset parameter range is [0,1]. Value: {place} (Parameter 'offset')")
        middle = (place * (period - 1)).to_integral_value(rounding="ROUND_FLOOR")
        width = Decimal(period) / sigma
        curve = [
            math.exp(numbers.to_double(-(step - middle) * (step - middle) / (2 * width * width)))
            for step in range(period)
        ]
        total = functools.reduce(operator.add, curve, 0.0)
        self._weights = [numbers.safe_decimal_cast(height / total) for height in reversed(curve)]

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Weight the inputs, the newest first."""
        if not self.is_ready:
            value: Decimal = point.value_
            return value
        return sum((each.value_ * weight for each, weight in zip(window, self._weights, strict=True)), ZERO)


class McGinleyDynamic(WindowIndicator):
    """Average that follows faster when prices fall."""

    short_name = "MGD({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        super().setup(period)
        self._sum = Sum(f"{self.name}_Sum", period)
        self.parts = (self._sum,)

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Return zero, then the first mean, then move by the fourth power of the ratio."""
        value, current = point.value_, self.current.value_
        if not self._sum.update_with(point):
            return ZERO
        if self.samples == self.period:
            return self._sum.current.value_ / self.period
        if not current or not value:
            return current
        power = numbers.safe_decimal_cast(math.pow(numbers.to_double(value / current), 4.0))
        divisor = self.period * power
        moved: Decimal = current + (value - current) / divisor if divisor else current
        return moved
