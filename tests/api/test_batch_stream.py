"""The WebSocket of a batch: the same protocol as a run's, through a real server."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.api_fakes import API, HOST
from api.live_server import Live, live, until
from api.serving import Served
from leanboard.api import batch_samples
from leanboard.models.batch_events import BATCH_EVENT, BatchEndEvent, BatchItemsEvent, BatchSnapshotEvent
from leanboard.models.batches import Batch
from leanboard.models.run import BacktestStatus
from leanboard.services.batch_hub import RING, BatchHub

BATCH_ID = batch_samples.BATCH_ID
ITEMS = batch_samples.DETAIL.items
BATCH = Batch.model_validate({name: getattr(batch_samples.DETAIL, name) for name in Batch.model_fields})


def hub_of(server: Live) -> BatchHub:
    return server.app.state.services.batches.hub


def changed(percent: float) -> BatchItemsEvent:
    item = ITEMS[0].evolve(status=BacktestStatus.RUNNING, percent=percent)
    return BatchItemsEvent(batch_id=BATCH_ID, time=datetime.now(UTC), items=(item,))


def over() -> BatchEndEvent:
    return BatchEndEvent(batch_id=BATCH_ID, time=datetime.now(UTC), batch=BATCH)


@contextlib.asynccontextmanager
async def watching(server: Live, query: str = "") -> AsyncIterator[ClientConnection]:
    async with connect(server.batch_address(BATCH_ID, query), proxy=None) as client:
        yield client


async def rest_of(client: ClientConnection) -> list[dict[str, Any]]:
    return [json.loads(message) async for message in client]


async def test_events_from_snapshot_to_end() -> None:
    async with live() as server:
        hub_of(server).open(BATCH, ITEMS)
        async with watching(server) as client:
            first = BATCH_EVENT.validate_json(await client.recv())
            assert isinstance(first, BatchSnapshotEvent)
            assert first.items == ITEMS
            hub_of(server).publish(changed(10))
            hub_of(server).publish(over())
            events = await rest_of(client)
        assert [(e["type"], e["seq"], e["batch_id"]) for e in events] == [("items", 1, BATCH_ID), ("end", 2, BATCH_ID)]
        assert client.close_code == 1000
        await until(lambda: server.clients == 0, 2)
        delay = server.app.state.api_metrics.registry.get_sample_value("leanboard_event_delay_seconds_count")
        assert delay == 2


async def test_resume_gets_exactly_what_was_missed() -> None:
    async with live() as server:
        hub_of(server).open(BATCH, ITEMS)
        async with watching(server) as client:
            await client.recv()
            for percent in range(3):
                hub_of(server).publish(changed(percent))
                assert json.loads(await client.recv())["seq"] == percent + 1
        async with watching(server, "?since=1") as client:
            hub_of(server).publish(over())
            assert [e["seq"] for e in await rest_of(client)] == [2, 3, 4]


async def test_a_slow_client_and_a_service_that_goes_down_are_told() -> None:
    async with live() as server:
        hub = hub_of(server)
        hub.open(BATCH, ITEMS)
        async with watching(server) as client:
            await client.recv()
            for percent in range(RING + 10):  # at once: the writer has no chance in between
                hub.publish(changed(percent))
                hub._flush(BATCH_ID, hub._news[BATCH_ID])
            with contextlib.suppress(ConnectionClosed):
                await rest_of(client)
            assert client.close_code == 1013
        async with watching(server) as client:
            await client.recv()
            hub.close(BATCH_ID)  # no end was published
            with contextlib.suppress(ConnectionClosed):
                await rest_of(client)
            assert client.close_code == 1012


async def test_who_talks_is_closed() -> None:
    async with live() as server:
        hub_of(server).open(BATCH, ITEMS)
        async with watching(server) as client:
            await client.recv()
            await client.send("{}")
            with contextlib.suppress(ConnectionClosed):
                await asyncio.wait_for(rest_of(client), 20)
            assert client.close_code == 1008


async def test_an_unknown_batch_is_refused_before_accept() -> None:
    async with live() as server:
        with pytest.raises(InvalidStatus) as caught:
            await connect(server.batch_address("f" * 32), proxy=None)
        assert caught.value.response.status_code == 404
        assert json.loads(caught.value.response.body)["code"] == "not_found"


@pytest.mark.parametrize("address", [f"{BATCH_ID}?since=-1", f"{BATCH_ID}?since=x", "latest", "x" * 32])
def test_what_is_no_batch_or_no_number(served: Served, address: str) -> None:
    with served.refusal(422, "invalid_input"), served.client.websocket_connect(f"ws://{HOST}{API}/batch/{address}"):
        pass
    assert served.services.batches.calls == []
