"""Time rules: ``self.time_rules``."""

from collections.abc import Callable, Iterable, Iterator
from datetime import time, timedelta, tzinfo
from typing import Any

from minilean import numbers, times
from minilean.scheduling.rules import Markets, TimeRule
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import Symbol
from minilean.surface import Surface, no_method_matches
from minilean.time_keeper import TimeKeeper
from minilean.times import DAY, HOUR, MINUTE, SECOND, TimeZone, TimeZones

_TIME_NAMES = ("time_of_day", "hour", "minute", "second", "time_zone")


class TimeRules(Surface):
    """Makes time rules; those with a symbol follow its market."""

    def __init__(self, markets: Markets, clock: TimeKeeper, zone: Callable[[], TimeZone], zones: TimeZones) -> None:
        self._markets = markets
        self._clock = clock
        self._zone = zone
        self._zones = zones

    @property
    def now(self) -> TimeRule:
        """The current moment."""
        return TimeRule("Now", lambda _days: iter([self._clock.utc]))

    @property
    def midnight(self) -> TimeRule:
        """Midnight in the algorithm's zone."""
        return TimeRule("Midnight", self._at_local(0, None))

    @property
    def noon(self) -> TimeRule:
        """Noon in the algorithm's zone."""
        return TimeRule("Noon", self._at_local(12 * HOUR, None))

    def _at_local(self, span: int, zone: TimeZone | None) -> Callable[[Iterable[int]], Iterator[int]]:
        def instants(days: Iterable[int]) -> Iterator[int]:
            used = zone if zone is not None else self._zone()
            return (used.to_utc(day + span) for day in days)

        return instants

    def at(self, *when: Any, **named: Any) -> TimeRule:  # noqa: ANN401 - LEAN's overloads
        """Return the rule of a time of day: hour, minute and second, or a timedelta, and perhaps a zone."""
        parts = [*when, *(named.pop(name) for name in _TIME_NAMES if name in named)]
        if named:
            raise no_method_matches("At", *when, *named.values())
        zone: TimeZone | None = None
        if parts and isinstance(parts[-1], (str, tzinfo)):
            zone = self._zones.get(str(parts.pop()))
        span = _time_of_day(parts)
        hours = numbers.net_round_double(span / HOUR, 2)
        return TimeRule(f"{hours:g}", self._at_local(span, zone))

    def every(self, interval: timedelta) -> TimeRule:
        """Return the rule of every so many minutes from midnight.

        Raises:
            ValueError: The interval is not positive.
        """
        span = times.from_timedelta(interval)
        if span <= 0:
            raise ValueError("TimeRules.Every(): time span interval can not be zero or less")

        def instants(days: Iterable[int]) -> Iterator[int]:
            zone = self._zone()
            return (zone.to_utc(day + part) for day in days for part in range(0, DAY, span))

        return TimeRule(f"Every {span / MINUTE:g} min", instants)

    def after_market_open(
        self,
        symbol: Any = 0.0,  # noqa: ANN401 - LEAN's overloads
        minutes_after_open: float = 0.0,
        extended_market_open: bool = False,  # noqa: FBT001, FBT002
    ) -> TimeRule:
        """Return the rule of some minutes after the open."""
        symbol, minutes, extended = _arguments(symbol, minutes_after_open, extended_market_open)
        return self._open_rule(symbol, minutes, extended=extended)

    def before_market_open(
        self,
        symbol: Any = 0.0,  # noqa: ANN401 - LEAN's overloads
        minutes_before_open: float = 0.0,
        extended_market_open: bool = False,  # noqa: FBT001, FBT002
    ) -> TimeRule:
        """Return the rule of some minutes before the open."""
        symbol, minutes, extended = _arguments(symbol, minutes_before_open, extended_market_open)
        return self._open_rule(symbol, -minutes, extended=extended)

    def before_market_close(
        self,
        symbol: Any = 0.0,  # noqa: ANN401 - LEAN's overloads
        minutes_before_close: float = 0.0,
        extended_market_close: bool = False,  # noqa: FBT001, FBT002
    ) -> TimeRule:
        """Return the rule of some minutes before the close."""
        symbol, minutes, extended = _arguments(symbol, minutes_before_close, extended_market_close)
        return self._close_rule(symbol, minutes, extended=extended)

    def after_market_close(
        self,
        symbol: Any = 0.0,  # noqa: ANN401 - LEAN's overloads
        minutes_after_close: float = 0.0,
        extended_market_close: bool = False,  # noqa: FBT001, FBT002
    ) -> TimeRule:
        """Return the rule of some minutes after the close."""
        symbol, minutes, extended = _arguments(symbol, minutes_after_close, extended_market_close)
        return self._close_rule(symbol, -minutes, extended=extended)

    def _open_rule(self, symbol: Symbol | str | None, minutes: float, *, extended: bool) -> TimeRule:
        side = "after" if minutes > 0 else "before"
        kind = "ExtendedMarketOpen" if extended else "MarketOpen"
        name = f"{self._prefix(symbol)}{abs(minutes):g} min {side} {kind}"
        span = round(minutes * MINUTE)

        def instants(days: Iterable[int]) -> Iterator[int]:
            for day in days:
                found = [
                    hours.time_zone.to_utc(hours.first_daily_market_open(day + DAY - 1, extended=extended) + span)
                    for hours in self._hours(symbol)
                    if hours.is_date_open(day, extended=extended)
                ]
                if found:
                    yield min(found)

        return TimeRule(name, instants)

    def _close_rule(self, symbol: Symbol | str | None, minutes: float, *, extended: bool) -> TimeRule:
        side = "before" if minutes > 0 else "after"
        kind = "ExtendedMarketClose" if extended else "MarketClose"
        name = f"{self._prefix(symbol)}{abs(minutes):g} min {side} {kind}"
        span = round(minutes * MINUTE)

        def instants(days: Iterable[int]) -> Iterator[int]:
            for day in days:
                found = [
                    hours.time_zone.to_utc(hours.last_daily_market_close(day, extended=extended) - span)
                    for hours in self._hours(symbol)
                    if hours.is_date_open(day, extended=extended)
                ]
                if found:
                    yield max(found)

        return TimeRule(name, instants)

    def _prefix(self, symbol: Symbol | str | None) -> str:
        return "" if symbol is None else f"{self._markets.symbol_of(symbol)}: "

    def _hours(self, symbol: Symbol | str | None) -> list[SecurityExchangeHours]:
        return self._markets.all_hours() if symbol is None else [self._markets.hours_of(symbol)]


def _arguments(symbol: Any, minutes: Any, extended: Any) -> tuple[Any, float, bool]:  # noqa: ANN401 - LEAN's overloads
    """Sort out the overloads with and without a symbol."""
    if isinstance(symbol, (int, float)):
        return None, float(symbol), bool(minutes) if isinstance(minutes, bool) else bool(extended)
    return symbol, float(minutes), bool(extended)


def _time_of_day(parts: list[Any]) -> int:
    if len(parts) == 1 and isinstance(parts[0], timedelta):
        return times.from_timedelta(parts[0])
    if len(parts) == 1 and isinstance(parts[0], time):
        return parts[0].hour * HOUR + parts[0].minute * MINUTE + parts[0].second * SECOND
    if not 2 <= len(parts) <= 3 or not all(isinstance(part, int) for part in parts):
        raise no_method_matches("At", *parts)
    return sum(part * unit for part, unit in zip(parts, (HOUR, MINUTE, SECOND), strict=False))
