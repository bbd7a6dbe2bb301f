"""Rings, cursors, snapshots."""

import asyncio
import json

import pytest

from leanboard.errors import NotFound
from leanboard.models.events import EndEvent, EquityEvent, LogEvent, LogLine, ProgressEvent, StatusEvent
from leanboard.models.results import EquityPoint
from leanboard.models.run import BacktestProgress, BacktestStatus, Outcome, Phase
from leanboard.services.event_channel import SlowReaderError
from leanboard.services.event_hub import EventHub
from services.builders import NOW, run_info

RUN = run_info()


@pytest.fixture
def hub():
    hub = EventHub(64, lambda: NOW)
    hub.open(RUN)
    return hub


def status():
    return StatusEvent(run_id=RUN.id, time=NOW, run=RUN)


def progress(percent):
    return ProgressEvent(run_id=RUN.id, time=NOW, phase=Phase.TRADING, progress=BacktestProgress(percent=percent))


def end():
    outcome = Outcome(status=BacktestStatus.COMPLETED)
    return EndEvent(run_id=RUN.id, time=NOW, run=RUN.evolve(status=BacktestStatus.COMPLETED), outcome=outcome)


async def read_all(subscription):
    return [json.loads(text) async for text in subscription]


async def test_a_reader_gets_a_snapshot_then_everything_in_order(hub):
    hub.publish(status())
    with hub.subscribe(RUN.id, None) as subscription:
        hub.publish(progress(10))
        hub.publish(end())
        events = await read_all(subscription)
    assert [(e["type"], e["seq"]) for e in events] == [("snapshot", 1), ("progress", 2), ("end", 3)]


async def test_r29_since_gives_exactly_the_missing_events(hub):
    for percent in range(10):
        hub.publish(progress(percent))
    hub.publish(end())
    with hub.subscribe(RUN.id, 4) as subscription:
        events = await read_all(subscription)
    assert [e["seq"] for e in events] == [5, 6, 7, 8, 9, 10, 11]


async def test_r29_events_that_are_gone_mean_reset_and_a_snapshot(hub):
    for percent in range(90):
        hub.publish(progress(percent))
    hub.publish(end())
    with hub.subscribe(RUN.id, 3) as subscription:
        events = await read_all(subscription)
    assert events[0]["type"] == "snapshot"
    assert events[0]["reset"] is True
    assert events[0]["progress"]["percent"] == 89
    assert len(events) == 1


async def test_r29_a_number_from_the_future_means_reset(hub):
    hub.publish(end())
    with hub.subscribe(RUN.id, 999) as subscription:
        assert (await read_all(subscription))[0]["reset"] is True


async def test_numbers_of_a_continued_run_are_never_used_twice():
    hub = EventHub(64, lambda: NOW)
    hub.open(RUN, continued=True)
    hub.publish(end())
    with hub.subscribe(RUN.id, 50) as subscription:
        events = await read_all(subscription)
    assert events[0]["reset"] is True
    assert events[0]["seq"] >= NOW.timestamp() * 1000


async def test_a_reader_that_falls_off_the_ring_is_told(hub):
    with hub.subscribe(RUN.id, None) as subscription:
        await anext(subscription)
        for _ in range(65):
            hub.publish(status())
        with pytest.raises(SlowReaderError):
            await anext(subscription)


async def test_a_late_reader_gets_only_the_latest_progress(hub):
    with hub.subscribe(RUN.id, None) as subscription:
        await anext(subscription)
        for percent in range(50):
            hub.publish(progress(percent))
        hub.publish(end())
        events = await read_all(subscription)
    percents = [e["progress"]["percent"] for e in events if e["type"] == "progress"]
    assert percents == sorted(percents)
    assert percents[-1] == 49
    assert len(percents) < 50


async def test_a_page_opened_late_gets_the_whole_curve_thinned(hub):
    for second in range(500):
        points = tuple(EquityPoint(time=NOW.replace(microsecond=second * 10 + i), value=second) for i in range(10))
        hub.publish(EquityEvent(run_id=RUN.id, time=NOW, points=points))
    with hub.subscribe(RUN.id, None) as subscription:
        snapshot = json.loads(await anext(subscription))
    assert 1000 <= len(snapshot["equity"]) <= 2001
    assert snapshot["equity"][0]["value"] == 0
    assert snapshot["equity"][-1]["value"] == 499


async def test_the_snapshot_holds_the_last_log_lines(hub):
    for number in range(300):
        hub.publish(LogEvent(run_id=RUN.id, time=NOW, lines=(LogLine(text=f"line {number}"),)))
    with hub.subscribe(RUN.id, None) as subscription:
        snapshot = json.loads(await anext(subscription))
    assert [line["text"] for line in snapshot["log"]][-1] == "line 299"
    assert len(snapshot["log"]) == 200


async def test_a_waiting_reader_ends_when_the_channel_is_closed(hub):
    with hub.subscribe(RUN.id, None) as subscription:
        reading = asyncio.create_task(read_all(subscription))
        await asyncio.sleep(0)
        hub.publish(end())
        hub.close(RUN.id)
        events = await asyncio.wait_for(reading, 1)
    assert events[-1]["type"] == "end"
    assert hub.readers == 0
    with pytest.raises(NotFound), hub.subscribe(RUN.id, None):
        pass


async def test_the_end_of_a_run_can_be_waited_for(hub):
    waiting = asyncio.create_task(hub.ended(RUN.id))
    hub.publish(end())
    await asyncio.sleep(0)
    assert not waiting.done(), "the result is told before the channel is closed"
    hub.close(RUN.id)
    await asyncio.wait_for(waiting, 1)
    await asyncio.wait_for(hub.ended(RUN.id), 1)
