"""Parts of one finished run: series, trades, orders, candles, log and files. Names and figures are LEAN's.

Rows of long tables are dataclasses: there may be ten thousand of them, and they are made from values that were
checked when LEAN's file was read.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer, ValidationInfo, field_validator

from leanboard.models.base import Frozen
from leanboard.models.events import LogLine
from leanboard.models.requests import Resolution
from leanboard.models.results import BacktestResult, BacktestStatistics, EquityPoint, ResultFile

MAX_POINTS = 100_000
MAX_ROWS = 10_000
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$"


def _plain(value: Decimal) -> str:
    return format(value, "f")


Exact = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]
"""A number as text with all its digits and no exponent: ``"101691.92"``."""


def parse_moment(text: str) -> datetime | date:
    """Parse ``2013-10-07`` or ``2013-10-07T14:30:00Z``.

    Raises:
        ValueError: There is no such day or time.
    """
    return datetime.fromisoformat(text).astimezone(UTC) if "T" in text else date.fromisoformat(text)


def _existing(text: str) -> str:
    if not re.match(MOMENT, text):
        msg = "needs to be a day (2013-10-07, UTC) or a time with zone (2013-10-07T14:30:00Z)"
        raise ValueError(msg)
    try:
        parse_moment(text)
    except (ValueError, OverflowError) as error:
        msg = f"there is no such day or time: {error}"
        raise ValueError(msg) from None
    return text


Moment = Annotated[str, Field(pattern=MOMENT), AfterValidator(_existing)]


class Format(StrEnum):
    """How a table is answered."""

    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time, both ends included; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def seconds(self) -> tuple[float, float]:
        """Both ends in unix seconds, infinite where it is open."""
        start = -math.inf if self.start is None else self.start.timestamp()
        return start, math.inf if self.end is None else self.end.timestamp()


class FormatQuery(Frozen):
    """Any table."""

    format: Format = Field(default=Format.JSON, description="`json` or `csv`")


class PeriodQuery(FormatQuery):
    """A part of something that has times."""

    start: Moment | None = Field(default=None, description="From this day or time on, UTC if it is a day")
    end: Moment | None = Field(default=None, description="To this day or time, a day to its end")

    @field_validator("end")
    @classmethod
    def _not_before_start(cls, end: str | None, info: ValidationInfo) -> str | None:
        start, last = _moment(info.data.get("start"), time.min), _moment(end, time.max)
        if start is not None and last is not None and last < start:
            msg = "the period ends before it starts"
            raise ValueError(msg)
        return end

    @property
    def period(self) -> Period:
        """Both ends as moments."""
        return Period(_moment(self.start, time.min), _moment(self.end, time.max))


def _moment(text: str | None, of_day: time) -> datetime | None:
    if text is None:
        return None
    parsed = parse_moment(text)
    return parsed if isinstance(parsed, datetime) else datetime.combine(parsed, of_day, UTC)


class CurveQuery(PeriodQuery):
    """A part of a curve, thinned."""

    points: int = Field(
        default=2000, ge=4, le=MAX_POINTS, description="At most as many points; ends and extremes are always kept"
    )


class RowsQuery(FormatQuery):
    """A page of a long table; CSV has all rows unless a page is asked for."""

    symbol: str | None = Field(default=None, min_length=1, max_length=100, description="Ticker, or LEAN's symbol id")
    page: int | None = Field(default=None, ge=1, le=1_000_000, description="From 1")
    page_size: int | None = Field(default=None, ge=1, le=MAX_ROWS, description="Rows on a page")


class CandlesQuery(CurveQuery):
    """Which candles."""

    symbol: str = Field(min_length=1, max_length=100, description="Ticker, or LEAN's symbol id, of a traded symbol")
    resolution: Resolution | None = Field(
        default=None, description="As subscribed if left out, or coarser; never finer than there is data"
    )
    points: int = Field(default=5000, ge=4, le=20_000, description="Candles, at most; too many are refused")


class FullQuery(Frozen):
    """How much of the curves comes with everything else."""

    points: int = Field(default=500, ge=4, le=MAX_POINTS, description="At most as many points of each curve")


class LogSource(StrEnum):
    """Which of a run's logs."""

    ENGINE = "engine"  # log.txt: LEAN's own, with everything in it
    USER = "user"  # <id>-log.txt: the strategy's messages alone
    STDOUT = "stdout"
    STDERR = "stderr"
    BUILD = "build"  # the compiler's


