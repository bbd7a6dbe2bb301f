"""JSON form of performances: ``totalPerformance`` and the members of ``rollingWindow``."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal

from minilean.numbers import decimal_text, net_round
from minilean.results.json_text import JsonValue, iso_time
from minilean.statistics import time_span
from minilean.statistics.builder import AlgorithmPerformance
from minilean.statistics.portfolio_statistics import PortfolioStatistics
from minilean.statistics.trade import Trade, TradedSymbol
from minilean.statistics.trade_statistics import TradeStatistics


def camel_case(name: str) -> str:
    """Turn ``average_win_rate`` into ``averageWinRate``."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def rounded_text(value: Decimal) -> str:
    """Write as LEAN's rounding converter: a string with at most four decimals, not padded."""
    return decimal_text(net_round(value, 4))


def portfolio_json(figures: PortfolioStatistics) -> dict[str, JsonValue]:
    """Return ``portfolioStatistics``: every figure, the recovery too, is a string."""
    result: dict[str, JsonValue] = {}
    for spec in dataclasses.fields(figures):
        name = spec.metadata.get("json") or camel_case(spec.name)
        result[name] = rounded_text(Decimal(getattr(figures, spec.name)))
    return result


def trade_statistics_json(figures: TradeStatistics) -> dict[str, JsonValue]:
    """Return ``tradeStatistics``: amounts as strings, counts as numbers, durations as time spans."""
    return {
        spec.metadata.get("json") or camel_case(spec.name): _member(getattr(figures, spec.name), spec)
        for spec in dataclasses.fields(figures)
    }


def _member(value: object, spec: "dataclasses.Field[object]") -> JsonValue:
    if isinstance(value, Decimal):
        return rounded_text(value)
    if value is None or not isinstance(value, int):
        return None
    if spec.metadata.get("json_type") == "time_span":
        return time_span.text(value)
    return iso_time(value) if spec.name.endswith("date_time") else value


def symbol_json(symbol: TradedSymbol) -> dict[str, JsonValue]:
    """Return a symbol as results name it."""
    return {"value": symbol.value, "id": symbol.sid, "permtick": symbol.permtick}


def trade_json(trade: Trade) -> dict[str, JsonValue]:
    """Return a closed trade."""
    return {
        "id": trade.trade_id,
        "symbols": [symbol_json(trade.symbol)],
        "entryTime": iso_time(trade.entry_time),
        "entryPrice": trade.entry_price,
        "direction": int(trade.direction),
        "quantity": trade.quantity,
        "exitTime": iso_time(trade.exit_time),
        "exitPrice": trade.exit_price,
        "profitLoss": trade.profit_loss,
        "totalFees": trade.total_fees,
        "mae": trade.mae,
        "mfe": trade.mfe,
        "duration": time_span.text(trade.duration * time_span.TICKS_PER_MICROSECOND),
        "endTradeDrawdown": trade.end_trade_drawdown,
        "isWin": trade.is_win,
        "orderIds": list(trade.order_ids),
    }


def performance_json(performance: AlgorithmPerformance) -> dict[str, JsonValue]:
    """Return a performance; that of a rolling window carries no trades."""
    return {
        "tradeStatistics": trade_statistics_json(performance.trade_statistics),
        "portfolioStatistics": portfolio_json(performance.portfolio_statistics),
        "closedTrades": [trade_json(trade) for trade in performance.closed_trades],
    }


def rolling_json(rolling: Mapping[str, AlgorithmPerformance]) -> dict[str, JsonValue]:
    """Return ``rollingWindow``."""
    return {key: performance_json(performance) for key, performance in rolling.items()}
