"""The markets of a run as date and time rules look them up."""

from typing import Protocol

from minilean.enums import SecurityType
from minilean.scheduling.rules import Markets
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import Symbol


class EquityMarkets(Markets, Protocol):
    """Markets that know what an equity's ticker means."""

    def name_equity(self, ticker: str) -> Symbol:
        """Return the symbol of an equity by its ticker, from now on also when the ticker is used otherwise."""

    def debug(self, message: object) -> None:
        """Send a debug message."""


class ScheduleMarkets:
    """Takes tickers that the run does not know for equities, and says so once."""

    def __init__(self, markets: EquityMarkets) -> None:
        self._markets = markets
        self._warned = False

    def symbol_of(self, symbol: Symbol | str) -> Symbol:
        """Return the symbol of a ticker."""
        found = self._markets.symbol_of(symbol)
        if not isinstance(symbol, str) or found.security_type is not SecurityType.BASE or found.market != "empty":
            return found
        if not self._warned:
            self._warned = True
            self._markets.debug(
                f"Warning: no existing symbol found for ticker {symbol}, it will be created with Equity type."
            )
        return self._markets.name_equity(symbol)

    def hours_of(self, symbol: Symbol | str) -> SecurityExchangeHours:
        """Return the hours of a symbol or ticker."""
        return self._markets.hours_of(self.symbol_of(symbol))

    def all_hours(self) -> list[SecurityExchangeHours]:
        """Return the hours of all markets of the run, SPY's first."""
        return self._markets.all_hours()
