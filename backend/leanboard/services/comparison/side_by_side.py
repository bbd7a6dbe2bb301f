"""A comparison, put together from what was read of the runs."""

from collections.abc import Sequence
from datetime import UTC, datetime

from leanboard.models.comparison import ComparedRun, Comparison, RebasedCurve, RebasedEquity
from leanboard.models.results import EquityPoint
from leanboard.services.comparison import statistics
from leanboard.services.comparison.code_diff import code_diff
from leanboard.services.comparison.comparability import parameter_rows, settings_rows, warnings
from leanboard.services.comparison.compared import Compared
from leanboard.services.comparison.curves import Curve, common_window, correlation, curve_of, rebased, thinned
from leanboard.storage.lean_json import unix_time


def comparison(runs: Sequence[Compared], baseline: int, points: int) -> Comparison:
    """Put a comparison together; reads the runs' code, so it blocks.

    Args:
        runs: Two at least.
        baseline: Which of them the others are compared with.
        points: At most as many of each curve.
    """
    curves = [curve_of(run.equity) for run in runs]
    return Comparison(
        baseline=runs[baseline].name,
        runs=tuple(_run(run) for run in runs),
        warnings=warnings(runs),
        statistics=statistics.rows([(run.name, run.result.statistics.lean) for run in runs], baseline),
        settings=settings_rows(runs),
        parameters=parameter_rows(runs),
        code=tuple(code_diff(run, runs[baseline]) for index, run in enumerate(runs) if index != baseline),
        equity=_rebased(runs, curves, points),
        correlation=correlation(curves),
    )


def _run(run: Compared) -> ComparedRun:
    result = run.result
    return ComparedRun(
        timestamp=run.name, run=result.run, data=result.data, versions=result.versions, problem=run.problem
    )


def _rebased(runs: Sequence[Compared], curves: Sequence[Curve], limit: int) -> RebasedEquity:
    window = common_window(curves)
    if window is None:
        return RebasedEquity(curves=tuple(RebasedCurve(run=run.name) for run in runs))
    return RebasedEquity(
        start=unix_time(window.start),
        end=unix_time(window.end),
        curves=tuple(
            RebasedCurve(run=run.name, points=_points(rebased(curve, window), limit))
            for run, curve in zip(runs, curves, strict=True)
        ),
    )


def _points(curve: Curve, limit: int) -> tuple[EquityPoint, ...]:
    return tuple(EquityPoint(time=datetime.fromtimestamp(at, UTC), value=value) for at, value in thinned(curve, limit))
