"""Unbroken runs of minute bars, read at once, and streams that mix them with single points.

Most days of a feed have a bar for every minute: nothing is filled in or dropped, and a bar is looked at for its close
or not at all. Such rows pass through the stages of a feed as one list.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from minilean.data.bars import BaseData, QuoteBar, TradeBar
from minilean.data.price_scale import PriceScale
from minilean.securities.symbol import Symbol
from minilean.times import TimeZone

_MILLISECOND = 1000
_new = object.__new__


class BarRun(list[BaseData]):
    """Bars of one feed without a gap between them, within one span of opening hours and one offset from UTC.

    Attributes:
        ends_utc: The instants at which they are emitted; the same list for all feeds with the same instants.
    """

    __slots__ = ("ends_utc",)

    def __init__(self, bars: list[BaseData], ends_utc: list[int]) -> None:
        super().__init__(bars)
        self.ends_utc = ends_utc


Stream: TypeAlias = Iterator[BaseData | BarRun]


def flat(stream: Stream) -> Iterator[BaseData]:
    """Yield the points of a stream one by one."""
    for item in stream:
        if type(item) is BarRun:
            yield from item
        else:
            yield item  # type: ignore[misc]  # a point


@lru_cache(maxsize=64)
def _starts(first: int, step: int, count: int) -> tuple[str, ...]:
    """Return how rows begin that start at a time of the day and then one step after another (milliseconds)."""
    return tuple(f"{first + step * index}," for index in range(count))


@lru_cache(maxsize=64)
def steps_of(first: int, step: int, count: int) -> list[int]:
    """Return equally spaced times; callers get the same list for the same times."""
    return list(range(first, first + step * count, step))


class Session:
    """Finds runs among the rows of a day.

    Attributes:
        first: Time of the first row, milliseconds of the day.
    """

    __slots__ = ("_rows", "_step", "first")

    def __init__(self, start: int, end: int, increment: int) -> None:
        """Take an open span, microseconds of the day, and the length of a bar."""
        self.first = start // _MILLISECOND
        self._step = increment // _MILLISECOND
        self._rows = _starts(self.first, self._step, (end - start) // increment)

    def rows_from(self, lines: Sequence[str], index: int) -> int:
        """Return how many rows from one on follow each other without a gap; 0 when it does not lie in the session."""
        offset, rest = divmod(int(lines[index][: lines[index].index(",")]) - self.first, self._step)
        rows = self._rows
        if rest or not 0 <= offset < len(rows):
            return 0
        expected = rows[offset:] if offset else rows
        part = lines[index : index + len(expected)]
        if len(part) == len(expected) and all(map(str.startswith, part, expected)):
            return len(part)
        matches = enumerate(map(str.startswith, part, expected))
        return next((number for number, matching in matches if not matching), len(part))


class Rows(NamedTuple):
    """Rows of a file without a gap, with what their bars have in common.

    Attributes:
        lines: The rows, which begin with the time of the day.
        starts: Local starts of the bars.
        ends: Local ends.
        ends_utc: Instants of the ends.
        scale: What turns prices of the file into those of a normalization mode.
    """

    symbol: Symbol
    lines: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    ends_utc: list[int]
    scale: PriceScale | None


def rows_of(
    symbol: Symbol, lines: Sequence[str], span: tuple[int, int], zone: TimeZone, scale: PriceScale | None
) -> Rows | None:
    """Give rows their times, of the local start of the first and the length of each.

    Returns:
        None when the offset from UTC changes within them.
    """
    (start, increment), count = span, len(lines)
    first_utc = zone.to_utc(start + increment)
    if zone.to_utc(start + increment * count) != first_utc + increment * (count - 1):
        return None
    times = steps_of(start, increment, count + 1)
    return Rows(symbol, lines, times[:-1], times[1:], steps_of(first_utc, increment, count), scale)


def trade_run(rows: Rows) -> BarRun:
    """Make trade bars; their closes, which become the security's price, are decoded at once."""
    symbol, scale = rows.symbol, rows.scale
    closes = list(map(Decimal, [f"{line.split(',', 5)[4]}E-4" for line in rows.lines]))
    if scale is not None:
        factor, dividends = scale.factor, scale.dividends
        closes = [close * factor + dividends for close in closes] if dividends else [each * factor for each in closes]
    bars: list[BaseData] = []
    for line, start, end, end_utc, close in zip(rows.lines, rows.starts, rows.ends, rows.ends_utc, closes, strict=True):
        bar = _new(TradeBar)
        bar.symbol = symbol
        bar.time_local = start
        bar.end_local = end
        bar.end_utc = end_utc
        bar.is_fill_forward = False
        bar.close_ = close
        bar.row = line
        bar.scale = scale
        bars.append(bar)
    return BarRun(bars, rows.ends_utc)


def has_both_sides(lines: Sequence[str]) -> bool:
    """Tell whether no price of quote rows is zero or absent."""
    text = "\n".join(lines)
    return ",0," not in text and ",," not in text


def quote_run(rows: Rows) -> BarRun:
    """Make quote bars of rows that have both sides; they are decoded when they are first read."""
    symbol, scale = rows.symbol, rows.scale
    bars: list[BaseData] = []
    for line, start, end, end_utc in zip(rows.lines, rows.starts, rows.ends, rows.ends_utc, strict=True):
        bar = _new(QuoteBar)
        bar.symbol = symbol
        bar.time_local = start
        bar.end_local = end
        bar.end_utc = end_utc
        bar.is_fill_forward = False
        bar.has_prices = True
        bar.row = line
        bar.scale = scale
        bars.append(bar)
    return BarRun(bars, rows.ends_utc)
