"""How long an order stays open."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from minilean import times
from minilean.enums import SecurityType
from minilean.surface import Surface, as_datetime

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.securities.exchange_hours import SecurityExchangeHours

_FOREX_CUT_OFF = 17 * times.HOUR
"""When a forex day ends, on the clock of New York that forex exchanges go by."""


class TimeInForce(Surface):
    """Base of the three supported lifetimes; also the namespace that strategies name them by."""

    __slots__ = ()
    GOOD_TIL_CANCELED: ClassVar["TimeInForce"]
    DAY: ClassVar["TimeInForce"]
    GoodTilCanceled: ClassVar["TimeInForce"]
    Day: ClassVar["TimeInForce"]

    def is_expired(self, order: "Order", local_now: int, hours: "SecurityExchangeHours") -> bool:  # noqa: ARG002
        """Tell whether an order's time is over at a local time of its exchange."""
        return False

    @staticmethod
    def good_til_date(expiry: datetime) -> "GoodTilDateTimeInForce":
        """Return the lifetime that ends with the last regular close of a date."""
        return GoodTilDateTimeInForce(times.from_datetime(expiry))

    GoodTilDate = GOOD_TIL_DATE = good_til_date


class GoodTilCanceledTimeInForce(TimeInForce):
    """Until filled or canceled."""

    __slots__ = ()


class DayTimeInForce(TimeInForce):
    """Until the close of the day it was placed on."""

    __slots__ = ()

    def is_expired(self, order: "Order", local_now: int, hours: "SecurityExchangeHours") -> bool:
        """Tell whether the first regular close after the order's creation has come."""
        placed = hours.time_zone.to_local(order.created_utc)
        if order.security_type is SecurityType.CRYPTO:
            return times.midnight(local_now) > times.midnight(placed)
        if order.security_type is SecurityType.FOREX:
            late = placed % times.DAY > _FOREX_CUT_OFF
            return local_now >= times.midnight(placed) + _FOREX_CUT_OFF + late * times.DAY
        return local_now >= hours.next_market_close(placed, extended=False)


class GoodTilDateTimeInForce(TimeInForce):
    """Until the close of a given date.

    Attributes:
        expiry_local: The date as a local time of the exchange.
    """

    __slots__ = ("expiry_local",)

    def __init__(self, expiry_local: int) -> None:
        self.expiry_local = expiry_local

    expiry = as_datetime("expiry_local")

    def is_expired(self, order: "Order", local_now: int, hours: "SecurityExchangeHours") -> bool:
        """Tell whether the regular close of the expiry date has come."""
        day = times.midnight(self.expiry_local)
        if order.security_type is SecurityType.CRYPTO:
            return times.midnight(local_now) > day
        if order.security_type is SecurityType.FOREX:
            placed = hours.time_zone.to_local(order.created_utc)
            late = times.midnight(order.created_utc) == day and placed % times.DAY > _FOREX_CUT_OFF
            return local_now >= day + _FOREX_CUT_OFF + late * times.DAY
        return local_now >= hours.next_market_close(day, extended=False)


GOOD_TIL_CANCELED = GoodTilCanceledTimeInForce()
TimeInForce.GOOD_TIL_CANCELED = TimeInForce.GoodTilCanceled = GOOD_TIL_CANCELED
TimeInForce.DAY = TimeInForce.Day = DayTimeInForce()
