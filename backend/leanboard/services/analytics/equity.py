"""The curves of a run: equity, benchmark, drawdown. Pure."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from leanboard.models.analytics import CurveQuery, EquityResponse, SeriesPoint
from leanboard.models.results import EquityPoint
from leanboard.services.analytics.series import named_points, thinned, within
from leanboard.storage.result_document import ResultDocument


def equity(document: ResultDocument, query: CurveQuery) -> EquityResponse:
    """Return the curves of a period, each thinned to ``query.points``."""

    def part(points: tuple[SeriesPoint, ...]) -> tuple[EquityPoint, ...]:
        return tuple(_values(thinned(within(points, query.period), query.points)))

    curve = _closes(named_points(document.root, "Strategy Equity", "Equity"))
    return EquityResponse(
        currency=document.state.configuration.account_currency,
        equity=part(curve),
        benchmark=part(named_points(document.root, "Benchmark", "Benchmark")),
        drawdown=part(_drawdown(document, curve)),
    )


def _closes(points: Iterable[SeriesPoint]) -> tuple[SeriesPoint, ...]:
    """Candles give their closes: a day's high is no value that the next step begins with."""
    return tuple(SeriesPoint(point.time, point.value) for point in points)


def _values(points: Iterable[SeriesPoint]) -> Iterator[EquityPoint]:
    for point in points:
        if point.value is not None:
            yield EquityPoint(time=point.time, value=point.value)


def _drawdown(document: ResultDocument, curve: tuple[SeriesPoint, ...]) -> tuple[SeriesPoint, ...]:
    """LEAN's series in fractions (it writes percent), else what the curve says."""
    known = named_points(document.root, "Drawdown", "Equity Drawdown")
    if known:
        return tuple(
            SeriesPoint(point.time, None if point.value is None else round(point.value / 100, 10)) for point in known
        )
    values = [(point, point.value) for point in curve if point.value is not None]
    peaks = accumulate((value for _, value in values), max)
    return tuple(
        SeriesPoint(point.time, value / peak - 1 if peak > 0 else None)
        for (point, value), peak in zip(values, peaks, strict=True)
    )
