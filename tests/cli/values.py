"""Values for tests of what terminals show."""

from datetime import UTC, datetime, timedelta

from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestResult, BacktestStatistics, DataProvenance, EquityPoint
from leanboard.models.run import Applied, BacktestRunInfo

BEGIN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
STATISTICS = {f"Statistic {number}": f"{number}.5%" for number in range(1, 8)}


def points(*values, step=timedelta(days=1)):
    return tuple(EquityPoint(time=BEGIN + i * step, value=value) for i, value in enumerate(values))


def run_info(**changes):
    fields = {
        "id": "0" * 31 + "1",
        "timestamp": "2026-01-31_12-00-00",
        "strategy_name": "main",
        "name": "main",
        "engine": "embedded",
        "status": "completed",
        "phase": "ended",
        "created_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "started_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "finished_at": datetime(2026, 1, 31, 12, 0, 2, tzinfo=UTC),
    }
    return BacktestRunInfo.model_validate({**fields, **changes})


def result(run=None, **changes):
    fields = {
        "timestamp": "2026-01-31_12-00-00",
        "run": run or run_info(),
        "request": BacktestRequest(strategy_name="main"),
        "applied": Applied(),
        "statistics": BacktestStatistics(lean=STATISTICS),
        "data": DataProvenance(kind="real"),
        "equity": points(100.0, 110.0, 90.0, 105.0),
    }
    return BacktestResult.model_validate({**fields, **changes})
