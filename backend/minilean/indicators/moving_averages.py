"""Moving averages."""

from decimal import Decimal
from typing import Any

from minilean.indicators.base import ONE, ZERO, IndicatorBase, IndicatorDataPoint, Point, WindowIndicator
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import decimal_argument

_TWO = Decimal("2.0")
_new = object.__new__


class Sum(WindowIndicator):
    """Sum of the last inputs."""

    short_name = "SUM({period})"

    def clear(self) -> None:
        """Begin with an empty sum."""
        super().clear()
        self._sum = ZERO

    def compute(self, point: Point) -> Decimal:
        """Add the new input and take away the one that fell out."""
        window = self._inputs
        window.add(point)
        self._sum += point.value_
        if window.samples > self.period:
            self._sum -= window.most_recently_removed.value_
        return self._sum


class SimpleMovingAverage(IndicatorBase):
    """Mean of the last inputs."""

    short_name = "SMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs."""
        self.period = period
        self.warm_up_period = period
        self.rolling_sum = Sum(f"{self.name}_Sum", period)
        self.parts = (self.rolling_sum,)

    @property
    def is_ready(self) -> bool:
        """Whether the sum is over a full window."""
        return self.rolling_sum.is_ready

    def compute(self, point: Point) -> Decimal:
        """Divide the rolling sum by the number of inputs."""
        total = self.rolling_sum
        total.take(self, point)
        return total.current.value_ / min(total.samples, self.period)


class ExponentialMovingAverage(IndicatorBase):
    """Exponential average, seeded with the simple average of its first period."""

    short_name = "EMA({period})"
    keeps_inputs = False

    def setup(self, period: int, smoothing_factor: object = None) -> None:  # type: ignore[override]
        """Take the period, and a factor in place of 2 / (period + 1)."""
        self.period = period
        self.warm_up_period = period
        factor = _TWO / (1 + period) if smoothing_factor is None else decimal_argument(smoothing_factor, "EMA")
        self._factor = factor
        self._rest = ONE - factor
        self._seed = SimpleMovingAverage(period)
        self.parts = (self._seed,)

    @property
    def is_ready(self) -> bool:
        """Whether a period of inputs was taken."""
        return self.samples >= self.period

    def take(self, sender: object, point: Any) -> None:  # noqa: ANN401 - a bar or a data point
        """Take an input as all indicators do, with less ado once the average runs."""
        previous, samples, past = self._last_input, self.samples, self._past_values
        symbol, end = point.symbol, point.end_local
        if (
            samples < self.period
            or symbol is not self._last_symbol
            or past.window_is_used
            or self.updated.handlers
            or point is previous
            or end < previous.end_local
        ):
            super().take(sender, point)
            return
        self.samples = samples + 1
        self._last_input = point
        current = _new(IndicatorDataPoint)
        current.symbol = symbol
        current.end_local = end
        current.value_ = point.value_ * self._factor + self.current.value_ * self._rest
        self.current = current
        past.samples += 1
        past.removed, past.before, past.newest = past.before, past.newest, current

    def compute(self, point: Point) -> Decimal:
        """Return zero before the first period is full, then the seed, then the average."""
        if self.samples > self.period:
            value: Decimal = point.value_ * self._factor + self.current.value_ * self._rest
            return value
        self._seed.update_with(point)
        return self._seed.current.value_ if self.samples == self.period else ZERO


class WilderMovingAverage(IndicatorBase):
    """Exponential average with the factor 1 / period; the simple average until ready."""

    short_name = "WWMA{period}"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        self.period = period
        self.warm_up_period = period
        self._factor = ONE / period
        self._seed = SimpleMovingAverage(f"{self.name}_SMA", period)
        self.parts = (self._seed,)

    @property
    def is_ready(self) -> bool:
        """Whether a period of inputs was taken."""
        return self.samples >= self.period

    def compute(self, point: Point) -> Decimal:
        """Return the simple average before the period is full, then Wilder's."""
        if not self.is_ready:
            self._seed.update_with(point)
            return self._seed.current.value_
        value: Decimal = point.value_ * self._factor + self.current.value_ * (ONE - self._factor)
        return value


class LinearWeightedMovingAverage(WindowIndicator):
    """Average with weights falling from the newest input to the oldest; zero until ready."""

    short_name = "LWMA({period})"

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Weight the newest input with the number of inputs, the oldest with one."""
        if not self.is_ready:
            return ZERO
        size = self.period
        total = sum((item.value_ * (size - index) for index, item in enumerate(window)), ZERO)
        return total / (size * (size + 1) // 2)


class Delay(WindowIndicator):
    """The input a period ago; the oldest one until ready."""

    short_name = "DELAY({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs."""
        super().setup(period)
        self.warm_up_period = period + 1

    @property
    def is_ready(self) -> bool:
        """Whether there is an input a period ago."""
        return self.samples > self.period

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Return the input that fell out."""
        found = window.most_recently_removed if self.is_ready else window[window.count - 1]
        value: Decimal = found.value_
        return value


class WindowIdentity(WindowIndicator):
    """The input itself, ready after a period of inputs."""

    short_name = "WIN-ID{period}"

    def compute_window(self, window: RollingWindow[Any], point: Point) -> Decimal:  # noqa: ARG002
        """Return the input."""
        value: Decimal = point.value_
        return value


class TriangularMovingAverage(IndicatorBase):
    """Simple average of a simple average."""

    short_name = "TRIMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period, which both averages share."""
        self.period = period
        self.warm_up_period = period
        half = (period + 1) // 2
        self._first = SimpleMovingAverage(f"{self.name}_1", half)
        self._second = SimpleMovingAverage(f"{self.name}_2", half if period % 2 else half + 1)
        self.parts = (self._first, self._second)

    @property
    def is_ready(self) -> bool:
        """Whether a period of inputs was taken."""
        return self.samples >= self.period

    def compute(self, point: Point) -> Decimal:
        """Average the average."""
        self._first.update_with(point)
        self._second.update_with(self._first.current)
        return self._second.current.value_


class RelativeMovingAverage(IndicatorBase):
    """Short average, corrected by the difference of a long and a medium one."""

    short_name = "RMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the short period; the others are two and three times as long."""
        self.short_average = SimpleMovingAverage(f"{self.name}_Short", period)
        self.medium_average = SimpleMovingAverage(f"{self.name}_Medium", period * 2)
        self.long_average = SimpleMovingAverage(f"{self.name}_Long", period * 3)
        self.parts = (self.short_average, self.medium_average, self.long_average)
        self.warm_up_period = period * 3

    @property
    def is_ready(self) -> bool:
        """Whether the long average is."""
        return self.long_average.is_ready

    def compute(self, point: Point) -> Decimal:
        """Update the three averages."""
        for part in self.parts:
            part.update_with(point)
        correction = self.long_average.current.value_ - self.medium_average.current.value_
        return correction + self.short_average.current.value_
