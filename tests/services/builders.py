"""Values for tests of the pipeline."""

from datetime import UTC, datetime

from leanboard.models.run import BacktestRunInfo, BacktestStatus, EngineName, Phase

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def run_info(run_id: str = "0" * 31 + "1", **changes: object) -> BacktestRunInfo:
    fields: dict[str, object] = {
        "id": run_id,
        "timestamp": "2026-01-31_12-00-00",
        "strategy_name": "main",
        "name": "main",
        "engine": EngineName.EMBEDDED,
        "status": BacktestStatus.PENDING,
        "phase": Phase.QUEUED,
        "created_at": NOW,
    }
    return BacktestRunInfo.model_validate({**fields, **changes})
