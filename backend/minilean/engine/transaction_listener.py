"""Takes order events to the results and to the strategy."""

from collections.abc import Callable
from typing import Any

from minilean.algorithm.context import AlgorithmContext
from minilean.brokerages.default import DefaultBrokerageModel
from minilean.engine.errors import refuses
from minilean.enums import OrderStatus
from minilean.orders.order import Order
from minilean.orders.order_event import OrderEvent
from minilean.results.result_handler import ResultHandler
from minilean.securities.security import Security
from minilean.statistics.trade import TradedSymbol
from minilean.statistics.trade_builder import Fill


class EngineTransactionListener:
    """Records events, builds trades and calls ``on_order_event``."""

    def __init__(
        self, context: AlgorithmContext, results: ResultHandler, fail: Callable[[str, BaseException], None]
    ) -> None:
        self._context = context
        self._results = results
        self._fail = fail
        self.events: list[OrderEvent] = []
        self.on_order_event: Callable[[OrderEvent], Any] | None = None
        self.on_execution_event: Callable[[OrderEvent], Any] = lambda _event: None
        self.on_error: Callable[[object], None] = lambda _message: None
        self.on_debug: Callable[[object], None] = lambda _message: None

    @property
    def is_warming_up(self) -> bool:
        """Whether orders are not yet allowed."""
        return self._context.state.is_warming_up

    def brokerage_model(self) -> DefaultBrokerageModel:
        """Return what decides which orders are taken."""
        return self._context.state.brokerage_model

    def stale_price_us(self) -> int:
        """Return the age from which a price is stale."""
        return self._context.settings.stale_price_us

    def report_error(self, message: str) -> None:
        """Tell the user."""
        self.on_error(message)

    def model_failed(self, message: str, error: Exception) -> None:
        """Tell the user of an error of a model; one that refuses something by name ends the run."""
        if refuses(error):
            self._fail("Fill Model", error)
        else:
            self.on_error(message)

    def tell(self, message: str) -> None:
        """Tell the user what is no error."""
        self.on_debug(message)

    def order_event(self, order: Order, event: OrderEvent, security: Security) -> None:
        """Take an event that has been booked."""
        if event.status in {OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED}:
            self._results.trade_builder.process_fill(self._fill_of(order, event, security))
        self.events.append(event)
        self._results.order_event(event, security.quote_currency.rate_)
        self.on_execution_event(event)
        if self.on_order_event is None:
            return
        try:
            self.on_order_event(event)
        except Exception as error:  # noqa: BLE001 - any error of the strategy's
            self._fail("Order Event Handler", error)

    def _fill_of(self, order: Order, event: OrderEvent, security: Security) -> Fill:
        fee = event.order_fee.value
        return Fill(
            symbol=TradedSymbol(security.symbol.value, security.symbol.sid, security.symbol.value),
            order_id=order.id,
            time=event.utc,
            price=event.fill_price_,
            quantity=event.fill_quantity_,
            fee=self._context.portfolio.cash_book.in_account_currency(fee.amount_, fee.currency),
            conversion=security.quote_currency.rate_,
        )
