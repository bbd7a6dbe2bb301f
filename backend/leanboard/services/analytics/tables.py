"""Tables as CSV: RFC 4180, with a header, in UTF-8; times as in JSON, numbers with all digits, blank for null.

Strategies and people write some of the texts: one that a spreadsheet would take for a formula gets an apostrophe.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any

from leanboard.models.analytics import (
    Candle,
    ChartInfo,
    EquityResponse,
    Order,
    OrderEvent,
    ResultStatistics,
    SeriesInfo,
    SeriesPoint,
    Trade,
)
from leanboard.models.results import EquityPoint

Row = Sequence[object]


def csv_bytes(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Write a table."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([value if type(value) in _AS_IT_IS else _text(value) for value in row] for row in rows)
    return text.getvalue().encode()


_AS_IT_IS = frozenset({type(None), int, float})  # the writer's own way: blank for None, all digits
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?[$€£¥]?(\d[\d,]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?%?")


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: such a one gets an apostrophe; numbers stay."""
    return "'" + text if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _text(value: object) -> str:
    if type(value) is str:
        return _plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return " ".join("" if part is None else _text(part) for part in value)
    return str(value.value if isinstance(value, Enum) else value)


def _of(kind: type[Any], rows: Iterable[object], without: frozenset[str] = frozenset()) -> bytes:
    columns = [field.name for field in fields(kind) if field.name not in without]
    read = attrgetter(*columns)
    return csv_bytes(columns, (read(row) for row in rows))


def trades_csv(rows: Iterable[Trade]) -> bytes:
    """Return trades; symbols and order ids with blanks between."""
    return _of(Trade, rows)


def orders_csv(rows: Iterable[Order]) -> bytes:
    """Return orders without their events, which are a table of their own."""
    return _of(Order, rows, frozenset({"events"}))


def order_events_csv(rows: Iterable[OrderEvent]) -> bytes:
    """Return order events."""
    return _of(OrderEvent, rows)


def series_csv(rows: Iterable[SeriesPoint]) -> bytes:
    """Return the points of a series."""
    return _of(SeriesPoint, rows)


def candles_csv(rows: Iterable[Candle]) -> bytes:
    """Return candles."""
    return _of(Candle, rows)


def charts_csv(charts: Iterable[ChartInfo]) -> bytes:
    """Return one line a series."""
    columns = list(SeriesInfo.model_fields)
    read = attrgetter(*columns)
    return csv_bytes(columns, (read(series) for chart in charts for series in chart.series))


def equity_csv(curves: EquityResponse) -> bytes:
    """Return one line a moment; blank where a curve has no point."""
    columns = [_by_time(curve) for curve in (curves.equity, curves.benchmark, curves.drawdown)]
    moments = sorted(set().union(*columns))
    return csv_bytes(
        ("time", "equity", "benchmark", "drawdown"),
        ((moment, *(column.get(moment) for column in columns)) for moment in moments),
    )


def _by_time(curve: Iterable[EquityPoint]) -> dict[datetime, float]:
    return {point.time: point.value for point in curve}


def statistics_csv(figures: ResultStatistics) -> bytes:
    """Return one line a figure: which table of LEAN's, its name, its text."""
    return csv_bytes(("table", "name", "value"), _figures(figures))


def _figures(figures: ResultStatistics) -> Iterator[Row]:
    for table, texts in (
        ("statistics", figures.statistics.lean),
        ("runtime", figures.statistics.runtime),
        ("portfolio", figures.portfolio),
        ("trades", figures.trades),
        *figures.rolling.items(),
    ):
        for name, value in texts.items():
            yield table, name, value
