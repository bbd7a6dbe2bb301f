"""LEAN's fill models for equities: when an order is executed, and at which price."""

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from minilean import times
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.enums import OrderStatus, OrderType, TickType
from minilean.fills.parameters import Fill
from minilean.fills.slippage import slippage_of
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
from minilean.surface import Surface, model_method

if TYPE_CHECKING:
    from minilean.fills.parameters import FillModelParameters
    from minilean.securities.security import Security

ZERO = Decimal(0)


class Prices(NamedTuple):
    """Prices of the side of the market that an order trades against."""

    end_utc: int
    current: Decimal
    high: Decimal
    low: Decimal


class BestEffortPrice(NamedTuple):
    """The best known price of a side; stale when it is older than the settings allow."""

    price: Decimal
    message: str
    stale_utc: int | None


class NoFillPriceError(ValueError):
    """There is no data to fill an order with."""


class EquityFillModel(Surface):
    """Fills whole orders on the last data of a security."""

    _stale_price_us = times.HOUR

    def fill(self, parameters: "FillModelParameters") -> Fill:
        """Return the execution of an order now, or an event without quantity."""
        self._stale_price_us = parameters.stale_price_us
        order = parameters.order
        method = model_method(self, _METHODS[order.type])
        return Fill(method(parameters.security, order))

    def _event(self, security: "Security", order: Order) -> OrderEvent:
        return OrderEvent(order, security.clock.utc, OrderStatus.NONE if order.status is None else order.status)

    def _fill(self, event: OrderEvent, order: Order, price: Decimal, message: str = "") -> OrderEvent:
        event.status = OrderStatus.FILLED
        event.fill_price_ = price
        event.fill_quantity_ = order.quantity_
        event.message = message
        return event

    def _slip(self, security: "Security", order: Order) -> Decimal:
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

    def market_fill(self, security: "Security", order: MarketOrder) -> OrderEvent:
        """Fill at the other side of the market; wait for fresh data when it is stale."""
        event = self._event(security, order)
        if not self.is_exchange_open(security, extended=False):
            return event
        slip = self._slip(security, order)
        best = self.best_effort_price(security, order)
        if best.stale_utc is not None and _waits_for_fresh_data(security, best.stale_utc, order.time_utc):
            return event
        return self._fill(event, order, best.price + slip, best.message)

    def limit_fill(self, security: "Security", order: LimitOrder) -> OrderEvent:
        """Fill at the limit when a bar after the order crossed it, at its open when that is better."""
        event = self._event(security, order)
        bar = self._bar_after(security, order, extended=security.extended_market_hours)
        if bar is None:
            return event
        limit = order.limit_price_
        buys = order.quantity_ > 0
        if (bar.low_ < limit) if buys else (bar.high_ > limit):
            better = bar.open_ < limit if buys else bar.open_ > limit
            if better:
                return self._fill(event, order, bar.open_, _gap_text("a favorable", security, bar))
            return self._fill(event, order, limit)
        return event

    def stop_market_fill(self, security: "Security", order: StopMarketOrder) -> OrderEvent:
        """Fill at the stop when a bar after the order touched it, at its open when it gapped through."""
        event = self._event(security, order)
        bar = self._bar_after(security, order, extended=False)
        if bar is None:
            return event
        stop = order.stop_price_
        buys = order.quantity_ > 0
        if (bar.high_ >= stop) if buys else (bar.low_ <= stop):
            slip = self._slip(security, order)
            gapped = bar.open_ >= stop if buys else bar.open_ <= stop
            if gapped:
                return self._fill(event, order, bar.open_ + slip, _gap_text("an unfavorable", security, bar))
            return self._fill(event, order, stop + slip)
        return event

    def stop_limit_fill(self, security: "Security", order: StopLimitOrder) -> OrderEvent:
        """Arm at the stop, then fill between the limit and the extreme of the bar."""
        event = self._event(security, order)
        if not self.is_exchange_open(security, extended=security.extended_market_hours):
            return event
        prices = self.prices(security, order)
        if prices.end_utc <= order.time_utc:
            return event
        buys = order.quantity_ > 0
        if order.stop_triggered or (prices.high > order.stop_price_ if buys else prices.low < order.stop_price_):
            order.stop_triggered = True
            limit = order.limit_price_
            if buys and prices.current < limit:
                return self._fill(event, order, min(prices.high, limit))
            if not buys and prices.current > limit:
                return self._fill(event, order, max(prices.low, limit))
        return event

    def trailing_stop_fill(self, security: "Security", order: TrailingStopOrder) -> OrderEvent:
        """Fill at the worse of stop and market when the stop was touched, else move the stop."""
        event = self._event(security, order)
        if not self.is_exchange_open(security, extended=False):
            return event
        prices = self.prices(security, order)
        if prices.end_utc <= order.time_utc:
            return event
        slip = self._slip(security, order)
        stop = order.stop_price_
        if order.quantity_ > 0:
            if prices.high >= stop:
                return self._fill(event, order, max(stop, prices.current + slip))
            order.trail(prices.low)
        else:
            if prices.low <= stop:
                return self._fill(event, order, min(stop, prices.current + slip))
            order.trail(prices.high)
        return event

    def limit_if_touched_fill(self, security: "Security", order: LimitIfTouchedOrder) -> OrderEvent:
        """Arm at the trigger, then fill at the market when it is within the limit."""
        event = self._event(security, order)
        bar = self._bar_after(security, order, extended=security.extended_market_hours)
        if bar is None:
            return event
        buys = order.quantity_ > 0
        if order.trigger_touched or (bar.low_ <= order.trigger_price_ if buys else bar.high_ >= order.trigger_price_):
            order.trigger_touched = True
            best = self.best_effort_price(security, order)
            limit = order.limit_price_
            if (best.price <= limit) if buys else (best.price >= limit):
                price = min(best.price, limit) if buys else max(best.price, limit)
                return self._fill(event, order, price, best.message)
        return event

    def market_on_open_fill(self, security: "Security", order: MarketOnOpenOrder) -> OrderEvent:
        """Fill at the open of the first regular bar that starts after the order, on another session's day."""
        event = self._event(security, order)
        hours = security.exchange.market_hours
        placed = hours.time_zone.to_local(order.time_utc)
        bar = security.cache.trade_bar
        if bar is None or bar.time_local < placed or placed >= bar.end_local:
            return event
        if bar.period_us < times.HOUR and not hours.is_open(bar.time_local, extended=False):
            return event
        same_day = times.midnight(placed) == times.midnight(bar.end_local)
        if hours.is_open(placed, extended=False) and same_day:
            return event
        if not self.is_exchange_open(security, extended=False):
            return event
        return self._fill(event, order, bar.open_ + self._slip(security, order))

    def market_on_close_fill(self, security: "Security", order: MarketOnCloseOrder) -> OrderEvent:
        """Fill at the last close once the exchange has closed."""
        event = self._event(security, order)
        hours = security.exchange.market_hours
        placed = hours.time_zone.to_local(order.time_utc)
        if security.local_now < hours.next_market_close(placed, extended=False):
            return event
        slip = self._slip(security, order)
        bar = security.cache.trade_bar
        if bar is not None and bar.close_:
            return self._fill(event, order, bar.close_ + slip)
        best = self.best_effort_price(security, order)
        return self._fill(event, order, best.price + slip, best.message)

    def _bar_after(self, security: "Security", order: Order, *, extended: bool) -> TradeBar | None:
        """Return the last trade bar if it ended after the order was placed and the exchange is open."""
        if not self.is_exchange_open(security, extended=extended):
            return None
        bar = security.cache.trade_bar
        return bar if bar is not None and bar.end_utc > order.time_utc else None

    def prices(self, security: "Security", order: Order) -> Prices:
        """Return the quote bar of the side that the order trades against, the trade bar without one."""
        quote = security.cache.quote_bar
        if quote is not None and _subscribes(security, TickType.QUOTE):
            side = quote.bid if order.quantity_ < 0 else quote.ask
            if side is not None:
                return Prices(quote.end_utc, side.close_, side.high_, side.low_)
        bar = security.cache.trade_bar
        if bar is not None:
            return Prices(bar.end_utc, bar.close_, bar.high_, bar.low_)
        return Prices(0, security.price_, security.high_, security.low_)

    def best_effort_price(self, security: "Security", order: Order) -> BestEffortPrice:
        """Return ask for buying and bid for selling: quote bar if recent, else the newer of quote and trade bar.

        Raises:
            NoFillPriceError: There is no data at all.
        """
        placed = security.exchange.market_hours.time_zone.to_local(order.time_utc)
        cutoff = placed - self._stale_price_us
        zone = security.exchange.market_hours.time_zone.name
        newest: BaseData | None = None
        price, message = ZERO, ""
        quote = security.cache.quote_bar
        if quote is not None and _subscribes(security, TickType.QUOTE):
            price = _side_price(quote, buys=order.quantity_ > 0)
            if quote.end_local >= cutoff:
                return BestEffortPrice(price, "", None)
            newest = quote
            when = times.invariant_text(quote.end_local)
            message = f"Warning: fill at stale price ({when} {zone}), using QuoteBar data."
        bar = security.cache.trade_bar
        if bar is not None and (newest is None or bar.end_local > newest.end_local):
            when = times.invariant_text(bar.end_local)
            message = f"Warning: No quote information available at {when} {zone}, order filled using TradeBar data"
            if bar.end_local >= cutoff:
                return BestEffortPrice(bar.close_, message, None)
            newest, price = bar, bar.close_
        if newest is None:
            side = "ask" if order.quantity_ > 0 else "bid"
            raise NoFillPriceError(
                f"Cannot get {side} price to perform fill for {security.symbol} because no market data was found."
            )
        return BestEffortPrice(price, message, newest.end_utc)


def _side_price(quote: QuoteBar, *, buys: bool) -> Decimal:
    side = quote.ask if buys else quote.bid
    return side.close_ if side is not None else quote.close_


def _subscribes(security: "Security", tick_type: TickType) -> bool:
    return any(config.tick_type is tick_type for config in security.configs)


def _waits_for_fresh_data(security: "Security", data_utc: int, order_utc: int) -> bool:
    finest = min(config.increment for config in security.configs)
    return finest >= times.HOUR or order_utc - data_utc > finest


def _gap_text(kind: str, security: "Security", bar: TradeBar) -> str:
    when = times.invariant_text(bar.end_local)
    zone = security.exchange.market_hours.time_zone.name
    return f"Due to {kind} gap at {when} {zone}, order filled using the open price ({bar.open_:f})"


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
