"""What a security remembers of its data."""

from decimal import Decimal

from minilean.data.bars import BaseData, QuoteBar, Split, TradeBar

ZERO = Decimal(0)


class SecurityCache:
    """Last data of a security; filled-forward bars never change it."""

    __slots__ = ("ask_price_", "bid_price_", "last_data", "price_", "quote_bar", "trade_bar")

    def __init__(self) -> None:
        self.price_ = ZERO
        self.bid_price_ = ZERO
        self.ask_price_ = ZERO
        self.trade_bar: TradeBar | None = None
        self.quote_bar: QuoteBar | None = None
        self.last_data: TradeBar | None = None

    def store(self, data: BaseData) -> None:
        """Take a new bar."""
        if isinstance(data, TradeBar):
            self.trade_bar = self.last_data = data
            if data.close_:
                self.price_ = data.close_
        elif isinstance(data, QuoteBar):
            self.quote_bar = data
            if data.bid is not None and data.bid.close_:
                self.bid_price_ = data.bid.close_
            if data.ask is not None and data.ask.close_:
                self.ask_price_ = data.ask.close_

    def apply_split(self, split: Split) -> None:
        """Divide the cached prices of a raw security by a split."""
        factor = split.split_factor_
        self.price_ *= factor
        self.bid_price_ *= factor
        self.ask_price_ *= factor
        if self.trade_bar is not None:
            self.trade_bar = self.last_data = _split_bar(self.trade_bar, factor)


def _split_bar(bar: TradeBar, factor: Decimal) -> TradeBar:
    copy = bar.filled_forward(bar.time_local, bar.end_local, bar.end_utc)
    copy.is_fill_forward = bar.is_fill_forward
    copy.open_, copy.high_ = bar.open_ * factor, bar.high_ * factor
    copy.low_, copy.close_ = bar.low_ * factor, bar.close_ * factor
    copy.volume_ = bar.volume_ / factor
    return copy
