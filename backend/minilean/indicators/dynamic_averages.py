"""Averages whose factor follows momentum or the fractal dimension."""

import math
from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.indicators.base import ONE, ZERO, IndicatorBase, Point, WindowIndicator
from minilean.indicators.oscillators import ChandeMomentumOscillator
from minilean.indicators.rolling_window import RollingWindow


class VariableIndexDynamicAverage(WindowIndicator):
    """Exponential average whose factor is scaled by Chande's momentum; zero until ready."""

    short_name = "VIDYA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        super().setup(period)
        self.warm_up_period = period + 1
        self._momentum = ChandeMomentumOscillator(period)
        self._factor = Decimal(2) / (period + 1)
        self.parts = (self._momentum,)

    def clear(self) -> None:
        """Begin without an average."""
        super().clear()
        self._average = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether the momentum is."""
        return self.samples > self.period

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Follow the input by the scaled factor."""
        self._momentum.update_with(point)
        if not self.is_ready:
            self._average = point.value_
            return ZERO
        strength = abs(self._momentum.current.value_ / 100)
        factor = self._factor
        self._average = point.value_ * factor * strength + self._average * (1 - factor * strength)
        return self._average


class FractalAdaptiveMovingAverage(IndicatorBase):
    """Exponential average whose factor follows the fractal dimension of highs and lows."""

    short_name = "FRAMA({n},{long_period})"
    takes_bars = True

    def setup(self, n: int, long_period: int = 198) -> None:  # type: ignore[override]
        """Take the number of bars, an even one, and the slowest period.

        Raises:
            ValueError: The number is odd.
        """
        if n % 2:
            raise ValueError(f"{self.name}: N must be even, N = {n} (Parameter 'n')")
        self._half = n // 2
        self._width = math.log(2.0 / (1 + long_period))
        self._highs: RollingWindow[float] = RollingWindow(n)
        self._lows: RollingWindow[float] = RollingWindow(n)
        self.warm_up_period = n

    def clear(self) -> None:
        """Begin with empty windows."""
        self._highs.reset()
        self._lows.reset()

    @property
    def is_ready(self) -> bool:
        """Whether the windows are full."""
        return self._highs.is_ready

    def compute(self, point: Point) -> Decimal:
        """Return the bar's middle until the windows have overflowed, then the average."""
        price: Decimal = (point.high_ + point.low_) / 2
        self._highs.add(numbers.to_double(point.high_))
        self._lows.add(numbers.to_double(point.low_))
        if self._highs.samples <= self._highs.size:
            return price
        factor = numbers.safe_decimal_cast(self._factor())
        return factor * price + (ONE - factor) * self.current.value_

    def _factor(self) -> float:
        highs, lows, half = list(self._highs), list(self._lows), self._half
        newer = (max(highs[:half]) - min(lows[:half])) / half
        older = (max(highs[half:]) - min(lows[half:])) / half
        whole = (max(highs) - min(lows)) / (2 * half)
        dimension = 0.0
        if newer + older > 0 and whole > 0:
            dimension = math.log((newer + older) / whole) / math.log(2)
        return min(max(math.exp(self._width * (dimension - 1)), 0.01), 1.0)
