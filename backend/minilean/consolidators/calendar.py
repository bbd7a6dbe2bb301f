"""Bars by the calendar: weeks, months, quarters, years, and functions of strategies."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from minilean import times
from minilean.times import DAY

CalendarFunction = Callable[[int], "CalendarInfo"]
_PROBE = datetime(2022, 1, 3, 10, 10, 10)  # noqa: DTZ001 - LEAN's own date for trying a function
_LATER = (
    "FuncPeriodSpecification: Please use a function that computes the start of the bar associated with the given date "
    "time. Should never return a time later than the one passed in."
)


class CalendarInfo(NamedTuple):
    """Start and length of a bar: microseconds in the engine, a datetime and a timedelta in a strategy."""

    start: Any
    period: Any

    @property
    def end(self) -> Any:  # noqa: ANN401
        """End of the bar."""
        return self.start + self.period


class CalendarRule:
    """One of LEAN's calendars; strategies pass it on or call it with a datetime."""

    def __init__(self, name: str, first_and_next: Callable[[date], tuple[date, date]]) -> None:
        """Take what tells the first day of the bar that a date belongs to, and that of the next bar."""
        self.name = name
        self._first_and_next = first_and_next

    def at(self, local: int) -> CalendarInfo:
        """Return the bar that a local time belongs to."""
        first, following = self._first_and_next(times.to_date(local))
        start = times.from_date(first)
        return CalendarInfo(start, times.from_date(following) - start)

    def __call__(self, moment: datetime) -> CalendarInfo:
        """Return the bar that a datetime belongs to."""
        start, period = self.at(times.from_datetime(moment))
        return CalendarInfo(times.to_datetime(start), timedelta(microseconds=period))


def _week(day: date) -> tuple[date, date]:
    monday = times.to_date(times.from_date(day) - times.weekday(times.from_date(day)) * DAY)
    return monday, monday + timedelta(days=7)


def _month(day: date) -> tuple[date, date]:
    return day.replace(day=1), (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _quarter(day: date) -> tuple[date, date]:
    first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return first, (first + timedelta(days=93)).replace(day=1)


def _year(day: date) -> tuple[date, date]:
    return day.replace(month=1, day=1), day.replace(year=day.year + 1, month=1, day=1)


class Calendar:
    """LEAN's calendars, in its three spellings."""

    weekly = WEEKLY = Weekly = CalendarRule("weekly", _week)
    monthly = MONTHLY = Monthly = CalendarRule("monthly", _month)
    quarterly = QUARTERLY = Quarterly = CalendarRule("quarterly", _quarter)
    yearly = YEARLY = Yearly = CalendarRule("yearly", _year)


def calendar_of(function: Callable[..., Any]) -> CalendarFunction:
    """Fit a calendar function of a strategy, which takes and gives datetimes; LEAN's own need no fitting.

    Raises:
        ValueError: The function gives a start after the time it was asked for.
    """
    if isinstance(function, CalendarRule):
        return function.at

    def info(local: int) -> CalendarInfo:
        found = function(times.to_datetime(local))
        start, period = (found.start, found.period) if hasattr(found, "period") else found
        if isinstance(start, date):
            start = times.from_datetime(start) if isinstance(start, datetime) else times.from_date(start)
        if isinstance(period, timedelta):
            period = times.from_timedelta(period)
        return CalendarInfo(start, period)

    probe = times.from_datetime(_PROBE)
    if info(probe).start > probe:
        raise ValueError(_LATER)
    return info
