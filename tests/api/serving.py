"""A client of the application on fakes, and how its refusals are checked."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse, WebSocketTestSession

from api.api_fakes import API, HOST, FakeServices


class Served:
    """A client and what is behind it."""

    def __init__(self, client: TestClient, services: FakeServices) -> None:
        self.client = client
        self.services = services
        self.manager = services.manager

    def post(self, body: bytes | str, content_type: str | None = "application/json", **headers: str) -> Any:
        fields = {**({"content-type": content_type} if content_type else {}), **headers}
        return self.client.post(f"{API}/run", content=body, headers=fields)

    def run(self, **fields: Any) -> Any:
        return self.client.post(f"{API}/run", json={"strategy_name": "main", **fields})

    def monitor(self, run_id: str, query: str = "", **options: Any) -> AbstractContextManager[WebSocketTestSession]:
        return self.client.websocket_connect(f"ws://{HOST}{API}/monitor/{run_id}{query}", **options)

    @contextmanager
    def refusal(self, status: int, code: str) -> Iterator[None]:
        """Expect that a WebSocket is refused before it is accepted, with a problem."""
        with pytest.raises(WebSocketDenialResponse) as caught:
            yield
        assert caught.value.status_code == status
        assert caught.value.headers["content-type"] == "application/problem+json"
        assert caught.value.json()["code"] == code


def problem(response: Any, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """Check that an answer is a problem of that kind, and that it is short; returns it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert (content["status"], content["code"]) == (status, code)
    assert len(response.content) < 8000
    if field is not None:
        assert field in [error["field"] for error in content["errors"]]
    return content
