"""What universe selection models see of an algorithm; the room above implements it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from minilean.securities.symbol import Symbol
from minilean.times import TimeZone
from minilean.universes.factory import UniverseFactory
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import UnchangedUniverse


class Algorithm(Protocol):
    """An algorithm, as far as it makes universes."""

    @property
    def universe_factory(self) -> UniverseFactory:
        """Makes universes."""

    @property
    def universe_settings(self) -> UniverseSettings:
        """Defaults of added securities."""

    @property
    def utc_now(self) -> datetime:
        """The clock as a naive datetime."""

    def equity_symbol(self, ticker: str) -> Symbol:
        """Return the symbol of an equity."""

    def symbol_of(self, key: object) -> Symbol:
        """Return the symbol that a symbol, security or ticker means."""

    def symbols_of_tickers(self, result: Any) -> Iterable[Symbol] | UnchangedUniverse:  # noqa: ANN401 - the strategy's
        """Convert the tickers that a function of the strategy returned."""

    def zone_of(self, name: object) -> TimeZone:
        """Return a zone by its name."""
