"""What a person who looks after the service wants to know."""

from fastapi import APIRouter

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import Paging, Services
from leanboard.api.openapi import answers, problems
from leanboard.errors import InvalidInput
from leanboard.models.service import ProblemListResponse

router = APIRouter(prefix="/api/v2/admin", tags=["service"], route_class=StrictRoute)


@router.get(
    "/problems",
    operation_id="listProblems",
    summary="What is wrong with the installation",
    responses={**answers(200, "Problems, the present ones first", samples.PROBLEM_PAGE), **problems(InvalidInput)},
)
async def list_problems(query: Paging, services: Services) -> ProblemListResponse:
    """Return what is wrong now or was found since the start: damaged results, lost runs, unknown sandboxes."""
    found = services.housekeeping.problems()
    return ProblemListResponse(
        items=found[query.window],
        total=len(found),
        page=query.page,
        page_size=query.page_size,
    )
