"""The curves of a run: equity, benchmark, drawdown. Pure."""

from itertools import accumulate

from leanboard.models.analytics import EquityResponse
from leanboard.models.analytics_queries import CurveQuery
from leanboard.models.results import EquityPoint
from leanboard.storage.equity_series import Curve, series_values, thinned_curve
from leanboard.storage.result_document import ResultDocument

_PERCENT = 100.0
_DECIMALS = 10  # of a fraction; hides the binary noise of a division


def equity(document: ResultDocument, query: CurveQuery) -> EquityResponse:
    """Return the curves of a period, each thinned to ``query.points``."""
    start, end = query.period.seconds

    def part(curve: Curve) -> tuple[EquityPoint, ...]:
        return thinned_curve([pair for pair in curve if start <= pair[0] <= end], query.points)

    whole = series_values(document.root, "Strategy Equity", "Equity")
    return EquityResponse(
        currency=document.state.configuration.account_currency,
        equity=part(whole),
        benchmark=part(series_values(document.root, "Benchmark", "Benchmark")),
        drawdown=part(_drawdown(document, whole)),
    )


def _drawdown(document: ResultDocument, equity: Curve) -> Curve:
    """LEAN's series in fractions (it writes percent), else what the curve says."""
    known = series_values(document.root, "Drawdown", "Equity Drawdown")
    if known:
        return [(at, round(value / _PERCENT, _DECIMALS)) for at, value in known]
    peaks = accumulate((value for _, value in equity), max)
    falls = zip(equity, peaks, strict=True)
    return [(at, round(value / peak - 1, _DECIMALS)) for (at, value), peak in falls if peak > 0]