class LogLevel(StrEnum):
    """Of a record in LEAN's log."""

    TRACE = "trace"
    DEBUG = "debug"
    ERROR = "error"


class LogQuery(Frozen):
    """A part of a log."""

    source: LogSource = Field(default=LogSource.ENGINE, description="Which log")
    offset: int = Field(
        default=0,
        ge=-(2**53),
        le=2**53,
        description="Byte to begin at: 0, or `next_offset` of the answer before; negative: bytes before the end",
    )
    limit: int = Field(default=500, ge=1, le=5000, description="Records, at most")
    query: str | None = Field(
        default=None, min_length=1, max_length=200, description="Text in the record, upper and lower case alike"
    )
    level: LogLevel | None = Field(default=None, description="Of this level alone")


class ResultStatistics(Frozen):
    """All of LEAN's figures.

    Attributes:
        statistics: LEAN's table with typed twins.
        portfolio: ``totalPerformance.portfolioStatistics``: LEAN's names, LEAN's text; rates are fractions.
        trades: ``totalPerformance.tradeStatistics``, likewise.
        rolling: Period (``M1_20131031``: the month to that day) to its portfolio statistics.
    """

    statistics: BacktestStatistics
    portfolio: dict[str, str] = Field(default_factory=dict)
    trades: dict[str, str] = Field(default_factory=dict)
    rolling: dict[str, dict[str, str]] = Field(default_factory=dict)


class EquityResponse(Frozen):
    """The curves of a run.

    Attributes:
        currency: Of the account; empty where LEAN did not say.
        equity: Closes of LEAN's equity curve.
        benchmark: Prices of the benchmark, not rebased.
        drawdown: Fraction, 0 or below; LEAN's daily series, from the equity curve where LEAN has none.
    """

    currency: str
    equity: tuple[EquityPoint, ...]
    benchmark: tuple[EquityPoint, ...]
    drawdown: tuple[EquityPoint, ...]


class SeriesType(StrEnum):
    """LEAN's series types."""

    LINE = "line"
    SCATTER = "scatter"
    CANDLE = "candle"
    BAR = "bar"
    FLAG = "flag"
    STACKED_AREA = "stacked_area"
    PIE = "pie"
    TREEMAP = "treemap"
    HEATMAP = "heatmap"
    SCATTER_3D = "scatter_3d"
    UNKNOWN = "unknown"


class SeriesInfo(Frozen):
    """What a series is; ``points`` counts those that can be read, ``index`` is LEAN's pane of the chart."""

    chart: str
    name: str
    type: SeriesType
    unit: str = ""
    index: int | None = None
    color: str = ""
    marker: str = ""
    points: int = Field(ge=0)
    start: datetime | None = None
    end: datetime | None = None


class ChartInfo(Frozen):
    """A chart with its series."""

    name: str
    series: tuple[SeriesInfo, ...]


class ChartListResponse(Frozen):
    """LEAN's own charts and the strategy's, in LEAN's order."""

    charts: tuple[ChartInfo, ...]


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One point; ``value`` is the close of a candle, null where LEAN has a gap."""

    time: datetime
    value: float | None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    tooltip: str | None = None


class SeriesResponse(Frozen):
    """One series; ``total`` counts the points of the period before thinning."""

    series: SeriesInfo
    total: int = Field(ge=0)
    points: tuple[SeriesPoint, ...]


class Side(StrEnum):
    """Of a closed trade."""

    LONG = "long"
    SHORT = "short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A closed trade. Money is in the account's currency, prices in the quote currency.

    Attributes:
        number: From 1, in LEAN's order.
        symbols: Tickers; more than one for option strategies.
        profit_loss: Without fees, as LEAN has it.
        mae: Maximum adverse excursion, 0 or below; mfe the maximum favourable one.
        end_trade_drawdown: What was given back from the best moment to the exit.
        duration: Seconds.
        is_win: LEAN's judgement; null in files from before July 2023.
        orders: Ids; empty in files from before September 2025.
    """

    number: int
    symbols: tuple[str, ...]
    direction: Side | None = None
    quantity: Exact | None = None
    entry_time: datetime | None = None
    entry_price: Exact | None = None
    exit_time: datetime | None = None
    exit_price: Exact | None = None
    profit_loss: Exact | None = None
    total_fees: Exact | None = None
    mae: Exact | None = None
    mfe: Exact | None = None
    end_trade_drawdown: Exact | None = None
    duration: float | None = None
    is_win: bool | None = None
    orders: tuple[int, ...]


