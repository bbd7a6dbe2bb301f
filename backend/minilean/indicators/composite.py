"""Indicators made of other indicators: composition, constants, chains."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from minilean.indicators.base import START, ZERO, IndicatorBase, IndicatorDataPoint, Point
from minilean.surface import decimal_argument


class CompositeIndicator(IndicatorBase):
    """A value made of two indicators whenever both have changed."""

    def setup(self, left: IndicatorBase, right: IndicatorBase, composer: Callable[..., Any]) -> None:  # type: ignore[override]
        """Take the two indicators and what composes them."""
        self.left = left
        self.right = right
        self._composer = composer
        if not self.name:
            self.name = f"COMPOSE({left.name},{right.name})"
        self._new_left = isinstance(left, ConstantIndicator)
        self._new_right = isinstance(right, ConstantIndicator)
        left.updated += self._left_updated
        right.updated += self._right_updated

    @property
    def is_ready(self) -> bool:
        """Whether both are ready."""
        return self.left.is_ready and self.right.is_ready

    def _left_updated(self, _sender: object, point: IndicatorDataPoint) -> None:
        self._new_left = True
        if self._new_right:
            self._compose(point)

    def _right_updated(self, _sender: object, point: IndicatorDataPoint) -> None:
        self._new_right = True
        if self._new_left:
            self._compose(point)

    def _compose(self, point: IndicatorDataPoint) -> None:
        end = max(point.end_local, self.left.current.end_local, self.right.current.end_local)
        self._new_left = isinstance(self.left, ConstantIndicator)
        self._new_right = isinstance(self.right, ConstantIndicator)
        self.update_with(IndicatorDataPoint(None, end, ZERO))

    def compute(self, point: Point) -> Decimal | None:  # noqa: ARG002 - only its time counts
        """Compose the two current values."""
        result = self._composer(self.left, self.right)
        if result is None or isinstance(result, Decimal):
            return result
        return decimal_argument(getattr(result, "value", result), "CompositeIndicator")

    def reset(self) -> None:
        """Forget all inputs of both."""
        self.left.reset()
        self.right.reset()
        super().reset()


class ConstantIndicator(IndicatorBase):
    """Always the same value."""

    def setup(self, value: Decimal) -> None:  # type: ignore[override]
        """Take the value."""
        self._value = value

    def clear(self) -> None:
        """Begin with the value, which is always there."""
        self.current = IndicatorDataPoint(None, START, self._value)
        self._past_values.add(self.current)

    @property
    def is_ready(self) -> bool:
        """Always."""
        return True

    def compute(self, point: Point) -> Decimal:  # noqa: ARG002
        """Return the value."""
        return self._value


def combine(
    left: IndicatorBase,
    right: IndicatorBase,
    compose: Callable[[Decimal, Decimal], Decimal | None],
    name: str | None = None,
) -> CompositeIndicator:
    """Compose two indicators by their current values."""
    return CompositeIndicator(
        name if name is not None else f"COMPOSE({left.name},{right.name})",
        left, right, lambda a, b: compose(a.current.value_, b.current.value_),
    )  # fmt: skip


def constant(value: Decimal) -> ConstantIndicator:
    """Make an indicator of a constant."""
    return ConstantIndicator(f"{value:f}", value)


def ratio(left: Decimal, right: Decimal) -> Decimal | None:
    """Divide; there is no value for a zero divisor."""
    return left / right if right else None


Indicator = TypeVar("Indicator", bound=IndicatorBase)


def chain(second: Indicator, first: IndicatorBase, *, wait: bool = True) -> Indicator:
    """Feed an indicator with the values of another; with ``wait`` not before that one is ready."""

    def pass_on(_sender: object, point: IndicatorDataPoint) -> None:
        if not wait or first.is_ready:
            second.update_with(point)

    first.updated += pass_on
    return second
