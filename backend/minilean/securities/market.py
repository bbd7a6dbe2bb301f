"""The numbers that identifiers carry for LEAN's markets."""

from minilean.surface import NotSupportedError

USA = "usa"
_CODES = {
    "empty": 0, USA: 1, "fxcm": 2, "oanda": 3, "dukascopy": 4, "bitfinex": 5, "cmeglobex": 6, "nymex": 7, "cbot": 8,
    "ice": 9, "cboe": 10, "india": 11, "kraken": 13, "bittrex": 14, "bithumb": 15, "binance": 16, "poloniex": 17,
    "coinone": 18, "hitbtc": 19, "okcoin": 20, "bitstamp": 21, "comex": 22, "cme": 23, "sgx": 24, "hkfe": 25,
    "nyseliffe": 26, "cfe": 33, "ftx": 34, "ftxus": 35, "binanceus": 36, "bybit": 37, "coinbase": 38,
    "interactivebrokers": 39, "eurex": 40, "ose": 41, "dydx": 42, "hyperliquid": 43, "kalshi": 44,
}  # fmt: skip


def market_code(market: str) -> int:
    """Return the number of a market.

    Raises:
        NotSupportedError: LEAN does not know it either.
    """
    code = _CODES.get(market)
    if code is None:
        raise NotSupportedError(f"market {market!r}")
    return code


def market_name(code: int) -> str | None:
    """Return the market of a number, None for a number that no market has."""
    return next((name for name, each in _CODES.items() if each == code), None)
