"""The queue as people change it."""

import asyncio

import pytest

from leanboard.errors import StorageError
from leanboard.models.queue import SHOWN, QueueChanges
from leanboard.models.run import BatchPlace
from leanboard.services.event_hub import EventHub
from leanboard.services.queue_control import QueueControl
from leanboard.services.run_queue import RunQueue
from leanboard.storage.queue_wish import QueueWish, read_wish, write_wish
from services.builders import NOW, run_info


class Threads:
    async def in_thread(self, work, *arguments):
        return await asyncio.to_thread(work, *arguments)


class Desk:
    woken = 0

    def wake(self):
        self.woken += 1


class Place:
    """A control with what is around it."""

    def __init__(self, wish):
        self.queue, self.desk, self.hub, self.wish = RunQueue(2), Desk(), EventHub(64, lambda: NOW), wish
        told = (self.desk.wake, self.desk.wake)
        self.control = QueueControl(queue=self.queue, told=told, hub=self.hub, storage=Threads(), wish=wish)

    def add(self, count, **changes):
        for number in range(len(self.queue.waiting), len(self.queue.waiting) + count):
            run = run_info(f"{number:032x}", **changes)
            self.hub.open(run)
            self.queue.add(run.id, run.engine.value, run.batch.id if run.batch else "")


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "queue.json")


async def test_a_pause_outlives_the_service_and_the_limit_does_not(place):
    state = await place.control.change(QueueChanges(paused=True, max_running=7))
    assert (state.paused, state.reason, state.max_running) == (True, "the queue is paused", 7)
    assert place.desk.woken == 2
    after = Place(place.wish)
    await after.control.restore()
    state = after.control.state()
    assert (state.paused, state.max_running, state.max_running_at_start) == (True, 2, 2)
    state = await after.control.change(QueueChanges(paused=False))
    assert (state.paused, state.reason) == (False, "")
    assert read_wish(place.wish) == QueueWish()


async def test_the_runs_are_shown_with_owner_and_reason(place):
    place.add(1)
    place.queue.take()
    place.add(150, batch=BatchPlace(id="b" * 32, item=3))
    state = place.control.state()
    assert [(run.queue, run.settling) for run in state.running] == [(None, False)]
    assert (len(state.waiting), state.waiting_total) == (SHOWN, 149)
    assert state.waiting[4].batch.item == 3
    assert state.waiting[4].queue.reason == "1 of 2 slots busy, position 5"
    place.queue.vacate(state.running[0].run_id)
    assert place.control.state().running[0].settling


async def test_what_cannot_be_made_durable_is_not_done(place):
    place.wish.mkdir()
    with pytest.raises(StorageError, match=r"queue\.json"):
        await place.control.change(QueueChanges(paused=True))
    assert not place.queue.paused


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"paused": "maybe"}', b'{"schema_version": 9}', b" " * 10_000])
async def test_a_damaged_wish_pauses_nothing(place, content):
    place.wish.write_bytes(content)
    await place.control.restore()
    assert not place.queue.paused


def test_a_wish_is_read_as_it_was_written(tmp_path):
    write_wish(tmp_path / "queue.json", QueueWish(paused=True))
    assert read_wish(tmp_path / "queue.json").paused
    assert [path.name for path in tmp_path.iterdir()] == ["queue.json"]
