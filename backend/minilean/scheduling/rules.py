"""What a date rule and a time rule are."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import Symbol
from minilean.surface import Surface

END_OF_TIME_DAYS = 29219  # 2050-01-01, LEAN's end of time


class DateRule(Surface):
    """Names the days of an event: midnights from a first to a last one, in order."""

    def __init__(self, name: str, days: Callable[[int, int], Iterator[int]]) -> None:
        self.name = name
        self.days = days


class TimeRule(Surface):
    """Turns midnights of days into instants."""

    def __init__(self, name: str, instants: Callable[[Iterable[int]], Iterator[int]]) -> None:
        self.name = name
        self.instants = instants


class Markets(Protocol):
    """Finds opening hours for the rules."""

    def hours_of(self, symbol: Symbol | str) -> SecurityExchangeHours:
        """Return the hours of a symbol or ticker."""

    def symbol_of(self, symbol: Symbol | str) -> Symbol:
        """Return the symbol of a ticker."""

    def all_hours(self) -> list[SecurityExchangeHours]:
        """Return the hours of all markets of the run, SPY's first."""
