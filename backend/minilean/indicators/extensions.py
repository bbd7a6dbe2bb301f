"""``IndicatorExtensions``: indicators of indicators."""

from typing import Any

from minilean.indicators.base import IndicatorBase, IndicatorDataPoint
from minilean.indicators.composite import CompositeIndicator, chain, combine, constant, ratio
from minilean.indicators.moving_averages import ExponentialMovingAverage, SimpleMovingAverage, Sum, WindowIdentity
from minilean.indicators.volatility import Maximum, Minimum
from minilean.surface import decimal_argument, snake_case


class _WeightedAverage(CompositeIndicator):
    """Sum of products over sum of weights; a reset reaches the windows of both."""

    windows: tuple[IndicatorBase, ...] = ()

    def reset(self) -> None:
        """Forget all inputs."""
        super().reset()
        for window in self.windows:
            window.reset()


def weighted_by(value: IndicatorBase, weight: IndicatorBase, period: int) -> CompositeIndicator:
    """Average an indicator over a period, weighted by another."""
    values, weights = WindowIdentity(period), WindowIdentity(period)
    products, total = Sum("Sum_xy", period), Sum("Sum_y", period)

    def take_value(_sender: object, point: IndicatorDataPoint) -> None:
        values.update_with(point)
        if values.samples == weights.samples:
            products.push(point.end_local, point.value_ * weights.current.value_)

    def take_weight(_sender: object, point: IndicatorDataPoint) -> None:
        weights.update_with(point)
        if values.samples == weights.samples:
            products.push(point.end_local, point.value_ * values.current.value_)
        total.update_with(point)

    value.updated += take_value
    weight.updated += take_weight
    average = _WeightedAverage(
        f"RESET_COMPOSE({products.name},{total.name})",
        products, total, lambda left, right: ratio(left.current.value_, right.current.value_),
    )  # fmt: skip
    average.windows = (values, weights)
    return average


def _second(operand: Any, method: str) -> IndicatorBase:  # noqa: ANN401 - an indicator or a number
    return operand if isinstance(operand, IndicatorBase) else constant(decimal_argument(operand, method))


class _LeanNames(type):
    """Finds static methods by LEAN's names: ``IndicatorExtensions.SMA``."""

    def __getattr__(cls, name: str) -> Any:  # noqa: ANN401 - any method
        snake = name.lower() if name.isupper() else snake_case(name)
        if snake in cls.__dict__ and snake != name:
            return getattr(cls, snake)
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")


class IndicatorExtensions(metaclass=_LeanNames):
    """LEAN's static methods that chain and combine indicators."""

    @staticmethod
    def of(second: IndicatorBase, first: IndicatorBase, wait_for_first_to_ready: bool = True) -> IndicatorBase:  # noqa: FBT001, FBT002
        """Feed the first argument with the values of the second."""
        return chain(second, first, wait=wait_for_first_to_ready)

    @staticmethod
    def weighted_by(value: IndicatorBase, weight: IndicatorBase, period: int) -> CompositeIndicator:
        """Average an indicator over a period, weighted by another."""
        return weighted_by(value, weight, period)

    @staticmethod
    def plus(left: IndicatorBase, right: Any, name: str | None = None) -> CompositeIndicator:  # noqa: ANN401
        """Add an indicator or a number."""
        return combine(left, _second(right, "Plus"), lambda a, b: a + b, name)

    @staticmethod
    def minus(left: IndicatorBase, right: Any, name: str | None = None) -> CompositeIndicator:  # noqa: ANN401
        """Subtract an indicator or a number."""
        return combine(left, _second(right, "Minus"), lambda a, b: a - b, name)

    @staticmethod
    def times(left: IndicatorBase, right: Any, name: str | None = None) -> CompositeIndicator:  # noqa: ANN401
        """Multiply by an indicator or a number."""
        return combine(left, _second(right, "Times"), lambda a, b: a * b, name)

    @staticmethod
    def over(left: IndicatorBase, right: Any, name: str | None = None) -> CompositeIndicator:  # noqa: ANN401
        """Divide by an indicator or a number; there is no value while that is zero."""
        return combine(left, _second(right, "Over"), ratio, name)

    @staticmethod
    def sma(left: IndicatorBase, period: int, wait_for_first_to_ready: bool = True) -> SimpleMovingAverage:  # noqa: FBT001, FBT002
        """Average an indicator."""
        average = SimpleMovingAverage(f"SMA{period}_Of_{left.name}", period)
        return chain(average, left, wait=wait_for_first_to_ready)

    @staticmethod
    def ema(
        left: IndicatorBase,
        period: int,
        smoothing_factor: object = None,
        wait_for_first_to_ready: bool = True,  # noqa: FBT001, FBT002
    ) -> ExponentialMovingAverage:
        """Average an indicator exponentially."""
        average = ExponentialMovingAverage(f"EMA{period}_Of_{left.name}", period, smoothing_factor)
        return chain(average, left, wait=wait_for_first_to_ready)

    @staticmethod
    def max(left: IndicatorBase, period: int, wait_for_first_to_ready: bool = True) -> Maximum:  # noqa: FBT001, FBT002
        """Return the greatest of an indicator's last values."""
        return chain(Maximum(f"MAX{period}_Of_{left.name}", period), left, wait=wait_for_first_to_ready)

    @staticmethod
    def min(left: IndicatorBase, period: int, wait_for_first_to_ready: bool = True) -> Minimum:  # noqa: FBT001, FBT002
        """Return the least of an indicator's last values."""
        return chain(Minimum(f"MIN{period}_Of_{left.name}", period), left, wait=wait_for_first_to_ready)
