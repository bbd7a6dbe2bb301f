"""How the service is: for probes, people and Prometheus."""

from typing import cast

from fastapi import APIRouter, Request, Response, status
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import HTTPConnection

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import Services
from leanboard.api.metrics import ApiMetrics
from leanboard.api.openapi import answers, problems
from leanboard.models.health import HealthReport, HealthStatus, HealthSummary
from leanboard.models.run import BacktestStatus
from leanboard.storage.result_query import ResultQuery

router = APIRouter(tags=["service"], route_class=StrictRoute)

_UNAVAILABLE = samples.HEALTH.evolve(status=HealthStatus.UNAVAILABLE, engines=())


def metrics_of(connection: HTTPConnection) -> ApiMetrics:
    """Return what the application measures."""
    return cast("ApiMetrics", connection.app.state.api_metrics)


@router.get(
    "/health",
    operation_id="getHealth",
    summary="How the service is",
    response_model=HealthReport | HealthSummary,
    responses={
        **answers(200, "It works, perhaps not wholly (degraded)", samples.HEALTH),
        **problems(),
        **answers(503, "It takes no work", _UNAVAILABLE, model=HealthReport),
    },
)
async def health(services: Services, request: Request, response: Response) -> HealthSummary:
    """Return how the service is. Open without the API key, but then it says no more than the status."""
    report = await services.manager.health()
    if report.status is HealthStatus.UNAVAILABLE:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return report if request.state.authenticated else HealthSummary(status=report.status)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus's text format",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": "leanboard_runs_running 2.0\n"}},
        },
        **problems(),
    },
)
async def metrics(services: Services, request: Request) -> Response:
    """Return what is measured: runs, results by status, streams, the delay of events."""
    own = metrics_of(request)
    own.take(await services.manager.health(), {status: await _count(services, status) for status in _terminal()})
    text = generate_latest(own.registry) + generate_latest(services.metrics)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _terminal() -> list[BacktestStatus]:
    return [status for status in BacktestStatus if status.is_terminal]


async def _count(services: Services, status: BacktestStatus) -> int:
    return (await services.storage.list(ResultQuery(status=(status,), page_size=1))).total
