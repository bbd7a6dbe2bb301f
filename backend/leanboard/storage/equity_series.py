"""The equity curve inside LEAN's charts, in every form LEAN gave it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from leanboard.models.results import EquityPoint
from leanboard.storage.chart_points import Points, closes, read_points, thinned
from leanboard.storage.lean_sections import part


def equity_points(result: Mapping[str, object], limit: int) -> tuple[EquityPoint, ...]:
    """Return ``charts["Strategy Equity"].series["Equity"]``, oldest first, thinned; candles give their close.

    Args:
        result: LEAN's.
        limit: Most points; the ends and the extremes stay.
    """
    return curve(series_points(result, "Strategy Equity", "Equity"), limit)


def series_points(result: Mapping[str, object], chart: str, name: str) -> Points:
    """Return all points of a series; none when it is not there."""
    return read_points(part(result, "charts", chart, "series", name, "values"))


def curve(points: Points, limit: int) -> tuple[EquityPoint, ...]:
    """Return the values of some points, gaps left out, thinned."""
    return tuple(
        EquityPoint(time=datetime.fromtimestamp(point.time, UTC), value=point.value)
        for point in thinned(closes(points), limit)
        if point.value is not None
    )
