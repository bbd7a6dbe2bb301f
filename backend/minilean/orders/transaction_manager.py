"""The strategy's view of its orders: ``self.transactions``."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from minilean import times
from minilean.dotnet_errors import InvalidOperationException
from minilean.orders.concurrent_dictionary import ConcurrentDictionary
from minilean.orders.order import Order
from minilean.orders.order_ticket import OrderTicket
from minilean.orders.requests import (
    CancelOrderRequest,
    OrderResponse,
    SubmitOrderRequest,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from minilean.orders.texts import open_orders_tag, warming_up_message
from minilean.securities.symbol import Symbol
from minilean.surface import Surface
from minilean.time_keeper import TimeKeeper

ZERO = Decimal(0)
Filter = Callable[[Any], bool] | Symbol | str | None


class WarmingUpError(RuntimeError):
    """Orders cannot be changed during warm-up."""


class OrderProcessor(Protocol):
    """What carries out requests, and keeps orders and tickets by their ids."""

    @property
    def orders(self) -> Mapping[int, Order]:
        """All orders."""

    @property
    def tickets(self) -> Mapping[int, OrderTicket]:
        """All tickets."""

    @property
    def open_tickets(self) -> ConcurrentDictionary[OrderTicket]:
        """Tickets of open orders."""

    @property
    def orders_count(self) -> int:
        """Number of orders so far."""

    def symbol_of(self, ticker: str) -> Symbol:
        """Return the symbol of a ticker."""

    def add_order(self, request: SubmitOrderRequest, ticket: OrderTicket) -> None:
        """Carry out a request for an order."""

    def update_order(self, ticket: OrderTicket, request: UpdateOrderRequest) -> None:
        """Carry out a change."""

    def cancel_order(self, ticket: OrderTicket, request: CancelOrderRequest) -> None:
        """Carry out a cancellation."""


class SecurityTransactionManager(Surface):
    """Gives orders their ids and finds orders and tickets."""

    def __init__(self, clock: TimeKeeper, is_warming_up: Callable[[], bool]) -> None:
        self._clock = clock
        self._is_warming_up = is_warming_up
        self._last_id = 0
        self._handler: OrderProcessor | None = None

    def set_order_processor(self, handler: OrderProcessor) -> None:
        """Set what carries out the requests."""
        self._handler = handler

    @property
    def _processor(self) -> OrderProcessor:
        if self._handler is None:
            raise WarmingUpError(f"Error: AlgorithmWarmingUp - {warming_up_message('Submit')}")
        return self._handler

    def next_order_id(self) -> int:
        """Return a fresh order id."""
        self._last_id += 1
        return self._last_id

    def _require_running(self, kind: str) -> None:
        if self._is_warming_up():
            raise WarmingUpError(f"Error: AlgorithmWarmingUp - {warming_up_message(kind)}")

    def add_order(self, request: SubmitOrderRequest) -> OrderTicket:
        """Submit an order; it is processed before this returns."""
        self._require_running("Submit")
        if isinstance(request.symbol, str):
            request.symbol = self._processor.symbol_of(request.symbol)
        request.order_id = self.next_order_id()
        ticket = OrderTicket(self, request)
        self._processor.add_order(request, ticket)
        return ticket

    def update_order(self, ticket: OrderTicket, fields: UpdateOrderFields) -> OrderResponse:
        """Change an order."""
        self._require_running("Update")
        request = UpdateOrderRequest(ticket.order_id, self._clock.utc, fields)
        self._processor.update_order(ticket, request)
        return request.response

    def cancel_ticket(self, ticket: OrderTicket, tag: str | None) -> OrderResponse:
        """Cancel the order of a ticket."""
        self._require_running("Cancel")
        request = CancelOrderRequest(ticket.order_id, self._clock.utc, tag)
        self._processor.cancel_order(ticket, request)
        return request.response

    def cancel_order(self, order_id: int, order_tag: str | None = None) -> OrderTicket | None:
        """Cancel an order by its id."""
        ticket = self.get_order_ticket(order_id)
        if ticket is not None:
            self.cancel_ticket(ticket, order_tag or "")
        return ticket

    def cancel_open_orders(self, symbol: Symbol | str | None = None, tag: str | None = None) -> list[OrderTicket]:
        """Cancel all open orders, or those of a symbol."""
        if self._is_warming_up():
            raise InvalidOperationException(
                "This operation is not allowed in initialize or during warm up: cancel_open_orders. "
                "Please move this code to the on_warmup_finished() method."
            )
        tickets = self.get_open_order_tickets(symbol)
        for ticket in tickets:
            ticket.cancel(tag if symbol is not None else open_orders_tag(self._clock.utc))
        return tickets

    @property
    def orders_count(self) -> int:
        """Number of orders so far."""
        return self._handler.orders_count if self._handler is not None else 0

    @property
    def last_order_id(self) -> int:
        """Id of the last order."""
        return self._last_id

    @property
    def utc_time(self) -> Any:  # noqa: ANN401 - a naive datetime
        """Current time in UTC."""
        return times.to_datetime(self._clock.utc)

    def get_order_by_id(self, order_id: int) -> Order | None:
        """Return an order or None."""
        return self._handler.orders.get(order_id) if self._handler is not None else None

    def get_order_ticket(self, order_id: int) -> OrderTicket | None:
        """Return a ticket or None."""
        return self._handler.tickets.get(order_id) if self._handler is not None else None

    def get_orders(self, filter: Filter = None) -> list[Order]:  # noqa: A002 - LEAN's name
        """Return the orders by id."""
        orders = self._handler.orders if self._handler is not None else {}
        return list(_filtered((orders[key] for key in sorted(orders)), filter))

    def get_open_orders(self, filter: Filter = None) -> list[Order]:  # noqa: A002 - LEAN's name
        """Return the open orders."""
        return [ticket.order for ticket in self.get_open_order_tickets(filter) if ticket.order is not None]

    def get_order_tickets(self, filter: Filter = None) -> list[OrderTicket]:  # noqa: A002 - LEAN's name
        """Return the tickets by order id."""
        tickets = self._handler.tickets if self._handler is not None else {}
        return list(_filtered((tickets[key] for key in sorted(tickets)), filter))

    def get_open_order_tickets(self, filter: Filter = None) -> list[OrderTicket]:  # noqa: A002 - LEAN's name
        """Return the tickets of open orders, in the order of LEAN's hash table."""
        tickets = self._handler.open_tickets.values() if self._handler is not None else ()
        return list(_filtered(tickets, filter))

    def get_open_orders_remaining_quantity(self, filter: Filter = None) -> float:  # noqa: A002 - LEAN's name
        """Return the signed quantity that open orders still wait for."""
        return float(sum((ticket.quantity_remaining_ for ticket in self.get_open_order_tickets(filter)), ZERO))


def _filtered(items: Iterable[Any], condition: Filter) -> Iterable[Any]:
    if condition is None:
        return items
    if isinstance(condition, (Symbol, str)):
        return (item for item in items if item.symbol == condition)
    return (item for item in items if condition(item))
