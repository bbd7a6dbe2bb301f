"""Universes that select at the times of a date rule and a time rule."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from minilean import times
from minilean.scheduling.rules import DateRule, TimeRule
from minilean.securities.symbol import Symbol
from minilean.times import DAY
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import UnchangedUniverse, Universe, UniverseConfiguration, UniverseData

TimeSelection = Callable[[datetime], Iterable[Symbol] | UnchangedUniverse]


class TimedUniverse(Universe):
    """Selects at scheduled times; the function gets the time in UTC."""

    adjusts_start = False

    def __init__(
        self,
        configuration: UniverseConfiguration,
        settings: UniverseSettings | None,
        date_rule: DateRule,
        time_rule: TimeRule,
        selector: TimeSelection,
    ) -> None:
        super().__init__(configuration, settings)
        self._date_rule = date_rule
        self._time_rule = time_rule
        self._selector = selector

    def points(self, start: int, end: int) -> Iterator[UniverseData]:
        """Yield a trigger at each time of the rules; LEAN takes their UTC times for times of the universe's zone."""
        to_utc = self.configuration.hours.time_zone.to_utc
        first, last = to_utc(start), to_utc(end)
        for instant in self._time_rule.instants(self._date_rule.days(start - start % DAY, end - end % DAY)):
            if instant > last:
                return
            if instant >= first:
                yield UniverseData(to_utc(instant), [None])

    def select_symbols(self, utc: int, data: UniverseData) -> Iterable[Symbol] | UnchangedUniverse:  # noqa: ARG002 - LEAN's
        """Call the function."""
        return self._selector(times.to_datetime(utc))
