"""Checks that several brokerage models share, with LEAN's texts. Each returns the refusal, None when there is none."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from minilean import times
from minilean.brokerages.message import BrokerageMessageEvent, not_supported
from minilean.enums import OrderType, SecurityType
from minilean.times import MINUTE

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.securities.security import Security


def order_type(model: str, order: "Order", supported: Sequence[OrderType]) -> BrokerageMessageEvent | None:
    """Refuse order types that a brokerage does not have; the text lists the supported ones in their order."""
    if order.type in supported:
        return None
    names = ",".join(each.label for each in supported)
    return not_supported(f"The {model} does not support {order.type.label} order type. Only supports [{names}]")


def security_type(
    model: str, security: "Security", supported: Collection[SecurityType]
) -> BrokerageMessageEvent | None:
    """Refuse assets that a brokerage does not trade."""
    if security.type in supported:
        return None
    return not_supported(f"The {model} does not support {security.type.label} security type.")


def time_in_force(model: str, order: "Order", supported: Collection[str]) -> BrokerageMessageEvent | None:
    """Refuse times in force, given by the names of their classes, that a brokerage does not have."""
    name = type(order.time_in_force).__name__
    if name in supported:
        return None
    return not_supported(f"The {model} does not support {name} time in force.")


def minimum_order_size(security: "Security", order: "Order") -> BrokerageMessageEvent | None:
    """Refuse quantities below the market's minimum, where it has one."""
    minimum = security.properties.minimum_order_size_
    if minimum is None or abs(order.quantity_) >= minimum:
        return None
    return not_supported(
        f"The minimum order size (in quote currency) for {security.symbol.value} is {minimum:f}. "
        f"Order quantity was {order.quantity_:f}."
    )


def market_on_open(
    security: "Security", order: "Order", supported: Collection[SecurityType], minutes_before_open: int
) -> BrokerageMessageEvent | None:
    """Accept orders for the open from the regular close until some minutes before the open only."""
    if order.type is not OrderType.MARKET_ON_OPEN:
        return None
    if security.type not in supported:
        return not_supported(
            f"The broker does not support Market-on-Open orders for security type {security.type.label}",
            "UnsupportedSecurityType",
        )
    now = security.local_now
    segments = security.exchange.market_hours.segments(times.midnight(now))
    start, end = 0, times.DAY
    regular = next((each for each in segments if each.regular), None)
    if regular is not None:
        start, end = regular.end, regular.start - minutes_before_open * MINUTE
    time = now % times.DAY
    inside = start <= time < end if start <= end else time >= start or time < end
    if inside:
        return None
    return not_supported(
        f"MarketOnOpen submission time is invalid. Valid local times are {_clock(start)}\N{EN DASH}{_clock(end)}. "
        "Consider setting daily_precise_end_time = false or using self.schedule.on."
    )


def _clock(time: int) -> str:
    """Return a time as .NET's ``hh`` has it: on the twelve-hour clock, without its half of the day."""
    minutes = time // MINUTE
    return f" {(minutes // 60 - 1) % 12 + 1:02d}:{minutes % 60:02d}"
