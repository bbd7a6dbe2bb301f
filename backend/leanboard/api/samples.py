"""The values shown in the documentation: instances of the models themselves, so that they cannot grow old."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from leanboard.models.health import EngineHealth, HealthReport, HealthStatus
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import (
    BacktestListResponse,
    BacktestResult,
    BacktestStatistics,
    DataProvenance,
    EquityPoint,
    ResultFile,
    ResultSummary,
    Versions,
)
from leanboard.models.run import (
    Applied,
    BacktestProgress,
    BacktestRunInfo,
    BacktestStatus,
    EngineName,
    Phase,
    QueuePlace,
    Reason,
)
from leanboard.models.service import (
    Endpoint,
    Example,
    ExampleListResponse,
    KnownProblem,
    ProblemListResponse,
    ServiceIndex,
    StrategyListResponse,
)
from leanboard.models.severity import Severity
from leanboard.models.strategies import EmbeddedSupport, ParameterType, StrategyInfo, StrategyParameter
from leanboard.models.verdict import Finding, FindingCode, Verdict
from leanboard.models.verification import (
    Compared,
    FirstDifference,
    TextDifference,
    Verification,
    VerificationState,
)

RUN_ID = "0f8fad5bd9cb469fa16570867728950e"
TIMESTAMP = "2026-01-31_12-00-00"
ACCEPTED_AT = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)

REQUESTS: dict[str, Any] = {
    "simplest": {"summary": "As the strategy stands", "value": {"strategy_name": "main"}},
    "full": {
        "summary": "With everything",
        "value": {
            "strategy_name": "moving_average_cross",
            "start_date": "2008-01-02",
            "end_date": "2010-12-31",
            "initial_cash": 50000,
            "symbols": ["IBM"],
            "resolution": "daily",
            "parameters": {"fast": 20, "slow": 60},
            "engine": "auto",
            "image": "quantconnect/lean:latest",
            "memory": 2048,
            "cpus": 1.5,
            "name": "a faster cross",
            "tags": ["example"],
            "timeout": 600,
        },
    },
}

PROGRESS = BacktestProgress(
    percent=40.0,
    simulated_time="2013-10-09T00:00:00",
    points_per_second=12.5,
    speed_unit="simulated days",
    eta=0.3,
    equity=100412.55,
    cash=412.55,
    holdings=100000.0,
    unrealised=412.55,
    orders=1,
    updated_at=ACCEPTED_AT + timedelta(seconds=2),
)

PENDING_RUN = BacktestRunInfo(
    id=RUN_ID,
    timestamp=TIMESTAMP,
    strategy_name="main",
    name="main",
    engine=EngineName.EMBEDDED,
    status=BacktestStatus.PENDING,
    phase=Phase.QUEUED,
    created_at=ACCEPTED_AT,
    queue=QueuePlace(position=3, reason="2 of 2 slots busy, position 3, about 40 s", expected_wait=40.0),
)
RUNNING_RUN = PENDING_RUN.evolve(
    status=BacktestStatus.RUNNING,
    phase=Phase.TRADING,
    started_at=ACCEPTED_AT + timedelta(seconds=1),
    queue=None,
    progress=PROGRESS,
)
CANCELLED_RUN = RUNNING_RUN.evolve(cancel_requested_at=ACCEPTED_AT + timedelta(seconds=2))
COMPLETED_RUN = RUNNING_RUN.evolve(
    status=BacktestStatus.COMPLETED,
    phase=Phase.ENDED,
    finished_at=ACCEPTED_AT + timedelta(seconds=3),
    progress=PROGRESS.evolve(percent=100.0, eta=0.0),
)
FAILED_RUN = COMPLETED_RUN.evolve(
    status=BacktestStatus.FAILED,
    reason=Reason.RUNTIME_ERROR,
    message="division by zero",
    progress=PROGRESS,
)
RERUN = PENDING_RUN.evolve(
    id="7c9e6679742540de944be07fc1f90ae7",
    timestamp="2026-01-31_12-10-00",
    rerun_of=RUN_ID,
    warnings=("the content of the 20 data files of that run has changed since: equity/usa/daily/spy.zip",),
    queue=None,
)
VERIFICATION = Verification(
    state=VerificationState.DIFFERENT,
    original=COMPLETED_RUN,
    repeated=COMPLETED_RUN.evolve(id=RERUN.id, timestamp=RERUN.timestamp, rerun_of=RUN_ID),
    compared=Compared(statistics=27, orders=4, equity_points=396),
    differences=(TextDifference(name="Total Fees", original="$3.44", repeated="$3.45"),),
    first=FirstDifference(
        time=datetime(2013, 10, 8, 13, 31, tzinfo=UTC),
        kind="order",
        what="order 2: price",
        original="144.78",
        repeated="144.79",
    ),
)

STATISTICS = BacktestStatistics(
    lean={"Total Orders": "1", "Sharpe Ratio": "8.854", "Net Profit": "1.692%", "Total Fees": "$3.44"},
    runtime={"Equity": "$101,691.92"},
    total_orders=1,
    start_equity=Decimal(100000),
    end_equity=Decimal("101691.92"),
    net_profit=0.01692,
    sharpe_ratio=8.854,
    total_fees=Decimal("3.44"),
)
DATA = DataProvenance(
    kind="simulated",
    folder="data",
    sources=("SPY minute: simulated, seeded",),
    requests=20,
    failed_requests=0,
)
SUMMARY = ResultSummary(timestamp=TIMESTAMP, run=COMPLETED_RUN, statistics=STATISTICS, data=DATA)
RESULT_PAGE = BacktestListResponse(items=(SUMMARY,), total=1, page=1, page_size=50)
EQUITY = (
    EquityPoint(time=datetime(2013, 10, 7, 4, tzinfo=UTC), value=100000.0),
    EquityPoint(time=datetime(2013, 10, 11, 20, tzinfo=UTC), value=101691.92),
)
RESULT = BacktestResult(
    timestamp=TIMESTAMP,
    run=COMPLETED_RUN,
    request=BacktestRequest(strategy_name="main", start_date=date(2013, 10, 7), end_date=date(2013, 10, 11)),
    applied=Applied(effective={"start_date": "2013-10-07", "end_date": "2013-10-11"}),
    statistics=STATISTICS,
    data=DATA,
    versions=Versions(leanboard="0.1.0", engine="minilean 0.1.0", python="3.11.2"),
    equity=EQUITY,
    files=(ResultFile(path="log.txt", size=10240, sha256="9f86d081884c7d659a2feaa0c55ad015" * 2),),
    log_tail=("2026-01-31T12:00:03.0000000Z TRACE:: Engine.Main(): Analysis Complete.",),
    directory=f"results/{TIMESTAMP}",
)

VERDICT = Verdict(
    timestamp=TIMESTAMP,
    status=BacktestStatus.COMPLETED,
    trades=False,
    findings=(
        Finding(
            code=FindingCode.NO_DATA,
            severity=Severity.ERROR,
            title="SPY has no minute data before 2013-10-07 in this folder",
            evidence=("LEAN looked for 5 files, one a day, and none was there: 2013-09-30, 2013-10-01 ... 2013-10-04",),
            remedy="Available: minute 2013-10-07 to 2013-10-11; daily 1998-01-02 to 2021-03-31. Choose dates or a "
            "resolution that are there, or add data to the folder.",
            symbol="SPY",
            first_date=date(2013, 9, 30),
            last_date=date(2013, 10, 4),
        ),
    ),
)
STRATEGY = StrategyInfo(
    name="moving_average_cross",
    path="moving_average_cross/main.py",
    class_name="MovingAverageCross",
    description="Holds the symbol while its fast average is above the slow one.",
    docstring="Holds the symbol while its fast average is above the slow one.\n\nData: daily IBM.",
    parameters=(
        StrategyParameter(name="fast", default=50, type=ParameterType.INTEGER),
        StrategyParameter(name="slow", default=200, type=ParameterType.INTEGER),
    ),
    resolutions=("daily",),
    symbols=("IBM",),
    start_date=date(2005, 1, 3),
    end_date=date(2012, 12, 31),
    initial_cash=Decimal(100000),
    data_need="daily IBM.",
    embedded=EmbeddedSupport(supported=True),
)
STRATEGY_DETAIL = STRATEGY.evolve(source="from AlgorithmImports import *\n…")
STRATEGY_PAGE = StrategyListResponse(items=(STRATEGY,), total=1, page=1, page_size=50)

HEALTH = HealthReport(
    status=HealthStatus.DEGRADED,
    engines=(
        EngineHealth(name="embedded", ready=True, detail="minilean 0.1.0"),
        EngineHealth(
            name="docker",
            ready=False,
            detail="no Docker engine answers",
            remedy="start Docker, or run with engine=embedded",
        ),
    ),
    running=2,
    queued=3,
    max_running=2,
    free_disk_mb=51200,
    version="0.1.0",
    uptime=3600.5,
)
INDEX = ServiceIndex(
    name="Leanboard",
    version="0.1.0",
    documentation="/docs",
    endpoints=(Endpoint(method="POST", path="/api/v2/backtest/run", summary="Start a run"),),
)
PROBLEM_PAGE = ProblemListResponse(
    items=(
        KnownProblem(
            kind="sandbox_unknown",
            subject="lean-0123456789abcdef-0f8fad5bd9cb469fa16570867728950e-1",
            detail="a sandbox of engine docker with our mark that no run knows; removed in 240 s",
        ),
        KnownProblem(
            kind="unreadable",
            subject="results/2026-01-31_12-00-00",
            detail="run.json is not there; the directory is left alone",
        ),
    ),
    total=2,
    page=1,
    page_size=50,
)
EXAMPLE_PAGE = ExampleListResponse(
    items=(
        Example(
            name="run",
            description="Start the strategy main as it stands",
            method="POST",
            path="/api/v2/backtest/run",
            body={"strategy_name": "main"},
            expect=202,
            command="curl -X POST http://127.0.0.1:8700/api/v2/backtest/run "
            "-H 'Content-Type: application/json' -d '{\"strategy_name\": \"main\"}'",
        ),
    ),
    total=1,
    page=1,
    page_size=50,
)
