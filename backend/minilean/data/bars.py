"""Data points: trade and quote bars.

Times are microseconds: ``time_local`` and ``end_local`` in the exchange's zone, ``end_utc`` the instant at which the
point is emitted. Prices of file rows are decoded when they are first read, since most bars are only looked at for
their close.
"""

# ruff: noqa: PLR0917 - LEAN's signatures

import copy
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar, Self

from minilean import times
from minilean.data.price_scale import PriceScale, scaled_price, scaled_volume
from minilean.enums import MarketDataType
from minilean.numbers import decimal_text, smart_rounding
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, as_datetime, as_float, decimal_argument

ZERO = Decimal(0)
_TWO = Decimal(2)


class BaseData(Surface):
    """A value of a symbol over a span of time."""

    __slots__ = ("end_local", "end_utc", "is_fill_forward", "symbol", "time_local")
    data_type: ClassVar[MarketDataType] = MarketDataType.BASE
    is_auxiliary: ClassVar[bool] = False

    symbol: Symbol
    time_local: int
    end_local: int
    end_utc: int
    is_fill_forward: bool

    time = as_datetime("time_local")
    end_time = as_datetime("end_local")

    @property
    def value_(self) -> Decimal:
        """The single number that stands for the point."""
        raise NotImplementedError

    value = as_float("value_")
    price = as_float("value_")

    @property
    def period_us(self) -> int:
        """Length in microseconds."""
        return self.end_local - self.time_local

    @property
    def period(self) -> timedelta:
        """Length."""
        return timedelta(microseconds=self.period_us)

    def clone(self) -> Self:
        """Return a copy."""
        return copy.copy(self)


def _span(time: datetime | None, period: timedelta | None) -> tuple[int, int]:
    start = times.from_datetime(time) if time is not None else 0
    return start, start + (times.from_timedelta(period) if period is not None else times.MINUTE)


