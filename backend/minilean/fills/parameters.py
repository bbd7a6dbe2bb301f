"""What a fill model is given, and what it answers."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from minilean.orders.order_event import OrderEvent
from minilean.surface import Surface

if TYPE_CHECKING:
    from minilean.orders.order import Order
    from minilean.securities.security import Security


class FillModelParameters(Surface):
    """An order to look at, its security, and the age in microseconds from which a price is stale."""

    __slots__ = ("order", "security", "stale_price_us")

    def __init__(self, security: "Security", order: "Order", stale_price_us: int) -> None:
        self.security = security
        self.order = order
        self.stale_price_us = stale_price_us

    @property
    def stale_price_time_span(self) -> timedelta:
        """Age from which a price is stale."""
        return timedelta(microseconds=self.stale_price_us)


class Fill(Surface):
    """The events that a fill model answers with."""

    __slots__ = ("events",)

    def __init__(self, events: OrderEvent | Sequence[OrderEvent]) -> None:
        self.events = [events] if isinstance(events, OrderEvent) else list(events)

    def __iter__(self) -> Iterator[OrderEvent]:
        return iter(self.events)
