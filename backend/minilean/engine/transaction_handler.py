"""Carries out requests: creates, changes and cancels orders, and takes their events to portfolio and strategy."""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from minilean import numbers
from minilean.brokerages.backtesting import BacktestingBrokerage, BrokerageListener, insufficient_buying_power_message
from minilean.brokerages.verdicts import refusal_to_submit, refusal_to_update
from minilean.enums import OrderResponseErrorCode, OrderStatus, SecurityType
from minilean.orders.concurrent_dictionary import ConcurrentDictionary
from minilean.orders.order import Order, OrderSubmissionData
from minilean.orders.order_event import ModifiedFillQuantityOrderFee, OrderEvent
from minilean.orders.order_factory import create_order
from minilean.orders.order_ticket import OrderTicket
from minilean.orders.requests import CancelOrderRequest, OrderRequest, SubmitOrderRequest, UpdateOrderRequest
from minilean.orders.texts import warming_up_message
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.securities.symbol import Symbol
from minilean.time_keeper import TimeKeeper

ZERO = Decimal(0)
Code = OrderResponseErrorCode
_MARGIN_ERROR = "An error occurred while checking sufficient buying power for the orders."
_FEES_IN_BASE = (
    "When buying currency pairs, using Cash account types, fees in base currency will be deducted from the filled "
    "quantity so virtual positions reflect actual holdings."
)


class TransactionListener(BrokerageListener, Protocol):
    """Whom the handler tells what happens, and whom it asks."""

    @property
    def is_warming_up(self) -> bool:
        """Whether orders are not yet allowed."""

    def order_event(self, order: Order, event: OrderEvent, security: Security) -> None:
        """Take an event that has been booked."""

    def tell(self, message: str) -> None:
        """Take a debug message for the user."""


