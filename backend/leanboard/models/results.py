"""Results as they are listed, read and compared. LEAN's names, order and text are kept; numbers have typed twins."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import Applied, BacktestRunInfo, Timestamp


class BacktestStatistics(Frozen):
    """LEAN's statistics of one run.

    Attributes:
        lean: LEAN's table: its names, its order, its text
            (``{"Sharpe Ratio": "8.854", ...}``). Empty when LEAN wrote none.
        runtime: LEAN's runtime statistics, likewise.
        total_orders: Number of orders.
        net_profit: Fraction of the start equity, 0.0169 for 1.69 %. So are all rates here.
        start_equity: Account currency; end_equity and total_fees too.
        drawdown_recovery: Days.
        capacity: LEAN's estimated strategy capacity, account currency.

    A number that LEAN did not give, or whose text is not understood, is null; never 0.
    """

    lean: dict[str, str] = Field(default_factory=dict)
    runtime: dict[str, str] = Field(default_factory=dict)
    total_orders: int | None = None
    average_win: float | None = None
    average_loss: float | None = None
    compounding_annual_return: float | None = None
    drawdown: float | None = None
    expectancy: float | None = None
    start_equity: Decimal | None = None
    end_equity: Decimal | None = None
    net_profit: float | None = None
    sharpe_ratio: float | None = None
    sortino_ratio: float | None = None
    probabilistic_sharpe_ratio: float | None = None
    loss_rate: float | None = None
    win_rate: float | None = None
    profit_loss_ratio: float | None = None
    alpha: float | None = None
    beta: float | None = None
    annual_standard_deviation: float | None = None
    annual_variance: float | None = None
    information_ratio: float | None = None
    tracking_error: float | None = None
    treynor_ratio: float | None = None
    total_fees: Decimal | None = None
    capacity: Decimal | None = None
    lowest_capacity_asset: str | None = None
    portfolio_turnover: float | None = None
    drawdown_recovery: int | None = None


class EquityPoint(Frozen):
    """One point of the equity curve: ``time`` is UTC, ``value`` in the account's currency."""

    time: UtcDatetime
    value: float


class ResultFile(Frozen):
    """One file of a run directory; ``path`` is relative to it, with '/'."""

    path: str
    size: int = Field(ge=0)
    sha256: str


class DataDigest(Frozen):
    """The content of the data files that a run read.

    Attributes:
        files: How many.
        bytes: Of all of them together.
        sha256: Over what ``sha256sum`` prints of them in the data folder, sorted by path; hex.
    """

    files: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str


class DataProvenance(Frozen):
    """Which market data a run read.

    Attributes:
        kind: ``simulated`` when any of it is; the pages and tables say so.
        folder: The service's data folder, or in words what a Docker engine on another machine has read instead.
        sources: For people, one line a source.
        requests: LEAN's own count of data files asked for; failed ones included.
        digest: Of the files that were read; null where they are on another machine or no longer there, where they
            are too many, and for runs from before there were digests.
    """

    kind: Literal["real", "simulated", "mixed", "unknown"] = "unknown"
    folder: str = ""
    sources: tuple[str, ...] = ()
    requests: int | None = None
    failed_requests: int | None = None
    digest: DataDigest | None = None


class Versions(Frozen):
    """What made a result; a text is empty where that is not known.

    Attributes:
        leanboard: Of the service that stored it.
        engine: What executed it, such as ``Docker 20.10.24`` or ``minilean 0.1.0``.
        lean: LEAN's own version, as its result file or log says, else as its image does.
        python: That the strategy ran in.
        dotnet: Target framework of LEAN's image, such as ``net10.0``.
        image: LEAN's image as it was asked for; a tag may mean another image today.
        image_digest: The same image in its registry, for ever: ``name@sha256:...``; empty for one that was built or
            imported on the spot.
        image_id: The image on the engine, ``sha256:...``.
    """

    leanboard: str = ""
    engine: str = ""
    lean: str = ""
    python: str = ""
    dotnet: str = ""
    image: str = ""
    image_digest: str = ""
    image_id: str = ""


class ResultSummary(Frozen):
    """A row of the list of results.

    Attributes:
        size: Bytes of the run's files; null for a result that an earlier version stored, until the next reindex.
        trashed_at: When it was moved to the trash; null for what is not there.
    """

    timestamp: Timestamp
    run: BacktestRunInfo
    statistics: BacktestStatistics
    data: DataProvenance = DataProvenance()
    size: int | None = None
    trashed_at: UtcDatetime | None = None


class BacktestResult(Frozen):
    """Everything about one finished run, save LEAN's own files, which stay as LEAN wrote them.

    Attributes:
        trace: The frames of an error, for the second look.
        equity: At most as many points as asked for; the ends are always kept.
        charts: LEAN's charts, untouched, when asked for.
        log_tail: The last lines of LEAN's log; the compiler's where a C# project did not compile.
    """

    timestamp: Timestamp
    run: BacktestRunInfo
    request: BacktestRequest
    applied: Applied
    statistics: BacktestStatistics
    data: DataProvenance
    versions: Versions = Versions()
    trace: str = ""
    equity: tuple[EquityPoint, ...] = ()
    files: tuple[ResultFile, ...] = ()
    log_tail: tuple[str, ...] = ()
    directory: str = ""
    problem: str = Field(default="", description="Why the directory cannot be read wholly; empty when it can")


class BacktestListResponse(Frozen):
    """One page of results.

    Attributes:
        page: Null for a page that was asked for by cursor.
        next_cursor: Asks for the page after this one, however many runs come or go meanwhile; null on the last page.
    """

    items: tuple[ResultSummary, ...]
    total: int = Field(ge=0)
    page: int | None = Field(default=None, ge=1)
    page_size: int = Field(ge=1)
    next_cursor: str | None = None
