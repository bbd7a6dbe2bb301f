"""LEAN's general fill model: when an order is executed, and at which price. Forex and crypto use it as it is."""

from decimal import Decimal
from typing import TYPE_CHECKING

from minilean import numbers, times
from minilean.enums import OrderStatus, OrderType, TickType
from minilean.fills.parameters import Fill, FillModelParameters
from minilean.fills.prices import Prices, prices_for, subscribes
from minilean.fills.slippage import slippage_of
from minilean.numbers import add_96_bits
from minilean.orders.order import (
    LimitIfTouchedOrder,
    LimitOrder,
    MarketOnCloseOrder,
    MarketOnOpenOrder,
    MarketOrder,
    Order,
    StopLimitOrder,
    StopMarketOrder,
    TrailingStopOrder,
)
from minilean.orders.order_event import OrderEvent
from minilean.surface import Model, model_method

if TYPE_CHECKING:
    from minilean.securities.security import Security

ZERO = Decimal(0)


class NoFillPriceError(ValueError):
    """There is no data to fill an order with."""


class NeverClosesError(ValueError):
    """An order for the open or the close of a market that has none."""


class FillModel(Model):
    """Fills whole orders on the last data of a security; strategies derive from it and its kin."""

    stale_price_us_ = times.HOUR

    def fill(self, parameters: FillModelParameters) -> Fill:
        """Return the execution of an order now, or an event without quantity."""
        self.stale_price_us_ = parameters.stale_price_us
        order = parameters.order
        method = model_method(self, _METHODS[order.type])
        return Fill(method(parameters.security, order))

    def event_(self, security: "Security", order: Order) -> OrderEvent:
        """Return the event of an order that does not fill."""
        return OrderEvent(order, security.clock.utc, OrderStatus.NONE if order.status is None else order.status)

    def fill_(self, event: OrderEvent, order: Order, price: Decimal, message: str = "") -> OrderEvent:
        """Make an event that of a fill of all that is left."""
        event.status = OrderStatus.FILLED
        event.fill_price_ = numbers.normalize(price)
        event.fill_quantity_ = order.quantity_
        event.message = message
        return event

    def slip_(self, security: "Security", order: Order) -> Decimal:
        """Return what slippage adds to the price of an order."""
        slippage = slippage_of(security, order)
        return slippage if order.quantity_ > 0 else -slippage

    def is_exchange_open(self, security: "Security", *, extended: bool) -> bool:
        """Tell whether the exchange is open, or was during the bar that has just ended."""
        hours = security.exchange.market_hours
        now = security.local_now
        if hours.is_open(now, extended=extended):
            return True
        bar = security.cache.last_data
        if bar is None:
            return False
        same_day = now - now % times.DAY == bar.end_local - bar.end_local % times.DAY
        current = same_day if bar.period_us > times.HOUR else now <= bar.end_local
        return current and hours.is_open_during(bar.time_local, bar.end_local, extended=extended)

    def prices_after_(self, security: "Security", order: Order, *, extended: bool) -> Prices | None:
        """Return the prices of a bar that ended after the order was placed, if the exchange is open."""
        if not self.is_exchange_open(security, extended=extended):
            return None
        prices = prices_for(security, order)
        return prices if prices.end_utc > order.time_utc else None

    def market_fill(self, security: "Security", order: MarketOrder) -> OrderEvent:
        """Fill at the other side of the market; wait for fresh data when it is stale."""
        event = self.event_(security, order)
        if not self.is_exchange_open(security, extended=False):
            return event
        prices = prices_for(security, order)
        message = ""
        if prices.end_utc + self.stale_price_us_ < order.time_utc:
            if waits_for_fresh_data(security, prices.end_utc, order.time_utc):
                return event
            message = _stale_text(security, prices)
        waited = prices.open and coarse(security) and order.time_utc <= prices.start_utc
        price = prices.open if waited else prices.current
        return self.fill_(event, order, add_96_bits(price, self.slip_(security, order)), message)

    def limit_fill(self, security: "Security", order: LimitOrder) -> OrderEvent:
        """Fill when a bar after the order crossed the limit, at the worse of limit and extreme."""
        event = self.event_(security, order)
        prices = self.prices_after_(security, order, extended=security.extended_market_hours)
        if prices is None:
            return event
        limit = order.limit_price_
        if order.quantity_ > 0:
            return self.fill_(event, order, min(prices.high, limit)) if prices.low < limit else event
        return self.fill_(event, order, max(prices.low, limit)) if prices.high > limit else event

    def stop_market_fill(self, security: "Security", order: StopMarketOrder) -> OrderEvent:
        """Fill at the worse of stop and market when a bar after the order crossed the stop."""
        event = self.event_(security, order)
        prices = self.prices_after_(security, order, extended=False)
        if prices is None:
            return event
        stop, slip = order.stop_price_, self.slip_(security, order)
        if order.quantity_ > 0:
            return (
                self.fill_(event, order, max(stop, add_96_bits(prices.current, slip))) if prices.high > stop else event
            )
        return self.fill_(event, order, min(stop, add_96_bits(prices.current, slip))) if prices.low < stop else event

    def stop_limit_fill(self, security: "Security", order: StopLimitOrder) -> OrderEvent:
        """Arm at the stop, then fill between the limit and the extreme of the bar."""
        event = self.event_(security, order)
        prices = self.prices_after_(security, order, extended=security.extended_market_hours)
        if prices is None:
            return event
        buys = order.quantity_ > 0
        if order.stop_triggered or (prices.high > order.stop_price_ if buys else prices.low < order.stop_price_):
            order.stop_triggered = True
            limit = order.limit_price_
            if buys and prices.current < limit:
                return self.fill_(event, order, min(prices.high, limit))
            if not buys and prices.current > limit:
                return self.fill_(event, order, max(prices.low, limit))
        return event

    def trailing_stop_fill(self, security: "Security", order: TrailingStopOrder) -> OrderEvent:
        """Fill at the worse of stop and market when the stop was touched, else move the stop."""
        event = self.event_(security, order)
        prices = self.prices_after_(security, order, extended=False)
        if prices is None:
            return event
        slip = self.slip_(security, order)
        stop = order.stop_price_
        if order.quantity_ > 0:
            if prices.high >= stop:
                return self.fill_(event, order, max(stop, add_96_bits(prices.current, slip)))
            order.trail(prices.low)
        else:
            if prices.low <= stop:
                return self.fill_(event, order, min(stop, add_96_bits(prices.current, slip)))
            order.trail(prices.high)
        return event

    def limit_if_touched_fill(self, security: "Security", order: LimitIfTouchedOrder) -> OrderEvent:
        """Arm when a trade touched the trigger, then fill at the limit when the near side of the market allows it."""
        event = self.event_(security, order)
        bar = security.cache.trade_bar
        if bar is None or not subscribes(security, TickType.TRADE) or bar.end_utc <= order.time_utc:
            return event
        if not self.is_exchange_open(security, extended=security.extended_market_hours):
            return event
        buys = order.quantity_ > 0
        if order.trigger_touched or (bar.low_ <= order.trigger_price_ if buys else bar.high_ >= order.trigger_price_):
            order.trigger_touched = True
            near = _side_price(security, ask=not buys)
            limit = order.limit_price_
            if (near <= limit) if buys else (near >= limit):
                return self.fill_(event, order, limit)
        return event

    def market_on_open_fill(self, security: "Security", order: MarketOnOpenOrder) -> OrderEvent:
        """Fill at the open of the first bar that ends after the order, in another session when it was open."""
        _require_closing(security)
        event = self.event_(security, order)
        hours = security.exchange.market_hours
        placed = hours.time_zone.to_local(order.time_utc)
        bar = security.cache.last_data
        if bar is None or placed >= bar.end_local:
            return event
        same_day = times.midnight(placed) == times.midnight(security.local_now)
        if hours.is_open(placed, extended=False) and same_day:
            return event
        if not self.is_exchange_open(security, extended=False):
            return event
        return self.fill_(event, order, add_96_bits(prices_for(security, order).open, self.slip_(security, order)))

    def market_on_close_fill(self, security: "Security", order: MarketOnCloseOrder) -> OrderEvent:
        """Fill at the last close once the exchange has closed."""
        _require_closing(security)
        event = self.event_(security, order)
        hours = security.exchange.market_hours
        placed = hours.time_zone.to_local(order.time_utc)
        if security.local_now < hours.next_market_close(placed, extended=False):
            return event
        return self.fill_(event, order, add_96_bits(prices_for(security, order).close, self.slip_(security, order)))


