"""When an exchange is open. All times are local to the exchange, in microseconds."""

# ruff: noqa: PLR0917 - the columns of the database

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from minilean import times
from minilean.dotnet_errors import ArgumentException, InvalidOperationException
from minilean.times import DAY, TimeZone

_HORIZON_DAYS = 15


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a day, counted from its midnight; regular trading or pre- and post-market."""

    start: int
    end: int
    regular: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The span of a daily bar."""

    start: int
    end: int


class SecurityExchangeHours:
    """Opening hours with holidays, early closes and late opens.

    Attributes:
        time_zone: Zone of the exchange; every argument and result of the methods is a local time of it.
        data_time_zone: Zone in which the exchange's data files count.
        is_always_open: Whether the exchange never closes.
        days_end_at_close: Whether daily bars may end at the close of the exchange instead of a midnight of the data.
        regular_duration: The most frequent length of a trading day.
    """

    def __init__(
        self,
        time_zone: TimeZone,
        data_time_zone: TimeZone,
        week: Sequence[Sequence[Segment]],
        holidays: AbstractSet[int],
        early_closes: Mapping[int, int],
        late_opens: Mapping[int, int],
        *,
        days_end_at_close: bool = True,
    ) -> None:
        """Take the segments of Monday to Sunday, and exceptions keyed by the midnight of their date."""
        self.time_zone = time_zone
        self.data_time_zone = data_time_zone
        self._week = week
        self._holidays = holidays
        self._early_closes = early_closes
        self._late_opens = late_opens
        self._days: dict[int, tuple[Segment, ...]] = {}
        self._spans: dict[tuple[int, bool], tuple[tuple[int, int], ...]] = {}
        self._calendars: dict[int, Calendar] = {}
        durations = Counter(sum(s.end - s.start for s in day if s.regular) for day in week)
        durations = Counter({length: count for length, count in durations.items() if length})
        self.regular_duration = max(durations, key=lambda length: (durations[length], length), default=DAY)
        self.is_always_open = all(
            len(day) == 1 and day[0].regular and day[0].start == 0 and day[0].end == DAY for day in week
        )
        self.days_end_at_close = days_end_at_close and not self.is_always_open

    def round_down(self, local: int, span: int) -> int:
        """Return the last multiple of a span, counted in the data's zone, at or before a time."""
        if self.time_zone is self.data_time_zone:
            return local - local % span
        data = self.data_time_zone.to_local(self.time_zone.to_utc(local))
        return self.time_zone.to_local(self.data_time_zone.to_utc(data - data % span))

    def segments(self, midnight: int) -> tuple[Segment, ...]:
        """Return the open parts of the day that starts at a midnight."""
        day = self._days.get(midnight)
        if day is None:
            day = self._days[midnight] = tuple(self._make_day(midnight))
        return day

    def _make_day(self, midnight: int) -> Iterator[Segment]:
        if midnight in self._holidays:
            return
        first = self._late_opens.get(midnight, 0)
        last = self._early_closes.get(midnight, DAY)
        for segment in self._week[times.weekday(midnight)]:
            start, end = max(segment.start, first), min(segment.end, last)
            if start < end:
                yield Segment(start, end, segment.regular)

    def _open_spans(self, midnight: int, *, extended: bool) -> tuple[tuple[int, int], ...]:
        """Return the open spans of a day as local times, touching ones joined."""
        key = (midnight, extended)
        spans = self._spans.get(key)
        if spans is None:
            joined: list[tuple[int, int]] = []
            for segment in self.segments(midnight):
                if not (segment.regular or extended):
                    continue
                start, end = midnight + segment.start, midnight + segment.end
                if joined and joined[-1][1] == start:
                    joined[-1] = (joined[-1][0], end)
                else:
                    joined.append((start, end))
            spans = self._spans[key] = tuple(joined)
        return spans

    def is_open(self, local: int, *, extended: bool) -> bool:
        """Tell whether the exchange is open at a moment; the opening belongs to it, the close does not."""
        return any(start <= local < end for start, end in self._open_spans(local - local % DAY, extended=extended))

    def is_open_during(self, start: int, end: int, *, extended: bool) -> bool:
        """Tell whether the exchange is open in any part of a span."""
        if start == end:
            return self.is_open(start, extended=extended)
        midnight = start - start % DAY
        while midnight < end:
            for first, last in self._open_spans(midnight, extended=extended):
                if first < end and last > start:
                    return True
            midnight += DAY
        return False

    def open_span(self, local: int, *, extended: bool) -> tuple[int, int]:
        """Return start and end of the open span that a time lies in, an empty span when it lies in none."""
        for start, end in self._open_spans(local - local % DAY, extended=extended):
            if start <= local < end:
                return start, end
        return 0, 0

    def is_date_open(self, local: int, *, extended: bool = False) -> bool:
        """Tell whether the exchange trades at all on the date of a time."""
        return bool(self._open_spans(local - local % DAY, extended=extended))

    def next_market_open(self, local: int, *, extended: bool) -> int:
        """Return the first opening after a time.

        Raises:
            ArgumentException: There is none within two weeks.
        """
        midnight = local - local % DAY
        for day in range(midnight, midnight + (_HORIZON_DAYS + 1) * DAY, DAY):
            for start, _ in self._open_spans(day, extended=extended):
                if start > local and not (start == day and self._closes_at(day, extended=extended)):
                    return start
        raise self._never("open", "AfterMarketOpen")

    def next_market_close(self, local: int, *, extended: bool) -> int:
        """Return the first closing after a time.

        Raises:
            ArgumentException: There is none within two weeks.
        """
        midnight = local - local % DAY
        for day in range(midnight, midnight + (_HORIZON_DAYS + 1) * DAY, DAY):
            for _, end in self._open_spans(day, extended=extended):
                if end > local and not (end == day + DAY and self._opens_at(end, extended=extended)):
                    return end
        raise self._never("close", "BeforeMarketClose")

    def _closes_at(self, midnight: int, *, extended: bool) -> bool:
        spans = self._open_spans(midnight - DAY, extended=extended)
        return bool(spans) and spans[-1][1] == midnight

    def _opens_at(self, midnight: int, *, extended: bool) -> bool:
        spans = self._open_spans(midnight, extended=extended)
        return bool(spans) and spans[0][0] == midnight

    def first_daily_market_open(self, local: int, *, extended: bool = False) -> int:
        """Return the first opening of the last day that opened at or before a time.

        Raises:
            ArgumentException: The exchange never closes.
            InvalidOperationException: There is none within two weeks.
        """
        if self.is_always_open:
            raise self._never("open", "AfterMarketOpen")
        midnight = local - local % DAY
        for day in range(midnight, midnight - (_HORIZON_DAYS + 1) * DAY, -DAY):
            spans = self._open_spans(day, extended=extended)
            if spans and spans[0][0] <= local:
                return spans[0][0]
        raise InvalidOperationException(
            f"Did not find last market open for {times.invariant_text(local)}. IsMarketAlwaysOpen: False"
        )

    def _never(self, what: str, rule: str) -> ArgumentException:
        text = f"Unable to locate next market {what} within two weeks."
        if self.is_always_open:
            text += (
                f" Market is always open for this asset, this can happen e.g. if using TimeRules {rule} for a crypto "
                "asset. An alternative would be TimeRules.At(), TimeRules.Every(), TimeRules.Midnight or "
                "TimeRules.Noon instead"
            )
        return ArgumentException(text)

    def last_daily_market_close(self, local: int, *, extended: bool = False) -> int:
        """Return the last closing of the first day whose last closing comes after a time."""
        midnight = local - local % DAY
        for day in range(midnight, midnight + (_HORIZON_DAYS + 1) * DAY, DAY):
            spans = self._open_spans(day, extended=extended)
            if spans and spans[-1][1] > local:
                return spans[-1][1]
        raise self._never("close", "BeforeMarketClose")

    def daily_calendar(self, local: int) -> Calendar:
        """Return the regular hours of the day in progress or last begun at a time: the span of a daily bar."""
        start = self.first_daily_market_open(local)
        calendar = self._calendars.get(start)
        if calendar is None:
            calendar = self._calendars[start] = Calendar(start, self.last_daily_market_close(start))
        return calendar

    def market_duration(self, local: int) -> int:
        """Return how long regular trading lasts on the date of a time."""
        return sum(s.end - s.start for s in self.segments(local - local % DAY) if s.regular)

    def tradable_days(self, first: int, last: int, *, extended: bool = False) -> Iterator[int]:
        """Yield the midnights of the open days from ``first``, if it is open after that, to the date of ``last``."""
        midnight = first - first % DAY
        for day in range(midnight, last + 1, DAY):
            spans = self._open_spans(day, extended=extended)
            if spans and (day > midnight or spans[-1][1] > first):
                yield day
