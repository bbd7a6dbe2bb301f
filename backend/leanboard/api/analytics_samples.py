"""The values shown in the documentation of a result's parts: views of one small result, as LEAN would write it."""

from datetime import UTC, datetime
from decimal import Decimal

from leanboard.api.samples import RESULT
from leanboard.models.analytics import (
    Candle,
    CandlesResponse,
    ChartListResponse,
    FileListResponse,
    Fill,
    FullResult,
    LogResponse,
    OrderEventListResponse,
    OrderListResponse,
    TradeListResponse,
)
from leanboard.models.analytics_queries import CurveQuery
from leanboard.models.events import LogLine
from leanboard.models.requests import Resolution
from leanboard.models.results import ResultFile
from leanboard.services.analytics import tables
from leanboard.services.analytics.equity import equity
from leanboard.services.analytics.orders import order_events, orders
from leanboard.services.analytics.series import charts, series
from leanboard.services.analytics.trades import statistics, trades
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.result_files import state_of

_SPY = {"value": "SPY", "id": "SPY R735QTJ8XC9X", "permtick": "SPY"}
_ROOT: dict[str, object] = {
    "charts": {
        "Strategy Equity": {
            "name": "Strategy Equity",
            "series": {
                "Equity": {
                    "name": "Equity",
                    "unit": "$",
                    "index": 0,
                    "seriesType": 2,
                    "values": [
                        [1381118400, 100000.0, 100000.0, 100000.0, 100000.0],
                        [1381521600, 100000.0, 101700.5, 99800.25, 101691.92],
                    ],
                },
            },
        },
        "Benchmark": {
            "name": "Benchmark",
            "series": {
                "Benchmark": {
                    "name": "Benchmark",
                    "unit": "$",
                    "index": 0,
                    "seriesType": 0,
                    "values": [[1381118400, 146.0268], [1381521600, 147.5]],
                },
            },
        },
    },
    "orders": {
        "1": {
            "id": 1,
            "symbol": _SPY,
            "type": 0,
            "status": 3,
            "direction": 0,
            "quantity": 100.0,
            "price": 144.78,
            "priceCurrency": "USD",
            "value": 14478.0,
            "createdTime": "2013-10-07T13:31:00Z",
            "lastFillTime": "2013-10-07T13:31:00Z",
            "tag": "first",
        },
    },
    "statistics": {"Total Orders": "2", "Sharpe Ratio": "8.854", "Net Profit": "1.692%", "Total Fees": "$2.00"},
    "runtimeStatistics": {"Equity": "$101,691.92"},
    "state": {"EndTime": "2026-01-31T12:00:03Z", "Status": "Completed"},
    "algorithmConfiguration": {"accountCurrency": "USD"},
    "totalPerformance": {
        "tradeStatistics": {"totalNumberOfTrades": 1, "totalProfitLoss": "-16.95"},
        "portfolioStatistics": {"sharpeRatio": "8.854", "totalNetProfit": "0.0169"},
        "closedTrades": [
            {
                "symbols": [_SPY],
                "entryTime": "2013-10-07T18:30:00Z",
                "entryPrice": 145.447486652,
                "direction": 0,
                "quantity": 10.0,
                "exitTime": "2013-10-08T17:00:00Z",
                "exitPrice": 143.752818516,
                "profitLoss": -16.95,
                "totalFees": 2.0,
                "mae": -20.06,
                "mfe": 0.61,
                "duration": "22:30:00",
                "endTradeDrawdown": 20.66,
                "isWin": False,
                "orderIds": [1, 2],
            },
        ],
    },
    "rollingWindow": {"M1_20131031": {"portfolioStatistics": {"sharpeRatio": "8.854"}}},
}
_EVENT: dict[str, object] = {
    "orderId": 1,
    "orderEventId": 2,
    "symbol": "SPY R735QTJ8XC9X",
    "symbolValue": "SPY",
    "time": 1381152660.0,
    "status": "filled",
    "orderFeeAmount": 1.0,
    "orderFeeCurrency": "USD",
    "fillPrice": 144.78,
    "fillPriceCurrency": "USD",
    "fillQuantity": 100.0,
    "direction": "buy",
    "quantity": 100.0,
}
DOCUMENT = ResultDocument(
    root=_ROOT,
    order_events=(_EVENT,),
    state=state_of(_ROOT, 0),
    name="0f8fad5bd9cb469fa16570867728950e-1.json",
    size=0,
    tag="0f8fad5bd9cb469fa1657086",
)

STATISTICS = statistics(DOCUMENT)
STATISTICS_CSV = tables.statistics_csv(STATISTICS)
EQUITY = equity(DOCUMENT, CurveQuery())
EQUITY_CSV = tables.equity_csv(EQUITY)
CHARTS = ChartListResponse(charts=charts(_ROOT))
CHARTS_CSV = tables.charts_csv(CHARTS.charts)
SERIES = series(_ROOT, "Benchmark/Benchmark", CurveQuery())
SERIES_CSV = tables.series_csv(SERIES.points)
TRADES = TradeListResponse(items=trades(DOCUMENT), total=1, page=1, page_size=100)
TRADES_CSV = tables.trades_csv(TRADES.items)
ORDERS = OrderListResponse(items=orders(DOCUMENT), total=1, page=1, page_size=100)
ORDERS_CSV = tables.orders_csv(ORDERS.items)
ORDER_EVENTS = OrderEventListResponse(items=order_events(DOCUMENT), total=1, page=1, page_size=100)
ORDER_EVENTS_CSV = tables.order_events_csv(ORDER_EVENTS.items)
LOG = LogResponse(
    file="log.txt",
    size=10240,
    next_offset=180,
    lines=(
        LogLine(
            text="Engine.Main(): Analysis Complete.",
            logged_at=datetime(2026, 1, 31, 12, 0, 3, tzinfo=UTC),
        ),
    ),
)
FILES = FileListResponse(
    items=(ResultFile(path="log.txt", size=10240, sha256="9f86d081884c7d659a2feaa0c55ad015" * 2),),
    total=1,
    page=1,
    page_size=50,
)
FULL = FullResult(
    result=RESULT,
    equity=EQUITY,
    trades=TRADES.items,
    orders=ORDERS.items,
    lean=_ROOT,
    order_events=(_EVENT,),
)
CANDLES = CandlesResponse(
    symbol="SPY",
    resolution=Resolution.MINUTE,
    subscribed=Resolution.MINUTE,
    adjustment="raw",
    total=1,
    candles=(Candle(datetime(2013, 10, 7, 13, 30, tzinfo=UTC), 144.76, 144.8, 144.7, 144.78, 3197.0),),
    fills=(Fill(datetime(2013, 10, 7, 13, 31, tzinfo=UTC), 1, Decimal(100), Decimal("144.78")),),
)
CANDLES_CSV = tables.candles_csv(CANDLES.candles)
