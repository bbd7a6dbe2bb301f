"""The application on fakes, with a client that is addressed as a browser on this machine would."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from api.api_fakes import FakeServices, fake_application
from starlette.testclient import TestClient

from leanboard.settings import Settings

API = "/api/v2/backtest"
BASE = "http://127.0.0.1:8700"
KEY = "0123456789abcdef0123456789abcdef"


class Served:
    """A client and what is behind it."""

    def __init__(self, client: TestClient, services: FakeServices) -> None:
        self.client = client
        self.services = services
        self.manager = services.manager

    def post(self, body: bytes | str, content_type: str | None = "application/json", **headers: str) -> Any:
        fields = {**({"content-type": content_type} if content_type else {}), **headers}
        return self.client.post(f"{API}/run", content=body, headers=fields)

    @contextmanager
    def refused(self, status: int, code: str) -> Iterator[None]:
        """Expect that a WebSocket is refused before it is accepted, with a problem."""
        from starlette.testclient import WebSocketDenialResponse

        with pytest.raises(WebSocketDenialResponse) as caught:
            yield
        assert caught.value.status_code == status
        assert caught.value.headers["content-type"] == "application/problem+json"
        assert caught.value.json()["code"] == code


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start applications with settings; all are closed at the end."""
    with ExitStack() as stack:

        def start(*, raise_bugs: bool = True, ring: int = 2000, **settings: Any) -> Served:
            app, services = fake_application(Settings(**settings), ring)
            client = TestClient(app, base_url=BASE, raise_server_exceptions=raise_bugs)
            stack.enter_context(client)
            return Served(client, services)

        yield start


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()
