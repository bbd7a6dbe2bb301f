"""The client against a service that misbehaves."""

import http
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.http11 import Response

from cli.values import run_info
from leanboard.models.events import EndEvent, LogEvent, LogLine, SnapshotEvent
from leanboard.models.run import BacktestStatus, Outcome
from leanboard.terminal.client import Client, NotReachable
from leanboard.terminal.failure import CommandError, ExitCode

RUN = run_info(status="running", phase="trading", finished_at=None)
NOW = {"run_id": RUN.id, "time": RUN.created_at}


@asynccontextmanager
async def service(handler, answer=None):
    async with serve(handler, "127.0.0.1", 0, process_request=answer) as server:
        port = server.sockets[0].getsockname()[1]
        async with Client(f"http://127.0.0.1:{port}", "a-key") as client:
            yield client


async def test_a_broken_stream_is_taken_up_where_it_broke():
    asked = []

    async def handler(socket):
        since = parse_qs(urlsplit(socket.request.path).query).get("since")
        asked.append((since, socket.request.headers["Authorization"]))
        if since is None:
            await socket.send(SnapshotEvent(**NOW, seq=1, run=RUN).model_dump_json())
            await socket.send(LogEvent(**NOW, seq=2, lines=(LogLine(text="a"),)).model_dump_json())
            socket.transport.abort()
        else:
            outcome = Outcome(status=BacktestStatus.COMPLETED)
            await socket.send(EndEvent(**NOW, seq=3, run=run_info(), outcome=outcome).model_dump_json())

    async with service(handler) as client:
        events = [event async for event in client.monitor(RUN.id)]
    assert [event.seq for event in events] == [1, 2, 3]
    assert asked == [(None, "Bearer a-key"), (["2"], "Bearer a-key")]


async def test_a_refused_stream_says_what_the_service_says_of_the_run():
    async def handler(_socket):
        pytest.fail("refused before")

    def answer(_connection, _request):
        body = json.dumps({"status": 404, "code": "not_found", "detail": "no such run"}).encode()
        headers = Headers({"Content-Type": "application/problem+json", "Content-Length": str(len(body))})
        return Response(http.HTTPStatus.NOT_FOUND, "Not Found", headers, body)

    async with service(handler, answer) as client:
        with pytest.raises(CommandError) as caught:
            await anext(client.monitor(RUN.id))
    assert caught.value.message == "no such run"
    assert caught.value.exit_code is ExitCode.USAGE


async def test_answers_of_something_else_than_leanboard():
    def answer(_connection, request):
        ok = request.path.startswith("/health")
        body = b"{}" if ok else b"<html>teapot</html>"
        headers = Headers({"Content-Length": str(len(body))})
        return Response(200 if ok else 418, "", headers, body)

    async with service(None, answer) as client:
        with pytest.raises(CommandError, match="not understood"):
            await client.health()
        with pytest.raises(CommandError, match="418"):
            await client.strategies()


async def test_nobody_there():
    async with Client("http://127.0.0.1:9") as client:
        with pytest.raises(NotReachable, match="no service answers at"):
            await client.health()


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://host", "http://"])
def test_addresses(url):
    with pytest.raises(CommandError) as caught:
        Client(url)
    assert caught.value.exit_code is ExitCode.USAGE
