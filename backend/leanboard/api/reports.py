"""Results as pages: one file that asks for nothing else."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import BatchIdPath, Services, TimestampPath
from leanboard.api.openapi import Responses, problems
from leanboard.errors import IllegalTransition, InvalidInput, NotFound
from leanboard.models.batch_outcome import BatchComparisonQuery
from leanboard.models.comparison import CompareQuery

if TYPE_CHECKING:
    from leanboard.services.report.rendering import Page

router = APIRouter(tags=["compare"], route_class=StrictRoute)


def _page(description: str) -> Responses:
    example = '<!doctype html>\n<html lang="en">…</html>'
    return {200: {"description": description, "content": {"text/html": {"example": example}}}}


@router.get(
    "/results/{timestamp}/report.html",
    operation_id="getReport",
    summary="One result as a page",
    response_class=HTMLResponse,
    responses={**_page("The page"), **problems(InvalidInput, NotFound)},
)
async def get_report(timestamp: TimestampPath, services: Services) -> Response:
    """Return a page with equity, drawdown, monthly returns, statistics and trades, to be kept or sent as one file."""
    return _answer(await services.reports.run(timestamp), f"leanboard-{timestamp}.html")


@router.get(
    "/compare/report.html",
    operation_id="getComparisonReport",
    summary="Runs side by side as a page",
    response_class=HTMLResponse,
    responses={**_page("The page"), **problems(InvalidInput, NotFound, IllegalTransition)},
)
async def get_comparison_report(query: Annotated[CompareQuery, Query()], services: Services) -> Response:
    """Return a comparison as a page, to be kept or sent as one file."""
    return _answer(await services.reports.compare(query), "leanboard-comparison.html")


@router.get(
    "/batch/{batch_id}/report.html",
    operation_id="getBatchReport",
    summary="A batch as a page",
    response_class=HTMLResponse,
    responses={**_page("The page"), **problems(InvalidInput, NotFound)},
)
async def get_batch_report(
    batch_id: BatchIdPath, query: Annotated[BatchComparisonQuery, Query()], services: Services
) -> Response:
    """Return ranking, heat map, matrix, walk-forward and warnings as a page, to be kept or sent as one file."""
    detail = await services.batches.get(batch_id)
    return _answer(await services.reports.batch(detail, query), f"leanboard-batch-{batch_id}.html")


def _answer(page: "Page", name: str) -> Response:
    headers = {"Content-Security-Policy": page.policy, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(page.html, media_type="text/html; charset=utf-8", headers=headers)
