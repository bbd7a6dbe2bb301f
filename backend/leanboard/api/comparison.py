"""Finished runs side by side."""

from typing import Annotated

from fastapi import APIRouter, Query

from leanboard.api import comparison_samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import Services
from leanboard.api.openapi import answers, problems
from leanboard.errors import IllegalTransition, InvalidInput, NotFound
from leanboard.models.comparison import CompareQuery, Comparison

router = APIRouter(prefix="/compare", tags=["compare"], route_class=StrictRoute)


@router.get(
    "",
    operation_id="compare",
    summary="Runs side by side",
    responses={
        **answers(200, "What differs", comparison_samples.COMPARISON),
        **problems(InvalidInput, NotFound, IllegalTransition),
    },
)
async def compare(query: Annotated[CompareQuery, Query()], services: Services) -> Comparison:
    """Return statistics, settings, parameters, code and curves of finished runs, and how far they are comparable."""
    return await services.comparisons.compare(query)
