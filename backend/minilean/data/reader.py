"""Reads the files of one feed in order and weaves in the corporate actions of each new day."""

# ruff: noqa: PLR0917 - a feed has that many parts

from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from minilean import times
from minilean.data.auxiliary_data import AuxiliaryData
from minilean.data.bar_runs import BarRun, Session, Stream, has_both_sides, quote_run, rows_of, trade_run
from minilean.data.bars import ZERO, BaseData, quote_bar_of_rows, trade_bar_of_row
from minilean.data.corporate_events import CorporateEvents
from minilean.data.data_provider import DataProvider
from minilean.data.factor_files import FactorFile, FactorFiles
from minilean.data.price_scale import PriceScale
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import DataNormalizationMode, Resolution, TickType
from minilean.securities.symbol import Symbol

_ONE = Decimal(1)
_UNIT = Decimal("0.0001")
_PRECISION = (
    "Due to numerical precision issues in the factor file, data for the following symbols was adjust to a later "
    "starting date"
)
_SHORTEST_RUN = 4
_LISTING = "The starting dates for the following symbols have been adjusted to match their map files first date"


class StartLimits:
    """Feeds whose data begins later than asked for, as LEAN tells the user at the end.

    Attributes:
        precision: Texts by SID for limits of the factor file.
        listing: Texts by SID for the first date of the map file.
    """

    _MOST = 10

    def __init__(self) -> None:
        self.precision: dict[str, str] = {}
        self.listing: dict[str, str] = {}

    def messages(self) -> Iterator[str]:
        """Yield what to tell the user."""
        for texts, head in (
            (
                self.precision,
                _PRECISION,
            ),
            (
                self.listing,
                _LISTING,
            ),
        ):
            if texts:
                listed = ", ".join(list(texts.values())[: self._MOST])
                yield f"{head}: {listed}{'...' if len(texts) >= self._MOST else ''}"


