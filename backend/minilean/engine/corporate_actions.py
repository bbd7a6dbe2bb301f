"""What splits, dividends and delistings do to the portfolio and to open orders."""

from collections.abc import Callable
from decimal import Decimal

from minilean import numbers
from minilean.algorithm.context import AlgorithmContext
from minilean.data.auxiliary_data import Delisting, Dividend, Split
from minilean.data.slice import Slice
from minilean.engine.transaction_handler import TransactionHandler
from minilean.enums import DataNormalizationMode, DelistingType, OrderStatus, OrderType, SplitType
from minilean.orders.order import MarketOrder
from minilean.orders.order_event import OrderEvent
from minilean.orders.order_ticket import OrderTicket
from minilean.orders.requests import OrderProperties, SubmitOrderRequest, UpdateOrderFields
from minilean.results.result_handler import ResultHandler
from minilean.securities.security import Security

_DELISTED_TAG = "Liquidate from delisting"


class CorporateActions:
    """Applies corporate actions in LEAN's order."""

    def __init__(
        self,
        context: AlgorithmContext,
        transactions: TransactionHandler,
        results: ResultHandler,
        end_of_step: Callable[[], None],
        on_delisted: Callable[[Security], None],
    ) -> None:
        self._context = context
        self._transactions = transactions
        self._results = results
        self.end_of_step = end_of_step
        self._on_delisted = on_delisted

    def apply(self, data: Slice) -> None:
        """Pay dividends, then split positions and open orders."""
        for dividend in dict.values(data.dividends):
            if isinstance(dividend, Dividend):
                self._dividend(dividend)
        for split in dict.values(data.splits):
            if isinstance(split, Split) and split.type is SplitType.SPLIT_OCCURRED:
                self._split(split)

    def _dividend(self, dividend: Dividend) -> None:
        security = self._context.securities.get(dividend.symbol)
        if security is None or self._context.state.is_warming_up:
            return
        self._context.portfolio.apply_dividend(dividend, security, security.data_normalization_mode)

    def _split(self, split: Split) -> None:
        security = self._context.securities.get(split.symbol)
        if security is None or self._context.state.is_warming_up:
            return
        mode = security.data_normalization_mode
        self._context.portfolio.apply_split(split, security, mode)
        if mode is DataNormalizationMode.RAW:
            self._results.trade_builder.apply_split(split.symbol.sid, split.split_factor_)
            for ticket in self._context.transactions.get_open_order_tickets(split.symbol):
                _split_order(ticket, split.split_factor_)

    def delist(self, delisting: Delisting) -> None:
        """Close a delisted position at its last price and cancel what is open."""
        if delisting.type is DelistingType.WARNING:
            return
        security = self._context.securities.all_securities.get(delisting.symbol)
        if security is None:
            return
        security.is_delisted = True
        security.is_tradable = False
        if security.holdings.quantity_ and not self._context.state.is_warming_up:
            self._liquidate(security)
        self._context.transactions.cancel_open_orders(delisting.symbol)
        self._on_delisted(security)

    def _liquidate(self, security: Security) -> None:
        utc = self._context.clock.utc
        quantity = -security.holdings.quantity_
        request = SubmitOrderRequest.of(
            OrderType.MARKET, security.symbol, quantity, utc, _DELISTED_TAG, OrderProperties()
        )
        request.order_id = self._context.transactions.next_order_id()
        order = MarketOrder(security.symbol, quantity, utc, _DELISTED_TAG)
        order.id = request.order_id
        order.price_adjustment_mode = security.data_normalization_mode
        event = OrderEvent(order, utc, OrderStatus.FILLED, _DELISTED_TAG)
        event.fill_price_ = numbers.normalize(security.price_)
        event.fill_quantity_ = quantity
        self._transactions.book_fill(order, event, OrderTicket(self._context.transactions, request))


def _split_order(ticket: OrderTicket, factor: Decimal) -> None:
    """Change an open order of raw prices by a split."""
    order = ticket.order
    if order is None:
        return
    fields = UpdateOrderFields()
    fields.quantity = Decimal(int(order.quantity_ / factor))
    for name, price in order.price_fields().items():
        if name == "trailing_amount" and getattr(order, "trailing_as_percentage", False):
            continue
        setattr(fields, name, price * factor)
    ticket.update(fields)
