"""Moving averages."""

from decimal import Decimal
from typing import Any

from minilean.enums import MovingAverageType
from minilean.indicators.base import ONE, ZERO, IndicatorBase, WindowIndicator
from minilean.indicators.rolling_window import RollingWindow
from minilean.surface import NotSupportedError, decimal_argument

_TWO = Decimal("2.0")


class Sum(WindowIndicator):
    """Sum of the last inputs."""

    short_name = "SUM({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs."""
        super().setup(period)
        self._sum = ZERO

    def compute_window(self, window: RollingWindow[Any], point: Any) -> Decimal:  # noqa: ANN401
        """Add the new input and take away the one that fell out."""
        self._sum += point.value_
        if window.samples > window.size:
            self._sum -= window.most_recently_removed.value_
        return self._sum

    def reset(self) -> None:
        """Forget all inputs."""
        self._sum = ZERO
        super().reset()


class SimpleMovingAverage(WindowIndicator):
    """Mean of the last inputs."""

    short_name = "SMA({period})"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the number of inputs."""
        super().setup(period)
        self.rolling_sum = Sum(f"{self.name}_Sum", period)

    @property
    def is_ready(self) -> bool:
        """Whether the sum is over a full window."""
        return self.rolling_sum.is_ready

    def compute_window(self, window: RollingWindow[Any], point: Any) -> Decimal:  # noqa: ANN401
        """Divide the rolling sum by the number of inputs."""
        self.rolling_sum.update_with(point)
        return self.rolling_sum.current.value_ / window.count

    def reset(self) -> None:
        """Forget all inputs."""
        self.rolling_sum.reset()
        super().reset()


class ExponentialMovingAverage(IndicatorBase):
    """Exponential average, seeded with the simple average of its first period."""

    short_name = "EMA({period})"

    def setup(self, period: int, smoothing_factor: object = None) -> None:  # type: ignore[override]
        """Take the period, and a factor in place of 2 / (period + 1)."""
        self.period = period
        self.warm_up_period = period
        factor = _TWO / (1 + period) if smoothing_factor is None else decimal_argument(smoothing_factor, "EMA")
        self._factor = factor
        self._rest = ONE - factor
        self._seed = SimpleMovingAverage(period)

    @property
    def is_ready(self) -> bool:
        """Whether a period of inputs was taken."""
        return self.samples >= self.period

    def compute(self, point: Any) -> Decimal:  # noqa: ANN401
        """Return zero before the first period is full, then the seed, then the average."""
        if self.samples > self.period:
            value: Decimal = point.value_ * self._factor + self.current.value_ * self._rest
            return value
        self._seed.update_with(point)
        return self._seed.current.value_ if self.samples == self.period else ZERO

    def reset(self) -> None:
        """Forget all inputs."""
        self._seed.reset()
        super().reset()


class WilderMovingAverage(IndicatorBase):
    """Exponential average with the factor 1 / period; the simple average until ready."""

    short_name = "WWMA{period}"

    def setup(self, period: int) -> None:  # type: ignore[override]
        """Take the period."""
        self.period = period
        self.warm_up_period = period
        self._factor = ONE / period
        self._seed = SimpleMovingAverage(f"{self.name}_SMA", period)

    @property
    def is_ready(self) -> bool:
        """Whether a period of inputs was taken."""
        return self.samples >= self.period

    def compute(self, point: Any) -> Decimal:  # noqa: ANN401
        """Return the simple average before the period is full, then Wilder's."""
        if not self.is_ready:
            self._seed.update_with(point)
            return self._seed.current.value_
        value: Decimal = point.value_ * self._factor + self.current.value_ * (ONE - self._factor)
        return value

    def reset(self) -> None:
        """Forget all inputs."""
        self._seed.reset()
        super().reset()


class LinearWeightedMovingAverage(WindowIndicator):
    """Average with weights falling from the newest input to the oldest."""

    short_name = "LWMA({period})"

    def compute_window(self, window: RollingWindow[Any], point: Any) -> Decimal:  # noqa: ANN401, ARG002
        """Weight the newest input with the number of inputs, the oldest with one."""
        size = window.count
        total = sum((item.value_ * (size - index) for index, item in enumerate(window)), ZERO)
        return total / Decimal(size * (size + 1) // 2)


def moving_average(kind: MovingAverageType, name: str, period: int) -> IndicatorBase:
    """Make a moving average of a type.

    Raises:
        NotSupportedError: The type is not in this engine.
    """
    kinds: dict[MovingAverageType, type[IndicatorBase]] = {
        MovingAverageType.SIMPLE: SimpleMovingAverage,
        MovingAverageType.EXPONENTIAL: ExponentialMovingAverage,
        MovingAverageType.WILDERS: WilderMovingAverage,
        MovingAverageType.LINEAR_WEIGHTED_MOVING_AVERAGE: LinearWeightedMovingAverage,
    }
    if kind not in kinds:
        raise NotSupportedError(f"MovingAverageType.{kind.name}")
    return kinds[kind](name, period)
