"""What came of a batch: matrix, comparison and closing summary. What is shown of a partial batch may still change."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from leanboard.models.base import Frozen
from leanboard.models.batches import Batch, BatchItem
from leanboard.models.comparison import Better
from leanboard.models.run import Reason

MetricValue = int | float | Decimal
"""Of a metric: a fraction, ratio or count; money with all digits, as text in JSON."""

State = Literal["partial", "final"]
AxisName = Annotated[str, Field(min_length=1, max_length=80)]


class Metric(StrEnum):
    """By what the items of a batch are compared: the fields of KeyMetrics."""

    NET_PROFIT = "net_profit"
    COMPOUNDING_ANNUAL_RETURN = "compounding_annual_return"
    SHARPE_RATIO = "sharpe_ratio"
    SORTINO_RATIO = "sortino_ratio"
    DRAWDOWN = "drawdown"
    WIN_RATE = "win_rate"
    PROFIT_LOSS_RATIO = "profit_loss_ratio"
    TOTAL_ORDERS = "total_orders"
    TOTAL_FEES = "total_fees"
    START_EQUITY = "start_equity"
    END_EQUITY = "end_equity"


class Others(StrEnum):
    """What a heat map does with items that differ in more than its two axes."""

    HELD = "held"  # only those that agree with the best item in everything else
    BEST = "best"  # the best value of all
    MEDIAN = "median"


class MatrixQuery(Frozen):
    """By what a matrix is made."""

    metric: Metric = Field(default=Metric.SHARPE_RATIO, description="Says which item of a cell is its best")


class BatchComparisonQuery(Frozen):
    """By what items are ranked, and what the heat map shows."""

    metric: Metric = Field(default=Metric.SHARPE_RATIO, description="By which the items are ranked")
    x: AxisName | None = Field(
        default=None, description="Axis of the heat map, one of the answer's `axes`; the first parameter if left out"
    )
    y: AxisName | None = Field(default=None, description="The other one; the second parameter if left out")
    others: Others = Field(
        default=Others.MEDIAN,
        description="What the heat map does with further axes: `held` at the best item's values, `best` or `median` "
        "of all",
    )


class ItemCounts(Frozen):
    """How many items stand where; they add up to ``total``."""

    total: int = Field(ge=0)
    completed: int = 0
    failed: int = 0
    running: int = 0
    pending: int = 0
    cancelled: int = 0


class MatrixCell(Frozen):
    """The items of one symbol and one strategy: one, or several where windows or parameters differ.

    Attributes:
        state: ``final`` when all of them have ended.
        best: The best by the metric; where none has a value, the first that failed, else the first.
        value: Of ``best``; null where none has one.
        median: Of all values; null likewise.
    """

    state: State
    counts: ItemCounts
    best: BatchItem
    value: MetricValue | None = None
    median: float | None = None


class MatrixRow(Frozen):
    """One symbol; null for items that name none. ``cells`` has only those strategies that have an item here."""

    symbol: str | None
    cells: dict[str, MatrixCell]


class BatchMatrix(Frozen):
    """Rows are symbols, columns strategies, each in the order of the items.

    Attributes:
        batch: The batch; its ``state`` says whether anything here may change.
        better: Null where more is neither better nor worse; the highest value is then shown as best.
        best: Number of the best item of all; null while there is none.
    """

    batch: Batch
    metric: Metric
    better: Better | None
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    best: int | None = None


class RankedItem(Frozen):
    """A line of the ranked table.

    Attributes:
        rank: From 1; equal values share one. Null for what has not completed, covers only a part of its period, or
            has no value: those come last.
    """

    rank: int | None = None
    value: MetricValue | None = None
    item: BatchItem


class AxisKind(StrEnum):
    """What an axis's values are."""

    NUMBER = "number"
    CATEGORY = "category"


class BatchAxis(Frozen):
    """One thing in which items differ, or a metric.

    Attributes:
        name: ``strategy``, ``symbol``, ``window``, ``scenario``, ``engine``, ``initial_cash``, ``commission``, a
            parameter (``parameters.NAME`` where it is called as one of those), or a metric.
        values: Texts, numbers in ascending order, others in the order of the items; empty for metrics.
        min: Of the numbers; null for categories. ``max`` likewise.
        better: Of metrics alone.
    """

    name: str
    kind: AxisKind
    is_metric: bool = False
    values: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    better: Better | None = None


class ParallelAxis(Frozen):
    """An axis, and where the items' lines cross it.

    Attributes:
        points: In the order of the items: a number, the text of a category, or null where an item has no value there.
    """

    axis: BatchAxis
    points: tuple[float | str | None, ...]


