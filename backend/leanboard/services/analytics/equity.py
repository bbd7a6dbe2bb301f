"""The curves of a run: equity, benchmark, drawdown. Pure."""

from collections.abc import Iterator
from itertools import accumulate

from leanboard.models.analytics import CurveQuery, EquityResponse
from leanboard.models.results import EquityPoint
from leanboard.storage.chart_points import Point, Points, closes, within
from leanboard.storage.equity_series import curve, series_points
from leanboard.storage.result_document import ResultDocument

_DECIMALS = 10  # of a fraction; hides the binary noise of a division


def equity(document: ResultDocument, query: CurveQuery) -> EquityResponse:
    """Return the curves of a period, each thinned to ``query.points``."""

    def part(points: Points) -> tuple[EquityPoint, ...]:
        return curve(within(points, *query.period.seconds), query.points)

    whole = series_points(document.root, "Strategy Equity", "Equity")
    return EquityResponse(
        currency=document.state.configuration.account_currency,
        equity=part(whole),
        benchmark=part(series_points(document.root, "Benchmark", "Benchmark")),
        drawdown=part(tuple(_drawdown(document, whole))),
    )


def _drawdown(document: ResultDocument, curve: Points) -> Iterator[Point]:
    """LEAN's series in fractions (it writes percent), else what the curve says."""
    known = closes(series_points(document.root, "Drawdown", "Equity Drawdown"))
    if known:
        for point in known:
            yield Point(point.time, round((point.value or 0.0) / 100, _DECIMALS))
        return
    values = [(point.time, point.value) for point in curve if point.value is not None]
    peaks = accumulate((value for _, value in values), max)
    for (at, value), peak in zip(values, peaks, strict=True):
        yield Point(at, round(value / peak - 1, _DECIMALS) if peak > 0 else None)
