"""Builds the stream of data points of a feed: reader, fill-forward, opening hours, warm-up."""

# ruff: noqa: PLR0917 - a feed has that many parts

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from minilean.data.bar_runs import BarRun, Stream, flat
from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.data.custom_reader import CustomDataReader, CustomDataSources
from minilean.data.data_provider import DataProvider
from minilean.data.factor_files import FactorFiles
from minilean.data.fill_forward import FillForwardEnumerator, FillForwardResolution
from minilean.data.history_span import start_of_bars
from minilean.data.pair_reader import PairDataReader
from minilean.data.reader import StartLimits, SubscriptionDataReader
from minilean.data.subscription_data_config import INCREMENTS, SubscriptionDataConfig
from minilean.enums import Resolution, SecurityType, TickType
from minilean.times import HOUR


class DataFeed:
    """The streams of a run. Times are local to each feed's exchange."""

    def __init__(
        self,
        provider: DataProvider,
        factor_files: FactorFiles,
        start_limits: StartLimits | None = None,
        custom: CustomDataSources | None = None,
    ) -> None:
        self._provider = provider
        self._custom = custom
        self._factor_files = factor_files
        self.start_limits = StartLimits() if start_limits is None else start_limits

    def record(self, path: Path, *, succeeded: bool) -> None:
        """Report a request for a file that is read elsewhere."""
        self._provider.record(path, succeeded=succeeded)

    def with_limits(self, start_limits: StartLimits) -> "DataFeed":
        """Return streams of the same files that note elsewhere which of them begin late."""
        return DataFeed(self._provider, self._factor_files, start_limits, self._custom)

    def stream(
        self,
        config: SubscriptionDataConfig,
        start: int,
        end: int,
        step: FillForwardResolution,
        *,
        last_point: tuple[BaseData, int] | None = None,
    ) -> Iterator[BaseData]:
        """Return the points of a feed between two local times, ready to be emitted."""
        return flat(self.runs(config, start, end, step, last_point=last_point))

    def runs(
        self,
        config: SubscriptionDataConfig,
        start: int,
        end: int,
        step: FillForwardResolution,
        *,
        last_point: tuple[BaseData, int] | None = None,
    ) -> Stream:
        """Return the same points, those without gaps as runs."""
        points = self._read(config, start, end)
        if config.fill_forward:
            points = FillForwardEnumerator(config, points, step, end, last_point=last_point).read()
        return self._open_hours(config, points, end)

    def _read(self, config: SubscriptionDataConfig, start: int, end: int) -> Stream:
        if config.data_type is not None and self._custom is not None:
            return CustomDataReader(config, self._custom, start, end).read()
        if config.symbol.security_type is not SecurityType.EQUITY:
            return PairDataReader(config, self._provider, start, end).read()
        return SubscriptionDataReader(config, self._provider, self._factor_files, start, end, self.start_limits).read()

    def warm_up_stream(
        self,
        config: SubscriptionDataConfig,
        warm_up_start: int,
        start: int,
        end: int,
        step: FillForwardResolution,
        resolution: Resolution | None,
    ) -> Stream:
        """Return warm-up points, perhaps of another resolution, followed by the feed's own from the start on.

        The second stream begins a day early, so that it has something to fill forward.
        """
        used = config.resolution if resolution is None else resolution
        quotes_missing = (
            config.symbol.security_type is SecurityType.EQUITY
            and config.tick_type is TickType.QUOTE
            and used in {Resolution.HOUR, Resolution.DAILY}
        )
        if quotes_missing or not any(config.hours.tradable_days(warm_up_start, start)):
            return (p for p in self.stream(config, start, end, step) if p.end_local >= start)
        warm_config = config.copy(used, fill_forward=config.fill_forward, extended=config.extended_market_hours)
        pivot = start_of_bars(config.hours, start, Resolution.DAILY, 1, extended=False)
        pivot = max(pivot, warm_up_start)
        warm_step = step if resolution is None else FillForwardResolution(INCREMENTS[used])
        tracker = _LastPoint()
        warm = self._track(self.stream(warm_config, warm_up_start, start, warm_step), start, tracker)
        normal = _Deferred(lambda: self._after_warm_up(config, pivot, start, end, step, tracker))
        return chain(warm, normal)

    def _track(self, points: Iterator[BaseData], limit: int, tracker: "_LastPoint") -> Iterator[BaseData]:
        for point in points:
            tracker.point = point
            if point.end_local <= limit:
                yield point

    def _after_warm_up(
        self,
        config: SubscriptionDataConfig,
        pivot: int,
        start: int,
        end: int,
        step: FillForwardResolution,
        tracker: "_LastPoint",
    ) -> Stream:
        seed = tracker.point
        last = (seed, pivot) if seed is not None and not seed.is_auxiliary else None
        emitted = seed.end_local if seed is not None else -1
        for item in self.runs(config, pivot, end, step, last_point=last):
            if type(item) is BarRun and item[0].end_local >= start and item[0].end_local > emitted:
                yield item
                continue
            for point in flat(iter((item,))):
                if point.end_local >= start and point.end_local > emitted:
                    yield point

    def _open_hours(self, config: SubscriptionDataConfig, points: Stream, end: int) -> Stream:
        hours, extended = config.hours, config.extended_market_hours
        first = last = 0
        for point in _unless_open(points, config):
            if type(point) is BarRun:
                yield point
                continue
            if not point.is_auxiliary:
                start, finish = point.time_local, point.end_local
                if not (first <= start and finish <= last):
                    if not hours.is_open_during(start, finish, extended=extended):
                        continue
                    if start > end:
                        return
                    first, last = hours.open_span(start, extended=extended)
                if point.is_fill_forward:
                    yield _settled(point, config)
                    continue
            yield point


