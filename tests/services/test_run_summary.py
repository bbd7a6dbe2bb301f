"""Runs in short."""

from decimal import Decimal

import pytest

from leanboard.errors import NotFound
from leanboard.models.batches import KeyMetrics
from leanboard.models.results import BacktestStatistics
from leanboard.models.run import BacktestProgress, BacktestRunInfo, BacktestStatus, Reason
from leanboard.services.run_summaries import RunSummaries
from leanboard.services.run_summary import key_metrics, run_summary
from storage.homes import finished, make_run, opened, run_id, started


def test_what_lean_did_not_compute_is_null_and_never_zero() -> None:
    assert key_metrics(BacktestStatistics()) is None
    assert key_metrics(BacktestStatistics(lean={"Sharpe Ratio": "?"}, alpha=1.0)) is None
    found = key_metrics(BacktestStatistics(total_orders=0, total_fees=Decimal("0.00"), sharpe_ratio=-1.5))
    assert found == KeyMetrics(total_orders=0, total_fees=Decimal(0), sharpe_ratio=-1.5)


@pytest.mark.parametrize(
    ("status", "message", "percent"),
    [
        (BacktestStatus.PENDING, "", None),
        (BacktestStatus.RUNNING, "", 40.0),
        (BacktestStatus.COMPLETED, "", None),
        (BacktestStatus.FAILED, "boom", None),
        (BacktestStatus.CANCELLED, "boom", None),
    ],
)
def test_a_message_is_of_what_did_not_end_well_and_a_percentage_of_what_runs(
    status: BacktestStatus, message: str, percent: float | None
) -> None:
    run = make_run().evolve(
        status=status, message="boom", reason=Reason.CRASHED, progress=BacktestProgress(percent=40.0), partial=True
    )
    summary = run_summary(run)
    assert (summary.status, summary.error_message, summary.percent) == (status, message, percent)
    assert (summary.run_id, summary.timestamp, summary.partial, summary.metrics) == (run.id, run.timestamp, True, None)


async def test_any_run_is_found_by_id_and_by_name(tmp_path) -> None:
    async with opened(tmp_path) as storage:

        async def status(which: str) -> BacktestRunInfo:
            run = await storage.index.get(which)
            return run if run.status.is_terminal else run.evolve(progress=BacktestProgress(percent=12.5))

        summaries = RunSummaries(storage, status)
        done, live = await finished(storage, 1), await started(storage, 2)
        for reference in (done.id, done.timestamp):
            found = await summaries.get(reference)
            assert (found.status, found.metrics) == (
                BacktestStatus.COMPLETED,
                KeyMetrics(total_orders=7, net_profit=0.25, end_equity=Decimal(125000)),
            )
        found = await summaries.get(live.timestamp)
        assert (found.run_id, found.percent, found.metrics) == (live.id, 12.5, None)
        await storage.keeper.delete(done.timestamp)
        for gone in (done.id, done.timestamp, run_id(9)):
            with pytest.raises(NotFound):
                await summaries.get(gone)
