"""What is asked of the list of results: which runs, in what order, which page of them."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from leanboard.models.base import UtcDatetime
from leanboard.models.requests import Label, Tag
from leanboard.models.run import BacktestStatus, BatchId, EngineName, Reason
from leanboard.storage.result_bounds import ResultBounds

MAX_PAGE_SIZE = 200
MAX_CURSOR = 2000
DataKind = Literal["real", "simulated", "mixed", "unknown"]


class ResultSort(StrEnum):
    """What a list of results can be sorted by; a run without the value comes last in either order."""

    CREATED_AT = "created_at"
    FINISHED_AT = "finished_at"
    DURATION = "duration"
    STRATEGY_NAME = "strategy_name"
    STATUS = "status"
    SIZE = "size"
    TOTAL_ORDERS = "total_orders"
    AVERAGE_WIN = "average_win"
    AVERAGE_LOSS = "average_loss"
    COMPOUNDING_ANNUAL_RETURN = "compounding_annual_return"
    DRAWDOWN = "drawdown"
    EXPECTANCY = "expectancy"
    START_EQUITY = "start_equity"
    END_EQUITY = "end_equity"
    NET_PROFIT = "net_profit"
    SHARPE_RATIO = "sharpe_ratio"
    SORTINO_RATIO = "sortino_ratio"
    PROBABILISTIC_SHARPE_RATIO = "probabilistic_sharpe_ratio"
    LOSS_RATE = "loss_rate"
    WIN_RATE = "win_rate"
    PROFIT_LOSS_RATIO = "profit_loss_ratio"
    ALPHA = "alpha"
    BETA = "beta"
    ANNUAL_STANDARD_DEVIATION = "annual_standard_deviation"
    ANNUAL_VARIANCE = "annual_variance"
    INFORMATION_RATIO = "information_ratio"
    TRACKING_ERROR = "tracking_error"
    TREYNOR_RATIO = "treynor_ratio"
    TOTAL_FEES = "total_fees"
    CAPACITY = "capacity"
    PORTFOLIO_TURNOVER = "portfolio_turnover"
    DRAWDOWN_RECOVERY = "drawdown_recovery"


class SortOrder(StrEnum):
    """Direction of a sort."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class ResultQuery(ResultBounds):
    """One page of the finished runs; can be used as query parameters as it is. All conditions must hold.

    Attributes:
        cursor: Where the page before ended, as its answer said; instead of ``page``.
        status: Any of these; all finished ones when empty. So are ``reason``, ``engine`` and ``data_kind``.
        strategy: Exact name of the strategy.
        batch: Id of the batch that the run belongs to.
        tag: A tag that the run carries, exact.
        text: Words that all occur in name, note, tags, strategy or message, also inside of other words; upper and
            lower case alike.
        starred: Only those with a star, or only those without.
        trashed: What lies in the trash, instead of everything else.
        partial: Only those that cover a part of the period, or only those that cover all of it.
        lowest_capacity_asset: LEAN's symbol id, exact.
        created_after: At this time or later; finished_after too.
        created_before: Before this time; finished_before too.
    """

    page: int = Field(default=1, ge=1, le=1_000_000)
    page_size: int = Field(default=50, ge=1, le=MAX_PAGE_SIZE)
    cursor: str | None = Field(default=None, min_length=1, max_length=MAX_CURSOR)
    sort: ResultSort = ResultSort.CREATED_AT
    order: SortOrder = SortOrder.DESCENDING
    status: tuple[BacktestStatus, ...] = Field(default=(), max_length=5)
    reason: tuple[Reason, ...] = Field(default=(), max_length=20)
    engine: tuple[EngineName, ...] = Field(default=(), max_length=5)
    data_kind: tuple[DataKind, ...] = Field(default=(), max_length=5)
    strategy: Label | None = Field(default=None, max_length=100)
    batch: BatchId | None = None
    tag: Tag | None = None
    text: Label | None = None
    starred: bool | None = None
    trashed: bool = False
    partial: bool | None = None
    lowest_capacity_asset: Label | None = None
    created_after: UtcDatetime | None = None
    created_before: UtcDatetime | None = None
    finished_after: UtcDatetime | None = None
    finished_before: UtcDatetime | None = None

    @model_validator(mode="after")
    def _one_way_of_paging(self) -> Self:
        if self.cursor is not None and self.page != 1:
            msg = "page and cursor are two ways to say the same thing: give one of them"
            raise ValueError(msg)
        return self