class TradeListResponse(Frozen):
    """One page of the closed trades."""

    items: tuple[Trade, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """What happened to an order; numbers are in units and quote currency, ``fee`` in ``fee_currency``."""

    order_id: int
    number: int | None = None
    symbol: str
    time: datetime | None = None
    status: str
    direction: str
    quantity: Exact | None = None
    fill_quantity: Exact | None = None
    fill_price: Exact | None = None
    fee: Exact | None = None
    fee_currency: str
    limit_price: Exact | None = None
    stop_price: Exact | None = None
    message: str


class OrderEventListResponse(Frozen):
    """One page of the order events, oldest first."""

    items: tuple[OrderEvent, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order.

    Attributes:
        symbol: Ticker; ``symbol_id`` is LEAN's, such as ``SPY R735QTJ8XC9X``.
        type: LEAN's words: ``market``, ``limit``, ``stop_market``, ``market_on_open`` ...
        status: ``filled``, ``canceled``, ``invalid`` ...
        price: Of the fill, in ``currency``; 0 while nothing was filled.
        filled: Quantity of all fills, ``fee`` the sum of their fees; null without order events.
    """

    id: int
    symbol: str
    symbol_id: str
    type: str
    direction: str
    status: str
    quantity: Exact | None = None
    price: Exact | None = None
    currency: str
    value: Exact | None = None
    limit_price: Exact | None = None
    stop_price: Exact | None = None
    trigger_price: Exact | None = None
    trailing_amount: Exact | None = None
    created_time: datetime | None = None
    last_fill_time: datetime | None = None
    last_update_time: datetime | None = None
    canceled_time: datetime | None = None
    filled: Exact | None = None
    fee: Exact | None = None
    fee_currency: str
    tag: str
    events: tuple[OrderEvent, ...]


class OrderListResponse(Frozen):
    """One page of the orders with their events, in the order of their ids."""

    items: tuple[Order, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Candle:
    """One bar: its start, prices, and volume in units (null where the data has quotes alone)."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float | None


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill of the symbol; ``quantity`` is negative for sales."""

    time: datetime
    order_id: int
    quantity: Exact
    price: Exact


class CandlesResponse(Frozen):
    """Bars of the service's data folder, and what the run traded in them.

    Attributes:
        resolution: Of the candles; ``subscribed`` is what the run read.
        adjustment: What the prices were multiplied with: ``raw``, or ``split``, or ``adjusted`` (splits and
            dividends); the one in which the run's fills lie.
        total: Candles in the period, all of them answered.
    """

    symbol: str
    resolution: Resolution
    subscribed: Resolution
    adjustment: str
    total: int = Field(ge=0)
    candles: tuple[Candle, ...]
    fills: tuple[Fill, ...]


class LogResponse(Frozen):
    """Records of a log.

    Attributes:
        file: Inside the run directory.
        size: Of the file in bytes.
        next_offset: Where to go on; null at the end. There may be more even if ``lines`` is empty: a search stops
            after some megabytes.
    """

    file: str
    size: int = Field(ge=0)
    next_offset: int | None
    lines: tuple[LogLine, ...]


class FileListResponse(Frozen):
    """One page of a run directory's files; ``notes`` say what is not listed."""

    items: tuple[ResultFile, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)
    notes: tuple[str, ...] = ()


class FullResult(Frozen):
    """Everything about one finished run, LEAN's own result included.

    Attributes:
        result: Without its curve, which is in ``equity``.
        lean: ``<id>.json`` as LEAN wrote it, unknown fields included; null where the run ended before.
        order_events: ``<id>-order-events.json``, likewise.
    """

    result: BacktestResult
    equity: EquityResponse
    trades: tuple[Trade, ...]
    orders: tuple[Order, ...]
    lean: dict[str, Any] | None
    order_events: tuple[dict[str, Any], ...] = ()
