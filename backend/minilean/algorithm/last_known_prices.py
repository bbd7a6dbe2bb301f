"""Last known prices: what a security was worth before its first data comes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from minilean.algorithm.history import HistoryPart
from minilean.algorithm.history_requests import HistoryOptions
from minilean.data.bars import BaseData
from minilean.data.history_provider import HistoryRequest
from minilean.enums import Resolution, SecurityType, TickType
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.symbol_dictionary import SymbolDictionary

_BARS = 5
_MORE_BARS = {Resolution.MINUTE: 24 * 60, Resolution.HOUR: 24, Resolution.DAILY: 10}
_MOST_DAYS = 50


class _Kind(NamedTuple):
    """One kind of data of a symbol."""

    symbol: Symbol
    side: TickType


Found = dict[_Kind, BaseData]


class LastKnownPricesPart(HistoryPart):
    """``get_last_known_prices``: the last bar of each kind before now, from a longer past where there is none."""

    def get_last_known_prices(self, subject: Any) -> Any:  # noqa: ANN401 - LEAN's overloads
        """Return the last bars of a symbol or security, oldest first; of several a dictionary by symbol."""
        one = isinstance(subject, (str, Symbol, Security))
        symbols = [self.symbol_of(each) for each in ([subject] if one else subject)]
        found: SymbolDictionary[list[BaseData]] = SymbolDictionary()
        for symbol, bars in self.last_bars(symbols).items():
            dict.__setitem__(found, symbol, bars)
        return dict.get(found, symbols[0], []) if one else found

    def get_last_known_price(self, subject: Any) -> BaseData | None:  # noqa: ANN401 - a symbol or security
        """Return the last trade bar of a symbol or security, the last quote bar where there are no trades."""
        bars: list[BaseData] = self.get_last_known_prices(subject)
        ranked = sorted(bars, key=lambda bar: -_order(_side(bar), bar.symbol))
        return ranked[-1] if ranked else None

    def seed(self, security: Security) -> None:
        """Give a security without a price its last known one."""
        if security.price_:
            return
        for bars in self.last_bars([security.symbol]).values():
            for bar in bars:
                security.seed(bar)

    def last_bars(self, symbols: Iterable[Symbol]) -> dict[Symbol, list[BaseData]]:
        """Return the last bars of symbols, by symbol and oldest first, trades before quotes."""
        ask = self.history.bars_before
        found: Found = {}
        options = HistoryOptions(fill_forward=False, all_feeds=True)
        missing = self._read(ask(symbols, _BARS, options), found)
        by_symbol: dict[Symbol, list[HistoryRequest]] = {}
        for request in missing:
            by_symbol.setdefault(request.config.symbol, []).append(request)
        again = []
        for symbol, failed in by_symbol.items():
            resolution = failed[0].config.resolution
            sides = {request.config.tick_type for request in failed}
            more = ask([symbol], _MORE_BARS[resolution], options._replace(resolution=resolution))
            again += [request for request in more if request.config.tick_type in sides]
        missing = self._read(again, found)
        rest = dict.fromkeys(request.config.symbol for request in missing)
        self._read(ask(rest, _MOST_DAYS, options._replace(resolution=Resolution.DAILY)), found)
        return _sorted(found)

    def _read(self, requests: list[HistoryRequest], found: Found) -> list[HistoryRequest]:
        """Note the last bar of each request, and return the requests that brought none."""
        if not requests:
            return []
        for moment in self.history.slices(requests):
            for request in requests:
                symbol, side = request.config.symbol, request.config.tick_type
                bars = moment.quote_bars if side is TickType.QUOTE else moment.bars
                bar = dict.get(bars, symbol)
                if bar is not None:
                    found[_Kind(symbol, side)] = bar
        return [each for each in requests if _Kind(each.config.symbol, each.config.tick_type) not in found]


def _side(bar: BaseData) -> TickType:
    return TickType.QUOTE if hasattr(bar, "last_bid_size_") else TickType.TRADE


def _order(side: TickType, symbol: Symbol) -> int:
    """Return LEAN's rank of a kind of data: trades first, where there are any."""
    return int(side is TickType.QUOTE and symbol.security_type is not SecurityType.FOREX)


def _sorted(found: Found) -> dict[Symbol, list[BaseData]]:
    by_symbol: dict[Symbol, list[tuple[tuple[int, int], BaseData]]] = {}
    for kind, bar in found.items():
        key = (bar.time_local, _order(kind.side, kind.symbol))
        by_symbol.setdefault(kind.symbol, []).append((key, bar))
    return {
        symbol: [bar for _, bar in sorted(bars, key=lambda pair: pair[0])] for symbol, bars in by_symbol.items()
    }  # fmt: skip
