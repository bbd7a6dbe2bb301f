"""The equity curve inside LEAN's charts, in every form LEAN gave it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter

from leanboard.models.results import EquityPoint
from leanboard.storage.chart_points import Points, closes, kept_places, read_points
from leanboard.storage.lean_json import LAST_SECOND
from leanboard.storage.lean_sections import part, rows

Curve = Sequence[tuple[float, float]]


def equity_points(result: Mapping[str, object], limit: int) -> tuple[EquityPoint, ...]:
    """Return ``charts["Strategy Equity"].series["Equity"]``, oldest first, thinned; candles give their close.

    Args:
        result: LEAN's.
        limit: Most points; the ends and the extremes stay.
    """
    return thinned_curve(series_values(result, "Strategy Equity", "Equity"), limit)


def series_points(result: Mapping[str, object], chart: str, name: str) -> Points:
    """Return all points of a series; none when it is not there."""
    return read_points(part(result, "charts", chart, "series", name, "values"))


def series_values(result: Mapping[str, object], chart: str, name: str) -> Curve:
    """Return times (unix seconds) and values of a series, oldest first, gaps left out; of candles the closes."""
    plain = rows(result, "charts", chart, "series", name, "values")
    if plain is None:
        return closes(series_points(result, chart, name))
    found = [(row[0], row[-1]) for row in plain if 0 <= row[0] < LAST_SECOND]
    found.sort(key=itemgetter(0))  # keeps the order of points of one moment
    return found


def thinned_curve(known: Curve, limit: int) -> tuple[EquityPoint, ...]:
    """Return a curve thinned to at most ``limit`` points, as :func:`kept_places` does."""
    values = [value for _, value in known]
    kept = [known[place] for place in kept_places(values, values, limit)]
    return tuple(EquityPoint(time=datetime.fromtimestamp(at, UTC), value=value) for at, value in kept)