class ParallelCoordinates(Frozen):
    """What a chart of parallel coordinates draws: a line for each item, through all axes.

    Attributes:
        items: Their numbers.
    """

    items: tuple[int, ...]
    axes: tuple[ParallelAxis, ...]


class HeatCell(Frozen):
    """A field of a heat map.

    Attributes:
        x: Index of the value on axis ``x``; y likewise.
        value: Null where no item has one.
        count: Items that it is made of.
        item: The best of them.
    """

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    value: float | None = None
    count: int = Field(ge=1)
    item: int


class HeatMap(Frozen):
    """The metric over two axes; a field without an item is left out.

    Attributes:
        held: Axis to value, for ``others`` = ``held``.
        further: Axes that the fields sum up, otherwise.
    """

    x: BatchAxis
    y: BatchAxis
    others: Others
    held: dict[str, str] = Field(default_factory=dict)
    further: tuple[str, ...] = ()
    cells: tuple[HeatCell, ...] = ()


class WalkForwardPair(Frozen):
    """A pair of windows for one strategy and symbol: the best of ``train n``, and the same in ``test n``.

    Attributes:
        state: ``final`` when all items of both windows have ended.
        train: Number of the item that was best in sample; null while none has a value.
        test: Number of the item with the same strategy, symbol and parameters out of sample.
        efficiency: The test's value as a fraction of the train's: 0.5 when half is left. Of net profit, per day. Null
            where the train's is not above 0, and for metrics of which a fraction says nothing.
        test_rank: Where the chosen one comes among all items of the test window, which ``test_count`` counts.
    """

    number: int
    strategy_name: str
    symbol: str | None = None
    state: State
    train: int | None = None
    test: int | None = None
    parameters: dict[str, str] = Field(default_factory=dict)
    train_value: MetricValue | None = None
    test_value: MetricValue | None = None
    efficiency: float | None = None
    test_rank: int | None = None
    test_count: int = 0


class OutcomeWarning(StrEnum):
    """What to know before one believes a comparison."""

    PARTIAL = "partial"  # the batch is not final
    LONELY_PEAK = "lonely_peak"  # the best combination's neighbours are far worse
    CODE = "code"  # items of one strategy ran different code
    REUSED = "reused"  # items were answered by earlier runs
    DATES = "dates"  # items cover different periods
    CASH = "cash"
    COMMISSION = "commission"
    ENGINE = "engine"
    AXES = "axes"  # more differs than is shown
    NO_EFFECT = "no_effect"  # a parameter made no difference: the strategy may not read it


class BatchWarning(Frozen):
    """One of them; ``items`` are the numbers of those that it is about, the first hundred."""

    kind: OutcomeWarning
    message: str
    items: tuple[int, ...] = ()


class Spread(Frozen):
    """How a metric is spread over the ``count`` items that have it."""

    count: int = Field(ge=1)
    min: float
    lower_quartile: float
    median: float
    upper_quartile: float
    max: float


class FailureCount(Frozen):
    """How many failed for one reason, with one of the messages; ``item`` is whose."""

    reason: Reason | None
    count: int = Field(ge=1)
    message: str
    item: int


class ClosingSummary(Frozen):
    """A batch in a few numbers.

    Attributes:
        state: ``partial`` while anything may change; then this is how it stands now.
        best: Null where no item has a value, or where more is neither better nor worse; worst likewise.
        spread: Null where no item has a value.
        failures: The most frequent first.
    """

    state: State
    metric: Metric
    better: Better | None
    counts: ItemCounts
    reused: int = 0
    best: BatchItem | None = None
    worst: BatchItem | None = None
    spread: Spread | None = None
    failures: tuple[FailureCount, ...] = ()


class BatchComparison(Frozen):
    """The items of a batch against each other.

    Attributes:
        batch: The batch; its ``state`` says whether anything here may change.
        axes: What the items differ in.
        heat_map: Null where they differ in fewer than two things.
        walk_forward: One for each pair of windows ``train n`` and ``test n``, strategy and symbol.
        efficiency: Median of the pairs' efficiency.
    """

    batch: Batch
    metric: Metric
    better: Better | None
    summary: ClosingSummary
    warnings: tuple[BatchWarning, ...] = ()
    axes: tuple[BatchAxis, ...] = ()
    ranking: tuple[RankedItem, ...] = ()
    heat_map: HeatMap | None = None
    parallel: ParallelCoordinates
    walk_forward: tuple[WalkForwardPair, ...] = ()
    efficiency: float | None = None
