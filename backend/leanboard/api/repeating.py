"""Finished runs once more: the same again, or on the other engine."""

from typing import Any

from fastapi import APIRouter, Request, Response, status

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import IdempotencyKey, RunReferencePath, Services
from leanboard.api.openapi import Responses, answers, problems
from leanboard.errors import (
    Conflict,
    EngineUnavailable,
    IdempotencyMismatch,
    IllegalTransition,
    ImageNotAllowed,
    InvalidInput,
    NotFound,
    ResultUnreadable,
    ServiceUnavailable,
    StrategyUnsupported,
)
from leanboard.models.run import BacktestRunInfo
from leanboard.models.verification import Verification
from leanboard.services.backtest_manager import Submission

router = APIRouter(tags=["compare"], route_class=StrictRoute)


def _accepted(description: str, path: str) -> Responses:
    location: dict[str, Any] = {"Location": {"description": path, "schema": {"type": "string"}}}
    kinds = (
        InvalidInput,
        NotFound,
        Conflict,
        IllegalTransition,
        ImageNotAllowed,
        StrategyUnsupported,
        EngineUnavailable,
        IdempotencyMismatch,
        ServiceUnavailable,
    )
    return {
        **answers(202, description, samples.RERUN, headers=location),
        **answers(
            200,
            "The Idempotency-Key stands for this run already; nothing was started",
            samples.RERUN,
            headers=location,
            model=BacktestRunInfo,
        ),
        **problems(*kinds, changes=True),
    }


@router.post(
    "/rerun/{run}",
    operation_id="rerun",
    summary="Run a finished run again",
    status_code=status.HTTP_202_ACCEPTED,
    responses=_accepted("Accepted; `warnings` say what is not as it was", "Path of the new run's status"),
)
async def rerun(
    run: RunReferencePath, services: Services, key: IdempotencyKey, request: Request, response: Response
) -> BacktestRunInfo:
    """Start a run with the code that a finished one was executed from, its parameters, its engine and its image."""
    submission = await services.repetition.rerun(run, idempotency_key=key)
    return _answer(submission, response, request.app.url_path_for("run_status", run_id=submission.run.id))


@router.post(
    "/verify/{run}",
    operation_id="verify",
    summary="Run a finished run on the other engine",
    status_code=status.HTTP_202_ACCEPTED,
    responses=_accepted("Accepted; `warnings` say what is not as it was", "Path of the comparison"),
)
async def verify(
    run: RunReferencePath, services: Services, key: IdempotencyKey, request: Request, response: Response
) -> BacktestRunInfo:
    """Start a run of the same code and parameters on the other engine: embedded for docker, docker for embedded."""
    submission = await services.repetition.verify(run, idempotency_key=key)
    return _answer(submission, response, request.app.url_path_for("verification", run=submission.run.id))


def _answer(submission: Submission, response: Response, location: str) -> BacktestRunInfo:
    if not submission.created:
        response.status_code = status.HTTP_200_OK
    response.headers["Location"] = location
    return submission.run


@router.get(
    "/verify/{run}",
    name="verification",
    operation_id="getVerification",
    summary="Where a repetition differs from its original",
    responses={
        **answers(200, "What is known now", samples.VERIFICATION),
        **problems(InvalidInput, NotFound, Conflict, ResultUnreadable),
    },
)
async def verification(run: RunReferencePath, services: Services) -> Verification:
    """Hold a run that repeats another, by rerun or verify, against it; `run` is the one that repeats."""
    return await services.repetition.verification(run)
