"""Tickets: the strategy's handle of an order."""

from decimal import Decimal
from typing import TYPE_CHECKING

from minilean import numbers
from minilean.enums import OrderField, OrderResponseErrorCode, OrderStatus, OrderType
from minilean.orders.order import Order
from minilean.orders.order_event import OrderEvent
from minilean.orders.requests import (
    CancelOrderRequest,
    OrderRequest,
    OrderResponse,
    SubmitOrderRequest,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from minilean.orders.texts import ticket_text
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_float, as_utc_datetime

if TYPE_CHECKING:
    from minilean.orders.transaction_manager import SecurityTransactionManager

ZERO = Decimal(0)


class OrderTicket(Surface):
    """State of an order, and the means to change or cancel it."""

    def __init__(self, manager: "SecurityTransactionManager", request: SubmitOrderRequest) -> None:
        self._manager = manager
        self.submit_request = request
        self.order: Order | None = None
        self.update_requests: list[UpdateOrderRequest] = []
        self.cancel_request: CancelOrderRequest | None = None
        self.order_events: list[OrderEvent] = []
        self.quantity_filled_ = ZERO
        self.average_fill_price_ = ZERO
        self._invalid = False

    quantity = as_float("quantity_")
    quantity_filled = as_float("quantity_filled_")
    quantity_remaining = as_float("quantity_remaining_")
    average_fill_price = as_float("average_fill_price_")
    time = as_utc_datetime("utc")

    def invalidate(self) -> "OrderTicket":
        """Mark the ticket of a request that never became an order."""
        self._invalid = True
        return self

    @property
    def utc(self) -> int:
        """Instant of the last request."""
        return self.get_most_recent_order_request().utc

    @property
    def order_id(self) -> int:
        """Id of the order, an error code when there is none."""
        return self.submit_request.order_id

    @property
    def status(self) -> OrderStatus:
        """State of the order."""
        if self._invalid:
            return OrderStatus.INVALID
        return OrderStatus.NEW if self.order is None else self.order.status

    @property
    def symbol(self) -> Symbol:
        """Symbol of the order."""
        return self.submit_request.symbol

    @property
    def security_type(self) -> int:
        """Kind of the security."""
        return self.symbol.security_type

    @property
    def order_type(self) -> OrderType:
        """Kind of the order."""
        return self.submit_request.order_type

    @property
    def tag(self) -> str | None:
        """Tag of the order."""
        return self.submit_request.tag if self.order is None else self.order.tag

    @property
    def has_order(self) -> bool:
        """Whether the order exists."""
        return self.order is not None

    @property
    def quantity_(self) -> Decimal:
        """Signed quantity of the order."""
        return self.submit_request.quantity_ if self.order is None else self.order.quantity_

    @property
    def quantity_remaining_(self) -> Decimal:
        """Signed quantity that is not yet executed."""
        return self.quantity_ - self.quantity_filled_

    def get(self, field: OrderField) -> object:
        """Return a price of the order as a float.

        Raises:
            ValueError: The order's type has no such price.
        """
        name = field.name.lower()
        if field is OrderField.TRAILING_AS_PERCENTAGE:
            value = getattr(self.order or self.submit_request, name, None)
            if value is not None:
                return value
        fields = self.order.price_fields() if self.order is not None else {}
        if name in fields:
            return numbers.to_double(fields[name])
        raise ValueError(f"Unable to get field {field.label} on order of type {self.order_type.label}")

    def update(self, fields: UpdateOrderFields) -> OrderResponse:
        """Change the order."""
        return self._manager.update_order(self, fields)

    def _update(self, name: str, value: object, tag: str | None) -> OrderResponse:
        fields = UpdateOrderFields()
        setattr(fields, name, value)
        if name != "tag":
            fields.tag = tag
        return self.update(fields)

    def update_tag(self, tag: str) -> OrderResponse:
        """Change the tag."""
        return self._update("tag", tag, None)

    def update_quantity(self, quantity: object, tag: str | None = None) -> OrderResponse:
        """Change the quantity."""
        return self._update("quantity", quantity, tag)

    def update_limit_price(self, limit_price: object, tag: str | None = None) -> OrderResponse:
        """Change the limit."""
        return self._update("limit_price", limit_price, tag)

    def update_stop_price(self, stop_price: object, tag: str | None = None) -> OrderResponse:
        """Change the stop."""
        return self._update("stop_price", stop_price, tag)

    def update_trigger_price(self, trigger_price: object, tag: str | None = None) -> OrderResponse:
        """Change the trigger."""
        return self._update("trigger_price", trigger_price, tag)

    def update_stop_trailing_amount(self, trailing_amount: object, tag: str | None = None) -> OrderResponse:
        """Change the trailing amount."""
        return self._update("trailing_amount", trailing_amount, tag)

    def cancel(self, tag: str | None = None) -> OrderResponse:
        """Cancel the order."""
        previous = self.cancel_request
        if previous is not None and previous.response.is_success:
            message = f"Order {self.order_id} has already received a cancellation request."
            return OrderResponse(self.order_id, OrderResponseErrorCode.REQUEST_CANCELED, message)
        return self._manager.cancel_ticket(self, tag)

    def get_most_recent_order_request(self) -> OrderRequest:
        """Return the last thing that was asked."""
        if self.cancel_request is not None:
            return self.cancel_request
        return self.update_requests[-1] if self.update_requests else self.submit_request

    def get_most_recent_order_response(self) -> OrderResponse:
        """Return the last answer."""
        return self.get_most_recent_order_request().response

    def add_order_event(self, event: OrderEvent) -> None:
        """Take an event; executions move the average price of ticket and order."""
        self.order_events.append(event)
        if event.fill_quantity_ and self.order is not None:
            self.quantity_filled_ += event.fill_quantity_
            fills = (e for e in self.order_events if e.status.is_fill)
            total = sum((abs(e.fill_quantity_) * e.fill_price_ for e in fills), ZERO)
            self.average_fill_price_ = total / abs(self.quantity_filled_)
            self.order.price_ = numbers.normalize(self.average_fill_price_)

    def __str__(self) -> str:
        return ticket_text(self)
