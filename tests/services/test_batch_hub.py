"""Events of a batch: together, few, and only what changed."""

import asyncio
import json

import pytest

from leanboard.errors import NotFound
from leanboard.models.batch_events import BATCH_EVENT, BatchEndEvent, BatchItemsEvent, BatchProgressEvent
from leanboard.models.batches import Batch, BatchItem, BatchProgress, BatchStatus
from leanboard.models.run import BacktestStatus
from leanboard.services.batch_hub import INTERVAL, MOST_ITEMS, RING, RING_BYTES, BatchHub
from services.builders import NOW

BATCH = Batch(
    id="b" * 32,
    name="three by two",
    kind="items",
    status=BatchStatus.RUNNING,
    state="partial",
    progress=BatchProgress(total=6, pending=6),
    created_at=NOW,
)
ITEMS = tuple(BatchItem(number=number, strategy_name="main") for number in range(1, 7))


def hub_of(interval=0.0):
    hub = BatchHub(lambda: NOW, interval=interval)
    hub.open(BATCH, ITEMS)
    return hub


def progress(completed):
    counts = BatchProgress(total=6, completed=completed, pending=6 - completed)
    return BatchProgressEvent(batch_id=BATCH.id, time=NOW, batch=BATCH.evolve(progress=counts))


def item(number, percent):
    return ITEMS[number - 1].evolve(status=BacktestStatus.RUNNING, percent=percent)


def items(*changed):
    return BatchItemsEvent(batch_id=BATCH.id, time=NOW, items=changed)


def end():
    final = BATCH.evolve(status=BatchStatus.COMPLETED, state="final")
    return BatchEndEvent(batch_id=BATCH.id, time=NOW, batch=final)


async def read_all(subscription):
    return [json.loads(text) async for text in subscription]


async def test_a_reader_gets_a_snapshot_then_what_changed():
    hub = hub_of()
    with hub.subscribe(BATCH.id, None) as subscription:
        first = json.loads(await anext(subscription))
        assert (first["type"], first["seq"], len(first["items"])) == ("snapshot", 0, 6)
        hub.publish(items(item(2, 10.0)))
        hub.publish(progress(1))
        news = [BATCH_EVENT.validate_json(await anext(subscription)) for _ in range(2)]
        hub.publish(end())
        hub.close(BATCH.id)
        rest = await read_all(subscription)
    assert [one.number for one in news[0].items] == [2]
    assert news[1].batch.progress.completed == 1
    assert [(event["type"], event["seq"]) for event in rest] == [("end", 3)]


