"""Data frames of history: a row for each symbol and moment, a column for each price."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from minilean import numbers, times
from minilean.data.bars import Bar, BaseData, QuoteBar, TradeBar
from minilean.data.custom import PythonData
from minilean.data.history_provider import HistorySlice
from minilean.securities.symbol import Symbol

_PRICES = ("open", "high", "low", "close")
Columns = dict[str, dict[int, Any]]
"""Values by column and local time of their end."""


class FrameRows:
    """The values of one symbol."""

    def __init__(self) -> None:
        self.columns: Columns = {}

    def add(self, trade: TradeBar | None, quote: QuoteBar | None) -> None:
        """Add the bars of a moment; where both have a price, that of the trades counts."""
        if quote is not None:
            self._put(quote, _quote_values(quote))
        if trade is not None:
            self._put(trade, _trade_values(trade))

    def add_custom(self, point: PythonData) -> None:
        """Add a point of a strategy's own class: its value and its properties."""
        others = ((name, value) for name, value in point.storage_.items() if name != "value" and name[:2] != "__")
        self._put(point, [("value", numbers.to_double(point.value_)), *others])

    def _put(self, bar: BaseData, values: Iterable[tuple[str, Any]]) -> None:
        for name, value in values:
            self.columns.setdefault(name, {})[bar.end_local] = value

    def worth_showing(self) -> Columns:
        """Return the columns that hold anything but zeros."""
        return {name: column for name, column in self.columns.items() if any(map(_is_shown, column.values()))}


def _is_shown(value: Any) -> bool:  # noqa: ANN401 - a number, a text or anything of a strategy's own
    """Tell whether a value keeps its column: no zero, no NaN, no blank text and no empty list."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, float):
        return bool(value) and not math.isnan(value)
    if isinstance(value, (bool, list, dict, set, tuple)):
        return bool(value)
    return value is not None


def _trade_values(bar: TradeBar) -> Iterator[tuple[str, float]]:
    for name in _PRICES:
        yield name, numbers.to_double(getattr(bar, f"{name}_"))
    yield "volume", numbers.to_double(bar.volume_)


def _quote_values(bar: QuoteBar) -> Iterator[tuple[str, float]]:
    for name in _PRICES:
        yield name, numbers.to_double(getattr(bar, f"{name}_"))
    for side, prices, size in (("bid", bar.bid, bar.last_bid_size_), ("ask", bar.ask, bar.last_ask_size_)):
        yield f"{side}size", numbers.to_double(size)
        if isinstance(prices, Bar):
            for name in _PRICES:
                yield f"{side}{name}", numbers.to_double(getattr(prices, f"{name}_"))


class DataFrames:
    """Makes frames; pandas is loaded with the first of them."""

    def __init__(self, prepare: Callable[[], None]) -> None:
        """Take what is called once, before the first frame is made."""
        self._prepare = prepare
        self._pandas: Any = None

    def of_slices(self, slices: Iterable[HistorySlice], kind: type[BaseData] | None = None) -> Any:  # noqa: ANN401 - a frame
        """Return a frame with the index levels symbol and time; one without columns when there is no data.

        Args:
            slices: The data.
            kind: Type of the bars that are shown, None for all.
        """
        rows: dict[Symbol, FrameRows] = {}
        for found in slices:
            trades = {} if kind is QuoteBar else found.bars
            quotes = {} if kind is TradeBar else found.quote_bars
            for points in found.custom.values():
                for symbol, point in dict.items(points):
                    rows.setdefault(symbol, FrameRows()).add_custom(point)
            for symbol in found.symbols:
                trade, quote = dict.get(trades, symbol), dict.get(quotes, symbol)
                rows.setdefault(symbol, FrameRows()).add(trade, quote)
        return self._frame(rows)

    def _frame(self, rows: dict[Symbol, FrameRows]) -> Any:  # noqa: ANN401
        pandas = self._load()
        shown = {symbol: columns for symbol, each in rows.items() if (columns := each.worth_showing())}
        if not shown:
            return pandas.DataFrame()
        index: list[tuple[Symbol, int]] = []
        for symbol, columns in shown.items():
            moments = sorted(set().union(*columns.values()))
            index += [(symbol, moment) for moment in moments]
        names = sorted({name for columns in shown.values() for name in columns})
        nothing: dict[int, Any] = {}
        missing = float("nan")
        values = {
            name: [shown[symbol].get(name, nothing).get(moment, missing) for symbol, moment in index] for name in names
        }
        labels = [[symbol for symbol, _ in index], [times.to_datetime(moment) for _, moment in index]]
        return pandas.DataFrame(values, index=pandas.MultiIndex.from_arrays(labels, names=["symbol", "time"]))

    def _load(self) -> Any:  # noqa: ANN401 - the module
        if self._pandas is None:
            import pandas  # noqa: PLC0415, ICN001 - loading it takes longer than many a run

            self._pandas = pandas
            self._prepare()
        return self._pandas
