"""The equity curve inside LEAN's charts, in every form LEAN gave it."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise

from leanboard.models.results import EquityPoint
from leanboard.storage.lean_json import lookup, section

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
        at, value = _number(raw[0]), _number(raw[-1])
    elif isinstance(raw, dict):
        close = lookup(raw, "close")
        at, value = _number(lookup(raw, "x")), _number(lookup(raw, "y") if close is None else close)
    else:
        return None
    if at is None or value is None or not 0 <= at < _LAST_SECOND:
        return None
    return at, value


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def thin(points: tuple[EquityPoint, ...], limit: int) -> tuple[EquityPoint, ...]:
    """Thin a curve to at most ``limit`` points (4 at least), keeping both ends and every bucket's extremes.

    The curve is cut into buckets of equal length in points; of each the lowest and the highest are kept, so the
    curve's own minimum and maximum always are.
    """
    if len(points) <= limit:
        return points
    return tuple(points[index] for index in _kept([point.value for point in points], limit))


def _kept(values: list[float], limit: int) -> list[int]:
    """Indexes of the points that stay."""
    last = len(values) - 1
    if last < max(limit, 4):
        return list(range(last + 1))
    kept = {0, last}
    buckets = max((limit - 2) // 2, 1)
    edges = [1 + (last - 1) * number // buckets for number in range(buckets + 1)]
    for start, end in pairwise(edges):
        if end > start:
            kept.add(min(range(start, end), key=values.__getitem__))
            kept.add(max(range(start, end), key=values.__getitem__))
    return sorted(kept)
