"""LEAN's names of universes that strategies make themselves; each makes a universe of the run."""

# ruff: noqa: N802 - LEAN's names of classes

from collections.abc import Callable
from typing import Any

from minilean.algorithm.context import current_context
from minilean.scheduling.rules import DateRule, TimeRule
from minilean.securities.symbol import Symbol
from minilean.surface import NotSupportedError, no_method_matches
from minilean.universes.constituents import ETFConstituentUniverse
from minilean.universes.fundamental import Fundamental
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import Universe

Selector = Callable[[Any], Any]


class CoarseFundamental(Fundamental):
    """LEAN's older name of what the fundamental file says of a security."""


class FineFundamental(Fundamental):
    """LEAN's older name of the rest of a security's fundamental data."""


ETFConstituentData = ETFConstituentUniverse


def ScheduledUniverse(*arguments: Any) -> Universe:  # noqa: ANN401 - LEAN's overloads
    """Make a universe that selects at the times of rules: perhaps a zone, the rules, a function, perhaps settings.

    Raises:
        TypeError: The arguments fit no overload.
    """
    parts = list(arguments)
    context = current_context()
    zone = context.zones.get(str(parts.pop(0))) if parts and not isinstance(parts[0], DateRule) else None
    fits = len(parts) in {3, 4} and isinstance(parts[0], DateRule) and isinstance(parts[1], TimeRule)
    if not fits or not callable(parts[2]):
        raise no_method_matches("ScheduledUniverse", *arguments)
    settings = parts[3] if len(parts) == 4 else None
    return context.universe_factory.scheduled(parts[0], parts[1], parts[2], settings, zone)


def ETFConstituentsUniverseFactory(
    symbol: Symbol, universe_settings: UniverseSettings, constituents_filter: Selector | None = None
) -> Universe:
    """Make the universe of a fund's members."""
    return current_context().universe_factory.etf(symbol, constituents_filter, universe_settings)


def ConstituentsUniverse(
    symbol: Symbol, universe_settings: UniverseSettings, constituents_filter: Selector | None = None
) -> Universe:
    """Make the universe of a list of symbols in files."""
    return current_context().universe_factory.constituents(symbol, constituents_filter, universe_settings)


def CoarseFundamentalUniverse(universe_settings: UniverseSettings, selector: Selector) -> Universe:
    """Make a universe of the fundamental files."""
    return current_context().universe_factory.fundamental(selector, universe_settings)


def FundamentalUniverseFactory(market: str, universe_settings: UniverseSettings | None, selector: Selector) -> Universe:
    """Make a universe of the fundamental files.

    Raises:
        NotSupportedError: Another market.
    """
    if market != "usa":
        raise NotSupportedError(f"FundamentalUniverseFactory({market!r})")
    return current_context().universe_factory.fundamental(selector, universe_settings)


class FundamentalUniverse:
    """LEAN's place of the universe of US equities."""

    @staticmethod
    def usa(selector: Selector, universe_settings: UniverseSettings | None = None) -> Universe:
        """Make a universe of the fundamental files."""
        return current_context().universe_factory.fundamental(selector, universe_settings)

    USA = usa


Fundamentals = FundamentalUniverse

__all__ = [
    "CoarseFundamental",
    "CoarseFundamentalUniverse",
    "ConstituentsUniverse",
    "ETFConstituentData",
    "ETFConstituentUniverse",
    "ETFConstituentsUniverseFactory",
    "FineFundamental",
    "Fundamental",
    "FundamentalUniverse",
    "FundamentalUniverseFactory",
    "Fundamentals",
    "ScheduledUniverse",
]
