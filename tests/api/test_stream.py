"""The WebSocket, through a real server: events in order, resume, and clients that behave badly."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.live_server import Live, live, silent_client, until
from api.serving import Served
from leanboard.api import samples
from leanboard.api.stream import StreamClient
from leanboard.errors import StorageError
from leanboard.models.events import RUN_EVENT, SnapshotEvent
from leanboard.models.requests import BacktestRequest

MAIN = BacktestRequest(strategy_name="main")


async def start_run(server: Live) -> str:
    return (await server.manager.submit(MAIN)).run.id


@contextlib.asynccontextmanager
async def watching(server: Live, run_id: str, query: str = "", **options: Any) -> AsyncIterator[ClientConnection]:
    async with connect(server.address(run_id, query), proxy=None, **options) as client:
        yield client


async def rest_of(client: ClientConnection) -> list[dict[str, Any]]:
    return [json.loads(message) async for message in client]


async def test_events_from_snapshot_to_end() -> None:
    async with live() as server:
        run_id = await start_run(server)
        async with watching(server, run_id) as client:
            first = RUN_EVENT.validate_json(await client.recv())
            assert isinstance(first, SnapshotEvent)
            server.manager.progressed(run_id, 10)
            server.manager.logged(run_id, "hello")
            server.manager.ended(run_id)
            events = await rest_of(client)
        assert [e["type"] for e in events] == ["progress", "log", "status", "end"]
        assert [e["seq"] for e in events] == [first.seq + i for i in range(1, 5)]
        assert client.close_code == 1000
        await until(lambda: server.clients == 0, 2)
        delay = server.app.state.api_metrics.registry.get_sample_value("leanboard_event_delay_seconds_count")
        assert delay == 4


async def test_a_run_that_is_over_is_streamed_too() -> None:
    async with live() as server, watching(server, samples.RUN_ID) as client:
        assert [e["type"] for e in await rest_of(client)] == ["status", "end"]
        assert client.close_code == 1000


async def test_r29_resume_gets_exactly_what_was_missed() -> None:
    async with live() as server:
        run_id = await start_run(server)
        async with watching(server, run_id) as client:
            await client.recv()
            for percent in range(3):
                server.manager.progressed(run_id, percent)
            seen = [json.loads(await client.recv())["seq"] for _ in range(2)]
        for percent in range(3, 20):
            server.manager.progressed(run_id, percent)
        async with watching(server, run_id, f"?since={seen[-1]}") as client:
            server.manager.ended(run_id)
            events = await rest_of(client)
        assert [e["seq"] for e in events] == list(range(seen[-1] + 1, 23))
        assert events[-1]["type"] == "end"
        percents = [e["progress"]["percent"] for e in events if e["type"] == "progress"]
        assert percents == list(range(2, 20))


async def test_r29_too_late_gets_reset_and_snapshot() -> None:
    async with live(ring=16, stream_ring=16) as server:
        run_id = await start_run(server)
        for number in range(50):
            server.manager.logged(run_id, str(number))
        async with watching(server, run_id, "?since=3") as client:
            first = json.loads(await client.recv())
            assert (first["type"], first["reset"], first["seq"]) == ("snapshot", True, 50)
            server.manager.ended(run_id)
            assert [e["seq"] for e in await rest_of(client)] == [51, 52]


@pytest.mark.parametrize("since", ["-1", "abc", "1.5", "9" * 40, "NaN"])
def test_since_that_is_no_number(served: Served, since: str) -> None:
    with served.refusal(422, "invalid_input"), served.monitor(samples.RUN_ID, f"?since={since}"):
        pass
    assert served.manager.calls == []


async def test_unknown_run_is_refused_before_accept() -> None:
    async with live() as server:
        with pytest.raises(InvalidStatus) as caught:
            await connect(server.address("f" * 32), proxy=None)
        assert caught.value.response.status_code == 404
        assert caught.value.response.headers["content-type"] == "application/problem+json"
        assert json.loads(caught.value.response.body)["code"] == "not_found"
        assert server.clients == 0


async def test_number_of_streams_is_bounded() -> None:
    async with live(max_streams=2) as server:
        run_id = await start_run(server)
        async with watching(server, run_id), watching(server, run_id):
            with pytest.raises(InvalidStatus) as caught:
                await connect(server.address(run_id), proxy=None)
            assert caught.value.response.status_code == 503
        await until(lambda: server.clients == 0, 2)
        async with watching(server, run_id) as client:
            assert await client.recv()


@pytest.mark.parametrize(
    ("message", "code"),
    [("{}", 1008), ("not json", 1008), (b"\x00\x01", 1003), ("x" * 100_000, 1009), (b"x" * 10_000_000, 1009)],
    ids=["json", "text", "binary", "large", "10MB"],
)
async def test_b23_whoever_talks_is_closed(message: str | bytes, code: int) -> None:
    async with live() as server:
        run_id = await start_run(server)
        async with watching(server, run_id) as good, watching(server, run_id) as bad:
            await good.recv()
            with contextlib.suppress(ConnectionClosed):
                await bad.send(message)
            with contextlib.suppress(ConnectionClosed):
                await rest_of(bad)
            assert bad.close_code == code
            server.manager.progressed(run_id, 5)
            assert json.loads(await good.recv())["type"] == "progress"
            await until(lambda: server.clients == 1, 2)


async def test_b23_floods_do_not_delay_others() -> None:
    async with live() as server:
        run_id = await start_run(server)
        async with (
            watching(server, run_id) as good,
            watching(server, run_id) as talker,
            watching(server, run_id) as pinger,
        ):
            await good.recv()
            with contextlib.suppress(ConnectionClosed):
                for _ in range(2000):
                    await talker.send("{}")
            for _ in range(2000):
                await pinger.ping()
            started = monotonic()
            server.manager.progressed(run_id, 5)
            assert json.loads(await good.recv())["type"] == "progress"
            assert monotonic() - started < 1


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1024 / 1024


async def test_r27_client_that_never_reads_is_closed_and_delays_nobody() -> None:
    async with live(ring=16, stream_ring=16, send_timeout=0.5) as server:
        run_id = await start_run(server)
        async with watching(server, run_id, max_queue=None) as good:
            await good.recv()
            silent = await silent_client(server, run_id)
            try:
                await until(lambda: server.clients == 2, 2)
                before = resident_mb()
                slowest = 0.0
                text = "x" * 10_000
                for number in range(800):
                    sent_at = monotonic()
                    server.manager.logged(run_id, text)
                    event = json.loads(await good.recv())
                    slowest = max(slowest, monotonic() - sent_at)
                    assert event["lines"][0]["text"] == text, number
                await until(lambda: server.clients == 1, 5)
                await until(lambda: server.connections == 1, 5)
                assert slowest < 0.25
                assert resident_mb() - before < 10
            finally:
                silent.close()
            server.manager.ended(run_id)
            assert [e["type"] for e in await rest_of(good)] == ["status", "end"]


async def test_r27_close_code_tells_the_slow_client() -> None:
    async with live(ring=16, stream_ring=16) as server:
        run_id = await start_run(server)
        async with watching(server, run_id) as client:
            await client.recv()
            for number in range(100):  # at once: the writer has no chance in between
                server.manager.logged(run_id, str(number))
            with contextlib.suppress(ConnectionClosed):
                await rest_of(client)
            assert client.close_code == 1013
            assert "since" in (client.close_reason or "")


async def test_service_that_goes_down_says_so() -> None:
    async with live() as server:
        run_id = await start_run(server)
        async with watching(server, run_id) as client:
            await client.recv()
            server.manager.hub.close(run_id)  # no end was published
            with contextlib.suppress(ConnectionClosed):
                await rest_of(client)
            assert client.close_code == 1012


async def test_r28_client_that_vanishes_is_forgotten() -> None:
    async with live() as server:
        run_id = await start_run(server)
        clients = [await silent_client(server, run_id) for _ in range(20)]
        await until(lambda: server.clients == 20, 5)
        for client in clients:
            client.close()
        await until(lambda: server.clients == 0, 5)


class Accepted:
    """As much of an accepted WebSocket as the stream uses."""

    def __init__(self) -> None:
        self.client_state = None
        self.sent = ""
        self.closed: tuple[int, str] | None = None

    async def send_text(self, text: str) -> None:
        self.sent = text

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


async def test_error_while_streaming_closes_with_1011(serve) -> None:
    async def broken() -> AsyncIterator[str]:
        yield "{}"
        raise StorageError("the disk is gone")

    socket = Accepted()
    metrics = serve().client.app.state.api_metrics
    await StreamClient(socket, metrics, 1.0).serve(broken())  # type: ignore[arg-type]
    assert socket.closed is not None
    assert socket.closed[0] == 1011
    assert "disk" not in socket.closed[1]
