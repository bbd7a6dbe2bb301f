"""The points of a chart's series, in every form LEAN gave them.

A point is ``[t, value]``, ``[t, open, high, low, close]``, ``{"x": t, "y": value}`` with or without ``tooltip``, or an
object with ``open`` to ``close``; ``t`` in unix seconds. Values may be null: a gap.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise, repeat
from operator import itemgetter
from typing import NamedTuple, cast

from leanboard.storage.lean_json import LAST_SECOND, lookup, number, text

_TIME = 0
_PLAIN_LENGTHS = ({2}, {5})
_PLAIN_TYPES = {int, float, type(None)}


class Point(NamedTuple):
    """One point: unix seconds, and what is known of it; ``value`` is the close of a candle."""

    time: float
    value: float | None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    tooltip: str | None = None


Points = tuple[Point, ...]


def read_points(values: object) -> Points:
    """Return the points of a series' ``values``, oldest first; what is not understood is left out."""
    if not isinstance(values, list) or not values:
        return ()
    found = _plain_points(values)
    if found is None:
        found = [point for raw in values if (point := _point(raw)) is not None]
        found.sort(key=itemgetter(_TIME))  # keeps the order of points of one moment
    return tuple(found)


def _plain_points(values: list[object]) -> list[Point] | None:
    """Read lists of numbers in order, all of one length: nearly every series, and long ones. None for all others."""
    lengths = {len(raw) if isinstance(raw, list) else 0 for raw in values}
    if lengths not in _PLAIN_LENGTHS:
        return None
    rows = cast("list[list[object]]", values)
    if not set(map(type, chain.from_iterable(rows))) <= _PLAIN_TYPES:
        return None
    columns = cast("list[tuple[float, ...]]", list(zip(*rows, strict=True)))
    times, nothing = columns[0], repeat(None)
    if None in times or not _in_order(times) or not math.isfinite(sum(filter(None, chain.from_iterable(columns)))):
        return None
    if len(columns) == 2:
        return list(map(Point._make, zip(times, columns[1], nothing, nothing, nothing, nothing, strict=False)))
    _, first, high, low, close = columns
    return list(map(Point._make, zip(times, close, first, high, low, nothing, strict=False)))


def _in_order(times: tuple[float, ...]) -> bool:
    return list(times) == sorted(times) and times[0] >= 0 and times[-1] < LAST_SECOND


def within(points: Points, start: float, end: float) -> Points:
    """Return those of a period, both ends included, unix seconds."""
    first = bisect_left(points, start, key=itemgetter(_TIME))
    return points[first : bisect_right(points, end, key=itemgetter(_TIME))]


def closes(points: Iterable[Point]) -> tuple[tuple[float, float], ...]:
    """Return times and values, gaps left out: the high of a candle is no value that the next one begins with."""
    return tuple((point.time, point.value) for point in points if point.value is not None)


def thinned(points: Points, limit: int) -> Points:
    """Thin to at most ``limit`` points, as :func:`kept_places` does; of candles the low and the high count."""
    lows = [_extreme(point.low, point.value, math.inf) for point in points]
    highs = [_extreme(point.high, point.value, -math.inf) for point in points]
    return tuple(points[place] for place in kept_places(lows, highs, limit))


def kept_places(lows: Sequence[float], highs: Sequence[float], limit: int) -> list[int]:
    """Return which points of a curve stay, at most ``limit`` (4 at least), in order.

    Both ends stay, and of every part the lowest and the highest, so those of the whole always do. The parts are of
    equal length in points.
    """
    last = len(lows) - 1
    if last < max(limit, 4):
        return list(range(last + 1))
    kept = {0, last}
    parts = max((limit - 2) // 2, 1)
    edges = [1 + (last - 1) * part // parts for part in range(parts + 1)]
    for start, end in pairwise(edges):
        if end > start:
            kept.add(min(range(start, end), key=lows.__getitem__))
            kept.add(max(range(start, end), key=highs.__getitem__))
    return sorted(kept)


def _extreme(extreme: float | None, value: float | None, nothing: float) -> float:
    if extreme is not None:
        return extreme
    return nothing if value is None else value


def _point(raw: object) -> Point | None:
    if isinstance(raw, list):
        return _list_point(raw)
    return _object_point(raw) if isinstance(raw, dict) else None


def _list_point(raw: Sequence[object]) -> Point | None:
    at = _moment(raw[0]) if len(raw) >= 2 else None
    if at is None:
        return None
    if len(raw) >= 5:
        return Point(at, number(raw[4]), number(raw[1]), number(raw[2]), number(raw[3]))
    return Point(at, number(raw[-1]))


def _object_point(raw: dict[str, object]) -> Point | None:
    x = lookup(raw, "x")
    at = _moment(lookup(raw, "time") if x is None else x)
    if at is None:
        return None
    close = lookup(raw, "close")
    return Point(
        at,
        number(lookup(raw, "y") if close is None else close),
        number(lookup(raw, "open")),
        number(lookup(raw, "high")),
        number(lookup(raw, "low")),
        text(raw, "tooltip") or None,
    )


def _moment(raw: object) -> float | None:
    at = number(raw)
    return at if at is not None and 0 <= at < LAST_SECOND else None
