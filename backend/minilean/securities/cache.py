"""What a security remembers of its data."""

from decimal import Decimal
from typing import Any

from minilean.data.auxiliary_data import Split
from minilean.data.bars import BaseData, QuoteBar, TradeBar

ZERO = Decimal(0)


class SecurityCache:
    """Last data of a security; filled-forward bars never change it.

    Quotes are decoded when bid or ask is asked for, which few steps do.
    """

    __slots__ = (
        "_ask_price", "_bid_price", "_new_quote", "_rows", "last_data", "price_", "quote_bar", "trade_bar",
    )  # fmt: skip

    def __init__(self) -> None:
        self.price_ = ZERO
        self._bid_price = ZERO
        self._ask_price = ZERO
        self._new_quote: QuoteBar | None = None
        self.trade_bar: TradeBar | None = None
        self.quote_bar: QuoteBar | None = None
        self.last_data: BaseData | None = None
        self._rows: dict[type, Any] | None = None

    def store(self, data: BaseData) -> None:
        """Take a new bar."""
        if isinstance(data, TradeBar):
            self.trade_bar = self.last_data = data
            close = data.close_
            if close:
                self.price_ = close
        elif isinstance(data, QuoteBar):
            self.quote_bar = data
            if data.has_prices:
                self._new_quote = data
            else:
                self._quoted()
                self._take_closes(data)

    def remember(self, row: Any) -> None:  # noqa: ANN401 - a row of universe data
        """Take what a universe has selected from."""
        if self._rows is None:
            self._rows = {}
        self._rows[type(row)] = row

    def get_data(self, kind: type | None = None) -> Any:  # noqa: ANN401 - of the kind
        """Return the last data of a kind, None without any; without a kind the last bar."""
        if kind is None:
            return self.last_data
        bars = {TradeBar: self.trade_bar, QuoteBar: self.quote_bar}
        return bars[kind] if kind in bars else (self._rows or {}).get(kind)

    def has_data(self, kind: type) -> bool:
        """Tell whether there is data of a kind."""
        return self.get_data(kind) is not None

    def _quoted(self) -> None:
        """Take the prices of the last quote that is not yet decoded."""
        if self._new_quote is not None:
            self._take_closes(self._new_quote)
            self._new_quote = None

    def _take_closes(self, quote: QuoteBar) -> None:
        if quote.bid is not None and quote.bid.close_:
            self._bid_price = quote.bid.close_
        if quote.ask is not None and quote.ask.close_:
            self._ask_price = quote.ask.close_

    @property
    def bid_price_(self) -> Decimal:
        """Last bid, zero without one."""
        self._quoted()
        return self._bid_price

    @bid_price_.setter
    def bid_price_(self, price: Decimal) -> None:
        self._quoted()
        self._bid_price = price

    @property
    def ask_price_(self) -> Decimal:
        """Last ask, zero without one."""
        self._quoted()
        return self._ask_price

    @ask_price_.setter
    def ask_price_(self, price: Decimal) -> None:
        self._quoted()
        self._ask_price = price

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
