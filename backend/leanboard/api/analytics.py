"""Parts of one finished run: statistics, curves, trades, orders."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from leanboard.api import analytics_samples as samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.conditional import NOT_MODIFIED, TAG_HEADER, known_tags, response_of
from leanboard.api.dependencies import Services, TimestampPath
from leanboard.api.openapi import Responses, answers, problems
from leanboard.errors import InvalidInput, NoResult, NotFound, ResultUnreadable
from leanboard.models.analytics import FullResult
from leanboard.models.analytics_queries import CandlesQuery, CurveQuery, FormatQuery, FullQuery, RowsQuery
from leanboard.models.base import Frozen
from leanboard.services.analytics import rendering
from leanboard.services.analytics.rendering import View

router = APIRouter(prefix="/results/{timestamp}", tags=["results"], route_class=StrictRoute)


async def series_name(
    chart: Annotated[str, Path(max_length=200, description="Name of the chart", examples=["Benchmark"])],
    series: Annotated[str, Path(max_length=200, description="Name of the series", examples=["Benchmark"])],
) -> str:
    """Return the names of chart and series with a slash between, as they stand in the path."""
    return f"{chart}/{series}"


def _answers(description: str, example: Frozen, csv: bytes) -> Responses:
    described = answers(200, description, example, headers=TAG_HEADER, model=type(example))
    content: dict[str, Any] = described[200]["content"]
    content["text/csv"] = {"schema": {"type": "string"}, "example": csv.decode()}
    return {**described, **NOT_MODIFIED, **problems(InvalidInput, NotFound, NoResult, ResultUnreadable)}


async def _view(request: Request, services: Services, timestamp: str, view: View) -> Response:
    return response_of(await services.results.view(timestamp, view, known_tags(request)))


@router.get(
    "/full_results",
    operation_id="getFullResult",
    summary="Everything in one answer",
    responses={
        **answers(200, "The run, its views, and LEAN's own files", samples.FULL, headers=TAG_HEADER, model=FullResult),
        **NOT_MODIFIED,
        **problems(InvalidInput, NotFound, ResultUnreadable),
    },
)
async def get_full_result(
    timestamp: TimestampPath, services: Services, request: Request, query: Annotated[FullQuery, Query()]
) -> Response:
    """Return what the service knows, the curves, trades and orders, and LEAN's result with all its fields."""
    return response_of(await services.results.full(timestamp, query, known_tags(request)))


@router.get(
    "/statistics",
    operation_id="getStatistics",
    summary="All figures of a result",
    responses=_answers("LEAN's tables", samples.STATISTICS, samples.STATISTICS_CSV),
)
async def get_statistics(
    timestamp: TimestampPath, services: Services, request: Request, query: Annotated[FormatQuery, Query()]
) -> Response:
    """Return LEAN's statistics, portfolio and trade figures, and those of the rolling windows."""
    return await _view(request, services, timestamp, rendering.statistics_view(query))


@router.get(
    "/equity",
    operation_id="getEquity",
    summary="Equity, benchmark and drawdown",
    responses=_answers("The curves", samples.EQUITY, samples.EQUITY_CSV),
)
async def get_equity(
    timestamp: TimestampPath, services: Services, request: Request, query: Annotated[CurveQuery, Query()]
) -> Response:
    """Return the three curves, thinned; both ends and all extremes of the thinned parts stay."""
    return await _view(request, services, timestamp, rendering.equity_view(query))


@router.get(
    "/charts",
    operation_id="listCharts",
    summary="Charts and their series",
    responses=_answers("What there is", samples.CHARTS, samples.CHARTS_CSV),
)
async def list_charts(
    timestamp: TimestampPath, services: Services, request: Request, query: Annotated[FormatQuery, Query()]
) -> Response:
    """Return LEAN's own charts and the strategy's, without points."""
    return await _view(request, services, timestamp, rendering.charts_view(query))


@router.get(
    "/series/{chart}/{series:path}",
    operation_id="getSeries",
    summary="One series",
    responses=_answers("Its points", samples.SERIES, samples.SERIES_CSV),
)
async def get_series(
    timestamp: TimestampPath,
    name: Annotated[str, Depends(series_name)],
    services: Services,
    request: Request,
    query: Annotated[CurveQuery, Query()],
) -> Response:
    """Return the points of a period, thinned; names may hold slashes."""
    return await _view(request, services, timestamp, rendering.series_view(name, query))


@router.get(
    "/trades",
    operation_id="listTrades",
    summary="Closed trades",
    responses=_answers("One page, or all as CSV", samples.TRADES, samples.TRADES_CSV),
)
async def list_trades(
    timestamp: TimestampPath, services: Services, request: Request, query: Annotated[RowsQuery, Query()]
) -> Response:
    """Return closed trades with excursions, duration, fees and profit, in LEAN's order."""
    return await _view(request, services, timestamp, rendering.trades_view(query))


@router.get(
    "/orders",
    operation_id="listOrders",
    summary="Orders with their events",
    responses=_answers("One page, or all as CSV", samples.ORDERS, samples.ORDERS_CSV),
)
async def list_orders(
    timestamp: TimestampPath, services: Services, request: Request, query: Annotated[RowsQuery, Query()]
) -> Response:
    """Return orders by id, each with its events; in CSV without them."""
    return await _view(request, services, timestamp, rendering.orders_view(query))


@router.get(
    "/orders/events",
    operation_id="listOrderEvents",
    summary="Order events",
    responses=_answers("One page, or all as CSV", samples.ORDER_EVENTS, samples.ORDER_EVENTS_CSV),
)
async def list_order_events(
    timestamp: TimestampPath, services: Services, request: Request, query: Annotated[RowsQuery, Query()]
) -> Response:
    """Return the events of all orders, oldest first."""
    return await _view(request, services, timestamp, rendering.order_events_view(query))


@router.get(
    "/candles",
    operation_id="getCandles",
    summary="Candles with fills",
    responses=_answers("Candles of the data folder, and the run's fills", samples.CANDLES, samples.CANDLES_CSV),
)
async def get_candles(
    timestamp: TimestampPath, services: Services, request: Request, query: Annotated[CandlesQuery, Query()]
) -> Response:
    """Return bars of a traded symbol, as the run subscribed to them or coarser, with its fills; in CSV without them."""
    return response_of(await services.results.candles(timestamp, query, known_tags(request)))
