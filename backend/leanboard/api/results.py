"""Results of finished runs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.conditional import NOT_MODIFIED, TAG_HEADER, known_tags, response_of
from leanboard.api.dependencies import Services, TimestampPath
from leanboard.api.openapi import answers, problems
from leanboard.errors import IllegalTransition, InvalidInput, NotFound
from leanboard.models.results import BacktestListResponse, BacktestResult
from leanboard.storage.result_query import ResultQuery

router = APIRouter(prefix="/results", tags=["results"], route_class=StrictRoute)

Points = Annotated[
    int,
    Query(ge=2, le=100_000, description="At most as many points of the equity curve; the first and last are kept"),
]


@router.get(
    "",
    operation_id="listResults",
    summary="List results",
    responses={**answers(200, "One page of results", samples.RESULT_PAGE), **problems(InvalidInput)},
)
async def list_results(query: Annotated[ResultQuery, Query()], services: Services) -> BacktestListResponse:
    """Return one page of finished runs, newest first unless sorted otherwise."""
    return await services.storage.list(query)


@router.get(
    "/{timestamp}",
    operation_id="getResult",
    summary="One result",
    response_model=BacktestResult,
    responses={
        **answers(200, "Everything about the run", samples.RESULT, headers=TAG_HEADER),
        **NOT_MODIFIED,
        **problems(InvalidInput, NotFound),
    },
)
async def get_result(timestamp: TimestampPath, services: Services, request: Request, points: Points = 500) -> Response:
    """Return statistics, equity curve, what took effect of the request, files and the end of the log."""
    return response_of(await services.results.one(timestamp, points, known_tags(request)))


@router.delete(
    "/{timestamp}",
    operation_id="deleteResult",
    summary="Move a result to the trash",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={
        204: {"description": "It lies in the trash"},
        **problems(InvalidInput, NotFound, IllegalTransition, changes=True),
    },
)
async def delete_result(timestamp: TimestampPath, services: Services) -> None:
    """Move a finished run with its directory to the trash. A run that has not ended is cancelled first, by itself."""
    await services.manager.delete(timestamp)