class ImmediateFillModel(FillModel):
    """LEAN's name of the general model."""


def coarse(security: "Security") -> bool:
    """Tell whether all data that the strategy sees is hourly or daily."""
    seen = [config.increment for config in security.configs if not config.is_internal]
    return bool(seen) and min(seen) >= times.HOUR


def waits_for_fresh_data(security: "Security", data_utc: int, order_utc: int) -> bool:
    """Tell whether an order waits for a new bar instead of trading at a stale price."""
    finest = min(config.increment for config in security.configs)
    return coarse(security) or order_utc - data_utc > finest


def _side_price(security: "Security", *, ask: bool) -> Decimal:
    """Return ask or bid of the last quote, the last trade without one.

    Raises:
        NoFillPriceError: There is no data at all.
    """
    quote = security.cache.quote_bar
    if quote is not None and subscribes(security, TickType.QUOTE):
        side = quote.ask if ask else quote.bid
        return side.close_ if side is not None else quote.close_
    bar = security.cache.trade_bar
    if bar is not None and subscribes(security, TickType.TRADE):
        return bar.close_
    name = "ask" if ask else "bid"
    raise NoFillPriceError(
        f"Cannot get {name} price to perform fill for {security.symbol} because no market data was found."
    )


def _require_closing(security: "Security") -> None:
    if security.exchange.market_hours.is_always_open:
        raise NeverClosesError(
            f"Market never closes for this symbol {security.symbol}, can no submit a orderType order."
        )


def _stale_text(security: "Security", prices: Prices) -> str:
    zone = security.exchange.market_hours.time_zone
    return f"Warning: fill at stale price ({times.invariant_text(zone.to_local(prices.end_utc))} {zone.name})"


_METHODS = {
    OrderType.MARKET: "market_fill",
    OrderType.LIMIT: "limit_fill",
    OrderType.STOP_MARKET: "stop_market_fill",
    OrderType.STOP_LIMIT: "stop_limit_fill",
    OrderType.TRAILING_STOP: "trailing_stop_fill",
    OrderType.LIMIT_IF_TOUCHED: "limit_if_touched_fill",
    OrderType.MARKET_ON_OPEN: "market_on_open_fill",
    OrderType.MARKET_ON_CLOSE: "market_on_close_fill",
}
