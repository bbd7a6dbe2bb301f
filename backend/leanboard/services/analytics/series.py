"""LEAN's charts: what series there are, and a part of one. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from leanboard.errors import NotFound
from leanboard.models.analytics import ChartInfo, SeriesInfo, SeriesPoint, SeriesResponse, SeriesType
from leanboard.models.analytics_queries import CurveQuery
from leanboard.storage.chart_points import Points, read_points, thinned, within
from leanboard.storage.equity_series import series_points
from leanboard.storage.lean_json import clean, lookup, number, section, text

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
            yield _info(chart, name, series, read_points(lookup(series, "values")))


def _info(chart: str, name: str, raw: Mapping[str, object], points: Points) -> SeriesInfo:
    index = number(lookup(raw, "index"))
    return SeriesInfo(
        chart=clean(chart),
        name=clean(name),
        type=_type(lookup(raw, "seriesType")),
        unit=text(raw, "unit"),
        index=None if index is None else int(index),
        color=text(raw, "color"),
        marker=text(raw, "scatterMarkerSymbol"),
        points=len(points),
        start=_moment(points[0].time) if points else None,
        end=_moment(points[-1].time) if points else None,
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


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
    every = read_points(lookup(raw, "values"))
    inside = within(every, *query.period.seconds)
    return SeriesResponse(
        series=_info(chart, name, raw, every), total=len(inside), points=_rows(thinned(inside, query.points))
    )


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
    return _rows(series_points(root, chart, name))


def _rows(points: Points) -> tuple[SeriesPoint, ...]:
    return tuple(
        SeriesPoint(_moment(at), value, first, high, low, tooltip) for at, value, first, high, low, tooltip in points
    )
