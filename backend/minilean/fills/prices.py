"""The prices that a fill model looks at."""

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from minilean.data.bars import Bar, BaseData, QuoteBar, TradeBar
from minilean.enums import TickType
from minilean.orders.order import Order

if TYPE_CHECKING:
    from minilean.securities.security import Security

ZERO = Decimal(0)


class Prices(NamedTuple):
    """Prices of the side of the market that an order trades against, and the instants its bar spans."""

    start_utc: int
    end_utc: int
    current: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def prices_for(security: "Security", order: Order) -> Prices:
    """Return the quote bar of the side that an order trades against, the trade bar without one."""
    quote = security.cache.quote_bar
    if quote is not None and subscribes(security, TickType.QUOTE):
        side = quote.bid if order.quantity_ < 0 else quote.ask
        if side is not None:
            return _of_bar(security, quote, side)
    bar = security.cache.trade_bar
    if bar is not None and subscribes(security, TickType.TRADE):
        return _of_bar(security, bar, bar)
    last = security.cache.last_data
    start, end = (_start_utc(security, last), last.end_utc) if last is not None else (0, 0)
    current = security.price_
    return Prices(start, end, current, security.open_, security.high_, security.low_, security.close_)


def _of_bar(security: "Security", data: QuoteBar | TradeBar, bar: Bar | TradeBar) -> Prices:
    current = bar.close_
    return Prices(
        _start_utc(security, data), data.end_utc, current, bar.open_ or current, bar.high_ or current,
        bar.low_ or current, current,
    )  # fmt: skip


def _start_utc(security: "Security", data: BaseData) -> int:
    return security.exchange.market_hours.time_zone.to_utc(data.time_local)


def subscribes(security: "Security", tick_type: TickType) -> bool:
    """Tell whether the strategy asked for a kind of data."""
    return any(config.tick_type is tick_type and not config.is_internal for config in security.configs)
