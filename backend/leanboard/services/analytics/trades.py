"""LEAN's closed trades and figures, in every casing. Pure."""

from collections.abc import Mapping

from leanboard.models.analytics import ResultStatistics, Side, Trade
from leanboard.storage.lean_json import clean, exact, lookup, moment, number, section, text, texts, time_span
from leanboard.storage.result_document import ResultDocument
from leanboard.storage.statistics_text import statistics as typed_statistics

_SIDES: dict[object, Side] = {0: Side.LONG, 1: Side.SHORT, "long": Side.LONG, "short": Side.SHORT}


def statistics(document: ResultDocument) -> ResultStatistics:
    """Return LEAN's table, and the figures of the whole run and of its rolling windows."""
    performance = section(document.root, "totalPerformance")
    windows = section(document.root, "rollingWindow")
    return ResultStatistics(
        statistics=typed_statistics(document.state),
        portfolio=texts(section(performance, "portfolioStatistics")),
        trades=texts(section(performance, "tradeStatistics")),
        rolling={
            clean(name): texts(section(window, "portfolioStatistics"))
            for name, window in windows.items()
            if isinstance(window, dict)
        },
    )


def trades(document: ResultDocument, symbol: str | None = None) -> tuple[Trade, ...]:
    """Return the closed trades in LEAN's order.

    Args:
        document: LEAN's result.
        symbol: Ticker or LEAN's symbol id; all when None.
    """
    raw = lookup(section(document.root, "totalPerformance"), "closedTrades")
    entries = [entry for entry in raw if isinstance(entry, dict)] if isinstance(raw, list) else []
    return tuple(
        _trade(place, entry)
        for place, entry in enumerate(entries, start=1)
        if symbol is None or any(is_symbol(named, symbol) for named in _symbols(entry))
    )


def is_symbol(raw: Mapping[str, object], wanted: str) -> bool:
    """Whether LEAN's symbol object is meant by a ticker (upper and lower case alike) or a symbol id."""
    return wanted.upper() in {text(raw, "value").upper(), symbol_id(raw).upper()}


def symbol_id(raw: Mapping[str, object]) -> str:
    """Return LEAN's id of a symbol object."""
    return text(raw, "id") or text(raw, "ID")  # older files


def _symbols(entry: Mapping[str, object]) -> list[dict[str, object]]:
    several = lookup(entry, "symbols")
    if isinstance(several, list):
        return [symbol for symbol in several if isinstance(symbol, dict)]
    one = section(entry, "symbol")  # before January 2026
    return [one] if one else []


def _trade(place: int, raw: Mapping[str, object]) -> Trade:
    entered, left = moment(text(raw, "entryTime")), moment(text(raw, "exitTime"))
    is_win = lookup(raw, "isWin")
    duration = time_span(text(raw, "duration"))
    if duration is None and entered is not None and left is not None:
        duration = (left - entered).total_seconds()
    return Trade(
        number=place,
        symbols=tuple(text(symbol, "value") for symbol in _symbols(raw)),
        direction=_side(lookup(raw, "direction")),
        quantity=exact(lookup(raw, "quantity")),
        entry_time=entered,
        entry_price=exact(lookup(raw, "entryPrice")),
        exit_time=left,
        exit_price=exact(lookup(raw, "exitPrice")),
        profit_loss=exact(lookup(raw, "profitLoss")),
        total_fees=exact(lookup(raw, "totalFees")),
        mae=exact(_either(raw, "mae", "MAE")),
        mfe=exact(_either(raw, "mfe", "MFE")),
        end_trade_drawdown=exact(lookup(raw, "endTradeDrawdown")),
        duration=duration,
        is_win=is_win if isinstance(is_win, bool) else None,
        orders=_ids(lookup(raw, "orderIds")),
    )


def _ids(raw: object) -> tuple[int, ...]:
    found = map(number, raw if isinstance(raw, list) else ())
    return tuple(int(value) for value in found if value is not None)


def _either(raw: Mapping[str, object], name: str, older: str) -> object:
    value = lookup(raw, name)
    return raw.get(older) if value is None else value


def _side(raw: object) -> Side | None:
    return _SIDES.get(raw.lower() if isinstance(raw, str) else raw) if isinstance(raw, int | str) else None
