"""Parts of one finished run: series, trades, orders, candles, log and files. Names and figures are LEAN's.

Rows of long tables are dataclasses: there may be ten thousand of them, and they are made from values that were
checked when LEAN's file was read.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PlainSerializer

from leanboard.models.base import Frozen
from leanboard.models.events import LogLine
from leanboard.models.requests import Resolution
from leanboard.models.results import BacktestResult, BacktestStatistics, EquityPoint, ResultFile


def _plain(value: Decimal) -> str:
    return format(value, "f")


Exact = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]
"""A number as text with all its digits and no exponent: ``"101691.92"``."""


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
