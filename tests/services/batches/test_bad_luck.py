"""Batches when things happen at the same time, or at a bad moment; on the real services."""

import asyncio
import json
import shutil
from dataclasses import replace
from typing import Any

import pytest

from leanboard.engines.sandbox_exit import LossCause
from leanboard.errors import Conflict, StorageError
from leanboard.models.batch_requests import Addition, ItemChanges
from leanboard.models.batches import BatchStatus
from leanboard.models.run import BacktestStatus
from services.batches.place import Obedient, serving

DONE, FAILED = BacktestStatus.COMPLETED, BacktestStatus.FAILED
CANCELLED = BacktestStatus.CANCELLED


@pytest.fixture
async def place(tmp_path):
    async with serving(tmp_path, max_running=2) as made:
        yield made


def statuses(detail):
    return [item.status for item in detail.items]


async def _events(place, batch_id: str, since: int | None = None) -> list[dict[str, Any]]:
    async with place.batches.watch(batch_id, since) as events:
        return [json.loads(text) async for text in events]


async def test_a_batch_that_begins_again_uses_no_number_of_an_event_twice(place):
    batch_id = await place.started("wait", "fail")
    watching = asyncio.create_task(_events(place, batch_id))
    await place.until(batch_id, lambda batch: batch.progress.running)
    place.engine.gate.set()
    first = await watching
    await place.batches.rerun(batch_id)
    again = asyncio.create_task(_events(place, batch_id))
    await place.over(batch_id)
    assert min(event["seq"] for event in await again) > max(event["seq"] for event in first)


async def test_nothing_is_added_edited_or_run_again_while_a_cancel_is_carried_out(place):
    """It would take the cancel back for all that has not been marked yet."""
    batch_id = await place.started("fail", *["wait"] * 5)
    await place.until(batch_id, lambda batch: batch.progress.failed == 1 and batch.progress.running == 2)
    await place.batches.cancel(batch_id)
    addition = Addition.model_validate({"items": [{"strategy": "main"}]})
    for work in (
        place.batches.add(batch_id, addition),
        place.batches.edit(batch_id, 6, ItemChanges()),
        place.batches.rerun(batch_id),
    ):
        with pytest.raises(Conflict, match="is being cancelled"):
            await work
    assert statuses(await place.over(batch_id)) == [FAILED] + [CANCELLED] * 5
    await place.batches.add(batch_id, addition)
    detail = await place.over(batch_id)
    assert statuses(detail) == [FAILED] + [CANCELLED] * 5 + [DONE]


async def test_a_run_that_goes_on_while_its_batch_is_taken_up_again_is_not_edited(place, monkeypatch):
    batches, failures = place.services.storage.batches, iter([StorageError("disk full")])
    change = batches.change

    async def failing(batch_id, changes):  # the first change: that it has begun
        for failure in failures:
            await place.until(batch_id, lambda batch: batch.progress.running == 2)
            raise failure
        return await change(batch_id, changes)

    monkeypatch.setattr(batches, "change", failing)
    batch_id = await place.started("wait", "wait")
    await place.until(batch_id, lambda batch: batch.message == "disk full")
    with pytest.raises(Conflict, match="in the queue or runs"):
        await place.batches.edit(batch_id, 1, ItemChanges())
    place.engine.gate.set()
    detail = await place.over(batch_id)
    assert [item.attempt for item in detail.items] == [1, 1]
    assert place.engine.ran.total() == 2


async def test_an_item_that_is_stored_as_something_else_is_read_again(place):
    batch_id = await place.started(*["wait"] * 6)
    await place.until(batch_id, lambda batch: batch.progress.running == 2)
    batches = place.services.storage.batches
    stored = (await batches.items(batch_id))[5]
    await batches.change_items(batch_id, (replace(stored, item=stored.item.evolve(attempt=2)),))
    place.engine.gate.set()
    detail = await place.over(batch_id)
    assert statuses(detail) == [DONE] * 6
    assert [item.attempt for item in detail.items] == [1, 1, 1, 1, 1, 2]


class Restarting(Obedient):
    """Its first sandbox is lost with the engine, and somebody acts while it is let go of."""

    def __init__(self, meanwhile):
        super().__init__()
        self.meanwhile = meanwhile

    async def play(self, sandbox):
        if len(self.sandboxes) > 1:
            return await super().play(sandbox)
        while sandbox.job is None:
            await asyncio.sleep(0.002)
        sandbox.launch()
        return sandbox.exit(137, lost=LossCause.ENGINE_RESTART)

    async def boot(self, spec):
        sandbox = await super().boot(spec)
        remove = sandbox.remove

        async def removed():
            await self.meanwhile()
            await remove()

        if len(self.sandboxes) == 1:
            sandbox.remove = removed
        return sandbox


async def test_cancelled_while_a_run_whose_engine_died_goes_back_into_the_queue(tmp_path):
    asked = asyncio.Event()

    async def meanwhile():
        (summary,) = (await place.batches.page(1, 1)).items
        await place.batches.cancel(summary.id)
        (item,) = (await place.batches.get(summary.id)).items
        async with asyncio.timeout(10):
            while (await place.services.storage.index.get(item.run_id)).cancel_requested_at is None:
                await asyncio.sleep(0.01)
        asked.set()

    async with serving(tmp_path, Restarting(meanwhile)) as place:
        batch_id = await place.started("")
        detail = await place.over(batch_id)
        assert asked.is_set()
        assert detail.status is BatchStatus.CANCELLED