class TradeBar(BaseData):
    """Open, high, low, close and volume of trades."""

    __slots__ = ("close_", "high_", "low_", "open_", "row", "scale", "volume_")
    data_type = MarketDataType.TRADE_BAR

    open_: Decimal
    high_: Decimal
    low_: Decimal
    close_: Decimal
    volume_: Decimal
    row: str
    scale: PriceScale | None

    def __init__(
        self,
        time: datetime | None = None,
        symbol: Symbol | None = None,
        open: object = 0,  # noqa: A002 - LEAN's names
        high: object = 0,
        low: object = 0,
        close: object = 0,
        volume: object = 0,
        period: timedelta | None = None,
    ) -> None:
        """Make a bar as strategies do: naive time of its start in the exchange's zone, one minute long by default."""
        self.time_local, self.end_local = _span(time, period)
        self.end_utc = self.end_local
        self.is_fill_forward = False
        if symbol is not None:
            self.symbol = symbol
        self.open_ = decimal_argument(open, "TradeBar")
        self.high_ = decimal_argument(high, "TradeBar")
        self.low_ = decimal_argument(low, "TradeBar")
        self.close_ = decimal_argument(close, "TradeBar")
        self.volume_ = decimal_argument(volume, "TradeBar")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - decodes the row at the first read of a price
        if name in _TRADE_FIELDS:
            self._decode()
            return object.__getattribute__(self, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def _decode(self) -> None:
        fields = self.row.split(",")
        scale = self.scale
        self.open_ = scaled_price(fields[1], scale)
        self.high_ = scaled_price(fields[2], scale)
        self.low_ = scaled_price(fields[3], scale)
        self.close_ = scaled_price(fields[4], scale)
        self.volume_ = ZERO if self.is_fill_forward else scaled_volume(fields[5], scale)

    open = as_float("open_")
    high = as_float("high_")
    low = as_float("low_")
    close = as_float("close_")
    volume = as_float("volume_")

    value_ = property(attrgetter("close_"), doc="The close.")

    def filled_forward(self, time_local: int, end_local: int, end_utc: int) -> Self:
        """Return a copy for a later span in which nothing traded; its volume is zero."""
        bar = object.__new__(type(self))
        bar.symbol = self.symbol
        bar.time_local, bar.end_local, bar.end_utc = time_local, end_local, end_utc
        bar.is_fill_forward = True
        bar.open_, bar.high_, bar.low_, bar.close_ = self.open_, self.high_, self.low_, self.close_
        bar.volume_ = ZERO
        return bar

    def __str__(self) -> str:
        return f"{self.symbol}: {_prices_text(self)} V: {_text(self.volume_)}"


_TRADE_FIELDS = frozenset({"open_", "high_", "low_", "close_", "volume_"})


def trade_bar(symbol: Symbol, span: tuple[int, int, int], prices: Iterable[Decimal], volume: Decimal) -> TradeBar:
    """Make a trade bar of known values; ``span`` is local start, local end and instant of the end."""
    bar = object.__new__(TradeBar)
    bar.symbol = symbol
    bar.time_local, bar.end_local, bar.end_utc = span
    bar.is_fill_forward = False
    bar.open_, bar.high_, bar.low_, bar.close_ = prices
    bar.volume_ = volume
    return bar


def trade_bar_of_row(symbol: Symbol, span: tuple[int, int, int], row: str, scale: PriceScale | None) -> TradeBar:
    """Make a trade bar of a file row ``time,open,high,low,close,volume``."""
    bar = object.__new__(TradeBar)
    bar.symbol = symbol
    bar.time_local, bar.end_local, bar.end_utc = span
    bar.is_fill_forward = False
    bar.row = row
    bar.scale = scale
    return bar


class Bar(Surface):
    """Four prices of one side of the market."""

    __slots__ = ("close_", "high_", "low_", "open_")

    def __init__(self, open_: Decimal, high_: Decimal, low_: Decimal, close_: Decimal) -> None:
        self.open_ = open_
        self.high_ = high_
        self.low_ = low_
        self.close_ = close_

    open = as_float("open_")
    high = as_float("high_")
    low = as_float("low_")
    close = as_float("close_")

    def __str__(self) -> str:
        return _prices_text(self)


def _middle(bid: Bar | None, ask: Bar | None, field: str) -> Decimal:
    low = getattr(bid, field) if bid is not None else ZERO
    high = getattr(ask, field) if ask is not None else ZERO
    if low and high:
        return Decimal(low + high) / _TWO
    return Decimal(low or high)


class QuoteBar(BaseData):
    """Four prices and last size of bid and ask; a side without quotes is None.

    Attributes:
        has_prices: Whether it is known, before the row is decoded, that no price is zero or absent.
        row: Row of the file, ``time,`` and both sides of it, each ``open,high,low,close,size``.
    """

    __slots__ = ("ask", "bid", "has_prices", "last_ask_size_", "last_bid_size_", "row", "scale")
    data_type = MarketDataType.QUOTE_BAR

    bid: Bar | None
    ask: Bar | None
    last_bid_size_: Decimal
    last_ask_size_: Decimal
    has_prices: bool
    row: str
    scale: PriceScale | None

    def __init__(
        self,
        time: datetime | None = None,
        symbol: Symbol | None = None,
        bid: Bar | None = None,
        last_bid_size: object = 0,
        ask: Bar | None = None,
        last_ask_size: object = 0,
        period: timedelta | None = None,
    ) -> None:
        """Make a bar as strategies do: naive time of its start in the exchange's zone, one minute long by default."""
        self.time_local, self.end_local = _span(time, period)
        self.end_utc = self.end_local
        self.is_fill_forward = False
        if symbol is not None:
            self.symbol = symbol
        self.bid = bid
        self.ask = ask
        self.last_bid_size_ = decimal_argument(last_bid_size, "QuoteBar")
        self.last_ask_size_ = decimal_argument(last_ask_size, "QuoteBar")
        self.has_prices = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - decodes the row at the first read of a price
        if name in _QUOTE_FIELDS:
            self._decode()
            return object.__getattribute__(self, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def _decode(self) -> None:
        _, *fields = self.row.split(",", 11)
        self.bid, self.last_bid_size_ = _side(fields[:5], self.scale)
        self.ask, self.last_ask_size_ = _side(fields[5:10], self.scale)

    last_bid_size = as_float("last_bid_size_")
    last_ask_size = as_float("last_ask_size_")

    @property
    def open_(self) -> Decimal:
        """Middle of the opening quotes."""
        return _middle(self.bid, self.ask, "open_")

    @property
    def high_(self) -> Decimal:
        """Middle of the highest quotes."""
        return _middle(self.bid, self.ask, "high_")

    @property
    def low_(self) -> Decimal:
        """Middle of the lowest quotes."""
        return _middle(self.bid, self.ask, "low_")

    @property
    def close_(self) -> Decimal:
        """Middle of the closing quotes."""
        return _middle(self.bid, self.ask, "close_")

    open = as_float("open_")
    high = as_float("high_")
    low = as_float("low_")
    close = as_float("close_")

    @property
    def value_(self) -> Decimal:
        """The close."""
        return self.close_

    def filled_forward(self, time_local: int, end_local: int, end_utc: int) -> Self:
        """Return a copy for a later span without quotes; prices and sizes stay."""
        bar = object.__new__(type(self))
        bar.symbol = self.symbol
        bar.time_local, bar.end_local, bar.end_utc = time_local, end_local, end_utc
        bar.is_fill_forward = True
        bar.bid, bar.ask = self.bid, self.ask
        bar.last_bid_size_, bar.last_ask_size_ = self.last_bid_size_, self.last_ask_size_
        bar.has_prices = False
        return bar

    def __str__(self) -> str:
        return f"{self.symbol}: {_side_text('Bid', self.bid)}{_side_text('Ask', self.ask)}"


_QUOTE_FIELDS = frozenset({"bid", "ask", "last_bid_size_", "last_ask_size_"})


def _side(fields: list[str], scale: PriceScale | None) -> tuple[Bar | None, Decimal]:
    *texts, size = fields
    volume = scaled_volume(size or "0", scale)
    if not any(float(price or 0) for price in texts):
        return None, volume
    prices = [scaled_price(price, scale) for price in texts]
    return Bar(*prices), volume


def quote_bar(
    symbol: Symbol, span: tuple[int, int, int], bid: Bar | None, ask: Bar | None, sizes: tuple[Decimal, Decimal]
) -> QuoteBar:
    """Make a quote bar of known values; ``sizes`` are last bid and ask size."""
    bar = object.__new__(QuoteBar)
    bar.symbol = symbol
    bar.time_local, bar.end_local, bar.end_utc = span
    bar.is_fill_forward = False
    bar.bid, bar.ask = bid, ask
    bar.last_bid_size_, bar.last_ask_size_ = sizes
    bar.has_prices = False
    return bar


def quote_bar_of_rows(
    symbol: Symbol, span: tuple[int, int, int], bid_row: str, ask_row: str, scale: PriceScale | None
) -> QuoteBar:
    """Make a quote bar of the two halves of a file row, each ``open,high,low,close,size``."""
    bar = object.__new__(QuoteBar)
    bar.symbol = symbol
    bar.time_local, bar.end_local, bar.end_utc = span
    bar.is_fill_forward = False
    bar.has_prices = False
    bar.row = f",{bid_row},{ask_row}"
    bar.scale = scale
    return bar


def _prices_text(bar: Bar | TradeBar) -> str:
    """Return open, high, low and close of a bar, in LEAN's words."""
    return f"O: {_text(bar.open_)} H: {_text(bar.high_)} L: {_text(bar.low_)} C: {_text(bar.close_)}"


def _side_text(name: str, bar: Bar | None) -> str:
    """Return the prices of one side; those of a side without quotes are blank."""
    prices = ("", "", "", "") if bar is None else map(_text, (bar.open_, bar.high_, bar.low_, bar.close_))
    return "".join(f"{name}: {letter}: {price} " for letter, price in zip("OHLC", prices, strict=True))


def _text(value: Decimal) -> str:
    return decimal_text(smart_rounding(value))
