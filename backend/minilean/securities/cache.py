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
        self.last_data: BaseData | None = None

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

    def field(self, name: str) -> Decimal:
        """Return a price of the last trade bar by its name (``open_``), zero without one."""
        bar = self.trade_bar
        value: Decimal = getattr(bar, name) if bar is not None else ZERO
        return value

    @property
    def volume_(self) -> Decimal:
        """Volume of the last trade bar."""
        return self.trade_bar.volume_ if self.trade_bar is not None else ZERO

    @property
    def bid_size_(self) -> Decimal:
        """Last size of the bid."""
        return self.quote_bar.last_bid_size_ if self.quote_bar is not None else ZERO

    @property
    def ask_size_(self) -> Decimal:
        """Last size of the ask."""
        return self.quote_bar.last_ask_size_ if self.quote_bar is not None else ZERO

    def apply_split(self, split: Split) -> None:
        """Divide the cached prices of a raw security by a split."""
        factor = split.split_factor_
        self.price_ *= factor
        self.bid_price_ *= factor
        self.ask_price_ *= factor
        if self.trade_bar is not None:
            self.trade_bar = self.last_data = _split_bar(self.trade_bar, factor)


class PairCache(SecurityCache):
    """Last data of a pair of currencies: trades and quotes both give its prices, of one moment the quotes do.

    The price itself is the last trade of crypto currencies once there is one, whatever the quotes are.
    """

    __slots__ = ("_fields", "_ohlc_utc", "_quote_utc", "_sizes")

    def __init__(self) -> None:
        super().__init__()
        self._fields = dict.fromkeys(_PRICES, ZERO)
        self._sizes = [ZERO, ZERO, ZERO]
        self._quote_utc = -1
        self._ohlc_utc = -1

    def store(self, data: BaseData) -> None:
        """Take a new bar."""
        quoted = self._quote_utc == data.end_utc
        if not (quoted and isinstance(data, TradeBar)) or self.last_data is None:
            self.last_data = data
        if isinstance(data, TradeBar):
            self.trade_bar = data
            self.price_ = data.close_
            if data.volume_:
                self._sizes[0] = data.volume_
        elif isinstance(data, QuoteBar):
            self.quote_bar = data
        if isinstance(data, (TradeBar, QuoteBar)) and not (quoted and self._ohlc_utc == data.end_utc):
            self._take_prices(data)
        if isinstance(data, QuoteBar):
            self._take_quotes(data)

    def _take_prices(self, bar: TradeBar | QuoteBar) -> None:
        self._ohlc_utc = bar.end_utc
        fields = self._fields
        for name in _PRICES:
            value = getattr(bar, name)
            if value:
                fields[name] = value
        if bar.close_ and self.trade_bar is None:
            self.price_ = bar.close_

    def _take_quotes(self, bar: QuoteBar) -> None:
        self._quote_utc = bar.end_utc
        if bar.ask is not None and bar.ask.close_:
            self.ask_price_ = bar.ask.close_
        if bar.bid is not None and bar.bid.close_:
            self.bid_price_ = bar.bid.close_
        for index, size in ((1, bar.last_bid_size_), (2, bar.last_ask_size_)):
            if size:
                self._sizes[index] = size

    def field(self, name: str) -> Decimal:
        """Return a price of the last bar by its name (``open_``), zero without one."""
        return self._fields[name]

    @property
    def volume_(self) -> Decimal:
        """Last volume."""
        return self._sizes[0]

    @property
    def bid_size_(self) -> Decimal:
        """Last size of the bid."""
        return self._sizes[1]

    @property
    def ask_size_(self) -> Decimal:
        """Last size of the ask."""
        return self._sizes[2]


_PRICES = ("open_", "high_", "low_", "close_")


def _split_bar(bar: TradeBar, factor: Decimal) -> TradeBar:
    copy = bar.filled_forward(bar.time_local, bar.end_local, bar.end_utc)
    copy.is_fill_forward = bar.is_fill_forward
    copy.open_, copy.high_ = bar.open_ * factor, bar.high_ * factor
    copy.low_, copy.close_ = bar.low_ * factor, bar.close_ * factor
    copy.volume_ = bar.volume_ / factor
    return copy
