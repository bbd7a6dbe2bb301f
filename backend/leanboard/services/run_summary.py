"""A run in short, of any run: what ``GET summary`` answers, and what a batch knows of its items."""

from leanboard.models.batches import METRICS, KeyMetrics, RunSummary
from leanboard.models.results import BacktestStatistics
from leanboard.models.run import BacktestRunInfo, BacktestStatus

_UNHAPPY = frozenset({BacktestStatus.FAILED, BacktestStatus.CANCELLED})


def key_metrics(statistics: BacktestStatistics) -> KeyMetrics | None:
    """Return the few numbers of a matrix's cell; None when LEAN has computed none of them."""
    found = KeyMetrics.model_validate({name: getattr(statistics, name) for name in METRICS})
    return None if found == KeyMetrics() else found


def run_summary(run: BacktestRunInfo, statistics: BacktestStatistics | None = None) -> RunSummary:
    """Return a run in short.

    Args:
        run: As it stands, with its progress while it runs.
        statistics: LEAN's, once there are any.
    """
    progress = run.progress if run.status is BacktestStatus.RUNNING else None
    return RunSummary(
        run_id=run.id,
        timestamp=run.timestamp,
        strategy_name=run.strategy_name,
        engine=run.engine,
        status=run.status,
        reason=run.reason,
        error_message=run.message if run.status in _UNHAPPY else "",
        partial=run.partial,
        metrics=None if statistics is None else key_metrics(statistics),
        percent=None if progress is None else progress.percent,
        warnings=run.warnings,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
