"""Placing orders by their type."""

# ruff: noqa: PLR0917, FBT001 - LEAN's signatures

from datetime import timedelta
from decimal import Decimal
from typing import Any

from minilean.algorithm.order_checks import (
    refusal_by_currencies,
    require_flag_and_tag,
    require_open_and_close,
    require_tradable,
)
from minilean.algorithm.surface import AlgorithmPart
from minilean.enums import OrderResponseErrorCode, OrderType
from minilean.orders.order import MarketOnCloseOrder, TrailingStopOrder
from minilean.orders.order_ticket import OrderTicket
from minilean.orders.requests import OrderProperties, SubmitOrderRequest
from minilean.orders.texts import warming_up_message
from minilean.orders.time_in_force import GOOD_TIL_CANCELED, GoodTilDateTimeInForce
from minilean.securities.buying_power import zero_price_message
from minilean.securities.security import Security
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
    """Orders by type."""

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
        require_flag_and_tag("MarketOrder", asynchronous, tag)
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
        require_flag_and_tag("MarketOnOpenOrder", asynchronous, tag)
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
        require_flag_and_tag("MarketOnCloseOrder", asynchronous, tag)
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
        require_flag_and_tag("LimitOrder", asynchronous, tag)
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
        require_flag_and_tag("StopMarketOrder", asynchronous, tag)
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
        require_flag_and_tag("StopLimitOrder", asynchronous, tag)
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
        require_flag_and_tag("LimitIfTouchedOrder", asynchronous, tag)
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
        require_flag_and_tag("TrailingStopOrder", values.get("asynchronous", False), values.get("tag", ""))
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


def _span_text(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
