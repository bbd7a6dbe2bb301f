"""LEAN's and .NET's static helpers that models of strategies use."""

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from minilean import numbers
from minilean.data.subscription_data_config import INCREMENTS
from minilean.enums import Resolution
from minilean.framework.execution.order_sizing import is_above_minimum_margin
from minilean.surface import NotSupportedError, decimal_argument, snake_case

if TYPE_CHECKING:
    from minilean.securities.portfolio import SecurityPortfolioManager
    from minilean.securities.security import Security


_YEAR_ONE = datetime(1, 1, 1)  # noqa: DTZ001 - a wall clock


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

    @staticmethod
    def round_to_significant_digits(d: object, digits: int) -> float:
        """Round a number to some significant digits."""
        exact = decimal_argument(d, "RoundToSignificantDigits")
        return numbers.to_double(numbers.round_to_significant_digits(exact, digits))

    @staticmethod
    def smart_rounding(value: object) -> float:
        """Round a price as LEAN shows it: to four decimals above 1000, else to seven significant digits."""
        return numbers.to_double(numbers.smart_rounding(decimal_argument(value, "SmartRounding")))

    @staticmethod
    def round_down(date_time: datetime, interval: timedelta) -> datetime:
        """Round a time down to a multiple of a span."""
        return date_time - (date_time - _YEAR_ONE) % interval if interval else date_time

    @staticmethod
    def round_up(time: datetime, interval: timedelta) -> datetime:
        """Round a time up to a multiple of a span."""
        return time + (_YEAR_ONE - time) % interval if interval else time

    @staticmethod
    def convert_from_utc(time: datetime, to: object) -> datetime:
        """Return the wall clock of a zone at a time in UTC."""
        return time.replace(tzinfo=UTC).astimezone(ZoneInfo(str(to))).replace(tzinfo=None)

    @staticmethod
    def convert_to_utc(time: datetime, from_zone: object) -> datetime:
        """Return the time in UTC when the clocks of a zone show a time."""
        return time.replace(tzinfo=ZoneInfo(str(from_zone))).astimezone(UTC).replace(tzinfo=None)

    @staticmethod
    def is_nan_or_zero(value: float) -> bool:
        """Tell whether a number is none or zero."""
        return math.isnan(value) or value == 0


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
