"""Scheduled events: dates and times of rules, order of firing, what is skipped."""

from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest

from engine_builders import DataFolder, local
from minilean import times
from minilean.enums import DayOfWeek
from minilean.scheduling.date_rules import DateRules
from minilean.scheduling.real_time_handler import RealTimeHandler
from minilean.scheduling.rules import DateRule
from minilean.scheduling.scheduled_event import ScheduledEvent
from minilean.scheduling.time_rules import TimeRules
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import Symbol
from minilean.time_keeper import TimeKeeper
from minilean.times import TimeZones


class _Markets:
    def __init__(self, hours: SecurityExchangeHours) -> None:
        self._hours = hours

    def hours_of(self, _symbol: Symbol | str) -> SecurityExchangeHours:
        return self._hours

    def symbol_of(self, symbol: Symbol | str) -> Symbol:
        return symbol  # type: ignore[return-value] - only printed

    def all_hours(self) -> list[SecurityExchangeHours]:
        return [self._hours]


class _Named(str):
    __slots__ = ()

    @property
    def value(self) -> str:
        return str(self)


SPY = _Named("SPY")


@pytest.fixture
def rules(tmp_path: Path) -> tuple[DateRules, TimeRules, SecurityExchangeHours]:
    zones = TimeZones()
    zone = zones.get("America/New_York")
    hours = DataFolder(tmp_path).hours()
    clock, markets = TimeKeeper(zone.to_utc(local("20131101 00:00"))), _Markets(hours)
    return DateRules(markets, clock, lambda: zone), TimeRules(markets, clock, lambda: zone, zones), hours


def _dates(rule: DateRule, count: int = 3, first: str = "20131101") -> list[date]:
    days = rule.days(times.parse_date(first), times.parse_date("20501231"))
    return [times.to_date(day) for day in islice(days, count)]


def test_every_day_is_a_calendar_day_and_with_a_symbol_a_trading_day(rules):
    dates, _, _ = rules
    assert _dates(dates.every_day(), 2) == [date(2013, 11, 1), date(2013, 11, 2)]
    assert _dates(dates.every_day(SPY), 2) == [date(2013, 11, 1), date(2013, 11, 4)]
    assert dates.every_day(SPY).name == "SPY: EveryDay"


def test_month_start_moves_to_a_trading_day_and_offsets_count_trading_days(rules):
    dates, _, _ = rules
    assert _dates(dates.month_start(SPY)) == [date(2013, 11, 1), date(2013, 12, 2), date(2014, 1, 1)]
    assert _dates(dates.month_start(SPY, 1), 2) == [date(2013, 11, 4), date(2013, 12, 3)]
    assert _dates(dates.month_start(1), 2) == [date(2013, 11, 2), date(2013, 12, 2)]


def test_month_end_counts_back_over_the_holiday(rules):
    dates, _, _ = rules
    assert _dates(dates.month_end(SPY, 1), 1) == [date(2013, 11, 27)]
    assert _dates(dates.month_end(), 1) == [date(2013, 11, 30)]


def test_weeks_begin_on_monday_and_end_on_friday(rules):
    dates, _, _ = rules
    assert _dates(dates.week_start(SPY), 2) == [date(2013, 11, 4), date(2013, 11, 11)]
    assert _dates(dates.week_end(SPY), 2) == [date(2013, 11, 1), date(2013, 11, 8)]
    assert _dates(dates.every(DayOfWeek.WEDNESDAY), 1) == [date(2013, 11, 6)]


def test_times_follow_the_early_close_and_skip_the_holiday(rules):
    _, clock, hours = rules
    rule = clock.before_market_close(SPY, 10)
    days = [times.parse_date(day) for day in ("20131127", "20131128", "20131129")]
    instants = [hours.time_zone.to_local(instant) for instant in rule.instants(days)]
    assert instants == [local("20131127 15:50"), local("20131129 12:50")]
    assert rule.name == "SPY: 10 min before MarketClose"


def test_an_open_with_extended_hours_is_that_of_the_pre_market(rules):
    _, clock, hours = rules
    day = [times.parse_date("20131127")]
    assert [hours.time_zone.to_local(i) for i in clock.after_market_open(SPY, 30, True).instants(day)] == [
        local("20131127 04:30")
    ]
    assert [hours.time_zone.to_local(i) for i in clock.every(timedelta(hours=8)).instants(day)] == [
        local("20131127 00:00"),
        local("20131127 08:00"),
        local("20131127 16:00"),
    ]


def _handler(fired: list[tuple[str, int]], clock: list[int]) -> RealTimeHandler:
    def set_time(utc: int) -> None:
        clock[0] = utc

    return RealTimeHandler(set_time)


def _event(name: str, instants: list[int], fired: list[tuple[str, int]], clock: list[int]) -> ScheduledEvent:
    return ScheduledEvent(name, iter(instants), lambda _due: fired.append((name, clock[0])))


def test_past_events_fire_before_the_slice_with_the_clock_at_their_time():
    fired: list[tuple[str, int]] = []
    clock = [0]
    handler = _handler(fired, clock)
    handler.add(_event("a", [5, 10, 20], fired, clock))
    handler.start(lambda: 7)
    handler.scan_past_events(20)
    assert fired == [("a", 10)]
    clock[0] = 20
    handler.set_time(20)
    assert fired == [("a", 10), ("a", 20)]


def test_events_of_one_moment_alternate_by_day_as_leans_search_makes_them():
    """The order that real LEAN shows for three `on_end_of_day` events beside its own daily event."""
    fired: list[tuple[str, int]] = []
    clock = [0]
    handler = _handler(fired, clock)
    handler.add(_event("daily", [5, 15, 25, 35], fired, clock))
    for name in ("BAC", "IBM", "SPY"):
        handler.add(_event(name, [10, 20, 30], fired, clock))
    handler.start(lambda: 0)
    for moment in range(5, 31, 5):
        clock[0] = moment
        handler.set_time(moment)
    order = [name for name, _ in fired if name != "daily"]
    assert order == ["BAC", "IBM", "SPY", "BAC", "SPY", "IBM", "BAC", "IBM", "SPY"]
