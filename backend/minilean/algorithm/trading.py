"""Placing orders."""

# ruff: noqa: PLR0917, FBT001 - LEAN's signatures

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from minilean.algorithm.order_checks import refusal_by_currencies, require_open_and_close, require_tradable
from minilean.algorithm.portfolio_target import PortfolioTarget, order_quantity_for
from minilean.algorithm.surface import AlgorithmPart
from minilean.enums import OrderResponseErrorCode, OrderType
from minilean.orders.order import MarketOnCloseOrder, TrailingStopOrder
from minilean.orders.order_ticket import OrderTicket
from minilean.orders.requests import OrderProperties, SubmitOrderRequest
from minilean.orders.time_in_force import GOOD_TIL_CANCELED, GoodTilDateTimeInForce
from minilean.orders.transaction_handler import warming_up_message
from minilean.securities.buying_power import zero_price_message
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import decimal_argument, double_argument, no_method_matches

ZERO = Decimal(0)
Code = OrderResponseErrorCode
_OPEN_WARNING = (
    "Warning: market orders submitted while the market is closed are automatically converted into MarketOnOpen orders "
    "to fill at the next market open."
)
_DAILY_WARNING = (
    "Warning: market orders on daily resolution data sent during market hours are automatically converted into "
    "MarketOnClose orders (or MarketOnOpen near the close) to avoid filling at the stale previous close. Note: in live "
    "trading this conversion is not applied, as the order fills at the current market price."
)
_GTD_WARNING = (
    "Warning: Good-Til-Date Time-In-Force is not supported for MOO and MOC orders. "
    "The time-in-force will be reset to Good-Til-Canceled (GTC)."
)


