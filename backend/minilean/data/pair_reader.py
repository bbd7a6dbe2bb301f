"""Reads the files of a feed of a currency pair or an index, whose days and times are those of the data's own zone."""

from bisect import bisect_left
from collections.abc import Iterator

from minilean import times
from minilean.data.bars import BaseData, quote_bar_of_rows, trade_bar_of_row
from minilean.data.data_provider import DataProvider
from minilean.data.price_scale import PLAIN
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import Resolution, TickType
from minilean.times import DAY

_NO_SIDE = "0,0,0,0,0"


class PairDataReader:
    """Data points of a feed between two local times. There are no corporate actions, and prices are as written.

    Rows come in file order; a row that does not end after the one before it is dropped.
    """

    def __init__(self, config: SubscriptionDataConfig, provider: DataProvider, start: int, end: int) -> None:
        self._config = config
        self._provider = provider
        self._start = start
        self._end = end
        self._zone = config.hours.time_zone
        self._data_zone = config.hours.data_time_zone
        self._same_zone = self._zone is self._data_zone
        self._previous_end = -(1 << 62)
        self._sides = (_NO_SIDE, _NO_SIDE)
        self._make = self._quote if config.tick_type is TickType.QUOTE else self._trade

    def read(self) -> Iterator[BaseData]:
        """Yield the points; the caller takes them as it needs, files are opened when their day comes."""
        days = self._days()
        if self._config.resolution in {Resolution.HOUR, Resolution.DAILY}:
            first = next(days, None)
            if first is not None:
                yield from self._whole_history()
            return
        for day in days:
            lines = self._provider.pair_lines(self._config, day)
            for line in lines:
                time = self._local(day + int(line[: line.index(",")]) * 1000)
                if time > self._end:
                    return
                point = self._point(line, time)
                if point is not None:
                    yield point

    def _local(self, data_time: int) -> int:
        """Turn a time of the data's zone into one of the exchange's."""
        return data_time if self._same_zone else self._zone.to_local(self._data_zone.to_utc(data_time))

    def _data_time(self, local: int) -> int:
        return local if self._same_zone else self._data_zone.to_local(self._zone.to_utc(local))

    def _days(self) -> Iterator[int]:
        """Yield midnights of the data's zone of the days in which the exchange is open."""
        config = self._config
        current = self._start
        end = self._end - self._end % DAY + DAY
        while current < end:
            day = self._data_time(current)
            day -= day % DAY
            following = min(max(self._local(day + DAY), current + 1), end)
            if config.hours.is_open_during(current, following, extended=config.extended_market_hours):
                yield day
            current = following

    def _whole_history(self) -> Iterator[BaseData]:
        lines = self._provider.pair_lines(self._config, 0)
        earliest = self._data_time(self._start) - 2 * self._config.increment
        for line in lines[bisect_left(lines, earliest, key=_row_time) :]:
            time = self._local(_row_time(line))
            if time > self._end:
                return
            point = self._point(line, time)
            if point is not None:
                yield point

    def _point(self, line: str, time: int) -> BaseData | None:
        end = time + self._config.increment
        if end <= self._previous_end:
            return None
        self._previous_end = end
        if self._config.strict_daily:
            calendar = self._config.hours.daily_calendar(end)
            if calendar.end < time:
                return None
            time, end = calendar.start, calendar.end
        return self._make(line, time, end) if end >= self._start else None

    def _trade(self, line: str, time: int, end: int) -> BaseData:
        return trade_bar_of_row(self._config.symbol, (time, end, self._zone.to_utc(end)), line, PLAIN)

    def _quote(self, line: str, time: int, end: int) -> BaseData:
        fields = line.split(",")
        bid, ask = ",".join(fields[1:6]), ",".join(fields[6:11])
        if self._config.fill_forward:
            bid = self._sides[0] if bid.startswith("0,0,0,0,") else bid
            ask = self._sides[1] if ask.startswith("0,0,0,0,") else ask
            self._sides = (bid, ask)
        return quote_bar_of_rows(self._config.symbol, (time, end, self._zone.to_utc(end)), bid, ask, PLAIN)


def _row_time(line: str) -> int:
    """Read ``yyyyMMdd HH:mm`` at the start of a row."""
    return times.parse_date(line) + int(line[9:11]) * times.HOUR + int(line[12:14]) * times.MINUTE
