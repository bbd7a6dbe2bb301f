"""The equity curve inside LEAN's charts, in every form LEAN gave it."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from leanboard.models.results import EquityPoint
from leanboard.storage.lean_json import lookup, number, section

_LAST_SECOND = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


def equity_points(result: Mapping[str, object], limit: int) -> tuple[EquityPoint, ...]:
    """Return ``charts["Strategy Equity"].series["Equity"]``, oldest first, thinned as :func:`thin` does.

    Points are ``[t, open, high, low, close]`` (since August 2023), ``[t, value]``, or ``{"x": t, "y": value}``
    (before February 2024), ``t`` in unix seconds. Candles give their close. What is not understood is left out.
    """
    chart = section(section(result, "charts"), "Strategy Equity")
    values = lookup(section(section(chart, "series"), "Equity"), "values")
    if not isinstance(values, list):
        return ()
    pairs = [pair for pair in map(_pair, values) if pair is not None]
    pairs.sort(key=lambda pair: pair[0])
    kept = (pairs[index] for index in _kept([value for _, value in pairs], limit))
    return tuple(EquityPoint(time=datetime.fromtimestamp(at, UTC), value=value) for at, value in kept)


def _pair(raw: object) -> tuple[float, float] | None:
    if isinstance(raw, list) and len(raw) >= 2:
        at, value = number(raw[0]), number(raw[-1])
    elif isinstance(raw, dict):
        close = lookup(raw, "close")
        at, value = number(lookup(raw, "x")), number(lookup(raw, "y") if close is None else close)
    else:
        return None
    if at is None or value is None or not 0 <= at < _LAST_SECOND:
        return None
    return at, value


def thin(points: tuple[EquityPoint, ...], limit: int) -> tuple[EquityPoint, ...]:
    """Thin a curve to at most ``limit`` points (4 at least), keeping both ends and every bucket's extremes.

    The curve is cut into buckets of equal length in points; of each the lowest and the highest are kept, so the
    curve's own minimum and maximum always are.
    """
    if len(points) <= limit:
        return points
    return tuple(points[index] for index in _kept([point.value for point in points], limit))


def _kept(values: list[float], limit: int) -> list[int]:
    return kept_indexes(values, values, limit)


def kept_indexes(lows: Sequence[float], highs: Sequence[float], limit: int) -> list[int]:
    """Return which points of a curve stay, at most ``limit`` of them (4 at least), in order.

    Args:
        lows: Lowest value of each point; NaN where it has none.
        highs: Highest value of each point, likewise; the same as ``lows`` where a point is one value.
        limit: See :func:`thin`.
    """
    last = len(lows) - 1
    if last < max(limit, 4):
        return list(range(last + 1))
    kept = {0, last}
    buckets = max((limit - 2) // 2, 1)
    edges = [1 + (last - 1) * number // buckets for number in range(buckets + 1)]
    for start, end in pairwise(edges):
        if end > start:
            kept.add(min(range(start, end), key=lambda index: _or(lows[index], math.inf)))
            kept.add(max(range(start, end), key=lambda index: _or(highs[index], -math.inf)))
    return sorted(kept)


def _or(value: float, other: float) -> float:
    return other if math.isnan(value) else value
