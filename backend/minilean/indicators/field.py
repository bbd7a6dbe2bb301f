"""``Field``: selects what of a bar an indicator reads."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from minilean.data.bars import BaseData, QuoteBar


class Selector:
    """Reads one exact number of a bar."""

    def __init__(self, name: str, exact: Callable[[Any], Decimal]) -> None:
        self.name = name
        self.exact = exact

    def __call__(self, bar: BaseData) -> float:
        """Return the number as a float."""
        return float(self.exact(bar))


def _quote(name: str, side: str, field: str) -> Selector:
    """Select a price of one side of the market; of other bars than those of quotes it is the value."""

    def read(bar: Any) -> Decimal:  # noqa: ANN401 - any bar
        price: Decimal = getattr(getattr(bar, side), field) if isinstance(bar, QuoteBar) else bar.value_
        return price

    return Selector(name, read)


class Field:
    """LEAN's selectors by name."""

    bid_open = BID_OPEN = BidOpen = _quote("bid_open", "bid", "open_")
    bid_high = BID_HIGH = BidHigh = _quote("bid_high", "bid", "high_")
    bid_low = BID_LOW = BidLow = _quote("bid_low", "bid", "low_")
    bid_close = BID_CLOSE = BidClose = _quote("bid_close", "bid", "close_")
    ask_open = ASK_OPEN = AskOpen = _quote("ask_open", "ask", "open_")
    ask_high = ASK_HIGH = AskHigh = _quote("ask_high", "ask", "high_")
    ask_low = ASK_LOW = AskLow = _quote("ask_low", "ask", "low_")
    ask_close = ASK_CLOSE = AskClose = _quote("ask_close", "ask", "close_")
    bid_price = BID_PRICE = BidPrice = _quote("bid_price", "bid", "close_")
    ask_price = ASK_PRICE = AskPrice = _quote("ask_price", "ask", "close_")

    open = OPEN = Open = Selector("open", lambda bar: bar.open_)
    high = HIGH = High = Selector("high", lambda bar: bar.high_)
    low = LOW = Low = Selector("low", lambda bar: bar.low_)
    close = CLOSE = Close = Selector("close", lambda bar: bar.close_)
    volume = VOLUME = Volume = Selector("volume", lambda bar: bar.volume_)
    average = AVERAGE = Average = Selector("average", lambda bar: (bar.open_ + bar.high_ + bar.low_ + bar.close_) / 4)
    median = MEDIAN = Median = Selector("median", lambda bar: (bar.high_ + bar.low_) / 2)
    typical = TYPICAL = Typical = Selector("typical", lambda bar: (bar.high_ + bar.low_ + bar.close_) / 3)
    weighted = WEIGHTED = Weighted = Selector("weighted", lambda bar: (bar.high_ + bar.low_ + 2 * bar.close_) / 4)
    seven_bar = SEVEN_BAR = SevenBar = Selector(
        "seven_bar", lambda bar: (2 * bar.open_ + bar.high_ + bar.low_ + 3 * bar.close_) / 7
    )
