"""LEAN's charts in every form LEAN gave them. Pure.

A chart has series, a series points: ``[t, value]``, ``[t, open, high, low, close]``, ``{"x": t, "y": value}`` with or
without ``tooltip``, or objects with ``open`` to ``close``; ``t`` in unix seconds. Values may be null: a gap.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from leanboard.errors import NotFound
from leanboard.models.analytics import (
    ChartInfo,
    CurveQuery,
    Period,
    SeriesInfo,
    SeriesPoint,
    SeriesResponse,
    SeriesType,
)
from leanboard.storage.equity_series import kept_indexes
from leanboard.storage.lean_json import clean, lookup, number, section, text, unix_time

_TYPES = {
    0: SeriesType.LINE,
    1: SeriesType.SCATTER,
    2: SeriesType.CANDLE,
    3: SeriesType.BAR,
    4: SeriesType.FLAG,
    5: SeriesType.STACKED_AREA,
    6: SeriesType.PIE,
    7: SeriesType.TREEMAP,
    9: SeriesType.HEATMAP,
    10: SeriesType.SCATTER_3D,
}
_BY_NAME = {kind.value.replace("_", ""): kind for kind in SeriesType}
_NAN = math.nan


def charts(root: Mapping[str, object]) -> tuple[ChartInfo, ...]:
    """Return what charts and series there are, in LEAN's order."""
    found = section(root, "charts")
    return tuple(
        ChartInfo(name=clean(name), series=tuple(_infos(name, chart)))
        for name, chart in found.items()
        if isinstance(chart, dict)
    )


def _infos(chart: str, raw: Mapping[str, object]) -> Iterator[SeriesInfo]:
    for name, series in section(raw, "series").items():
        if isinstance(series, dict):
            yield _info(chart, name, series, tuple(_times(series)))


def _times(series: Mapping[str, object]) -> Iterator[datetime]:
    for raw in _values(series):
        at = _time(raw)
        if at is not None:
            yield at


def _info(chart: str, name: str, raw: Mapping[str, object], times: tuple[datetime, ...]) -> SeriesInfo:
    index = number(lookup(raw, "index"))
    return SeriesInfo(
        chart=clean(chart),
        name=clean(name),
        type=_type(lookup(raw, "seriesType")),
        unit=text(raw, "unit"),
        index=None if index is None else int(index),
        color=text(raw, "color"),
        marker=text(raw, "scatterMarkerSymbol"),
        points=len(times),
        start=min(times, default=None),
        end=max(times, default=None),
    )


def _type(raw: object) -> SeriesType:
    if isinstance(raw, str):
        return _BY_NAME.get(raw.lower(), SeriesType.UNKNOWN)
    return _TYPES.get(raw, SeriesType.UNKNOWN) if isinstance(raw, int) else SeriesType.UNKNOWN


def series(root: Mapping[str, object], path: str, query: CurveQuery) -> SeriesResponse:
    """Return the points of one series in a period, thinned.

    Args:
        root: LEAN's result.
        path: Name of the chart, ``/``, name of the series; both names may hold slashes themselves.
        query: Which part.

    Raises:
        NotFound: There is no such series.
    """
    chart, name, raw = _find(root, path)
    every = points(raw)
    inside = within(every, query.period)
    info = _info(chart, name, raw, tuple(point.time for point in every))
    return SeriesResponse(series=info, total=len(inside), points=thinned(inside, query.points))


def _find(root: Mapping[str, object], path: str) -> tuple[str, str, Mapping[str, object]]:
    found = section(root, "charts")
    for chart, raw in found.items():
        if path.startswith(f"{chart}/") and isinstance(raw, dict):
            name = path[len(chart) + 1 :]
            series = section(raw, "series").get(name)
            if isinstance(series, dict):
                return chart, name, series
    msg = f"there is no chart and series {path[:200]!r}; charts lists what there is"
    raise NotFound(msg)


def named_points(root: Mapping[str, object], chart: str, name: str) -> tuple[SeriesPoint, ...]:
    """Return all points of a series of LEAN's own; empty when it is not there."""
    found = section(section(section(section(root, "charts"), chart), "series"), name)
    return points(found)


def points(raw: Mapping[str, object]) -> tuple[SeriesPoint, ...]:
    """Return the points of a series, oldest first; what is not understood is left out."""
    found = [point for point in map(_point, _values(raw)) if point is not None]
    found.sort(key=lambda point: point.time)
    return tuple(found)


def _values(raw: Mapping[str, object]) -> list[object]:
    values = lookup(raw, "values")
    return values if isinstance(values, list) else []


def _time(raw: object) -> datetime | None:
    if isinstance(raw, list):
        return unix_time(raw[0]) if len(raw) >= 2 else None
    if not isinstance(raw, dict):
        return None
    at = lookup(raw, "x")
    return unix_time(lookup(raw, "time") if at is None else at)


def _point(raw: object) -> SeriesPoint | None:
    at = _time(raw)
    if at is None:
        return None
    if isinstance(raw, list):
        if len(raw) >= 5:
            return SeriesPoint(at, number(raw[4]), number(raw[1]), number(raw[2]), number(raw[3]))
        return SeriesPoint(at, number(raw[-1]))
    return _object_point(at, raw) if isinstance(raw, dict) else None


def _object_point(at: datetime, raw: Mapping[str, object]) -> SeriesPoint:
    close = lookup(raw, "close")
    return SeriesPoint(
        at,
        number(lookup(raw, "y") if close is None else close),
        number(lookup(raw, "open")),
        number(lookup(raw, "high")),
        number(lookup(raw, "low")),
        text(raw, "tooltip") or None,
    )


def within(every: Iterable[SeriesPoint], period: Period) -> tuple[SeriesPoint, ...]:
    """Return the points of a period."""
    return tuple(point for point in every if period.holds(point.time))


def thinned(every: tuple[SeriesPoint, ...], limit: int) -> tuple[SeriesPoint, ...]:
    """Thin to at most ``limit`` points: both ends stay, and of every part the lowest and the highest."""
    if len(every) <= limit:
        return every
    lows = [_first(point.low, point.value) for point in every]
    highs = [_first(point.high, point.value) for point in every]
    return tuple(every[index] for index in kept_indexes(lows, highs, limit))


def _first(extreme: float | None, value: float | None) -> float:
    if extreme is not None:
        return extreme
    return _NAN if value is None else value
