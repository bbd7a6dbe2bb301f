"""Strategies, as they were read without running them."""

from fastapi import APIRouter

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import Paging, Services, StrategyNamePath
from leanboard.api.openapi import answers, problems
from leanboard.errors import InvalidInput, NotFound
from leanboard.models.service import StrategyListResponse
from leanboard.models.strategies import StrategyInfo

router = APIRouter(prefix="/strategies", tags=["strategies"], route_class=StrictRoute)


@router.get(
    "",
    operation_id="listStrategies",
    summary="List strategies",
    responses={**answers(200, "One page of strategies", samples.STRATEGY_PAGE), **problems(InvalidInput)},
)
async def list_strategies(query: Paging, services: Services) -> StrategyListResponse:
    """Return one page of strategies by name, the broken ones with what is wrong."""
    found = await services.strategies.list()
    return StrategyListResponse(
        items=found[query.window],
        total=len(found),
        page=query.page,
        page_size=query.page_size,
    )


@router.get(
    "/{name}",
    operation_id="getStrategy",
    summary="One strategy",
    responses={
        **answers(200, "The strategy with its source", samples.STRATEGY_DETAIL),
        **problems(InvalidInput, NotFound),
    },
)
async def get_strategy(name: StrategyNamePath, services: Services) -> StrategyInfo:
    """Return parameters, documentation, source, and whether the embedded engine supports it."""
    return await services.strategies.get(name)
