"""LEAN's fill model for equities."""

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from minilean import times
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.enums import TickType
from minilean.fills.fill_model import FillModel, NoFillPriceError, waits_for_fresh_data
from minilean.fills.prices import subscribes
from minilean.numbers import add_96_bits
from minilean.orders.order import (
    LimitIfTouchedOrder,
    LimitOrder,
    MarketOnCloseOrder,
    MarketOnOpenOrder,
    MarketOrder,
    Order,
    StopMarketOrder,
)
from minilean.orders.order_event import OrderEvent

if TYPE_CHECKING:
    from minilean.securities.security import Security

ZERO = Decimal(0)


class BestEffortPrice(NamedTuple):
    """The best known price of a side; stale when it is older than the settings allow."""

    price: Decimal
    message: str
    stale_utc: int | None


class EquityFillModel(FillModel):
    """Fills stops and limits by trade bars, gaps at their open, and market orders at the best known quote."""

    def market_fill(self, security: "Security", order: MarketOrder) -> OrderEvent:
        """Fill at the other side of the market; wait for fresh data when it is stale."""
        event = self.event_(security, order)
        if not self.is_exchange_open(security, extended=False):
            return event
        slip = self.slip_(security, order)
        best = self.best_effort_price(security, order)
        if best.stale_utc is not None and waits_for_fresh_data(security, best.stale_utc, order.time_utc):
            return event
        return self.fill_(event, order, add_96_bits(best.price, slip), best.message)

    def limit_fill(self, security: "Security", order: LimitOrder) -> OrderEvent:
        """Fill at the limit when a bar after the order crossed it, at its open when that is better."""
        event = self.event_(security, order)
        bar = self.bar_after_(security, order, extended=security.extended_market_hours)
        if bar is None:
            return event
        limit = order.limit_price_
        buys = order.quantity_ > 0
        if (bar.low_ < limit) if buys else (bar.high_ > limit):
            better = bar.open_ < limit if buys else bar.open_ > limit
            if better:
                return self.fill_(event, order, bar.open_, _gap_text("a favorable", security, bar))
            return self.fill_(event, order, limit)
        return event

    def stop_market_fill(self, security: "Security", order: StopMarketOrder) -> OrderEvent:
        """Fill at the stop when a bar after the order touched it, at its open when it gapped through."""
        event = self.event_(security, order)
        bar = self.bar_after_(security, order, extended=False)
        if bar is None:
            return event
        stop = order.stop_price_
        buys = order.quantity_ > 0
        if (bar.high_ >= stop) if buys else (bar.low_ <= stop):
            slip = self.slip_(security, order)
            gapped = bar.open_ >= stop if buys else bar.open_ <= stop
            if gapped:
                return self.fill_(
                    event, order, add_96_bits(bar.open_, slip), _gap_text("an unfavorable", security, bar)
                )
            return self.fill_(event, order, add_96_bits(stop, slip))
        return event

    def limit_if_touched_fill(self, security: "Security", order: LimitIfTouchedOrder) -> OrderEvent:
        """Arm at the trigger, then fill at the market when it is within the limit."""
        event = self.event_(security, order)
        bar = self.bar_after_(security, order, extended=security.extended_market_hours)
        if bar is None:
            return event
        buys = order.quantity_ > 0
        if order.trigger_touched or (bar.low_ <= order.trigger_price_ if buys else bar.high_ >= order.trigger_price_):
            order.trigger_touched = True
            best = self.best_effort_price(security, order)
            limit = order.limit_price_
            if (best.price <= limit) if buys else (best.price >= limit):
                price = min(best.price, limit) if buys else max(best.price, limit)
                return self.fill_(event, order, price, best.message)
        return event

    def market_on_open_fill(self, security: "Security", order: MarketOnOpenOrder) -> OrderEvent:
        """Fill at the open of the first regular bar that starts after the order, on another session's day."""
        event = self.event_(security, order)
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
        return self.fill_(event, order, add_96_bits(bar.open_, self.slip_(security, order)))

    def market_on_close_fill(self, security: "Security", order: MarketOnCloseOrder) -> OrderEvent:
        """Fill at the last close once the exchange has closed."""
        event = self.event_(security, order)
        hours = security.exchange.market_hours
        placed = hours.time_zone.to_local(order.time_utc)
        if security.local_now < hours.next_market_close(placed, extended=False):
            return event
        slip = self.slip_(security, order)
        bar = security.cache.trade_bar
        if bar is not None and bar.close_:
            return self.fill_(event, order, add_96_bits(bar.close_, slip))
        best = self.best_effort_price(security, order)
        return self.fill_(event, order, add_96_bits(best.price, slip), best.message)

    def bar_after_(self, security: "Security", order: Order, *, extended: bool) -> TradeBar | None:
        """Return the last trade bar if it ended after the order was placed and the exchange is open."""
        if not self.is_exchange_open(security, extended=extended):
            return None
        bar = security.cache.trade_bar
        return bar if bar is not None and bar.end_utc > order.time_utc else None

    def best_effort_price(self, security: "Security", order: Order) -> BestEffortPrice:
        """Return ask for buying and bid for selling: quote bar if recent, else the newer of quote and trade bar.

        Raises:
            NoFillPriceError: There is no data at all.
        """
        placed = security.exchange.market_hours.time_zone.to_local(order.time_utc)
        cutoff = placed - self.stale_price_us_
        zone = security.exchange.market_hours.time_zone.name
        newest: BaseData | None = None
        price, message = ZERO, ""
        quote = security.cache.quote_bar
        if quote is not None and subscribes(security, TickType.QUOTE):
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


def _gap_text(kind: str, security: "Security", bar: TradeBar) -> str:
    when = times.invariant_text(bar.end_local)
    zone = security.exchange.market_hours.time_zone.name
    return f"Due to {kind} gap at {when} {zone}, order filled using the open price ({bar.open_:f})"