class SubscriptionDataReader:
    """Data points of a feed between two local times, prices already scaled.

    Rows come in file order; a row that does not end after the one before it is dropped. Before the rows of each new
    tradable day come that day's corporate actions.
    """

    def __init__(
        self,
        config: SubscriptionDataConfig,
        provider: DataProvider,
        factor_files: FactorFiles,
        start: int,
        end: int,
        limits: "StartLimits",
    ) -> None:
        self._config = config
        self._provider = provider
        self._start = self._asked_start = start
        self._end = end
        self._tradable = config.hours.tradable_days(start, end, extended=config.extended_market_hours)
        scaled = config.normalization is not DataNormalizationMode.RAW
        self._factors: FactorFile = factor_files.get(config.map_file.permtick)
        self._scaled = scaled
        if scaled:
            self._start = self._limited_start(start, limits)
        self._events = CorporateEvents(config, self._factors)
        self._last_close: str | None = None
        self._previous_end = -1
        self._symbol = config.symbol
        self._sides = ("0,0,0,0,0", "0,0,0,0,0")

    def _limited_start(self, start: int, limits: "StartLimits") -> int:
        """Move the start to where factors and listing begin, and note it for the user."""
        symbol, minimum = self._config.symbol, self._factors.minimum_date
        if minimum is not None and start < minimum:
            start = minimum
            limits.precision.setdefault(symbol.sid, f"[{symbol.value}, {times.to_datetime(minimum):%m/%d/%Y}]")
        first = self._config.map_file.first_date
        if self._config.map_file.rows and start < first:
            start = first
            limits.listing.setdefault(symbol.sid, f"[{symbol.value}, {times.to_datetime(first):%Y-%m-%d}]")
        return start

    def read(self) -> Stream:
        """Yield points and runs; the caller takes them as it needs, files are opened when their day comes."""
        config = self._config
        # Of the start that was asked for: a security that is listed later changes its ticker on its first day.
        if config.map_file.has_data(self._asked_start):
            config.mapped_ticker = config.map_file.ticker(self._asked_start, config.mapped_ticker)
        if self._start - self._start % times.DAY > config.map_file.delisting_date:
            return
        if config.resolution in {Resolution.HOUR, Resolution.DAILY}:
            yield from self._read_whole_history()
        else:
            yield from self._read_days()

    def _events_of(self, day: int) -> Iterator[AuxiliaryData]:
        """Yield a day's corporate actions; from then on data carries the ticker of the day."""
        for event in self._events.of_day(day, self._raw_price()):
            event.symbol = self._day_symbol()
            yield event
        self._day_symbol()

    def _day_symbol(self) -> Symbol:
        if self._symbol.value != self._config.mapped_ticker:
            self._symbol = Symbol(self._config.symbol.id, self._config.mapped_ticker)
        return self._symbol

    def _days(self) -> Iterator[int]:
        delisted = self._config.map_file.delisting_date
        for day in self._tradable:
            yield day
            if day > delisted:
                return

    def _raw_price(self) -> Decimal:
        return Decimal(self._last_close) * _UNIT if self._last_close else ZERO

    def _read_days(self) -> Stream:
        config = self._config
        for day in self._days():
            yield from self._events_of(day)
            if not config.map_file.has_data(day):
                continue
            lines = self._provider.equity_lines(config.resolution, config.tick_type, config.mapped_ticker, day)
            scale = self._scale(day)
            yield from self._day(self._window(lines, day), day, scale)
            if lines and config.tick_type is TickType.TRADE:
                self._last_close = lines[-1].split(",")[4]

    def _day(self, lines: list[str], day: int, scale: PriceScale | None) -> Stream:
        """Yield a day's rows: those without gaps as runs, the others one by one."""
        single = self._quotes if self._config.tick_type is TickType.QUOTE else self._trades
        done = 0
        for first, last in self._gapless(lines, day):
            yield from single(lines[done:first], day, scale)
            run = self._run(lines[first:last], day + _milliseconds(lines[first]) * 1000, scale)
            if run is None:
                yield from single(lines[first:last], day, scale)
            else:
                yield run
            done = last
        yield from single(lines[done:], day, scale)

    def _gapless(self, lines: list[str], day: int) -> Iterator[tuple[int, int]]:
        """Yield first index and end of rows without a gap."""
        config = self._config
        if config.tick_type is TickType.QUOTE and not has_both_sides(lines):
            return
        index = 0
        for segment in config.hours.segments(day):
            if not (segment.regular or config.extended_market_hours):
                continue
            session = Session(segment.start, segment.end, config.increment)
            index = bisect_left(lines, session.first, index, key=_milliseconds)
            while index < len(lines) and (count := session.rows_from(lines, index)):
                if count >= _SHORTEST_RUN:
                    yield index, index + count
                index += count

    def _run(self, lines: list[str], start: int, scale: PriceScale | None) -> BarRun | None:
        """Make a run of rows from a time on.

        Returns:
            None when not all of them lie within the feed and after the bar before them.
        """
        config = self._config
        rows = rows_of(self._symbol, lines, (start, config.increment), config.hours.time_zone, scale)
        if rows is None or rows.ends[0] <= self._previous_end:
            return None
        if rows.ends[0] < self._start or rows.starts[-1] > self._end:
            return None
        self._previous_end = rows.ends[-1]
        if config.tick_type is TickType.TRADE:
            return trade_run(rows)
        self._sides = _sides(lines[-1])
        return quote_run(rows)

    def _scale(self, day: int) -> PriceScale | None:
        if not self._scaled:
            return None
        factor = self._factors.price_scale(day, self._config.normalization)
        dividends = ZERO
        if self._config.normalization is DataNormalizationMode.TOTAL_RETURN:
            dividends = self._events.sum_of_dividends
        if factor == _ONE and not dividends:
            return None
        return PriceScale(factor, _ONE / factor, dividends)

    def _window(self, lines: list[str], day: int) -> list[str]:
        """Cut the rows that the filter would drop, but for the last before the open and of the day: it is filled."""
        if self._config.extended_market_hours:
            return lines
        segments = [s for s in self._config.hours.segments(day) if s.regular]
        if not segments:
            return lines
        increment = self._config.increment
        opens = (segments[0].start - increment) // 1000 + 1
        first = max(bisect_left(lines, opens, key=_milliseconds) - 1, 0)
        last = bisect_left(lines, segments[-1].end // 1000, first, key=_milliseconds)
        return lines[first:last] + lines[last:][-1:]

    def _trades(self, lines: list[str], day: int, scale: PriceScale | None) -> Iterator[BaseData]:
        config = self._config
        symbol, increment, zone = self._symbol, config.increment, config.hours.time_zone
        for line in lines:
            time = day + int(line[: line.index(",")]) * 1000
            end = time + increment
            if self._skips(time, end):
                if time > self._end:
                    return
                continue
            yield trade_bar_of_row(symbol, (time, end, zone.to_utc(end)), line, scale)

    def _skips(self, time: int, end: int) -> bool:
        if end <= self._previous_end:
            return True
        self._previous_end = end
        return end < self._start or time > self._end

    def _quotes(self, lines: list[str], day: int, scale: PriceScale | None) -> Iterator[BaseData]:
        config = self._config
        symbol, increment, zone = self._symbol, config.increment, config.hours.time_zone
        for line in lines:
            time = day + int(line[: line.index(",")]) * 1000
            end = time + increment
            if self._skips(time, end):
                if time > self._end:
                    return
                continue
            bid, ask = self._both_sides(line)
            yield quote_bar_of_rows(symbol, (time, end, zone.to_utc(end)), bid, ask, scale)

    def _both_sides(self, line: str) -> tuple[str, str]:
        """Split a quote row into its sides; a side without quotes is the one of the row before."""
        bid, ask = _sides(line)
        if config_fills := self._config.fill_forward:
            if bid.startswith("0,0,0,0,"):
                bid = self._sides[0]
            if ask.startswith("0,0,0,0,"):
                ask = self._sides[1]
        if config_fills:
            self._sides = (bid, ask)
        return bid, ask

    def _hours(self, lines: list[str], index: int, limit: int, scale: PriceScale | None) -> BarRun | None:
        """Make a run of the hours from a row on that follow each other before a time.

        Returns:
            None for feeds whose gaps may be filled within an hour, when another feed of the run is finer.
        """
        config = self._config
        if config.resolution is not Resolution.HOUR or config.fill_forward:
            return None
        first = following = _row_time(lines[index])
        last = index
        while last < len(lines) and following < limit and _row_time(lines[last]) == following:
            last += 1
            following += config.increment
        if last - index < _SHORTEST_RUN:
            return None
        run = self._run(lines[index:last], first, scale)
        if run is not None:
            self._last_close = lines[last - 1].split(",")[4]
        return run

    def _read_whole_history(self) -> Stream:
        config = self._config
        source = ""
        lines: list[str] = []
        index = 0
        days = list(self._days())
        for number, day in enumerate(days):
            changed = False
            yield from self._events_of(day)
            if config.map_file.has_data(day) and config.mapped_ticker != source:
                changed = bool(source)
                source = config.mapped_ticker
                lines = self._provider.equity_lines(config.resolution, config.tick_type, source, day)
                index = self._first_row(lines, day if changed else self._start)
                if not (lines or config.map_file.rows or self._factors.has_rows):
                    return  # without a history of its ticker nothing can come any more
            following = days[number + 1] if number + 1 < len(days) else self._end + 1
            scale = self._scale(day)
            while index < len(lines):
                line = lines[index]
                time = _row_time(line)
                if time >= following or time > self._end:
                    break
                run = self._hours(lines, index, min(following, self._end + 1), scale) if time >= day else None
                if run is not None:
                    yield run
                    index += len(run)
                    continue
                index += 1
                bar = self._row(line, time, scale if time >= day else self._scale(time - time % times.DAY))
                if bar is not None:
                    yield bar

    def _first_row(self, lines: list[str], start: int) -> int:
        """Return the index of the first row that ends at or after a time."""
        return bisect_left(lines, start - self._config.increment, key=_row_time)

    def _row(self, line: str, time: int, scale: PriceScale | None) -> BaseData | None:
        config = self._config
        end = time + config.increment
        if end <= self._previous_end or end < self._start:
            return None
        self._previous_end = end
        self._last_close = line.split(",")[4]
        if config.strict_daily:
            calendar = config.hours.daily_calendar(end)
            if calendar.end < time or calendar.end < self._start:
                return None
            time, end = calendar.start, calendar.end
        return trade_bar_of_row(self._symbol, (time, end, config.hours.time_zone.to_utc(end)), line, scale)


def _sides(line: str) -> tuple[str, str]:
    """Split a quote row into bid and ask, each ``open,high,low,close,size``."""
    fields = line.split(",")
    return ",".join(fields[1:6]), ",".join(fields[6:11])


def _milliseconds(line: str) -> int:
    return int(line[: line.index(",")])


@lru_cache(maxsize=64)
def _date(text: str) -> int:
    return times.parse_date(text)


def _row_time(line: str) -> int:
    """Read ``yyyyMMdd HH:mm`` at the start of a row."""
    return _date(line[:8]) + int(line[9:11]) * times.HOUR + int(line[12:14]) * times.MINUTE
