"""The application on fakes, with a client that is addressed as a browser on this machine would."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.api_fakes import HOST, shared_application
from api.serving import Served
from leanboard.settings import Settings


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start applications with settings; all are closed at the end."""
    with ExitStack() as stack:

        def start(*, raise_bugs: bool = True, ring: int = 2000, **settings: Any) -> Served:
            app, services = shared_application(Settings(**settings), ring)
            client = TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=raise_bugs)
            stack.enter_context(client)
            return Served(client, services)

        yield start


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()
