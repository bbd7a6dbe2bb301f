"""Runs in short."""

from fastapi import APIRouter

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import RunReferencePath, Services
from leanboard.api.openapi import answers, problems
from leanboard.errors import InvalidInput, NotFound
from leanboard.models.batches import RunSummary
from leanboard.services.run_summary import run_summary

router = APIRouter(tags=["runs"], route_class=StrictRoute)


@router.get(
    "/summary/{run}",
    operation_id="getSummary",
    summary="A run in short",
    responses={
        **answers(200, "The run at this moment", run_summary(samples.COMPLETED_RUN, samples.STATISTICS)),
        **problems(InvalidInput, NotFound),
    },
)
async def run_in_short(run: RunReferencePath, services: Services) -> RunSummary:
    """Return how a run stands or ended, with its key numbers, whether it runs, waits or is finished."""
    return await services.summaries.get(run)
