"""Date rules: ``self.date_rules``."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from minilean import times
from minilean.enums import DayOfWeek
from minilean.scheduling.rules import DateRule, Markets
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.symbol import Symbol
from minilean.spellings import refusing
from minilean.surface import Surface, arranged
from minilean.time_keeper import TimeKeeper
from minilean.times import DAY, TimeZone

_SEARCH_DAYS = 400


def _each_day(first: int, last: int) -> Iterator[int]:
    yield from range(first, last + 1, DAY)


@refusing(frozenset({"set_default_time_zone"}), "date_rules.")
class DateRules(Surface):
    """Makes date rules; those with a symbol move to its trading days."""

    def __init__(self, markets: Markets, clock: TimeKeeper, zone: Callable[[], TimeZone]) -> None:
        self._markets = markets
        self._clock = clock
        self._zone = zone

    def on(self, *when: Any, **named: Any) -> DateRule:  # noqa: ANN401 - year, month, day or dates
        """Return the rule of certain dates: year, month and day, one date, several, or a list of dates."""
        names = ("dates",) if "dates" in named else ("year", "month", "day")
        when = tuple(arranged("On", when, named, *names))
        if len(when) == 3 and all(isinstance(part, int) for part in when):
            days = [times.from_date(date(*when))]
        else:
            items = list(when[0]) if len(when) == 1 and not isinstance(when[0], date) else list(when)
            days = [times.midnight(_local(item)) for item in items]
        name = ",".join(times.to_datetime(day).strftime("%m/%d/%Y") for day in days)
        return DateRule(name, lambda first, last: (day for day in days if first <= day <= last))

    @property
    def today(self) -> DateRule:
        """Only the current date."""
        return DateRule("TodayOnly", lambda _first, _last: iter([times.midnight(self._clock.local(self._zone()))]))

    @property
    def tomorrow(self) -> DateRule:
        """Only the next date."""
        return DateRule(
            "TomorrowOnly", lambda _first, _last: iter([times.midnight(self._clock.local(self._zone())) + DAY])
        )

    def every(self, *days: DayOfWeek) -> DateRule:
        """Return the rule of certain days of the week."""
        names = list(days[0]) if len(days) == 1 and isinstance(days[0], (list, tuple)) else list(days)
        wanted = {(int(day) - 1) % 7 for day in names}
        name = ",".join(DayOfWeek(day).label for day in names)
        return DateRule(name, lambda first, last: (d for d in _each_day(first, last) if times.weekday(d) in wanted))

    def every_day(self, symbol: Symbol | str | None = None, extended_market_hours: bool = False) -> DateRule:  # noqa: FBT001, FBT002 - LEAN's
        """Return the rule of every calendar day, or of every trading day of a symbol."""
        if symbol is None:
            return DateRule("EveryDay", _each_day)
        hours = self._markets.hours_of(symbol)
        name = f"{self._markets.symbol_of(symbol).value}: EveryDay"
        return DateRule(name, lambda first, last: hours.tradable_days(first, last, extended=extended_market_hours))

    def month_start(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> DateRule:  # noqa: ANN401, FBT001, FBT002
        """Return the rule of the first day of each month, or the one some days after it."""
        return self._period("MonthStart", _month_bounds, symbol, days_offset, extended_market_hours, forward=True)

    def month_end(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> DateRule:  # noqa: ANN401, FBT001, FBT002
        """Return the rule of the last day of each month, or the one some days before it."""
        return self._period("MonthEnd", _month_bounds, symbol, days_offset, extended_market_hours, forward=False)

    def quarter_start(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> DateRule:  # noqa: ANN401, FBT001, FBT002
        """Return the rule of the first day of each quarter, or the one some days after it."""
        return self._period("QuarterStart", _quarter_bounds, symbol, days_offset, extended_market_hours, forward=True)

    def quarter_end(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> DateRule:  # noqa: ANN401, FBT001, FBT002
        """Return the rule of the last day of each quarter, or the one some days before it."""
        return self._period("QuarterEnd", _quarter_bounds, symbol, days_offset, extended_market_hours, forward=False)

    def year_start(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> DateRule:  # noqa: ANN401, FBT001, FBT002
        """Return the rule of the first day of each year, or the one some days after it."""
        return self._period("YearStart", _year_bounds, symbol, days_offset, extended_market_hours, forward=True)

    def year_end(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> DateRule:  # noqa: ANN401, FBT001, FBT002
        """Return the rule of the last day of each year, or the one some days before it."""
        return self._period("YearEnd", _year_bounds, symbol, days_offset, extended_market_hours, forward=False)

    def week_start(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> DateRule:  # noqa: ANN401, FBT001, FBT002
        """Return the rule of each Monday, or the day some days after it."""
        return self._period("WeekStart", _week_bounds, symbol, days_offset, extended_market_hours, forward=True)

    def week_end(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> DateRule:  # noqa: ANN401, FBT001, FBT002
        """Return the rule of each Friday, or the day some days before it."""
        return self._period("WeekEnd", _week_bounds, symbol, days_offset, extended_market_hours, forward=False)

    def _period(
        self,
        name: str,
        bounds: "_Bounds",
        symbol: Any,  # noqa: ANN401 - a symbol, or the offset when there is none
        offset: int,
        extended: bool,  # noqa: FBT001
        *,
        forward: bool,
    ) -> DateRule:
        hours: SecurityExchangeHours | None = None
        if isinstance(symbol, int):
            offset, symbol = symbol, None
        if symbol is not None:
            hours = self._markets.hours_of(symbol)
        elif bounds is _week_bounds and not forward:
            bounds = _week_bounds_to_friday
        shift = (f"+{offset}" if forward else f"-{offset}") if offset else ""
        name = f"{name}{shift}" if symbol is None else f"{self._markets.symbol_of(symbol).value}: {name}{shift}"
        return DateRule(
            name, lambda first, last: _scheduled(bounds, hours, (first, last), offset, extended, forward=forward)
        )


_Bounds = Callable[[int], tuple[int, int]]


def _local(moment: date) -> int:
    return times.from_datetime(moment) if isinstance(moment, datetime) else times.from_date(moment)


def _month_bounds(day: int) -> tuple[int, int]:
    start = times.to_date(day).replace(day=1)
    following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return times.from_date(start), times.from_date(following) - DAY


def _quarter_bounds(day: int) -> tuple[int, int]:
    current = times.to_date(day)
    start = date(current.year, (current.month - 1) // 3 * 3 + 1, 1)
    following = date(start.year + (start.month + 2) // 12, (start.month + 2) % 12 + 1, 1)
    return times.from_date(start), times.from_date(following) - DAY


def _year_bounds(day: int) -> tuple[int, int]:
    year = times.to_date(day).year
    return times.from_date(date(year, 1, 1)), times.from_date(date(year, 12, 31))


def _week_bounds(day: int) -> tuple[int, int]:
    monday = day - times.weekday(day) * DAY
    return monday, monday + 4 * DAY


def _week_bounds_to_friday(day: int) -> tuple[int, int]:
    monday = day - times.weekday(day) * DAY
    return monday - 2 * DAY, monday + 4 * DAY


def _scheduled(
    bounds: _Bounds,
    hours: SecurityExchangeHours | None,
    limits: tuple[int, int],
    offset: int,
    extended: bool,  # noqa: FBT001
    *,
    forward: bool,
) -> Iterator[int]:
    """Yield one day of each period, moved and offset by trading days, kept within its period."""
    first, last = limits
    cursor = first
    while True:
        begin, end = bounds(cursor)
        if begin > last:
            return
        base, limit = (begin, end) if forward else (end, begin)
        day = _move(hours, base, offset, extended, forward=forward)
        if (day > limit) if forward else (day < limit):
            day = _move(hours, limit, 0, extended, forward=not forward)
        if first <= day <= last:
            yield day
        cursor = end + DAY if bounds not in {_week_bounds, _week_bounds_to_friday} else end + 3 * DAY


def _move(hours: SecurityExchangeHours | None, base: int, offset: int, extended: bool, *, forward: bool) -> int:  # noqa: FBT001
    step = DAY if forward else -DAY
    if hours is None:
        return base + offset * step
    day = base
    if not hours.is_date_open(day, extended=extended):
        day = _next_open(hours, day, step)
    for _ in range(offset):
        day = _next_open(hours, day, step)
    return day


def _next_open(hours: SecurityExchangeHours, day: int, step: int) -> int:
    for _ in range(_SEARCH_DAYS):
        day += step
        if hours.is_date_open(day):
            return day
    raise ValueError(f"no trading day near {times.iso_text(day)}")
