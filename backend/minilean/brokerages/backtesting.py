"""The simulated brokerage: holds open orders and looks for their executions."""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from minilean import numbers
from minilean.brokerages.default import DefaultBrokerageModel
from minilean.enums import OrderStatus, OrderType
from minilean.fills.parameters import FillModelParameters
from minilean.orders.order import Order
from minilean.orders.order_event import OrderEvent
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.surface import model_method
from minilean.time_keeper import TimeKeeper

ZERO = Decimal(0)


class BrokerageListener(Protocol):
    """What the brokerage asks, and whom it tells of errors."""

    def brokerage_model(self) -> DefaultBrokerageModel:
        """Return what decides which orders are taken."""

    def stale_price_us(self) -> int:
        """Return the age in microseconds from which a price is stale."""

    def report_error(self, message: str) -> None:
        """Take an error for the user."""

    def model_failed(self, message: str, error: Exception) -> None:
        """Take an error of a model, which is for the user unless it refuses something by name."""


class BacktestingBrokerage:
    """Fills orders with the models of their securities.

    Attributes:
        pending: Open orders by id.
    """

    def __init__(
        self,
        clock: TimeKeeper,
        securities: SecurityManager,
        portfolio: SecurityPortfolioManager,
        listener: BrokerageListener,
        on_event: Callable[[OrderEvent], None],
    ) -> None:
        self._clock = clock
        self._securities = securities
        self._portfolio = portfolio
        self._listener = listener
        self._on_event = on_event
        self.pending: dict[int, Order] = {}
        self._filled: dict[int, Decimal] = {}

    def place_order(self, order: Order) -> None:
        """Accept an order."""
        self.pending[order.id] = order
        self._register(order)
        self._on_event(OrderEvent(order, self._clock.utc, OrderStatus.SUBMITTED))

    def update_order(self, order: Order) -> bool:
        """Accept a change; False when the order is not open."""
        if order.id not in self.pending:
            return False
        self._register(order)
        self._on_event(OrderEvent(order, self._clock.utc, OrderStatus.UPDATE_SUBMITTED))
        return True

    def cancel_order(self, order: Order) -> bool:
        """Drop an order; False when it was not open."""
        found = self.pending.pop(order.id, None) is not None
        self._register(order)
        self._on_event(OrderEvent(order, self._clock.utc, OrderStatus.CANCELED))
        return found

    def _register(self, order: Order) -> None:
        text = str(order.id)
        if text not in order.broker_id:
            order.broker_id.append(text)

    def scan(self) -> None:
        """Look at every open order, oldest first."""
        if not self.pending:
            return
        for order_id in sorted(self.pending):
            order = self.pending.get(order_id)
            if order is not None:
                self._scan(order)

    def _scan(self, order: Order) -> None:
        if order.status.is_closed:
            self.pending.pop(order.id, None)
            return
        if order.time_utc == self._clock.utc and order.type is not OrderType.MARKET:
            return
        security = self._securities.all_securities[order.symbol]
        if not self._may_fill(order, security):
            return
        filled = self._filled.get(order.id, ZERO)
        try:
            result = security.buying_power_model.has_sufficient_buying_power(self._portfolio, security, order, filled)
        except Exception as error:  # noqa: BLE001 - models may be the strategy's own
            self._remove(order, OrderStatus.INVALID, str(error))
            self._listener.model_failed(
                f"Order Error: ids: [{order.id}], Error executing margin models: {error}", error
            )
            return
        if result.is_sufficient:
            self._fill(order, security)
        elif order.status is not OrderStatus.CANCEL_PENDING:
            message = insufficient_buying_power_message(order, security, result.reason)
            self._remove(order, OrderStatus.INVALID, message)
            self._listener.report_error(message)

    def _may_fill(self, order: Order, security: Security) -> bool:
        hours = security.exchange.market_hours
        if order.type is OrderType.MARKET_ON_OPEN:
            bar = security.cache.last_data
            if bar is None or hours.time_zone.to_local(order.time_utc) >= bar.end_local:
                return False
        if order.time_in_force.is_expired(order, security.local_now, hours):
            self._remove(order, OrderStatus.CANCELED, "The order has expired.")
            return False
        return self._listener.brokerage_model().can_execute_order(security, order)

    def _remove(self, order: Order, status: OrderStatus, message: str) -> None:
        self.pending.pop(order.id, None)
        self._on_event(OrderEvent(order, self._clock.utc, status, message))

    def _fill(self, order: Order, security: Security) -> None:
        try:
            events = self._events(order, security)
        except Exception as error:  # noqa: BLE001 - models may be the strategy's own
            self._listener.model_failed(
                f"Order Error: id: {order.id}, Transaction model failed to fill for order type: {order.type.label} "
                f"with error: {error}",
                error,
            )
            return
        changes = []
        for event in events:
            if event.status is not order.status or event.fill_quantity_:
                order.status = event.status
                self._filled[order.id] = self._filled.get(order.id, ZERO) + event.fill_quantity_
                changes.append(event)
        for event in changes:
            self._on_event(event)
        if events and all(event.status.is_closed for event in events):
            self.pending.pop(order.id, None)

    def _events(self, order: Order, security: Security) -> list[OrderEvent]:
        parameters = FillModelParameters(security, order, self._listener.stale_price_us())
        events = list(model_method(security.fill_model, "fill")(parameters))
        for event in events:
            if event.status is OrderStatus.FILLED and event.order_fee.value.amount_ == 0:
                event.order_fee = security.fee_of(order)
        return events


def insufficient_buying_power_message(order: Order, security: Security, reason: str) -> str:
    """Return LEAN's text for an order that cannot be paid."""
    value = numbers.smart_rounding(order.value_at(security.price_) * security.quote_currency.rate_)
    return (
        f"Order Error: ids: [{order.id}], Insufficient buying power to complete orders (Value:[{value:f}]), "
        f"Reason: {reason}."
    )
