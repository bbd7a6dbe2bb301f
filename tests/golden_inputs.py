"""Reads what real LEAN recorded of a run into minilean's own values."""

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from minilean.enums import DataNormalizationMode, OrderStatus, SecurityType
from minilean.numbers import normalize
from minilean.orders.order import (
    LimitIfTouchedOrder,
    LimitOrder,
    MarketOnCloseOrder,
    MarketOnOpenOrder,
    MarketOrder,
    Order,
    OrderSubmissionData,
    StopLimitOrder,
    StopMarketOrder,
    TrailingStopOrder,
)
from minilean.orders.time_in_force import GOOD_TIL_CANCELED, DayTimeInForce, GoodTilDateTimeInForce
from minilean.statistics.builder import RunSamples
from minilean.statistics.series import TimeSeries
from minilean.statistics.trade import Trade, TradeDirection, TradedSymbol

SECOND = 1_000_000


def case_folders(shared: Path) -> list[Path]:
    """All recorded cases, the random ones too."""
    goldens = shared / "lean-goldens"
    return sorted([*(goldens / "cases").iterdir(), *(goldens / "fuzz" / "cases").iterdir()])


def load_result(folder: Path) -> dict[str, Any]:
    """The whole result with exact decimals."""
    return json.loads(gzip.decompress((folder / "result.json.gz").read_bytes()), parse_float=Decimal)


def load_json(path: Path) -> Any:
    """A file with exact decimals."""
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def microseconds(text: str) -> int:
    """Time text of a result as microseconds UTC."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return int(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * SECOND + int((fraction + "000000")[:6])


def series(result: dict[str, Any], chart: str, name: str) -> TimeSeries[Decimal]:
    """Values (of candles the closes) of a series, trailing zeros removed: the files went through floats."""
    values = result["charts"].get(chart, {"series": {}})["series"].get(name, {"values": []})["values"]
    return TimeSeries.of((point[0] * SECOND, normalize(Decimal(point[-1]))) for point in values)


def trade(recorded: dict[str, Any]) -> Trade:
    """A closed trade."""
    symbol = recorded["symbols"][0]
    return Trade(
        trade_id="",
        symbol=TradedSymbol(symbol["value"], symbol["id"], symbol["permtick"]),
        entry_time=microseconds(recorded["entryTime"]),
        entry_price=recorded["entryPrice"],
        direction=TradeDirection(recorded["direction"]),
        quantity=recorded["quantity"],
        exit_time=microseconds(recorded["exitTime"]),
        exit_price=recorded["exitPrice"],
        profit_loss=recorded["profitLoss"],
        total_fees=recorded["totalFees"],
        mae=recorded["mae"],
        mfe=recorded["mfe"],
        end_trade_drawdown=recorded["endTradeDrawdown"],
        is_win=recorded["isWin"],
        order_ids=tuple(recorded["orderIds"]),
    )


def run_samples(result: dict[str, Any], start_equity: str) -> RunSamples:
    """The inputs of the statistics."""
    return RunSamples(
        equity=series(result, "Strategy Equity", "Equity"),
        performance=series(result, "Strategy Equity", "Return"),
        benchmark=series(result, "Benchmark", "Benchmark"),
        turnover=series(result, "Portfolio Turnover", "Portfolio Turnover"),
        profit_loss=TimeSeries.of((microseconds(time), Decimal(value)) for time, value in result["profitLoss"].items()),
        trades=[trade(each) for each in result["totalPerformance"]["closedTrades"]],
        starting_capital=Decimal(start_equity),
    )


class RecordedSymbol:
    """A symbol as far as results name it."""

    def __init__(self, recorded: dict[str, str], security_type: int) -> None:
        self.value = recorded["value"]
        self.sid = recorded["id"]
        self.permtick = recorded["permtick"]
        self.security_type = SecurityType(security_type)


def _typed_order(recorded: dict[str, Any], symbol: Any) -> Order:
    quantity, time = recorded["quantity"], microseconds(recorded["time"])
    match recorded["type"]:
        case 1:
            return LimitOrder(symbol, quantity, recorded["limitPrice"], time)
        case 2:
            return StopMarketOrder(symbol, quantity, recorded["stopPrice"], time)
        case 3:
            stop_limit = StopLimitOrder(symbol, quantity, recorded["stopPrice"], recorded["limitPrice"], time)
            stop_limit.stop_triggered = recorded["stopTriggered"]
            return stop_limit
        case 7:
            touched = LimitIfTouchedOrder(symbol, quantity, recorded["triggerPrice"], recorded["limitPrice"], time)
            touched.trigger_touched = recorded["triggerTouched"]
            return touched
        case 11:
            amount, percentage = recorded["trailingAmount"], recorded["trailingAsPercentage"]
            stop = recorded["stopPrice"]
            return TrailingStopOrder(
                symbol, quantity, stop, time, trailing_amount=amount, trailing_as_percentage=percentage
            )
        case kind:
            return {0: MarketOrder, 4: MarketOnOpenOrder, 5: MarketOnCloseOrder}[kind](symbol, quantity, time)


def order(recorded: dict[str, Any]) -> Order:
    """An order of a result."""
    result = _typed_order(recorded, RecordedSymbol(recorded["symbol"], recorded["securityType"]))
    result.id = recorded["id"]
    result.broker_id = recorded["brokerId"]
    result.price_ = Decimal(recorded["price"])
    result.price_currency = recorded["priceCurrency"]
    result.created_utc = microseconds(recorded["createdTime"])
    fields = {"lastFillTime": "last_fill_utc", "lastUpdateTime": "last_update_utc", "canceledTime": "canceled_utc"}
    for name, attribute in fields.items():
        if name in recorded:
            setattr(result, attribute, microseconds(recorded[name]))
    result.status = OrderStatus(recorded["status"])
    result.tag = recorded["tag"]
    prices = recorded["orderSubmissionData"]
    result.order_submission_data = OrderSubmissionData(prices["bidPrice"], prices["askPrice"], prices["lastPrice"])
    result.price_adjustment_mode = DataNormalizationMode(recorded["priceAdjustmentMode"])
    lifetime = recorded["properties"]["timeInForce"]
    kind = lifetime.get("$type", "").rpartition(".")[2]
    result.time_in_force = {
        "": lambda: GOOD_TIL_CANCELED,
        "DayTimeInForce": DayTimeInForce,
        "GoodTilDateTimeInForce": lambda: GoodTilDateTimeInForce(microseconds(lifetime["Expiry"])),
    }[kind]()
    return result
