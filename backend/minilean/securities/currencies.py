"""Currencies: their signs, and stable coins that count as the currency they follow."""

from collections.abc import Iterator

USD = "USD"
NULL_CURRENCY = "QCC"
"""LEAN's currency of amounts that have none: fees of events without a fill."""

_DOLLARS = ("USDT", "USDC", USD)
_SIGNS = {
    USD: "$", "GBP": "₤", "JPY": "¥", "KRW": "₩", "EUR": "€", "NZD": "$", "AUD": "$", "CAD": "$", "CHF": "Fr",
    "HKD": "$", "SGD": "$", "XAG": "Ag", "XAU": "Au", "CNH": "¥", "CNY": "¥", "CZK": "Kč", "DKK": "kr", "HUF": "Ft",
    "INR": "₹", "MXN": "$", "NOK": "kr", "PLN": "zł", "SAR": "﷼", "SEK": "kr", "THB": "฿", "TRY": "₺", "TWD": "NT$",
    "ZAR": "R", "RUB": "₽", "BRL": "R$", "GNF": "Fr", "IDR": "Rp", "BTC": "₿", "BCH": "Ƀ", "BSV": "Ɓ", "LTC": "Ł",
    "ETH": "Ξ", "EOS": "ε", "XRP": "✕", "XLM": "*", "ETC": "ξ", "USDT": "₮", "ADA": "₳", "SOL": "◎", "DOT": "●",
    "DOGE": "Ð", "DAI": "◈", "ALGO": "Ⱥ", "ICP": "∞", "XMR": "ɱ", "XTZ": "ꜩ", "IOTA": "ɨ", "MIOTA": "ɨ",
    "MKR": "\N{GREEK CAPITAL LETTER MU}", "ZEC": "ⓩ", "DASH": "Đ", "XNO": "Ӿ", "REP": "Ɍ", "STEEM": "ȿ",
    "THETA": "ϑ", "FIL": "⨎", "BAT": "⟁", "LSK": "Ⱡ", "NAV": "Ꞥ",
}  # fmt: skip
_STABLE_COINS = {
    "binance": {
        "USDCUSD", "USDTUSD", "USDPUSD", "SUSDUSD", "BUSDUSD", "USTUSD", "TUSDUSD", "FDUSDUSD", "DAIUSD", "IDRTIDR",
        "BNFCRUSD",
    },
    "bitfinex": {"EURSEUR", "XCHFCHF"},
    "coinbase": {"USDCUSD"},
    "bybit": {"USDCUSD", "USDTUSD", "USDPUSD", "SUSDUSD", "BUSDUSD", "USTUSD", "TUSDUSD", "DAIUSD"},
    "dydx": {"USDCUSD"},
}  # fmt: skip


def currency_sign(currency: str) -> str:
    """Return the sign of a currency, its code when it has none."""
    return _SIGNS.get(currency, currency)


def is_stable_coin_pair(pair: str, market: str) -> bool:
    """Tell whether a market treats two currencies, written as one, as the same without trading them."""
    return pair in _STABLE_COINS.get(market, ())


def is_stable_coin(account_currency: str, currency: str, market: str) -> bool:
    """Tell whether a currency counts as the account's on a market; dollars and their coins count as each other."""
    return any(is_stable_coin_pair(pair, market) for pair in _spellings(account_currency, currency))


def _spellings(account_currency: str, currency: str) -> Iterator[str]:
    same = [each for each in _DOLLARS if each != currency] if account_currency in _DOLLARS else [account_currency]
    for each in same:
        yield each + currency
        yield currency + each
