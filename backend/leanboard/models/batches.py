"""Batches: many runs as one thing, as the service knows them."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.commission import Commission
from leanboard.models.requests import EngineChoice
from leanboard.models.run import BacktestStatus, BatchId, EngineName, QueuePlace, Reason, RunId, Timestamp


class BatchStatus(StrEnum):
    """Where a batch stands. What follows from its items is never stored; paused and cancelled are wishes."""

    PENDING = "pending"  # nothing of it has begun
    RUNNING = "running"
    PAUSED = "paused"  # nothing more of it starts until it is resumed; what runs goes on
    COMPLETED = "completed"  # every item has ended, at least one of them well
    FAILED = "failed"  # every item has ended, none of them well
    CANCELLED = "cancelled"  # somebody asked for it, and nothing of it runs any more; can be resumed

    @property
    def is_final(self) -> bool:
        """Whether nothing changes until somebody asks for more."""
        return self in {BatchStatus.COMPLETED, BatchStatus.FAILED, BatchStatus.CANCELLED}


class KeyMetrics(Frozen):
    """The few numbers that a cell of a matrix shows; units as in :class:`BacktestStatistics`."""

    net_profit: float | None = None
    compounding_annual_return: float | None = None
    sharpe_ratio: float | None = None
    sortino_ratio: float | None = None
    drawdown: float | None = None
    win_rate: float | None = None
    profit_loss_ratio: float | None = None
    total_orders: int | None = None
    total_fees: Decimal | None = None
    start_equity: Decimal | None = None
    end_equity: Decimal | None = None


METRICS = tuple(KeyMetrics.model_fields)


class RunSummary(Frozen):
    """A run in short: ``GET summary/{backtest_id}``, and what a batch knows of each of its items.

    Attributes:
        run_id: Null for an item that has no run yet.
        timestamp: Name of the result directory, once there is a run; the result may have been deleted since.
        error_message: Why it ended as it did; empty for what ended well or has not ended.
        partial: The result covers only a part of the asked period.
        metrics: Null until LEAN has computed them.
        percent: 0 to 100 of simulated time while it runs.
    """

    run_id: RunId | None = None
    timestamp: Timestamp | None = None
    strategy_name: str
    engine: EngineName | None = None
    status: BacktestStatus = BacktestStatus.PENDING
    reason: Reason | None = None
    error_message: str = ""
    partial: bool = False
    metrics: KeyMetrics | None = None
    percent: float | None = None
    warnings: tuple[str, ...] = ()
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None


class BatchItem(RunSummary):
    """One item of a batch: a cell of its matrix.

    Attributes:
        number: From 1, in the order in which they start; never used for another item.
        symbol: Row of the matrix; null where the item names none.
        parameters: Those of the request, the batch's own included.
        window: Label of its window, where windows are an axis.
        scenario: Name of the scenario that it came from.
        attempt: Which of the item's runs this is, from 1; retries, reruns and edits count.
        retries: How often it was tried again by itself since somebody last asked: its engine or the disk had failed it.
        reused: Answered by an identical finished run, which ``run_id`` names; nothing was executed.
        code: First 12 hex digits of the SHA-256 of the strategy's code; items with others are compared with care.
        waiting: Why it has not begun; null once it has.
    """

    number: int = Field(ge=1)
    label: str = ""
    symbol: str | None = None
    parameters: dict[str, str] = Field(default_factory=dict)
    start_date: date | None = None
    end_date: date | None = None
    window: str | None = None
    scenario: str | None = None
    initial_cash: Decimal | None = None
    commission: Commission | None = None
    choice: EngineChoice = EngineChoice.AUTO
    attempt: int = Field(default=1, ge=1)
    retries: int = Field(default=0, ge=0)
    reused: bool = False
    code: str = ""
    waiting: QueuePlace | None = None


class BatchProgress(Frozen):
    """How far a batch is; the five counts add up to ``total``, and running ones count in ``percent`` by their own.

    Attributes:
        percent: 0 to 100; 100 only when every item has ended by itself: what was cancelled is not done.
        eta: Seconds to the end, from the length of those that have ended and the workers it gets; null while unknown.
    """

    total: int = Field(ge=0)
    completed: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    running: int = Field(default=0, ge=0)
    pending: int = Field(default=0, ge=0)
    cancelled: int = Field(default=0, ge=0)
    reused: int = Field(default=0, ge=0, description="Of the completed ones, answered by identical finished runs")
    percent: float = Field(default=0, ge=0, le=100)
    eta: float | None = None


class Batch(Frozen):
    """A batch.

    Attributes:
        kind: What it was made from.
        state: ``final`` when nothing changes until somebody asks for more; what is shown of a ``partial`` one will.
        axes: Names of what its items differ in, in the order in which they vary: ``strategy``, ``symbol``, ``window``,
            then parameters.
        message: Why it does not go on, such as an engine that is not there; empty otherwise.
    """

    id: BatchId
    name: str
    tags: tuple[str, ...] = ()
    kind: Literal["items", "sweep", "scenarios"]
    status: BatchStatus
    state: Literal["partial", "final"]
    progress: BatchProgress
    axes: tuple[str, ...] = ()
    max_workers: int | None = None
    fresh: bool = False
    message: str = ""
    created_at: UtcDatetime
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None


class BatchDetail(Batch):
    """A batch with all of its items, by number."""

    items: tuple[BatchItem, ...]


class BatchList(Frozen):
    """One page of batches, newest first."""

    items: tuple[Batch, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)


_SEVERAL = {
    "strategy": "strategies",
    "symbol": "symbols",
    "window": "windows",
    "scenario": "scenarios",
    "engine": "engines",
}


class AxisLength(Frozen):
    """An axis of a batch, and how many values it has."""

    name: str
    values: int = Field(ge=1)

    @property
    def words(self) -> str:
        """For people: ``2 symbols``, ``6 fast``."""
        return f"{self.values} {self.name if self.values == 1 else _SEVERAL.get(self.name, self.name)}"


class BatchEstimate(Frozen):
    """What a batch would be, before anything starts.

    Attributes:
        runs: How many items, answered and executed ones together.
        reused: Of those, answered by identical finished runs, which are there now; 0 where everything is to be run
            (``fresh``), null where too many would have to be looked at. Workers, times and sizes are the others'.
        axes: In the order in which they vary.
        seconds: Wall-clock time with the workers that it would get; null where a strategy has never been run.
        run_seconds: Median of the past runs that this rests on, of one run.
        based_on: How many past runs that are.
        disk: Bytes that the results would take, from the same runs; null as above.
    """

    runs: int = Field(ge=0)
    reused: int | None = None
    axes: tuple[AxisLength, ...] = ()
    workers: int = Field(ge=1)
    seconds: float | None = None
    run_seconds: float | None = None
    based_on: int = 0
    disk: int | None = None
    warnings: tuple[str, ...] = ()
