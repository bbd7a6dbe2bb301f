"""From a view of a result to the bytes that are sent. Blocking work: in a thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from leanboard.models.analytics import ChartListResponse, OrderEventListResponse, OrderListResponse, TradeListResponse
from leanboard.models.analytics_queries import CurveQuery, Format, FormatQuery, RowsQuery
from leanboard.models.base import Frozen
from leanboard.services.analytics import tables
from leanboard.services.analytics.equity import equity
from leanboard.services.analytics.orders import order_events, orders
from leanboard.services.analytics.series import charts, series
from leanboard.services.analytics.trades import statistics, trades
from leanboard.storage.result_document import ResultDocument

JSON = "application/json"
CSV = "text/csv; charset=utf-8"
DEFAULT_ROWS = 100

T = TypeVar("T")
M = TypeVar("M", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent."""

    content: bytes
    media_type: str


class View(Protocol):
    """Makes an answer of a document."""

    def __call__(self, document: ResultDocument, /) -> Body:
        """Return the answer."""


def rendered(wanted: Format, value: M, csv: Callable[[M], bytes]) -> Body:
    """Return a value in the form asked for."""
    return Body(csv(value), CSV) if wanted is Format.CSV else Body(value.model_dump_json().encode(), JSON)


def statistics_view(query: FormatQuery) -> View:
    """All figures."""
    return lambda document: rendered(query.format, statistics(document), tables.statistics_csv)


def equity_view(query: CurveQuery) -> View:
    """The three curves."""
    return lambda document: rendered(query.format, equity(document, query), tables.equity_csv)


def charts_view(query: FormatQuery) -> View:
    """What series there are."""
    return lambda document: rendered(
        query.format, ChartListResponse(charts=charts(document.root)), lambda found: tables.charts_csv(found.charts)
    )


def series_view(path: str, query: CurveQuery) -> View:
    """One series."""
    return lambda document: rendered(
        query.format, series(document.root, path, query), lambda found: tables.series_csv(found.points)
    )


def trades_view(query: RowsQuery) -> View:
    """Closed trades."""
    return _rows_view(query, trades, TradeListResponse, tables.trades_csv)


def orders_view(query: RowsQuery) -> View:
    """Orders."""
    return _rows_view(query, orders, OrderListResponse, tables.orders_csv)


def order_events_view(query: RowsQuery) -> View:
    """Order events."""
    return _rows_view(query, order_events, OrderEventListResponse, tables.order_events_csv)


def _rows_view(
    query: RowsQuery,
    read: Callable[[ResultDocument, str | None], Sequence[T]],
    answer: Callable[..., Frozen],
    csv: Callable[[Sequence[T]], bytes],
) -> View:
    def view(document: ResultDocument) -> Body:
        page = Page.of(read(document, query.symbol), query)
        if query.format is Format.CSV:
            return Body(csv(page.items), CSV)
        found = answer(items=page.items, total=page.total, page=page.page, page_size=page.page_size)
        return Body(found.model_dump_json().encode(), JSON)

    return view


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of some rows."""

    items: Sequence[T]
    total: int
    page: int
    page_size: int

    @classmethod
    def of(cls, rows: Sequence[T], query: RowsQuery) -> "Page[T]":
        """Cut a page; CSV for which no page is asked has all rows."""
        whole = query.format is Format.CSV and query.page is None and query.page_size is None
        size = max(len(rows), 1) if whole else query.page_size or DEFAULT_ROWS
        page = query.page or 1
        return cls(rows[(page - 1) * size : page * size], len(rows), page, size)