async def test_a_run_that_is_cancelled_while_its_batch_is_resumed_runs_again(place, monkeypatch):
    batches = place.services.storage.batches
    change = batches.change

    async def slow(batch_id, changes):
        if "cancelled_at" in changes.model_fields_set and changes.cancelled_at is None:
            await place.until(batch_id, lambda batch: batch.progress.running < 2)  # the other is not asked any more
        return await change(batch_id, changes)

    monkeypatch.setattr(batches, "change", slow)
    batch_id = await place.started("wait", "wait")
    await place.until(batch_id, lambda batch: batch.progress.running == 2)
    await place.batches.cancel(batch_id)
    await place.batches.resume(batch_id)
    place.engine.gate.set()
    assert statuses(await place.over(batch_id)) == [DONE] * 2


async def test_a_batch_that_is_resumed_while_the_end_of_a_run_is_written_runs_it_again(place, monkeypatch):
    batches = place.services.storage.batches
    change_items = batches.change_items

    async def slow(batch_id, items):
        await change_items(batch_id, items)
        if any(each.item.status is CANCELLED for each in items):
            await place.batches.resume(batch_id)

    monkeypatch.setattr(batches, "change_items", slow)
    batch_id = await place.started("wait")
    await place.until(batch_id, lambda batch: batch.progress.running == 1)
    await place.batches.cancel(batch_id)
    await place.until(batch_id, lambda batch: batch.items[0].attempt == 2)
    place.engine.gate.set()
    assert statuses(await place.over(batch_id)) == [DONE]


async def test_a_resume_is_durable_for_runs_that_were_asked_to_end_before(tmp_path):
    """The service goes away after the resume was stored, and before any of the runs has ended."""
    async with serving(tmp_path, Deaf(), max_running=2) as place:
        batch_id = await place.started("wait", "wait", "wait")
        await place.until(batch_id, lambda batch: batch.progress.running == 2)
        await place.batches.cancel(batch_id)
        runs = [item.run_id for item in (await place.batches.get(batch_id)).items[:2]]
        for run_id in runs:
            await _asked_to_end(place, run_id)
        await place.batches.resume(batch_id)
    async with serving(tmp_path, max_running=2) as place:
        ended = [await place.services.storage.index.get(run_id) for run_id in runs]
        assert [run.status for run in ended] == [CANCELLED] * 2, "as runs they were cancelled"
        place.engine.gate.set()
        detail = await place.over(batch_id)
        assert statuses(detail) == [DONE] * 3
        assert [item.attempt for item in detail.items[:2]] == [2, 2]


async def _asked_to_end(place, run_id: str) -> None:
    async with asyncio.timeout(10):
        while (await place.services.storage.index.get(run_id)).cancel_requested_at is None:
            await asyncio.sleep(0.01)


class Deaf(Obedient):
    """Its runs do not end when they are asked to."""

    async def play(self, sandbox):
        while sandbox.job is None:
            await asyncio.sleep(0.01)
        sandbox.launch()
        await asyncio.Event().wait()


class Losing(Obedient):
    """Its runs are gone once the gate is open."""

    async def play(self, sandbox):
        while sandbox.job is None:
            await asyncio.sleep(0.01)
        sandbox.launch()
        await self.gate.wait()
        sandbox.exit(None, lost=LossCause.CONTAINER_MISSING)


async def test_a_run_that_is_lost_while_its_batch_is_cancelled_is_a_cancelled_item(tmp_path, monkeypatch):
    async with serving(tmp_path, Losing(), max_running=1) as place:
        batch_id = await place.started("")
        await place.until(batch_id, lambda batch: batch.progress.running == 1)
        asked = asyncio.Event()

        async def late(run_id):  # the cancel reaches the batch before it reaches the run, which is lost meanwhile
            asked.set()
            place.engine.gate.set()
            async with asyncio.timeout(10):
                while not (await place.services.storage.index.get(run_id)).status.is_terminal:
                    await asyncio.sleep(0.01)

        monkeypatch.setattr(place.services.manager, "cancel", late)
        await place.batches.cancel(batch_id)
        detail = await place.over(batch_id)
        (item,) = detail.items
        assert asked.is_set()
        assert (detail.status, item.status) == (BatchStatus.CANCELLED, CANCELLED)
        assert "Lost (container_missing)" in item.error_message
        run = await place.services.storage.index.get(item.run_id)
        assert run.status is FAILED


async def test_a_batch_that_a_reindex_finds_goes_on_while_the_service_works(tmp_path):
    """Its directory was put back from a copy that was made while it ran; its runs are in the index."""
    async with serving(tmp_path, max_running=2) as place:
        storage = place.services.storage
        batch_id = await place.started("", "wait", "wait", max_workers=1)
        await place.until(batch_id, lambda batch: batch.progress.completed == 1 and batch.progress.running == 1)
        directory, kept = tmp_path / "home" / "batches" / batch_id, tmp_path / "kept"
        shutil.copytree(directory, kept)
        await place.batches.cancel(batch_id)
        await place.over(batch_id)
        await place.batches.delete(batch_id)
        shutil.copytree(kept, directory)
        place.engine.gate.set()
        storage.reindexing.begin()
        await place.until_found(batch_id)
        detail = await place.over(batch_id)
        assert detail.items[0].status is DONE
        assert (place.engine.ran["1"], place.engine.ran["2"]) == (1, 1), "what has a run is not run again"
        assert CANCELLED in statuses(detail)
