"""Runs: start, look, cancel."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response, status

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import IdempotencyKey, RunIdPath, Services
from leanboard.api.openapi import answers, problems
from leanboard.errors import (
    BodyTooLarge,
    EngineUnavailable,
    IdempotencyMismatch,
    IllegalTransition,
    ImageNotAllowed,
    InvalidInput,
    MalformedBody,
    NotFound,
    ServiceUnavailable,
    StrategyUnsupported,
    UnsupportedMediaType,
)
from leanboard.models.requests import BacktestRequest, WaitQuery
from leanboard.models.results import BacktestResult
from leanboard.models.run import BacktestProgress, BacktestRunInfo

router = APIRouter(tags=["runs"], route_class=StrictRoute)

_REFUSALS = problems(
    MalformedBody,
    UnsupportedMediaType,
    BodyTooLarge,
    InvalidInput,
    ImageNotAllowed,
    StrategyUnsupported,
    EngineUnavailable,
    IdempotencyMismatch,
    ServiceUnavailable,
    changes=True,
)
_LOCATION = {"Location": {"description": "Path of the run's status", "schema": {"type": "string"}}}


@router.post(
    "/run",
    operation_id="startRun",
    summary="Start a run",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=BacktestRunInfo,
    responses={
        **answers(202, "Accepted: the run is durable and will be executed", samples.PENDING_RUN, headers=_LOCATION),
        **answers(
            200,
            "The Idempotency-Key stands for this run already; nothing was started",
            samples.RUNNING_RUN,
            headers=_LOCATION,
            model=BacktestRunInfo,
        ),
        **_REFUSALS,
    },
)
async def start_run(
    body: Annotated[BacktestRequest, Body(openapi_examples=samples.REQUESTS)],
    services: Services,
    key: IdempotencyKey,
    request: Request,
) -> Response:
    """Accept a run. It waits for a slot, is executed, and its result is kept; follow it by status or monitor."""
    submission = await services.manager.submit(body, idempotency_key=key)
    code = status.HTTP_202_ACCEPTED if submission.created else status.HTTP_200_OK
    headers = {"Location": request.app.url_path_for("run_status", run_id=submission.run.id)}
    return Response(submission.run.model_dump_json(), code, headers, "application/json")


@router.post(
    "/run_sync",
    operation_id="startRunAndWait",
    summary="Start a run and wait for its result",
    responses={
        **answers(200, "The run has ended, well or not: everything about it", samples.RESULT, headers=_LOCATION),
        **answers(
            202,
            "It goes on; follow it by its id",
            samples.RUNNING_RUN,
            headers=_LOCATION,
            model=BacktestRunInfo,
        ),
        **_REFUSALS,
    },
    response_model=BacktestResult,
)
async def start_run_and_wait(
    body: Annotated[BacktestRequest, Body(openapi_examples=samples.REQUESTS)],
    query: Annotated[WaitQuery, Query()],
    services: Services,
    key: IdempotencyKey,
    request: Request,
) -> Response:
    """Accept a short run and answer with its result. A client that goes away does not end it."""
    submission = await services.manager.submit(body, idempotency_key=key)
    run = await services.manager.wait_for_end(submission.run.id, query.wait)
    headers = {"Location": request.app.url_path_for("run_status", run_id=run.id)}
    if not run.status.is_terminal:
        return Response(run.model_dump_json(), status.HTTP_202_ACCEPTED, headers, "application/json")
    result = await services.storage.result(run.timestamp, points=query.points)
    return Response(result.model_dump_json(), status.HTTP_200_OK, headers, "application/json")


@router.get(
    "/status/{run_id}",
    name="run_status",
    operation_id="getStatus",
    summary="Status of a run",
    responses={**answers(200, "The run at this moment", samples.RUNNING_RUN), **problems(InvalidInput, NotFound)},
)
async def run_status(run_id: RunIdPath, services: Services) -> BacktestRunInfo:
    """Return where a run stands: status, phase, reason, place in the queue, latest progress."""
    return await services.manager.status(run_id)


@router.get(
    "/progress/{run_id}",
    operation_id="getProgress",
    summary="Progress of a run",
    responses={**answers(200, "How far the run is", samples.PROGRESS), **problems(InvalidInput, NotFound)},
)
async def run_progress(run_id: RunIdPath, services: Services) -> BacktestProgress:
    """Return how far a run is; what is not known is null."""
    return await services.manager.progress(run_id)


@router.delete(
    "/cancel/{run_id}",
    operation_id="cancelRun",
    summary="Cancel a run",
    responses={
        **answers(200, "The wish is durable; the run ends soon", samples.CANCELLED_RUN),
        **problems(InvalidInput, NotFound, IllegalTransition, changes=True),
    },
)
async def cancel_run(run_id: RunIdPath, services: Services) -> BacktestRunInfo:
    """Ask a run to end. May be repeated. What LEAN had written is kept as a partial result."""
    return await services.manager.cancel(run_id)
