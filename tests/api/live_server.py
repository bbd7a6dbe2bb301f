"""The application behind a real server on a free port of the loopback, in the test's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn

from api.api_fakes import API, fake_application
from api.manager_fakes import FakeManager
from leanboard.server import server_config
from leanboard.settings import Settings


class QuietServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals belong to the test runner


@dataclass
class Live:
    port: int
    manager: FakeManager
    server: uvicorn.Server
    app: Any

    def address(self, run_id: str, query: str = "") -> str:
        return f"ws://127.0.0.1:{self.port}{API}/monitor/{run_id}{query}"

    def batch_address(self, batch_id: str, query: str = "") -> str:
        return f"ws://127.0.0.1:{self.port}{API}/batch/{batch_id}{query}"

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    @property
    def clients(self) -> float:
        return self.app.state.api_metrics.registry.get_sample_value("leanboard_stream_clients")


@contextlib.asynccontextmanager
async def live(*, ring: int = 2000, **settings: Any) -> AsyncIterator[Live]:
    app, services = fake_application(Settings(**settings), ring)
    server = QuietServer(server_config(app))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        async with app.router.lifespan_context(app):
            serving = asyncio.create_task(server.serve([listener]))
            await until(lambda: server.started, 10)
            try:
                yield Live(listener.getsockname()[1], services.manager, server, app)
            finally:
                server.should_exit = True
                await serving


async def until(condition: Any, seconds: float) -> None:
    """Wait for a condition; fails the test when it does not come."""
    async with asyncio.timeout(seconds):
        while not condition():  # what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def silent_client(live_server: Live, run_id: str, request: str = "") -> socket.socket:
    """Open a WebSocket that never reads a byte: a plain socket with a small buffer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", live_server.port))
    head = (
        f"GET {API}/monitor/{run_id}{request} HTTP/1.1\r\nHost: 127.0.0.1:{live_server.port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(client, head.encode())
    return client
