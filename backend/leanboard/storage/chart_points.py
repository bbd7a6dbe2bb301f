"""The points of a chart's series, in every form LEAN gave them.

A point is ``[t, value]``, ``[t, open, high, low, close]``, ``{"x": t, "y": value}`` with or without ``tooltip``, or an
object with ``open`` to ``close``; ``t`` in unix seconds. Values may be null: a gap.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from leanboard.storage.lean_json import LAST_SECOND, lookup, number, text


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
    found = [point for raw in values if (point := _point(raw)) is not None] if isinstance(values, list) else []
    found.sort(key=_time)  # keeps the order of points of one moment
    return tuple(found)


def _time(point: Point) -> float:
    return point.time


def within(points: Iterable[Point], start: float, end: float) -> Points:
    """Return those of a period, both ends included, unix seconds."""
    return tuple(point for point in points if start <= point.time <= end)


def closes(points: Iterable[Point]) -> Points:
    """Return the values alone, gaps left out: the high of a candle is no value that the next one begins with."""
    return tuple(Point(point.time, point.value) for point in points if point.value is not None)


def thinned(points: Points, limit: int) -> Points:
    """Thin to at most ``limit`` points (4 at least): both ends stay, and of every part the lowest and the highest.

    The points are cut into parts of equal length; of candles the low and the high count. The lowest and the highest of
    all are so always kept.
    """
    last = len(points) - 1
    if last < max(limit, 4):
        return points
    lows = [_extreme(point.low, point.value, math.inf) for point in points]
    highs = [_extreme(point.high, point.value, -math.inf) for point in points]
    kept = {0, last}
    parts = max((limit - 2) // 2, 1)
    edges = [1 + (last - 1) * part // parts for part in range(parts + 1)]
    for start, end in pairwise(edges):
        if end > start:
            kept.add(min(range(start, end), key=lows.__getitem__))
            kept.add(max(range(start, end), key=highs.__getitem__))
    return tuple(points[place] for place in sorted(kept))


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
