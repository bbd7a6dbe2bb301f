"""Requests as bytes, through the real server: what no proper client sends."""

import asyncio

import pytest

from api.api_fakes import API
from api.live_server import Live, live
from leanboard.api import samples


async def exchange(server: Live, request: str) -> str:
    """Send bytes and return the whole answer; the server closes within the time, or the test fails."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request.replace("\n", "\r\n").replace("PORT", str(server.port)).encode("latin-1"))
        async with asyncio.timeout(5):
            return (await reader.read()).decode("latin-1")
    finally:
        writer.close()
        await writer.wait_closed()


RUN = f"{API}/cancel/{samples.RUN_ID}"
CLOSE = "Connection: close\n\n"


@pytest.mark.parametrize(
    "request_text",
    [
        f"DELETE {RUN} HTTP/1.1\n{CLOSE}",
        f"DELETE {RUN} HTTP/1.0\n\n",
        f"DELETE {RUN} HTTP/1.1\nHost: evil.example\n{CLOSE}",
        f"DELETE {RUN} HTTP/1.1\nHost: 127.0.0.1:PORT\nHost: evil.example\n{CLOSE}",
        f"DELETE {RUN} HTTP/1.1\nHost:\n{CLOSE}",
        f"DELETE http://evil.example{RUN} HTTP/1.1\nHost: 127.0.0.1:PORT\n{CLOSE}",
        f"DELETE http://127.0.0.1:PORT{RUN} HTTP/1.1\nHost: evil.example\n{CLOSE}",
    ],
    ids=["missing", "http10", "foreign", "two", "empty", "absolute", "absolute-foreign-host"],
)
async def test_b24_host_on_the_wire(request_text: str) -> None:
    async with live() as server:
        answer = await exchange(server, request_text)
        assert answer.startswith("HTTP/1.1 400"), answer
        assert server.manager.calls == []


async def test_b24_http_1_0_with_host_is_served() -> None:
    async with live() as server:
        assert " 200 " in (await exchange(server, "GET /health HTTP/1.0\nHost: localhost\n\n")).splitlines()[0]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Host: evil.example", 400),
        ("Host: 127.0.0.1:PORT\nOrigin: https://evil.example", 403),
        ("Host: 127.0.0.1:PORT\nAuthorization: Bearer a\nAuthorization: Bearer b", 401),
    ],
)
async def test_b22_handshake_is_refused_on_the_wire(header: str, status: int) -> None:
    async with live() as server:
        answer = await exchange(
            server,
            f"GET {API}/monitor/{samples.RUN_ID} HTTP/1.1\n{header}\nUpgrade: websocket\nConnection: Upgrade\n"
            "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n",
        )
        assert answer.startswith(f"HTTP/1.1 {status} "), answer
        assert "application/problem+json" in answer
        assert samples.RUN_ID not in answer
        assert server.manager.calls == []


async def test_b02_body_that_grows_past_the_limit_is_not_awaited() -> None:
    async with live(max_body=1) as server:
        head = f"POST {API}/run HTTP/1.1\nHost: 127.0.0.1:PORT\nContent-Type: application/json\n"
        chunk = "400\n" + "x" * 1024 + "\n"
        answer = await exchange(server, f"{head}Transfer-Encoding: chunked\n{CLOSE}{chunk}{chunk}")  # no last chunk
        assert answer.startswith("HTTP/1.1 413 "), answer
        assert server.manager.calls == []


async def test_b05_raw_paths() -> None:
    async with live() as server:
        for path in ("/../../etc/passwd", f"{API}/results/..%2f..%2fetc", f"{API}/results/%00", f"{API}/status/\xff"):
            answer = await exchange(server, f"GET {path} HTTP/1.1\nHost: 127.0.0.1:PORT\n{CLOSE}")
            assert answer.split(" ")[1] in {"400", "404", "422"}, (path, answer)
        assert server.manager.calls == []