class TradingPart(AlgorithmPart):
    """Orders by type, ``set_holdings`` and ``liquidate``."""

    def warn_once(self, message: str) -> None:
        """Send a debug message the first time it comes up."""
        sent = self.__dict__.setdefault("_warnings", set())
        if message not in sent:
            sent.add(message)
            self.debug(message)

    @property
    def default_order_properties(self) -> OrderProperties:
        """Properties of orders that are given none."""
        return self._context.default_order_properties

    @default_order_properties.setter
    def default_order_properties(self, value: OrderProperties) -> None:
        self._context.default_order_properties = value

    def buy(self, symbol: object, quantity: object) -> OrderTicket:
        """Buy at the market."""
        return self.market_order(symbol, abs(double_argument(quantity, "Buy")))

    def sell(self, symbol: object, quantity: object) -> OrderTicket:
        """Sell at the market."""
        return self.market_order(symbol, -abs(double_argument(quantity, "Sell")))

    def order(
        self,
        symbol: object,
        quantity: object,
        asynchronous: bool = False,  # noqa: FBT002 - LEAN's signature
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy or sell at the market."""
        return self.market_order(symbol, quantity, asynchronous, tag, order_properties)

    def market_order(
        self,
        symbol: object,
        quantity: object,
        asynchronous: bool = False,  # noqa: FBT002
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Buy or sell at the market: at the next open when it is closed, at the close on daily data."""
        _check("MarketOrder", asynchronous, tag)
        security = self.security_of(symbol)
        amount = double_argument(quantity, "MarketOrder")
        if not security.exchange.exchange_open:
            ticket = self.market_on_open_order(security.symbol, amount, asynchronous, tag, order_properties)
            if ticket.submit_request.response.is_success:
                self.warn_once(_OPEN_WARNING)
            return ticket
        if security.only_daily and not security.exchange.market_hours.is_always_open:
            late = self._too_late_for_close(security)
            place = self.market_on_open_order if late else self.market_on_close_order
            ticket = place(security.symbol, amount, asynchronous, tag, order_properties)
            if ticket.submit_request.response.is_success:
                self.warn_once(_DAILY_WARNING)
            return ticket
        return self._submit(OrderType.MARKET, security, amount, tag, order_properties, asynchronous=asynchronous)

    def market_on_open_order(
        self,
        symbol: object,
        quantity: object,
        asynchronous: bool = False,  # noqa: FBT002
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Trade at the next open."""
        _check("MarketOnOpenOrder", asynchronous, tag)
        properties = self._without_date(order_properties)
        security = self.security_of(symbol)
        return self._submit(
            OrderType.MARKET_ON_OPEN, security, double_argument(quantity, "MarketOnOpenOrder"), tag, properties,
            asynchronous=asynchronous,
        )  # fmt: skip

    def market_on_close_order(
        self,
        symbol: object,
        quantity: object,
        asynchronous: bool = False,  # noqa: FBT002
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Trade at the next close."""
        _check("MarketOnCloseOrder", asynchronous, tag)
        properties = self._without_date(order_properties)
        security = self.security_of(symbol)
        return self._submit(
            OrderType.MARKET_ON_CLOSE, security, double_argument(quantity, "MarketOnCloseOrder"), tag, properties,
            asynchronous=asynchronous,
        )  # fmt: skip

    def limit_order(
        self,
        symbol: object,
        quantity: object,
        limit_price: object,
        asynchronous: bool = False,  # noqa: FBT002
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Trade at a limit or better."""
        _check("LimitOrder", asynchronous, tag)
        return self._submit(
            OrderType.LIMIT, self.security_of(symbol), double_argument(quantity, "LimitOrder"), tag, order_properties,
            limit_price=decimal_argument(limit_price, "LimitOrder"), asynchronous=asynchronous,
        )  # fmt: skip

    def stop_market_order(
        self,
        symbol: object,
        quantity: object,
        stop_price: object,
        asynchronous: bool = False,  # noqa: FBT002
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Trade at the market once a stop is touched."""
        _check("StopMarketOrder", asynchronous, tag)
        return self._submit(
            OrderType.STOP_MARKET, self.security_of(symbol), double_argument(quantity, "StopMarketOrder"), tag,
            order_properties, stop_price=decimal_argument(stop_price, "StopMarketOrder"), asynchronous=asynchronous,
        )  # fmt: skip

    def stop_limit_order(
        self,
        symbol: object,
        quantity: object,
        stop_price: object,
        limit_price: object,
        asynchronous: bool = False,  # noqa: FBT002
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Trade at a limit once a stop is touched."""
        _check("StopLimitOrder", asynchronous, tag)
        return self._submit(
            OrderType.STOP_LIMIT, self.security_of(symbol), double_argument(quantity, "StopLimitOrder"), tag,
            order_properties, stop_price=decimal_argument(stop_price, "StopLimitOrder"),
            limit_price=decimal_argument(limit_price, "StopLimitOrder"), asynchronous=asynchronous,
        )  # fmt: skip

    def limit_if_touched_order(
        self,
        symbol: object,
        quantity: object,
        trigger_price: object,
        limit_price: object,
        asynchronous: bool = False,  # noqa: FBT002
        tag: str = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Trade at a limit once a trigger is touched."""
        _check("LimitIfTouchedOrder", asynchronous, tag)
        return self._submit(
            OrderType.LIMIT_IF_TOUCHED, self.security_of(symbol), double_argument(quantity, "LimitIfTouchedOrder"),
            tag, order_properties, trigger_price=decimal_argument(trigger_price, "LimitIfTouchedOrder"),
            limit_price=decimal_argument(limit_price, "LimitIfTouchedOrder"), asynchronous=asynchronous,
        )  # fmt: skip

    def trailing_stop_order(self, symbol: object, quantity: object, *rest: Any, **keywords: Any) -> OrderTicket:  # noqa: ANN401
        """Trade once a stop that follows the market is touched; a first stop price may come before the amount."""
        parts = list(rest)
        stop = keywords.pop("stop_price", None)
        has_stop = stop is None and len(parts) > 2 and isinstance(parts[2], bool) and not isinstance(parts[1], bool)
        if has_stop:
            stop = parts.pop(0)
        values = dict(
            zip(
                ("trailing_amount", "trailing_as_percentage", "asynchronous", "tag", "order_properties"),
                parts,
                strict=False,
            )
        )
        values.update(keywords)
        if "trailing_amount" not in values or not isinstance(values.get("trailing_as_percentage"), bool):
            raise no_method_matches("TrailingStopOrder", symbol, quantity, *rest)
        _check("TrailingStopOrder", values.get("asynchronous", False), values.get("tag", ""))
        security = self.security_of(symbol)
        amount = double_argument(quantity, "TrailingStopOrder")
        trailing = decimal_argument(values["trailing_amount"], "TrailingStopOrder")
        percentage: bool = values["trailing_as_percentage"]
        probe = TrailingStopOrder(
            security.symbol, amount, ZERO, 0, trailing_amount=trailing, trailing_as_percentage=percentage
        )
        price = probe.initial_stop(security.price_) if stop is None else decimal_argument(stop, "TrailingStopOrder")
        return self._submit(
            OrderType.TRAILING_STOP, security, amount, values.get("tag", ""), values.get("order_properties"),
            stop_price=price, trailing_amount=trailing, trailing_as_percentage=percentage,
            asynchronous=values.get("asynchronous", False),
        )  # fmt: skip

    def _without_date(self, properties: OrderProperties | None) -> OrderProperties:
        used = properties if properties is not None else self.default_order_properties.clone()
        if isinstance(used.time_in_force, GoodTilDateTimeInForce):
            used.time_in_force = GOOD_TIL_CANCELED
            self.warn_once(_GTD_WARNING)
        return used

    def _submit(
        self,
        order_type: OrderType,
        security: Security,
        quantity: Decimal,
        tag: str | None,
        properties: OrderProperties | None,
        **prices: Any,  # noqa: ANN401 - prices of the order's type
    ) -> OrderTicket:
        require_tradable(security)
        used = properties if properties is not None else self.default_order_properties.clone()
        request = SubmitOrderRequest.of(
            order_type, security.symbol, quantity, self._context.clock.utc, tag or "", used, **prices
        )
        refusal = self._refusal(request, security)
        if refusal is None:
            return self._context.transactions.add_order(request)
        code, message = refusal
        request.respond(code, message)
        self.error(message)
        return OrderTicket(self._context.transactions, request).invalidate()

    def _refusal(self, request: SubmitOrderRequest, security: Security) -> tuple[OrderResponseErrorCode, str] | None:
        """Check what LEAN checks before an order exists; return why it is refused."""
        lot = security.properties.lot_size_
        if self._context.state.is_warming_up:
            return Code.ALGORITHM_WARMING_UP, warming_up_message("Submit")
        if request.quantity_ == 0:
            return (
                Code.ORDER_QUANTITY_ZERO,
                f"Unable to submit order with id {int(request.order_id)} that has zero quantity.",
            )
        if abs(request.quantity_) < lot:
            return Code.ORDER_QUANTITY_LESS_THAN_LOT_SIZE, (
                f"Unable to submit order with id {int(request.order_id)} which quantity ({abs(request.quantity_):f}) "
                f"is less than lot size ({lot:f})."
            )
        if not security.is_tradable:
            return (
                Code.NON_TRADABLE_SECURITY,
                f"The security with symbol '{security.symbol}' is marked as non-tradable.",
            )
        if security.price_ == 0:
            return Code.SECURITY_PRICE_ZERO, zero_price_message(security)
        return refusal_by_currencies(security) or self._refusal_by_time(request.order_type, security)

    def _refusal_by_time(self, order_type: OrderType, security: Security) -> tuple[OrderResponseErrorCode, str] | None:
        if order_type in {OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE}:
            require_open_and_close(order_type, security)
        if order_type is OrderType.MARKET_ON_OPEN and security.exchange.exchange_open and not security.only_daily:
            text = "Cannot submit a MarketOnOpen order while the market is open."
            return Code.MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS, text
        if order_type is OrderType.MARKET_ON_CLOSE and self._too_late_for_close(security):
            buffer = MarketOnCloseOrder.submission_time_buffer
            return Code.MARKET_ON_CLOSE_ORDER_TOO_LATE, (
                f"MarketOnClose orders must be placed within {_span_text(buffer)} before market close. Override this "
                "TimeSpan buffer by setting Orders.MarketOnCloseOrder.SubmissionTimeBuffer in QCAlgorithm.Initialize()."
            )
        return None

    def _too_late_for_close(self, security: Security) -> bool:
        hours = security.exchange.market_hours
        close = hours.next_market_close(security.local_now, extended=False)
        return self._context.clock.utc > hours.time_zone.to_utc(close) - MarketOnCloseOrder.buffer_us

    def liquidate(
        self,
        symbol: Any = None,  # noqa: ANN401 - a symbol, several, or none for all
        asynchronous: Any = False,  # noqa: ANN401, FBT002 - LEAN's overload takes the tag here
        tag: str | None = None,
        order_properties: OrderProperties | None = None,
    ) -> list[Any]:
        """Cancel open orders and close positions, of one symbol or of all."""
        if isinstance(asynchronous, str):
            asynchronous, tag = False, asynchronous
        context = self._context
        if not context.settings.liquidate_enabled:
            self.debug(
                "Liquidate() is currently disabled by settings. "
                "To re-enable please set 'Settings.LiquidateEnabled' to true"
            )
            return []
        if symbol is None:
            symbols: Iterable[Any] = sorted(dict.keys(context.securities), key=lambda each: each.value)
        elif isinstance(symbol, (list, tuple, set)):
            symbols = symbol
        else:
            symbols = [symbol]
        tickets = []
        for each in symbols:
            ticket = self._liquidate_one(
                self.symbol_of(each), "Liquidated" if tag is None else tag, order_properties, asynchronous=asynchronous
            )
            if ticket is not None:
                tickets.append(ticket)
        return tickets

    def _liquidate_one(
        self, symbol: Symbol, tag: str, properties: OrderProperties | None, *, asynchronous: bool = False
    ) -> OrderTicket | None:
        context = self._context
        if symbol not in context.securities:
            self.warn_once(
                f"Warning: liquidate ignored symbol '{symbol}' because it has not been added to the algorithm. "
                "Add the security before liquidating it."
            )
            return None
        holdings = context.securities[symbol].holdings
        quantity = holdings.quantity_ if holdings.invested else ZERO
        tickets = context.transactions.get_open_order_tickets(symbol)
        single = len(tickets) == 1 and tickets[0].order_type is OrderType.MARKET
        if single and quantity and tickets[0].quantity_ == -quantity:
            return None
        pending = ZERO
        for ticket in tickets:
            if ticket.order_type is OrderType.MARKET:
                pending += ticket.quantity_remaining_
            else:
                context.transactions.cancel_order(ticket.order_id, tag)
        if not quantity:
            return None
        return self.market_order(symbol, -quantity - pending, asynchronous, tag, properties)

    def set_holdings(
        self,
        symbol: Any = None,  # noqa: ANN401 - a symbol, or a list of targets
        percentage: Any = None,  # noqa: ANN401 - a fraction; with targets the flag to liquidate
        liquidate_existing_holdings: bool = False,  # noqa: FBT002 - LEAN's signature
        asynchronous: bool = False,  # noqa: FBT002
        tag: str | None = None,
        order_properties: OrderProperties | None = None,
        *,
        targets: Any = None,  # noqa: ANN401 - LEAN's name of the list
    ) -> list[Any]:
        """Bring a position to a fraction of the portfolio's value, or several at once."""
        symbol = targets if symbol is None else symbol
        if isinstance(symbol, PortfolioTarget):
            symbol = [symbol]
        if isinstance(symbol, (list, tuple)):
            liquidates = bool(percentage) or liquidate_existing_holdings
            return self._set_all(list(symbol), liquidates, tag, order_properties, asynchronous=asynchronous)
        _check("SetHoldings", asynchronous, tag or "")
        target = self.symbol_of(symbol)
        fraction = double_argument(percentage, "SetHoldings")
        quantity = order_quantity_for(self, target, fraction)
        tickets = []
        if liquidate_existing_holdings:
            tickets = self._liquidate_others({target}, tag, order_properties)
        return tickets + self._order_to_holdings(
            target, quantity or ZERO, tag, order_properties, asynchronous=asynchronous
        )

    def _liquidate_others(self, kept: set[Symbol], tag: str | None, properties: OrderProperties | None) -> list[Any]:
        others = [symbol for symbol in dict.keys(self._context.portfolio) if symbol not in kept]
        others.sort(key=lambda each: each.value)
        return self.liquidate(others, tag=tag, order_properties=properties)

    def _set_all(
        self,
        targets: list[PortfolioTarget],
        liquidates: bool,
        tag: str | None,
        properties: OrderProperties | None,
        *,
        asynchronous: bool,
    ) -> list[Any]:
        tickets: list[Any] = []
        if liquidates:
            tickets = self._liquidate_others({target.symbol for target in targets}, tag, properties)
        if self._context.state.is_warming_up:
            return tickets
        deltas = [(t.symbol, order_quantity_for(self, t.symbol, t.quantity_) or ZERO) for t in targets]
        for symbol, quantity in self._by_margin_impact(deltas):
            tickets += self._order_to_holdings(symbol, quantity, tag, properties, asynchronous=asynchronous)
        return tickets

    def _by_margin_impact(self, deltas: list[tuple[Symbol, Decimal]]) -> list[tuple[Symbol, Decimal]]:
        """Sort orders: those that reduce a position first, then the greater ones."""
        context = self._context
        ranked = []
        for symbol, quantity in deltas:
            security = context.securities[symbol]
            lot = security.properties.lot_size_
            whole = quantity - quantity % lot
            if not (security.has_data and security.is_tradable and abs(whole) >= lot):
                continue
            pending = sum((t.quantity_remaining_ for t in context.transactions.get_open_order_tickets(symbol)), ZERO)
            held = security.holdings.quantity_ + pending
            reduces = held != 0 and abs(whole + held) < abs(held)
            ranked.append(((not reduces, -abs(whole * security.price_)), (symbol, quantity)))
        ranked.sort(key=lambda pair: pair[0])
        return [pair[1] for pair in ranked]

    def _order_to_holdings(
        self,
        symbol: Symbol,
        quantity: Decimal,
        tag: str | None,
        properties: OrderProperties | None,
        *,
        asynchronous: bool,
    ) -> list[Any]:
        context = self._context
        waiting = (OrderType.MARKET, OrderType.MARKET_ON_OPEN)
        tickets = [t for t in context.transactions.get_open_order_tickets(symbol) if t.order_type in waiting]
        quantity -= sum((ticket.quantity_remaining_ for ticket in tickets), ZERO)
        if not quantity:
            return []
        if symbol not in context.securities:
            self.error(f"{symbol} not found in portfolio. Request this data when initializing the algorithm.")
            return []
        open_now = context.securities[symbol].exchange.exchange_open
        place = self.market_order if open_now else self.market_on_open_order
        return [place(symbol, quantity, asynchronous, tag or "", properties)]

    def calculate_order_quantity(self, symbol: object, target: object) -> float:
        """Return the order that brings a position to a fraction of the portfolio's value."""
        quantity = order_quantity_for(self, self.symbol_of(symbol), double_argument(target, "CalculateOrderQuantity"))
        return float(quantity or ZERO)

    def set_maximum_orders(self, maximum: int) -> None:
        """Limit the number of orders; back-tests have no limit."""


_FLAG_PLACES = {
    "MarketOrder": 3,
    "MarketOnOpenOrder": 3,
    "MarketOnCloseOrder": 3,
    "LimitOrder": 4,
    "StopMarketOrder": 4,
    "SetHoldings": 4,
    "StopLimitOrder": 5,
    "LimitIfTouchedOrder": 5,
    "TrailingStopOrder": 5,
}


def _check(method: str, asynchronous: object, tag: object) -> None:
    """Refuse a tag in the place of the flag, as pythonnet does.

    Raises:
        TypeError: A positional argument has the wrong type.
    """
    if not isinstance(asynchronous, bool):
        place = _FLAG_PLACES[method]
        raise TypeError(
            f"Argument mismatch: argument {place} ('asynchronous') expected bool, got {type(asynchronous).__name__}."
        )
    if not (tag is None or isinstance(tag, str)):
        raise no_method_matches(method, asynchronous, tag)


def _span_text(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
