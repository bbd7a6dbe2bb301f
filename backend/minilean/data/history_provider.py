"""Answers history requests: the same readers as those of the feeds, brought together in time."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from minilean.data.bars import BaseData
from minilean.data.data_feed import DataFeed
from minilean.data.fill_forward import FillForwardResolution
from minilean.data.reader import StartLimits
from minilean.data.slice import Slice
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.securities.symbol import Symbol
from minilean.times import TimeZone

_NEVER = 1 << 62
_PRECISION = "if there are numerical precision errors in the factor files."
_LISTING = "if it is before the first known date for the symbol."


class HistoryRequest(NamedTuple):
    """Data of one feed between two instants.

    Attributes:
        config: The feed; one of its own for each request, since readers note in it the ticker of the day.
        start_utc: The first point ends after this.
        end_utc: The last point ends at this or earlier.
    """

    config: SubscriptionDataConfig
    start_utc: int
    end_utc: int


class HistorySlice(Slice):
    """All history of one moment, and its symbols in the order of the requests."""

    __slots__ = ("symbols",)

    def __init__(self, utc: int, local: int) -> None:
        super().__init__(utc, local)
        self.symbols: dict[Symbol, None] = {}

    def add_bar(self, bar: BaseData) -> None:
        """Add a bar; of two of the same symbol the shorter one is kept."""
        self.symbols[bar.symbol] = None
        super().add_bar(bar)


class HistoryProvider:
    """Reads what was before now.

    Attributes:
        data_points: Points that were taken out of requests so far.
    """

    def __init__(self, feed: DataFeed, zone: Callable[[], TimeZone], warn: Callable[[str], None]) -> None:
        """Take the streams of the run, what tells the algorithm's zone, and where warnings to the user go."""
        self._limits = StartLimits()
        self._feed = feed.with_limits(self._limits)
        self._zone = zone
        self._warn = warn
        self._told: set[str] = set()
        self.data_points = 0

    def slices(self, requests: Sequence[HistoryRequest]) -> Iterator[HistorySlice]:
        """Yield all data of the requests by the moment at which it ends; within one, in the order of the requests."""
        zone = self._zone()
        streams = [_Stream(self._points(request)) for request in requests]
        self._tell_limits()
        while True:
            frontier = min((stream.emit_utc for stream in streams), default=_NEVER)
            if frontier == _NEVER:
                return
            found = HistorySlice(frontier, zone.to_local(frontier))
            for stream in streams:
                for point in stream.take(frontier):
                    self.data_points += 1
                    found.add_bar(point)
            yield found

    def _points(self, request: HistoryRequest) -> Iterator[BaseData]:
        config, zone = request.config, request.config.hours.time_zone
        start, end = zone.to_local(request.start_utc), zone.to_local(request.end_utc)
        step = FillForwardResolution(config.increment)
        for point in self._feed.stream(config, start, end, step):
            if not point.is_auxiliary and request.start_utc < point.end_utc <= request.end_utc:
                yield point

    def _tell_limits(self) -> None:
        """Warn once in a run of each reason for which data begins later than asked for."""
        for limited, text in ((self._limits.precision, _PRECISION), (self._limits.listing, _LISTING)):
            if limited and text not in self._told:
                self._told.add(text)
                self._warn(f"Warning: when performing history requests, the start date will be adjusted {text}")


class _Stream:
    """The points of one request and the next of them."""

    __slots__ = ("_current", "_points", "emit_utc")

    def __init__(self, points: Iterator[BaseData]) -> None:
        self._points = points
        self.emit_utc = _NEVER
        self._current: BaseData | None = None
        self._advance()

    def _advance(self) -> None:
        self._current = next(self._points, None)
        self.emit_utc = _NEVER if self._current is None else self._current.end_utc

    def take(self, frontier: int) -> Iterator[BaseData]:
        """Yield the points that end at an instant or before it."""
        while self.emit_utc <= frontier and self._current is not None:
            yield self._current
            self._advance()


def bars_of(found: Slice) -> Iterator[BaseData]:
    """Yield one bar of each symbol: that of the trades where there is one."""
    symbols = found.symbols if isinstance(found, HistorySlice) else found.keys()
    for symbol in symbols:
        bar = found[symbol]
        if bar is not None:
            yield bar
