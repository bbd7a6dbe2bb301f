"""Examples of batches."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from leanboard.api import samples
from leanboard.models.batches import (
    AxisLength,
    Batch,
    BatchDetail,
    BatchEstimate,
    BatchItem,
    BatchList,
    BatchProgress,
    BatchStatus,
    KeyMetrics,
)
from leanboard.models.run import BacktestStatus, EngineName, QueuePlace, Reason

BATCH_ID = "6f1ed002ab5595859014ebf0951522d9"
_AFTER = samples.ACCEPTED_AT + timedelta(seconds=1)

REQUESTS: dict[str, Any] = {
    "matrix": {
        "summary": "Symbols times strategies",
        "value": {
            "name": "three by two",
            "sweep": {"strategies": ["moving_average_cross", "main"], "symbols": ["AAPL", "IBM", "SPY"]},
            "start_date": "2008-01-02",
            "end_date": "2010-12-31",
            "initial_cash": 50000,
        },
    },
    "sweep": {
        "summary": "A grid over parameters",
        "value": {
            "sweep": {
                "strategies": ["moving_average_cross"],
                "parameters": {"fast": {"min": 10, "max": 30, "step": 10}, "slow": [60, 90]},
            },
            "commission": {"per_order": 1},
            "max_workers": 2,
        },
    },
    "items": {
        "summary": "Items one by one",
        "value": {
            "items": [
                {"strategy": "moving_average_cross", "symbol": "AAPL", "parameters": {"fast": 20}},
                {"strategy": "main", "engine": "embedded"},
            ],
            "start_date": "2013-10-07",
            "end_date": "2013-10-11",
        },
    },
}
CHANGES: dict[str, Any] = {
    "workers": {"summary": "One run at a time from now on", "value": {"max_workers": 1}},
    "name": {"summary": "Another name, no limit", "value": {"name": "the long one", "max_workers": None}},
}
ADDITIONS: dict[str, Any] = {
    "rows": {"summary": "Rows of a matrix", "value": {"symbols": ["BAC"]}},
    "columns": {"summary": "Columns of a matrix", "value": {"strategies": ["main"]}},
    "items": {"summary": "One item", "value": {"items": [{"strategy": "main", "parameters": {"fast": 5}}]}},
}
ITEM_CHANGES: dict[str, Any] = {
    "parameters": {"summary": "Other parameters", "value": {"parameters": {"fast": 15}}},
    "again": {"summary": "The same once more", "value": {}},
}

METRICS = KeyMetrics(
    net_profit=0.0169,
    compounding_annual_return=2.71,
    sharpe_ratio=8.854,
    sortino_ratio=None,
    drawdown=0.022,
    win_rate=0.0,
    profit_loss_ratio=0.0,
    total_orders=1,
    total_fees=Decimal("3.44"),
    start_equity=Decimal(100000),
    end_equity=Decimal("101691.92"),
)
WAITING_ITEM = BatchItem(
    number=1,
    label="AAPL / moving_average_cross",
    strategy_name="moving_average_cross",
    symbol="AAPL",
    parameters={"fast": "20"},
    start_date=date(2008, 1, 2),
    end_date=date(2010, 12, 31),
    engine=EngineName.EMBEDDED,
    code="9f86d081884c",
    waiting=QueuePlace(position=1, reason="others of its batch are first, position 1"),
)
COMPLETED_ITEM = WAITING_ITEM.evolve(
    run_id=samples.RUN_ID,
    timestamp=samples.TIMESTAMP,
    status=BacktestStatus.COMPLETED,
    metrics=METRICS,
    started_at=_AFTER,
    finished_at=_AFTER + timedelta(seconds=2),
    waiting=None,
)
FAILED_ITEM = COMPLETED_ITEM.evolve(
    number=2,
    label="IBM / moving_average_cross",
    symbol="IBM",
    run_id=samples.RERUN.id,
    timestamp=samples.RERUN.timestamp,
    status=BacktestStatus.FAILED,
    reason=Reason.RUNTIME_ERROR,
    error_message="division by zero",
    metrics=None,
)
PENDING_BATCH = Batch(
    id=BATCH_ID,
    name="three by two",
    kind="sweep",
    status=BatchStatus.PENDING,
    state="partial",
    progress=BatchProgress(total=2, pending=2),
    axes=("symbol",),
    max_workers=2,
    created_at=samples.ACCEPTED_AT,
)
BATCH = PENDING_BATCH.evolve(
    status=BatchStatus.COMPLETED,
    state="final",
    progress=BatchProgress(total=2, completed=1, failed=1, percent=100),
    started_at=_AFTER,
    finished_at=_AFTER + timedelta(seconds=3),
)
PENDING = BatchDetail(
    **dict(PENDING_BATCH),
    items=(WAITING_ITEM, WAITING_ITEM.evolve(number=2, label=FAILED_ITEM.label, symbol="IBM")),
)
DETAIL = BatchDetail(**dict(BATCH), items=(COMPLETED_ITEM, FAILED_ITEM))
LIST = BatchList(items=(BATCH,), total=1, page=1, page_size=50)
ESTIMATE = BatchEstimate(
    runs=6,
    reused=0,
    axes=(AxisLength(name="strategy", values=2), AxisLength(name="symbol", values=3)),
    workers=2,
    seconds=7.2,
    run_seconds=2.4,
    based_on=14,
    disk=310_000,
)
