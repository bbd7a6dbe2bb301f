"""LEAN's and .NET's static helpers that models of strategies use."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from minilean.data.subscription_data_config import INCREMENTS
from minilean.enums import Resolution
from minilean.framework.execution.order_sizing import is_above_minimum_margin
from minilean.surface import NotSupportedError, decimal_argument, snake_case

if TYPE_CHECKING:
    from minilean.securities.portfolio import SecurityPortfolioManager
    from minilean.securities.security import Security


class _LeanStatic(type):
    """Finds static members by LEAN's PascalCase as well; others are refused by name."""

    def __getattr__(cls, name: str) -> Any:  # noqa: ANN401 - any member
        snake = snake_case(name) if name[:1].isupper() else name
        if snake in cls.__dict__:
            return getattr(cls, snake)
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotSupportedError(f"{cls.__name__}.{snake}")


class Extensions(metaclass=_LeanStatic):
    """LEAN's extension methods, as far as models need them."""

    @staticmethod
    def to_time_span(resolution: Resolution) -> timedelta:
        """Return the length of a bar."""
        return timedelta(microseconds=INCREMENTS[resolution])


class Time(metaclass=_LeanStatic):
    """LEAN's helpers of time, as far as models need them."""

    one_day = timedelta(days=1)
    one_hour = timedelta(hours=1)
    one_minute = timedelta(minutes=1)
    one_second = timedelta(seconds=1)

    @staticmethod
    def multiply(interval: timedelta, multiplier: float) -> timedelta:
        """Return a multiple of a span."""
        return interval * multiplier


class TimeSpan(metaclass=_LeanStatic):
    """.NET's spans of time, which are timedeltas here."""

    zero = timedelta(0)

    def __new__(cls, *parts: int) -> Any:  # noqa: ANN401 - a timedelta
        """Make a span of hours, minutes and seconds, perhaps with days before them; one number counts 100 ns."""
        if len(parts) == 1:
            return timedelta(microseconds=parts[0] // 10)
        days, hours, minutes, seconds = parts if len(parts) == 4 else (0, *parts)
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    @staticmethod
    def from_days(value: float) -> timedelta:
        """Return a span of days."""
        return timedelta(days=value)

    @staticmethod
    def from_hours(value: float) -> timedelta:
        """Return a span of hours."""
        return timedelta(hours=value)

    @staticmethod
    def from_minutes(value: float) -> timedelta:
        """Return a span of minutes."""
        return timedelta(minutes=value)

    @staticmethod
    def from_seconds(value: float) -> timedelta:
        """Return a span of seconds."""
        return timedelta(seconds=value)


class BuyingPowerModelExtensions(metaclass=_LeanStatic):
    """LEAN's extension methods of buying power models, as far as models need them."""

    @staticmethod
    def above_minimum_order_margin_portfolio_percentage(
        model: object,  # noqa: ARG004 - LEAN's signature
        security: "Security",
        quantity: Any,  # noqa: ANN401 - a number
        portfolio_manager: "SecurityPortfolioManager",
        minimum_order_margin_portfolio_percentage: Any,  # noqa: ANN401 - a number
    ) -> bool:
        """Tell whether an order's margin is at least a fraction of the portfolio."""
        name = "AboveMinimumOrderMarginPortfolioPercentage"
        minimum = decimal_argument(minimum_order_margin_portfolio_percentage, name)
        return is_above_minimum_margin(portfolio_manager, security, decimal_argument(quantity, name), minimum)
