"""Indicators of momentum: RSI, MACD and price oscillators, rates of change."""

import math
from decimal import Decimal
from typing import Any

from minilean import numbers
from minilean.enums import MovingAverageType
from minilean.indicators.average_types import moving_average
from minilean.indicators.base import HUNDRED, ONE, ZERO, Identity, IndicatorBase, Point, WindowIndicator
from minilean.indicators.rolling_window import RollingWindow


class RelativeStrengthIndex(IndicatorBase):
    """Average gain against average loss, 0 to 100."""

    short_name = "RSI({period})"

    def setup(self, period: int, moving_average_type: MovingAverageType = MovingAverageType.WILDERS) -> None:  # type: ignore[override]
        """Take the period and the kind of average."""
        self.moving_average_type = moving_average_type
        self.average_gain = moving_average(moving_average_type, f"{self.name}Up", period)
        self.average_loss = moving_average(moving_average_type, f"{self.name}Down", period)
        self.parts = (self.average_gain, self.average_loss)
        self.warm_up_period = period + 1

    def clear(self) -> None:
        """Begin without a last input."""
        self._last: Decimal | None = None

    @property
    def is_ready(self) -> bool:
        """Whether both averages are."""
        return self.average_gain.is_ready and self.average_loss.is_ready

    def compute(self, point: Point) -> Decimal:
        """Average the change and relate gains to losses; 100 when there is no loss to ten decimals."""
        value: Decimal = point.value_
        if self._last is not None:
            change = value - self._last
            gain, loss = (change, ZERO) if change >= 0 else (ZERO, -change)
            self.average_gain.push(point.end_local, gain)
            self.average_loss.push(point.end_local, loss)
        self._last = value
        average_loss = max(self.average_loss.current.value_, ZERO)
        average_gain = max(self.average_gain.current.value_, ZERO)
        if numbers.net_round(average_loss, 10) == 0:
            return HUNDRED
        return HUNDRED - HUNDRED / (ONE + average_gain / average_loss)


class MovingAverageConvergenceDivergence(IndicatorBase):
    """Difference of a fast and a slow average, with a signal line."""

    short_name = "MACD({fast_period},{slow_period},{signal_period})"

    def setup(  # type: ignore[override]
        self,
        fast_period: int,
        slow_period: int,
        signal_period: int,
        type: MovingAverageType = MovingAverageType.EXPONENTIAL,  # noqa: A002 - LEAN's name
    ) -> None:
        """Take the periods and the kind of average.

        Raises:
            ValueError: The fast period is not the shorter one.
        """
        if fast_period >= slow_period:
            raise ValueError(
                "MovingAverageConvergenceDivergence: fastPeriod must be less than slowPeriod "
                "(Parameter 'fastPeriod, slowPeriod')"
            )
        self.fast = moving_average(type, f"{self.name}_Fast", fast_period)
        self.slow = moving_average(type, f"{self.name}_Slow", slow_period)
        self.signal = moving_average(type, f"{self.name}_Signal", signal_period)
        self.histogram = Identity(f"{self.name}_Histogram")
        self.parts = (self.fast, self.slow, self.signal, self.histogram)
        self.warm_up_period = slow_period + signal_period - 1

    @property
    def is_ready(self) -> bool:
        """Whether the signal is."""
        return self.signal.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update both averages; the signal follows once both are ready."""
        fast_ready = self.fast.update_with(point)
        slow_ready = self.slow.update_with(point)
        macd = self.fast.current.value_ - self.slow.current.value_
        if fast_ready and slow_ready and self.signal.push(point.end_local, macd):
            self.histogram.push(point.end_local, macd - self.signal.current.value_)
        return macd


class AbsolutePriceOscillator(MovingAverageConvergenceDivergence):
    """Difference of a fast and a slow average."""

    short_name = "APO({fast_period},{slow_period})"

    def setup(  # type: ignore[override]
        self, fast_period: int, slow_period: int, moving_average_type: MovingAverageType = MovingAverageType.SIMPLE
    ) -> None:
        """Take the periods and the kind of average."""
        super().setup(fast_period, slow_period, slow_period, moving_average_type)


class PercentagePriceOscillator(AbsolutePriceOscillator):
    """Difference of a fast and a slow average in per cent of the slow one."""

    short_name = "PPO({fast_period},{slow_period})"

    def compute(self, point: Point) -> Decimal:
        """Relate the difference to the slow average."""
        difference, slow = super().compute(point), self.slow.current.value_
        return HUNDRED * difference / slow if slow else ZERO


class Momentum(WindowIndicator):
    """Difference to the input a period ago."""

    short_name = "MOM({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        super().setup(period)
        self.warm_up_period = period + 1

    @property
    def is_ready(self) -> bool:
        """Whether there is an input a period ago."""
        return self.samples > self.period

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Subtract the oldest input."""
        difference: Decimal = point.value_ - _oldest(window)
        return difference


class RateOfChange(WindowIndicator):
    """Relative change to the input a period ago."""

    short_name = "ROC({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        super().setup(period)
        self.warm_up_period = period + 1

    @property
    def is_ready(self) -> bool:
        """Whether there is an input a period ago."""
        return self.samples > self.period

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Relate the change to the oldest input."""
        oldest = _oldest(window)
        return (point.value_ - oldest) / oldest if oldest else ZERO


class RateOfChangePercent(RateOfChange):
    """Relative change in per cent."""

    short_name = "ROCP({period})"

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Multiply the relative change by 100."""
        return HUNDRED * super().compute_window(window, point)


class MomentumPercent(RateOfChangePercent):
    """The same as `RateOfChangePercent`."""

    short_name = "MOMP({period})"


class RateOfChangeRatio(RateOfChange):
    """The input relative to the one a period ago; zero when both are the same, as LEAN has it."""

    short_name = "ROCR({period})"

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Add one to a change."""
        change = super().compute_window(window, point)
        return change + 1 if change else ZERO


class LogReturn(WindowIndicator):
    """Logarithm of the input relative to the one a period ago."""

    short_name = "LOGR({period})"

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:
        """Take the logarithm in floating point; zero where there is none."""
        oldest = _oldest(window)
        relative = numbers.to_double(point.value_ / oldest) if oldest else 0.0
        return numbers.safe_decimal_cast(math.log(relative)) if relative else ZERO


def _oldest(window: RollingWindow[Any]) -> Decimal:
    point = window[window.count - 1] if window.samples <= window.size else window.most_recently_removed
    value: Decimal = point.value_
    return value