def _unless_open(points: Stream, config: SubscriptionDataConfig) -> Iterator[Any]:
    """Yield runs whose bars all touch one span of opening hours as they are, and the bars of others one by one."""
    for item in points:
        if type(item) is BarRun:
            _, last = config.hours.open_span(item[0].end_local - 1, extended=config.extended_market_hours)
            if item[-1].time_local >= last:
                yield from item
                continue
        yield item


def _settled(point: BaseData, config: SubscriptionDataConfig) -> BaseData:
    """Give a filled bar the times LEAN shows: those of the bar it repeats, while it is emitted at its own end.

    A copy, because the next bars are still filled from the point as it was.
    """
    if config.strict_daily:
        calendar = config.hours.daily_calendar(point.time_local)
        start, end = calendar.start, calendar.end
    else:
        span = point.end_local - point.time_local
        start = _rounded_down(config, point.time_local, span)
        end = start + span
    if (start, end) == (point.time_local, point.end_local) or not isinstance(point, (TradeBar, QuoteBar)):
        return point
    return point.filled_forward(start, end, point.end_utc)


def _rounded_down(config: SubscriptionDataConfig, local: int, span: int) -> int:
    """Round a time down to a multiple of a span in the data's zone, and on to one in which the exchange is open."""
    hours = config.hours
    start = hours.round_down(local, span)
    if start == local or (span > HOUR and hours.time_zone is hours.data_time_zone):
        return start
    earlier = local
    while not hours.is_open_during(start, start + span, extended=config.extended_market_hours):
        earlier -= span
        start = hours.round_down(earlier, span)
    return start


class _LastPoint:
    """Remembers the last point of a stream."""

    __slots__ = ("point",)

    def __init__(self) -> None:
        self.point: BaseData | None = None


class _Deferred:
    """An iterator that is made when it is first advanced."""

    def __init__(self, make: Callable[[], Stream]) -> None:
        self._make = make
        self._made: Stream | None = None

    def __iter__(self) -> "_Deferred":
        return self

    def __next__(self) -> BaseData | BarRun:
        if self._made is None:
            self._made = self._make()
        return next(self._made)