async def test_what_comes_quickly_goes_out_together_and_the_end_at_once():
    hub = hub_of(interval=600)
    with hub.subscribe(BATCH.id, None) as subscription:
        await anext(subscription)
        for percent in range(100):
            hub.publish(items(item(1, float(percent)), item(3, float(percent))))
            hub.publish(progress(percent // 30))
        hub.publish(end())
        events = await read_all(subscription)
    assert [event["type"] for event in events] == ["items", "progress", "end"]
    assert [(one["number"], one["percent"]) for one in events[0]["items"]] == [(1, 99.0), (3, 99.0)]
    assert events[1]["batch"]["progress"]["completed"] == 3


async def test_a_batch_of_500_with_8_running_makes_a_few_events_a_second():
    """With a shorter second, so that the test is over soon."""
    interval = INTERVAL / 5
    hub = BatchHub(lambda: NOW, interval=interval)
    many = tuple(BatchItem(number=number, strategy_name="main") for number in range(1, 501))
    hub.open(BATCH, many)
    seconds = 3 * interval
    with hub.subscribe(BATCH.id, None) as subscription:
        await anext(subscription)
        reading = asyncio.create_task(read_all(subscription))
        begun = asyncio.get_running_loop().time()
        step = 0
        while asyncio.get_running_loop().time() - begun < seconds:
            step += 1
            running = [one.evolve(status=BacktestStatus.RUNNING, percent=step / 1000) for one in many[:8]]
            hub.publish(items(*running))
            await asyncio.sleep(0.002)
        hub.publish(end())
        hub.close(BATCH.id)
        events = await asyncio.wait_for(reading, 2)
    assert step > 20
    assert len(events) <= seconds / interval + 3
    assert all(len(event["items"]) <= 8 for event in events if event["type"] == "items")


async def test_nothing_is_said_where_nothing_changed():
    hub = hub_of(interval=600)
    with hub.subscribe(BATCH.id, None) as subscription:
        await anext(subscription)
        hub.publish(items(*ITEMS))
        hub.publish(BatchProgressEvent(batch_id=BATCH.id, time=NOW, batch=BATCH))
        hub.publish(items(ITEMS[0], item(2, 5.0)))
        hub.publish(end())
        events = await read_all(subscription)
    assert [event["type"] for event in events] == ["items", "end"]
    assert [one["number"] for one in events[0]["items"]] == [2]


async def test_a_snapshot_has_what_did_not_go_out_yet():
    hub = hub_of(interval=600)
    hub.publish(items(item(1, 50.0)))
    hub.publish(items(BatchItem(number=7, strategy_name="main", label="added")))
    with hub.subscribe(BATCH.id, None) as subscription:
        snapshot = json.loads(await anext(subscription))
    assert snapshot["items"][0]["percent"] == 50.0
    assert snapshot["items"][6]["label"] == "added"
    assert hub.batch(BATCH.id) == BATCH


async def test_a_reader_that_was_away_gets_what_it_missed_or_all_again():
    hub = hub_of()
    with hub.subscribe(BATCH.id, None) as subscription:
        await anext(subscription)
        for percent in range(3):
            hub.publish(items(item(1, float(percent))))
            await anext(subscription)
    with hub.subscribe(BATCH.id, 1) as subscription:
        assert [json.loads(await anext(subscription))["seq"] for _ in range(2)] == [2, 3]
    with hub.subscribe(BATCH.id, RING * 10) as subscription:
        assert json.loads(await anext(subscription))["reset"] is True


async def test_a_batch_that_is_taken_up_again_uses_no_number_twice():
    hub = hub_of()
    hub.publish(end())
    hub.close(BATCH.id)
    hub.open(BATCH, ITEMS, continued=True)
    with hub.subscribe(BATCH.id, 1) as subscription:
        first = json.loads(await anext(subscription))
    assert first["reset"] is True
    assert first["seq"] >= NOW.timestamp() * 1000 - 1


async def test_what_is_closed_is_unknown_and_takes_nothing():
    hub = hub_of(interval=600)
    waiting = asyncio.create_task(hub.ended(BATCH.id))
    await asyncio.sleep(0)
    hub.publish(items(item(1, 1.0)))
    hub.close(BATCH.id)
    await asyncio.wait_for(waiting, 1)
    hub.publish(items(item(1, 2.0)))
    assert not hub.is_open(BATCH.id)
    await asyncio.wait_for(hub.ended(BATCH.id), 1)
    with pytest.raises(NotFound), hub.subscribe(BATCH.id, None):
        pass


def many(count, percent):
    return [
        BatchItem(number=number, strategy_name="main", status=BacktestStatus.RUNNING, percent=percent)
        for number in range(1, count + 1)
    ]


async def test_what_concerns_thousands_goes_out_in_parts_with_other_work_in_between():
    hub = hub_of()
    with hub.subscribe(BATCH.id, None) as subscription:
        await anext(subscription)
        hub.publish(items(*many(2 * MOST_ITEMS + 1, 1.0)))
        hub.publish(progress(1))
        first = json.loads(await anext(subscription))
        hub.publish(items(item(6, 2.0)))  # while the rest waits: it goes out as it is by then
        hub.publish(items(many(2 * MOST_ITEMS + 1, 3.0)[-1]))
        rest = [json.loads(await anext(subscription)) for _ in range(3)]
    assert [event["type"] for event in (first, *rest)] == ["items", "items", "items", "progress"]
    assert [len(event["items"]) for event in (first, *rest[:2])] == [MOST_ITEMS, MOST_ITEMS, 2]
    last = {one["number"]: one["percent"] for event in (first, *rest[:2]) for one in event["items"]}
    assert (last[6], last[2 * MOST_ITEMS + 1], last[7]) == (2.0, 3.0, 1.0)


async def test_everything_has_gone_out_before_the_end_and_when_it_is_drained():
    hub = hub_of(interval=600)
    with hub.subscribe(BATCH.id, None) as subscription:
        await anext(subscription)
        hub.publish(items(*many(MOST_ITEMS + 1, 1.0)))
        await hub.drain(BATCH.id)
        hub.publish(items(*many(MOST_ITEMS + 1, 2.0)))
        hub.publish(progress(1))
        hub.publish(end())
        hub.close(BATCH.id)
        events = await read_all(subscription)
    assert [event["type"] for event in events] == [*["items"] * 4, "progress", "end"]


async def test_the_memory_of_what_is_held_is_bounded():
    hub = hub_of()
    wide = [one.evolve(label="x" * 4000) for one in many(MOST_ITEMS, 0.0)]
    for percent in range(1, 12):
        hub.publish(items(*(one.model_copy(update={"percent": float(percent)}) for one in wide)))
        await hub.drain(BATCH.id)
    with hub.subscribe(BATCH.id, 1) as subscription:
        assert json.loads(await anext(subscription))["reset"] is True
    with hub.subscribe(BATCH.id, 8) as subscription:
        texts = [await anext(subscription) for _ in range(3)]
    assert [json.loads(text)["seq"] for text in texts] == [9, 10, 11]
    assert sum(map(len, texts)) <= RING_BYTES
