"""The HTTP application, without what lives behind it: the lifespan brings that to ``app.state.services``."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from fastapi import FastAPI

from leanboard import __version__
from leanboard.api import (
    admin,
    analytics,
    batch_outcome,
    batches,
    comparison,
    docs_page,
    examples,
    health,
    organising,
    problems,
    queue,
    repeating,
    reports,
    result_files,
    results,
    root,
    runs,
    scenarios,
    strategies,
    stream,
    summaries,
    verdict,
)
from leanboard.api.dependencies import API
from leanboard.api.guard import Guard
from leanboard.api.metrics import ApiMetrics
from leanboard.api.openapi import DESCRIPTION, TAGS, DescribedApi
from leanboard.settings import Settings


class Lifespan(Protocol):
    """Opens the services before the first request, puts them at ``app.state.services``, closes them at the end."""

    def __call__(self, app: Any, /) -> AbstractAsyncContextManager[None]:  # noqa: ANN401  # FastAPI's generic
        """Return the context of the application's life."""


def new_application(settings: Settings, lifespan: Lifespan) -> FastAPI:
    """Return the application: routes, errors, guard and description.

    Args:
        settings: For the guard and the bounds.
        lifespan: Must have set ``app.state.services`` (leanboard.services.services.Services) when it has entered.
    """
    app = DescribedApi(
        title="Leanboard",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        docs_url=None,  # docs_page serves it without a foreign host
        redoc_url=None,
        redirect_slashes=False,
    )
    app.needs_key = settings.api_key is not None
    app.state.api_metrics = ApiMetrics()
    app.state.stream_gate = stream.StreamGate(settings.max_streams, app.state.api_metrics)
    finished = (results, organising, analytics, result_files, verdict, repeating, reports, comparison)
    app.include_router(root.router)
    app.include_router(health.router)  # what is asked first, before the rest: each is worked out when it is asked
    # Each with its prefix at once: FastAPI works out every route of a router that is included without one, and works
    # them out again with the first request.
    for module in (strategies, runs, summaries, queue, scenarios, batches, batch_outcome, *finished, examples, stream):
        app.include_router(module.router, prefix=API)
    app.include_router(admin.router)
    docs_page.install(app)
    problems.install(app)
    app.add_middleware(Guard, settings=settings)
    return app
