"""The list of what there is, made from the routes themselves."""

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from starlette.routing import BaseRoute, compile_path

from leanboard.api import samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.docs_page import DOCS
from leanboard.api.openapi import answers, problems
from leanboard.models.service import Endpoint, ServiceIndex

router = APIRouter(tags=["service"], route_class=StrictRoute)


@router.get(
    "/",
    operation_id="listEndpoints",
    summary="List the endpoints",
    responses={**answers(200, "What there is", samples.INDEX), **problems()},
)
async def index(request: Request) -> ServiceIndex:
    """Return name, version and all endpoints of the service, the WebSocket included."""
    return ServiceIndex(
        name=request.app.title,
        version=request.app.version,
        documentation=DOCS,
        endpoints=tuple(endpoints(request.app.routes)),
    )


def endpoints(routes: Sequence[BaseRoute]) -> Iterator[Endpoint]:
    """Yield the operations among some routes, in the order of their registration."""
    for context in iter_route_contexts(routes):
        route, path = context.original_route, compile_path(context.path or "")[1]
        if isinstance(route, APIWebSocketRoute):
            summary = (route.endpoint.__doc__ or "").splitlines()[0].rstrip(".")
            yield Endpoint(method="WS", path=path, summary=summary)
        elif isinstance(route, APIRoute) and route.include_in_schema:
            for method in sorted(context.methods or ()):
                yield Endpoint(method=method, path=path, summary=route.summary or "")
