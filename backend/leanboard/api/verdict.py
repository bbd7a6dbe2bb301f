"""Why a run is as it is."""

from fastapi import APIRouter

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import Services, TimestampPath
from leanboard.api.openapi import answers, problems
from leanboard.errors import InvalidInput, NotFound
from leanboard.models.verdict import Verdict

router = APIRouter(prefix="/results", tags=["results"], route_class=StrictRoute)


@router.get(
    "/{timestamp}/verdict",
    operation_id="getVerdict",
    summary="Why a run is as it is",
    responses={
        **answers(200, "Findings, the most important first", samples.VERDICT),
        **problems(InvalidInput, NotFound),
    },
)
async def get_verdict(timestamp: TimestampPath, services: Services) -> Verdict:
    """Return why a run failed, why it traded nothing, and what in its result is other than one would think."""
    return await services.verdicts.verdict(timestamp)
