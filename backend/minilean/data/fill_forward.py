"""Fills gaps in a feed with copies of its last bar while the exchange is open."""

from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from minilean.data.auxiliary_data import Delisting
from minilean.data.bar_runs import BarRun, Stream
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.data.custom import PythonData
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import DelistingType
from minilean.times import DAY, HOUR

_end_of = attrgetter("end")


class FillForwardResolution:
    """The step in which gaps are filled: that of the finest feed of the run, shared by all its feeds."""

    __slots__ = ("span",)

    def __init__(self, span: int) -> None:
        self.span = span


class _Interval(NamedTuple):
    start: int
    end: int

    @property
    def period(self) -> int:
        return self.end - self.start


class FillForwardEnumerator:
    """LEAN's rules of filling forward, for one feed from a start to an end (local times)."""

    def __init__(
        self,
        config: SubscriptionDataConfig,
        source: Stream,
        step: FillForwardResolution,
        end: int,
        *,
        last_point: tuple[BaseData, int] | None = None,
    ) -> None:
        """Take the feed's points and, after warm-up, the last warm-up point with the start of the feed."""
        self._config = config
        self._hours = config.hours
        self._zone = config.hours.time_zone
        self._extended = config.extended_market_hours
        self._increment = config.increment
        self._strict = config.strict_daily
        self._source = source
        self._step = step
        self._end = end
        self._delisted: int | None = None
        self._seed = last_point

    def _items(self) -> Iterator[tuple[BaseData, BaseData, BaseData | BarRun]]:
        """Yield first and last point of each item of the source; a run that may reach a delisting is no run."""
        for item in self._source:
            if type(item) is not BarRun:
                point: BaseData = item  # type: ignore[assignment]
                yield point, point, point
            elif self._delisted is None:
                yield item[0], item[-1], item
            else:
                for each in item:
                    yield each, each, each

    def read(self) -> Stream:
        """Yield the source's points and the filled ones between and after them."""
        previous: BaseData | None = None
        current: BaseData | None = None
        if self._seed is not None:
            previous = _shifted(self._seed[0], self._seed[1] - self._increment)
        for following, last, item in self._items():
            self._note_delisting(following)
            if previous is not None and not self._adjacent(previous, following):
                while (filled := self._candidate(previous, following)) is not None:
                    if previous.end_local >= self._end or self._past_delisting(previous):
                        return
                    previous = filled
                    yield filled
            current = last
            yield item
            if not following.is_auxiliary:
                previous = last
            if self._past_delisting(previous):
                return
        yield from self._tail(previous, current)

    def _note_delisting(self, point: BaseData) -> None:
        if point.is_auxiliary and isinstance(point, Delisting) and point.type is DelistingType.DELISTED:
            self._delisted = point.end_local

    def _adjacent(self, previous: BaseData, following: BaseData) -> bool:
        """Tell quickly, for most pairs of bars, that there is no room between them."""
        if self._strict or following.is_auxiliary:
            return False
        gap = following.end_utc - previous.end_utc
        return gap <= self._step.span and gap <= self._increment

    def _past_delisting(self, previous: BaseData | None) -> bool:
        return self._delisted is not None and (previous is None or previous.end_local >= self._delisted)

    def _tail(self, previous: BaseData | None, current: BaseData | None) -> Iterator[BaseData]:
        """Go on filling after the last point until the end of the feed."""
        if self._delisted is not None or previous is None:
            return
        last = self._last_bar()
        final = _filled(previous, last.start, last.end, self._zone.to_utc(last.end))
        while previous.end_local < self._end:
            filled = self._candidate(previous, final)
            if filled is None:
                if not self._hours.is_open_during(last.start, last.end, extended=self._extended):
                    return
                if current is not None and current.end_local == last.end:
                    return
                filled = _filled(previous, last.start, last.end, self._zone.to_utc(last.end))
            previous = current = filled
            yield filled

    def _last_bar(self) -> _Interval:
        if self._strict:
            calendar = self._hours.daily_calendar(self._end)
            while calendar.end > self._end:
                calendar = self._hours.daily_calendar(calendar.start - DAY)
            return _Interval(calendar.start, calendar.end)
        start = self._hours.round_down(self._end, self._increment)
        return _Interval(start, start + self._increment)

    def _gap(self, previous_utc: int, next_utc: int) -> bool:
        gap = next_utc - previous_utc
        return gap > self._step.span or gap > self._increment

    def _candidate(self, previous: BaseData, following: BaseData) -> BaseData | None:
        """Return the bar that must be filled in between two points, or None when there is no room."""
        if not self._has_room(previous, following):
            return None
        to_utc = self._zone.to_utc
        period = following.end_local - following.time_local
        if not self._strict and period:
            period = self._increment
        limit = to_utc(following.time_local) + period
        for interval in self._intervals(previous.end_local):
            start = interval.start
            if not (self._strict and interval.period > HOUR):
                start = self._hours.round_down(start, interval.period)
            end_utc = to_utc(start) + interval.period
            if not (end_utc < limit or (following.is_auxiliary and end_utc == limit)):
                return None
            end = self._zone.to_local(end_utc)
            if self._hours.is_open_during(end - interval.period, end, extended=self._extended):
                return self._fill(previous, interval, end, end_utc)
        return None

    def _has_room(self, previous: BaseData, following: BaseData) -> bool:
        """Tell whether two points are further apart than the step or the length of a bar."""
        to_utc = self._zone.to_utc
        previous_utc, next_utc = to_utc(previous.time_local), to_utc(following.time_local)
        if following.end_utc < previous_utc or not self._gap(previous_utc, next_utc):
            return False
        period = following.end_local - following.time_local
        if not previous.is_fill_forward or (self._strict and period > HOUR):
            return True
        rounded = self._hours.round_down(following.time_local, period) if period else following.time_local
        return self._gap(previous_utc, to_utc(rounded))

    def _fill(self, previous: BaseData, interval: _Interval, end: int, end_utc: int) -> BaseData:
        period = self._increment
        if self._strict:
            period = self._hours.market_duration(max(end - self._hours.regular_duration, interval.start))
        return _filled(previous, self._zone.to_local(end_utc - period), end, end_utc)

    def _intervals(self, previous_end: int) -> Iterator[_Interval]:
        step = self._step.span
        if step == self._increment:
            yield from self._same_resolution(previous_end)
        else:
            yield from self._mixed(previous_end, min(step, self._increment), max(step, self._increment))

    def _daily(self, local: int) -> _Interval:
        calendar = self._hours.daily_calendar(local)
        return _Interval(calendar.start, calendar.end)

    def _same_resolution(self, previous_end: int) -> Iterator[_Interval]:
        hours, increment = self._hours, self._increment
        if self._strict:
            yield self._daily(hours.next_market_open(previous_end, extended=False))
            return
        if hours.is_open_during(previous_end, previous_end + increment, extended=self._extended):
            yield _Interval(previous_end, previous_end + increment)
        start = hours.next_market_open(previous_end, extended=self._extended)
        yield _Interval(start, start + increment)

    def _mixed(self, previous_end: int, smaller: int, larger: int) -> Iterator[_Interval]:
        hours = self._hours
        found: list[_Interval] = []
        if hours.is_open_during(previous_end, previous_end + smaller, extended=self._extended):
            if not self._strict:
                yield _Interval(previous_end, previous_end + smaller)
            else:
                found.append(_Interval(previous_end, previous_end + smaller))
        if self._strict:
            daily = self._daily(previous_end)
            if previous_end < daily.end:
                found.append(daily)
        else:
            start = hours.round_down(previous_end, larger)
            if hours.is_open_during(start, start + larger, extended=self._extended):
                found.append(_Interval(start, start + larger))
        opens = hours.next_market_open(previous_end, extended=self._extended)
        found.append(_Interval(opens, opens + smaller))
        if self._strict:
            found.append(self._daily(hours.next_market_open(previous_end, extended=False)))
        yield from sorted(found, key=_end_of)


def _filled(previous: BaseData, start: int, end: int, end_utc: int) -> BaseData:
    if not isinstance(previous, (TradeBar, QuoteBar, PythonData)):
        raise TypeError(f"{type(previous).__name__} cannot be filled forward")
    return previous.filled_forward(start, end, end_utc)


def _shifted(point: BaseData, start: int) -> BaseData:
    """Copy the last warm-up point with another start, so that nothing is filled before it."""
    moved = _filled(point, start, point.end_local, point.end_utc)
    moved.is_fill_forward = point.is_fill_forward
    return moved
