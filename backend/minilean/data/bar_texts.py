"""How bars describe themselves, in LEAN's words."""

from typing import TYPE_CHECKING

from minilean.numbers import decimal_text, smart_rounding

if TYPE_CHECKING:
    from decimal import Decimal

    from minilean.data.bars import Bar, QuoteBar, TradeBar


def prices_text(bar: "Bar | TradeBar") -> str:
    """Return open, high, low and close of a bar."""
    return f"O: {_text(bar.open_)} H: {_text(bar.high_)} L: {_text(bar.low_)} C: {_text(bar.close_)}"


def trade_bar_text(bar: "TradeBar") -> str:
    """Return symbol, prices and volume of a trade bar."""
    return f"{bar.symbol}: {prices_text(bar)} V: {_text(bar.volume_)}"


def quote_bar_text(bar: "QuoteBar") -> str:
    """Return symbol and prices of a quote bar; those of a side without quotes are blank."""
    return f"{bar.symbol}: {_side_text('Bid', bar.bid)}{_side_text('Ask', bar.ask)}"


def _side_text(name: str, bar: "Bar | None") -> str:
    prices = ("", "", "", "") if bar is None else map(_text, (bar.open_, bar.high_, bar.low_, bar.close_))
    return "".join(f"{name}: {letter}: {price} " for letter, price in zip("OHLC", prices, strict=True))


def _text(value: "Decimal") -> str:
    return decimal_text(smart_rounding(value))
