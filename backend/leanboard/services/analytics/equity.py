"""The curves of a run: equity, benchmark, drawdown. Pure."""

import numpy as np

from leanboard.models.analytics import CurveQuery, EquityResponse
from leanboard.models.results import EquityPoint
from leanboard.services.analytics.series import within
from leanboard.storage.chart_points import Column, Points
from leanboard.storage.equity_series import curve, series_points
from leanboard.storage.result_document import ResultDocument

_DECIMALS = 10  # of a fraction; hides the binary noise of a division


def equity(document: ResultDocument, query: CurveQuery) -> EquityResponse:
    """Return the curves of a period, each thinned to ``query.points``."""

    def part(points: Points) -> tuple[EquityPoint, ...]:
        return curve(within(points, query.period), query.points)

    whole = series_points(document.root, "Strategy Equity", "Equity")
    return EquityResponse(
        currency=document.state.configuration.account_currency,
        equity=part(whole),
        benchmark=part(series_points(document.root, "Benchmark", "Benchmark")),
        drawdown=part(_drawdown(document, whole.closes())),
    )


def _drawdown(document: ResultDocument, closes: Points) -> Points:
    """LEAN's series in fractions (it writes percent), else what the curve says."""
    known = series_points(document.root, "Drawdown", "Equity Drawdown")
    if len(known):
        fractions: Column = np.round(known.values / 100.0, _DECIMALS)
        return Points(known.times, fractions)
    peaks = np.maximum.accumulate(closes.values)
    with np.errstate(divide="ignore", invalid="ignore"):
        falls: Column = np.where(peaks > 0, closes.values / peaks - 1.0, np.nan)
    return Points(closes.times, np.round(falls, _DECIMALS))