class TransactionHandler:
    """Orders and tickets of a run, and the queue of requests about them.

    Attributes:
        queue: Requests that wait.
        brokerage: What has the open orders.
    """

    def __init__(
        self,
        clock: TimeKeeper,
        securities: SecurityManager,
        portfolio: SecurityPortfolioManager,
        listener: TransactionListener,
    ) -> None:
        self._clock = clock
        self._securities = securities
        self._portfolio = portfolio
        self._listener = listener
        self.queue: deque[OrderRequest] = deque()
        self._event_counts: dict[int, int] = {}
        self.orders: dict[int, Order] = {}
        self.tickets: dict[int, OrderTicket] = {}
        self.open_tickets: ConcurrentDictionary[OrderTicket] = ConcurrentDictionary()
        self.orders_count = 0
        self._told_rounding = False
        self._told_lots = False
        self._told_fees = False
        portfolio.open_orders = self._open_orders
        self.brokerage = BacktestingBrokerage(clock, securities, portfolio, listener, self._handle_event)

    def _open_orders(self) -> Iterator[Order]:
        return (ticket.order for ticket in self.open_tickets.values() if ticket.order is not None)

    def symbol_of(self, ticker: str) -> Symbol:
        """Return the symbol of a ticker that the run has.

        Raises:
            KeyError: It has no such security.
        """
        symbol: Symbol = self._securities[ticker].symbol
        return symbol

    def add_order(self, request: SubmitOrderRequest, ticket: OrderTicket) -> None:
        """Create an order and process it, and everything queued before it, at once."""
        security = self._securities.all_securities[request.symbol]
        order = create_order(request)
        self.orders_count += 1
        self.tickets[order.id] = ticket
        if self._listener.is_warming_up:
            request.respond(Code.ALGORITHM_WARMING_UP, warming_up_message("Submit"))
            self._refuse_while_warming_up(order, ticket)
            return
        request.respond(Code.NONE)
        order.order_submission_data = OrderSubmissionData(security.bid_price_, security.ask_price_, security.close_)
        ticket.order = order
        self.open_tickets[order.id] = ticket
        self.queue.append(request)
        self.process_pending_requests()

    def _refuse_while_warming_up(self, order: Order, ticket: OrderTicket) -> None:
        order.price_currency = self._securities.all_securities[order.symbol].properties.quote_currency
        order.status = OrderStatus.INVALID
        order.tag = "Algorithm warming up."
        ticket.order = order
        self.orders[order.id] = order
        self._handle_event(OrderEvent(order, self._clock.utc, OrderStatus.INVALID, order.tag))

    def process_pending_requests(self) -> None:
        """Process the queue; after each request the brokerage looks for fills."""
        while self.queue:
            request = self.queue.popleft()
            if isinstance(request, SubmitOrderRequest):
                self._handle_submit(request)
            elif isinstance(request, UpdateOrderRequest):
                self._handle_update(request)
            elif isinstance(request, CancelOrderRequest):
                self._handle_cancel(request)
            self.brokerage.scan()

    def process_synchronous_events(self) -> None:
        """Process the queue and look for fills."""
        if self.queue:
            self.process_pending_requests()
        self.brokerage.scan()

    def _handle_submit(self, request: SubmitOrderRequest) -> None:
        ticket = self.tickets[request.order_id]
        order = ticket.order
        if order is None:
            return
        security = self._securities.all_securities[order.symbol]
        self.orders[order.id] = order
        order.price_currency = security.properties.quote_currency
        order.tag = order.tag or order.default_tag()
        order.quantity_ = self._round_off(order.quantity_, security)
        order.price_adjustment_mode = security.data_normalization_mode
        self._round_prices(order, security)
        if order.quantity_ == 0:
            message = f"Unable to submit order with id {order.id} that has zero quantity."
            self._listener.report_error(message)
            self._invalidate(order, message)
            request.respond(Code.ORDER_QUANTITY_ZERO, message)
            return
        try:
            result = security.buying_power_model.has_sufficient_buying_power(self._portfolio, security, order, ZERO)
        except Exception as error:  # noqa: BLE001 - models may be the strategy's own
            self._listener.report_error(f"Order Error: id: {order.id}, Error executing margin models: {error}")
            self._handle_event(OrderEvent(order, self._clock.utc, order.status, "Error executing margin models"))
            request.respond(Code.PROCESSING_ERROR, _MARGIN_ERROR)
            return
        if not result.is_sufficient:
            message = insufficient_buying_power_message(order, security, result.reason)
            self._listener.report_error(message)
            self._invalidate(order, message)
            request.respond(Code.INSUFFICIENT_BUYING_POWER, message)
            return
        refusal = refusal_to_submit(self._listener.brokerage_model(), security, order)
        if refusal is not None:
            self._invalidate(order, refusal)
            self._listener.report_error(refusal)
            request.respond(Code.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER, refusal)
            return
        self.brokerage.place_order(order)
        request.respond(Code.NONE)

    def _round_off(self, quantity: Decimal, security: Security) -> Decimal:
        """Cut a quantity to whole lots; the first time the user is told."""
        lot = security.properties.lot_size_
        remainder = quantity % lot
        if not remainder:
            return numbers.normalize(quantity)
        if not self._told_lots:
            self._told_lots = True
            self._listener.report_error(
                "Warning: Due to brokerage limitations, orders will be rounded to the nearest lot size of "
                f"{numbers.decimal_text(lot)}"
            )
        return numbers.normalize(quantity - remainder)

    def _round_prices(self, order: Order, security: Security) -> None:
        """Round the order's own prices to the market's step; adjusted prices have none."""
        for name, price in sorted(order.price_fields().items(), key=lambda pair: pair[0] != "limit_price"):
            step = security.price_step(price)
            if not step or (name == "trailing_amount" and getattr(order, "trailing_as_percentage", False)):
                continue
            rounded = numbers.net_round(price / step, 0) * step
            setattr(order, name + "_", rounded)
            if rounded != price and not self._told_rounding:
                self._told_rounding = True
                label = "".join(part.capitalize() for part in name.split("_"))
                self._listener.report_error(
                    f"Warning: To meet brokerage precision requirements, order {label} was rounded to "
                    f"{numbers.decimal_text(rounded)} from {numbers.decimal_text(price)}"
                )

    def _invalidate(self, order: Order, message: str) -> None:
        self._handle_event(OrderEvent(order, self._clock.utc, OrderStatus.INVALID, message))

    def update_order(self, ticket: OrderTicket, request: UpdateOrderRequest) -> None:
        """Check a change and queue it."""
        ticket.update_requests.append(request)
        order = ticket.order
        if order is None:
            request.respond(Code.UNABLE_TO_FIND_ORDER, f"Unable to locate order with id {request.order_id}.")
        elif order.status is OrderStatus.NEW:
            request.respond(Code.INVALID_NEW_ORDER_STATUS, _new_status_message(order))
        elif order.status.is_closed and not request.only_tag:
            request.respond(Code.INVALID_ORDER_STATUS, _invalid_status_message(order))
        elif request.quantity_ is not None and request.quantity_ == 0:
            message = f"Unable to update order with id {request.order_id} that has zero quantity."
            request.respond(Code.ORDER_QUANTITY_ZERO, message)
        else:
            request.respond(Code.NONE)
            self.queue.append(request)

    def _handle_update(self, request: UpdateOrderRequest) -> None:
        ticket = self.tickets[request.order_id]
        order = ticket.order
        if order is None:
            return
        if order.status.is_closed and not request.only_tag:
            request.respond(Code.INVALID_ORDER_STATUS, _invalid_status_message(order))
            return
        security = self._securities.all_securities[order.symbol]
        order.quantity_ = self._round_off(order.quantity_, security)
        if not self._brokerage_takes_update(security, order, request):
            return
        if not self._apply_update(security, ticket, order, request):
            return
        if request.tag is not None:
            order.tag = request.tag
        self._round_prices(order, security)
        if not order.status.is_closed and not self.brokerage.update_order(order):
            self._fail_update(request, order)
            return
        request.respond(Code.NONE)

    def _apply_update(self, security: Security, ticket: OrderTicket, order: Order, request: UpdateOrderRequest) -> bool:
        """Change quantity and prices; False, with nothing changed, when the new order cannot be paid."""
        before = order.quantity_
        if request.quantity_ is not None:
            order.quantity_ = request.quantity_
        prices = {name: getattr(order, name + "_") for name in order.price_fields()}
        _apply_prices(order, request)
        result = security.buying_power_model.has_sufficient_buying_power(
            self._portfolio, security, order, ticket.quantity_filled_
        )
        if result.is_sufficient:
            return True
        order.quantity_ = before
        for name, value in prices.items():
            setattr(order, name + "_", value)
        self._refuse_update(request, order, result.reason)
        return False

    def _brokerage_takes_update(self, security: Security, order: Order, request: UpdateOrderRequest) -> bool:
        refusal = refusal_to_update(self._listener.brokerage_model(), security, order, request)
        if refusal is None:
            return True
        self._listener.report_error(refusal)
        text = "BrokerageModel declared unable to update order"
        self._handle_event(OrderEvent(order, self._clock.utc, order.status, text))
        request.respond(Code.BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER, refusal)
        return False

    def _refuse_update(self, request: UpdateOrderRequest, order: Order, reason: str) -> None:
        message = (
            f"Brokerage failed to update order with id: {order.id}, Symbol: {order.symbol.value}, "
            f"Insufficient buying power to complete order, Reason: {reason}."
        )
        self._listener.report_error(message)
        self._handle_event(OrderEvent(order, self._clock.utc, order.status, message))
        request.respond(Code.BROKERAGE_FAILED_TO_UPDATE_ORDER, message)

    def _fail_update(self, request: UpdateOrderRequest, order: Order) -> None:
        message = f"Brokerage failed to update order with id {request.order_id}"
        self._listener.report_error(message)
        self._handle_event(OrderEvent(order, self._clock.utc, order.status, "Brokerage failed to update order"))
        request.respond(Code.BROKERAGE_FAILED_TO_UPDATE_ORDER, message)

    def cancel_order(self, ticket: OrderTicket, request: CancelOrderRequest) -> None:
        """Announce the end of an order and queue it."""
        earlier = ticket.cancel_request
        if earlier is not None and earlier.response.is_success:
            request.respond(Code.INVALID_REQUEST, "Cancellation is already in progress.")
            return
        ticket.cancel_request = request
        order = ticket.order
        if order is not None and request.tag is not None:
            order.tag = request.tag
        if order is None:
            request.respond(Code.UNABLE_TO_FIND_ORDER, f"Unable to locate order with id {request.order_id}.")
        elif order.status is OrderStatus.NEW:
            request.respond(Code.INVALID_NEW_ORDER_STATUS, _new_status_message(order))
        elif order.status.is_closed:
            request.respond(Code.INVALID_ORDER_STATUS, _invalid_status_message(order))
        else:
            order.status = OrderStatus.CANCEL_PENDING
            self._handle_event(OrderEvent(order, self._clock.utc, OrderStatus.CANCEL_PENDING))
            request.respond(Code.NONE)
            self.queue.append(request)

    def _handle_cancel(self, request: CancelOrderRequest) -> None:
        order = self.tickets[request.order_id].order
        if order is None:
            return
        if order.status.is_closed:
            request.respond(Code.INVALID_ORDER_STATUS, _invalid_status_message(order))
            return
        if not self.brokerage.cancel_order(order):
            message = f"Brokerage failed to cancel order with id {order.id}"
            self._listener.report_error(message)
            request.respond(Code.BROKERAGE_FAILED_TO_CANCEL_ORDER, message)
            return
        if request.tag is not None:
            order.tag = request.tag
        request.respond(Code.NONE)

    def _handle_event(self, event: OrderEvent) -> None:
        """Book an event: order, portfolio and ticket first, then results and strategy."""
        order = self.orders[event.order_id]
        ticket = self.tickets[event.order_id]
        if event.status.is_closed:
            self.open_tickets.pop(order.id, None)
        finished = order.status in {OrderStatus.FILLED, OrderStatus.CANCELED}
        if not (finished and event.status is OrderStatus.INVALID):
            order.status = event.status
        self._event_counts[order.id] = event.id = self._event_counts.get(order.id, 0) + 1
        event.ticket = ticket
        self._stamp(order, ticket, event)
        event.quantity_ = order.quantity_
        for name, price in order.price_fields().items():
            setattr(event, name + "_", price)
        if event.status.is_fill:
            self._take_fee_from_quantity(order, event)
            self._portfolio.process_fill(event)
        ticket.add_order_event(event)
        if event.status is not OrderStatus.NONE:
            self._listener.order_event(order, event, self._securities.all_securities[event.symbol])

    def _take_fee_from_quantity(self, order: Order, event: OrderEvent) -> None:
        """Fill less of a bought pair when the fee is in the bought currency; the first time the user is told."""
        security = self._securities.all_securities[event.symbol]
        fee = event.order_fee.value
        if (
            security.type is not SecurityType.CRYPTO
            or order.quantity_ <= 0
            or security.base_currency is None
            or fee.currency != security.base_currency.symbol
        ):
            return
        event.fill_quantity_ -= fee.amount_
        event.order_fee = ModifiedFillQuantityOrderFee(fee, security.quote_currency.symbol)
        if not self._told_fees:
            self._told_fees = True
            self._listener.tell(_FEES_IN_BASE)

    def _stamp(self, order: Order, ticket: OrderTicket, event: OrderEvent) -> None:
        status = event.status
        if status is OrderStatus.CANCELED:
            order.canceled_utc = event.utc
        elif status.is_fill:
            order.last_fill_utc = event.utc
        elif status in {OrderStatus.UPDATE_SUBMITTED, OrderStatus.SUBMITTED} and ticket.update_requests:
            order.last_update_utc = event.utc

    def book_fill(self, order: Order, event: OrderEvent, ticket: OrderTicket) -> None:
        """Book an order that the engine itself executes: the liquidation of a delisted position."""
        self.orders_count += 1
        self.orders[order.id] = order
        self.tickets[order.id] = ticket
        ticket.order = order
        self._handle_event(event)


def _apply_prices(order: Order, request: UpdateOrderRequest) -> None:
    for name in order.price_fields():
        value = getattr(request, name + "_")
        if value is not None:
            setattr(order, name + "_", value)


def _new_status_message(order: Order) -> str:
    return (
        f"Unable to update or cancel order with id {order.id} and status {order.status.label} "
        "because the submit confirmation has not been received yet."
    )


def _invalid_status_message(order: Order) -> str:
    return f"Unable to update order with id {order.id} because it already has {order.status.label} status."
