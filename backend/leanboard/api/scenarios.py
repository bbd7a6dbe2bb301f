"""Scenarios: saved configurations."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request, Response, status

from leanboard.api import scenario_samples as samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import IdempotencyKey, Paging, Services
from leanboard.api.openapi import answers, problems
from leanboard.errors import (
    BodyTooLarge,
    Conflict,
    IdempotencyMismatch,
    InvalidInput,
    MalformedBody,
    NotFound,
    UnsupportedMediaType,
)
from leanboard.models.scenarios import Scenario, ScenarioBody, ScenarioId, ScenarioList

router = APIRouter(prefix="/scenarios", tags=["runs"], route_class=StrictRoute)

_BODY = (MalformedBody, UnsupportedMediaType, BodyTooLarge, InvalidInput, Conflict)
_LOCATION: dict[str, Any] = {"Location": {"description": "Path of the scenario", "schema": {"type": "string"}}}
ScenarioIdPath = Annotated[
    ScenarioId, Path(description="Id of the scenario, 32 hex digits", examples=["6ba7b8109dad41d180b400c04fd430c8"])
]


@router.get(
    "",
    operation_id="listScenarios",
    summary="List scenarios",
    responses={**answers(200, "One page of scenarios", samples.PAGE), **problems(InvalidInput)},
)
async def list_scenarios(query: Paging, services: Services) -> ScenarioList:
    """Return one page of scenarios, by name."""
    return await services.scenarios.page(query.page, query.page_size)


@router.post(
    "",
    operation_id="saveScenario",
    summary="Save a scenario",
    status_code=status.HTTP_201_CREATED,
    responses={
        **answers(201, "Saved", samples.SCENARIO, headers=_LOCATION),
        **answers(
            200,
            "The Idempotency-Key stands for this scenario already; nothing was saved",
            samples.SCENARIO,
            headers=_LOCATION,
            model=Scenario,
        ),
        **problems(*_BODY, IdempotencyMismatch, changes=True),
    },
)
async def save_scenario(
    body: Annotated[ScenarioBody, Body(openapi_examples=samples.BODIES)],
    services: Services,
    key: IdempotencyKey,
    request: Request,
    response: Response,
) -> Scenario:
    """Save a configuration under a name that no other scenario has, whatever its case."""
    saved = await services.scenarios.save(body, idempotency_key=key)
    if not saved.created:
        response.status_code = status.HTTP_200_OK
    response.headers["Location"] = request.app.url_path_for("scenario", scenario_id=saved.scenario.id)
    return saved.scenario


@router.get(
    "/{scenario_id}",
    name="scenario",
    operation_id="getScenario",
    summary="One scenario",
    responses={**answers(200, "The scenario", samples.SCENARIO), **problems(InvalidInput, NotFound)},
)
async def get_scenario(scenario_id: ScenarioIdPath, services: Services) -> Scenario:
    """Return a scenario."""
    return await services.scenarios.get(scenario_id)


@router.put(
    "/{scenario_id}",
    operation_id="replaceScenario",
    summary="Save a scenario anew",
    responses={
        **answers(200, "The scenario as it is now", samples.SCENARIO),
        **problems(*_BODY, NotFound, changes=True),
    },
)
async def replace_scenario(
    scenario_id: ScenarioIdPath,
    body: Annotated[ScenarioBody, Body(openapi_examples=samples.BODIES)],
    services: Services,
) -> Scenario:
    """Save a scenario anew, as a whole. Batches that were made from it stay as they are."""
    return await services.scenarios.replace(scenario_id, body)


@router.delete(
    "/{scenario_id}",
    operation_id="deleteScenario",
    summary="Delete a scenario",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={204: {"description": "It is gone"}, **problems(InvalidInput, NotFound, changes=True)},
)
async def delete_scenario(scenario_id: ScenarioIdPath, services: Services) -> None:
    """Delete a scenario. Batches that were made from it stay as they are."""
    await services.scenarios.delete(scenario_id)
