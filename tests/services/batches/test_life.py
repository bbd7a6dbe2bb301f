"""Batches from acceptance to their end, on the real services and an engine that does what it is told."""

import asyncio
import json
import shutil

import pytest

from leanboard.errors import Conflict, IdempotencyMismatch, IllegalTransition, InvalidInput, NotFound
from leanboard.models.batch_events import BATCH_EVENT, BatchEndEvent, BatchSnapshotEvent
from leanboard.models.batch_requests import Addition, BatchChanges, BatchRequest, ItemChanges
from leanboard.models.batches import BatchStatus
from leanboard.models.queue import QueueChanges
from leanboard.models.run import BacktestStatus, Reason
from services.batches.place import serving

DONE, FAILED = BacktestStatus.COMPLETED, BacktestStatus.FAILED
PENDING, CANCELLED = BacktestStatus.PENDING, BacktestStatus.CANCELLED


@pytest.fixture
async def place(tmp_path):
    async with serving(tmp_path, max_running=2) as made:
        yield made


def statuses(detail):
    return [item.status for item in detail.items]


async def test_items_run_in_order_and_a_failed_one_is_told_and_skipped(place):
    batch_id = await place.started("", "fail", "", "", "", name="five", tags=["t"])
    detail = await place.over(batch_id)
    assert statuses(detail) == [DONE, FAILED, DONE, DONE, DONE]
    assert (detail.status, detail.name, detail.kind, detail.axes) == (
        BatchStatus.COMPLETED,
        "five",
        "items",
        ("n", "do"),
    )
    assert detail.started_at <= detail.finished_at
    failed = detail.items[1]
    assert (failed.reason, failed.error_message) == (Reason.RUNTIME_ERROR, "division by zero")
    assert place.engine.order == ["1", "2", "3", "4", "5"]
    assert place.engine.ran.total() == 5, "a failure of the strategy is not tried again"
    run = await place.services.storage.index.get(detail.items[0].run_id)
    assert (run.batch.id, run.batch.item, run.batch.attempt, run.tags) == (batch_id, 1, 1, ("t",))
    assert detail.items[0].metrics.total_orders == 1
    assert len({item.code for item in detail.items}) == 1


async def test_a_wait_ends_with_the_batch_or_the_time(place):
    batch_id = await place.started("wait")
    assert (await place.batches.wait(batch_id, 0.05)).state == "partial"
    waiting = asyncio.create_task(place.batches.wait(batch_id, 20))
    place.engine.gate.set()
    assert (await waiting).state == "final"


async def test_no_more_than_its_workers_run_and_the_limit_changes_while_it_runs(place):
    batch_id = await place.started(*["wait"] * 6, max_workers=1)
    detail = await place.until(batch_id, lambda batch: batch.items[2].run_id is not None and batch.progress.running)
    assert detail.items[1].waiting.reason
    assert detail.items[5].waiting.reason.startswith("others of its batch are first")
    assert place.services.queue.waiting_count == 2, "a few wait in the queue, the others in the batch"
    await place.batches.change(batch_id, BatchChanges(max_workers=None, name="wider"))
    detail = await place.until(batch_id, lambda batch: batch.progress.running == 2 and place.engine.most == 2)
    assert (detail.name, detail.max_workers) == ("wider", None)
    place.engine.gate.set()
    await place.over(batch_id)
    assert place.engine.most == 2


async def test_a_failure_of_the_engine_is_tried_again_until_it_works(place):
    place.engine.broken = True
    batch_id = await place.started("", "")
    detail = await place.until(batch_id, lambda batch: any(item.retries for item in batch.items))
    place.engine.broken = False
    detail = await place.over(batch_id)
    assert statuses(detail) == [DONE, DONE]
    assert all(item.attempt == item.retries + 1 for item in detail.items)
    assert max(item.attempt for item in detail.items) > 1


async def test_a_failure_of_the_engine_that_stays_is_told_after_three_tries(place):
    place.engine.broken = True
    detail = await place.over(await place.started(""))
    (item,) = detail.items
    assert (detail.status, item.status, item.reason) == (BatchStatus.FAILED, FAILED, Reason.ENGINE_ERROR)
    assert (item.attempt, item.retries, item.error_message) == (3, 2, "no room in the engine")
    place.engine.broken = False
    await place.batches.rerun(batch_id := detail.id)
    (item,) = (await place.over(batch_id)).items
    assert (item.status, item.attempt, item.retries) == (DONE, 4, 0)


async def test_paused_nothing_more_starts_and_what_runs_goes_on(place):
    batch_id = await place.started("wait", "wait", "", "", "", "")
    await place.until(batch_id, lambda batch: batch.progress.running == 2)
    paused = await place.batches.pause(batch_id)
    assert (paused.status, paused.state) == (BatchStatus.PAUSED, "partial")
    place.engine.gate.set()
    detail = await place.until(batch_id, lambda batch: batch.progress.completed == 2)
    assert statuses(detail)[2:] == [PENDING] * 4
    assert "paused" in detail.items[2].waiting.reason
    assert "paused" in detail.items[5].waiting.reason
    await place.batches.resume(batch_id)
    assert statuses(await place.over(batch_id)) == [DONE] * 6
    with pytest.raises(IllegalTransition):
        await place.batches.pause(batch_id)


async def test_a_pause_ends_with_the_batch_and_not_before(place):
    batch_id = await place.started("wait", "fail")
    await place.until(batch_id, lambda batch: batch.progress.running and batch.progress.failed)
    await place.batches.pause(batch_id)
    added = Addition.model_validate({"items": [{"strategy": "main"}]})
    assert (await place.batches.rerun(batch_id)).status is BatchStatus.PAUSED
    place.engine.gate.set()
    detail = await place.until(batch_id, lambda batch: batch.progress.completed == 1)
    assert (detail.status, detail.items[1].status) == (BatchStatus.PAUSED, PENDING)
    await place.batches.cancel(batch_id)
    await place.over(batch_id)
    await place.batches.add(batch_id, added)
    assert statuses(await place.over(batch_id)) == [DONE, CANCELLED, DONE]


async def test_cancel_keeps_what_is_complete_and_resume_runs_what_is_missing(place):
    batch_id = await place.started("", "fail", "wait", "wait", "", "", "")
    two = [DONE, FAILED]
    before = await place.until(batch_id, lambda batch: statuses(batch)[:2] == two and batch.progress.running == 2)
    await place.batches.cancel(batch_id)
    await place.batches.cancel(batch_id)  # may be repeated
    cancelled = await place.over(batch_id)
    assert cancelled.status is BatchStatus.CANCELLED
    assert statuses(cancelled) == [DONE, FAILED] + [CANCELLED] * 5
    assert cancelled.progress.percent == pytest.approx(200 / 7, abs=0.01)
    with pytest.raises(IllegalTransition, match="is cancelled already"):
        await place.batches.cancel(batch_id)

    place.engine.gate.set()
    resumed = await place.batches.resume(batch_id)
    assert resumed.progress.percent == cancelled.progress.percent
    detail = await place.over(batch_id)
    assert statuses(detail) == [DONE, FAILED] + [DONE] * 5
    assert detail.items[:2] == before.items[:2], "untouched"
    assert [item.attempt for item in detail.items[:4]] == [1, 1, 2, 2]
    assert [place.engine.ran[str(number)] for number in range(1, 8)] == [1, 1, 2, 2, 1, 1, 1]
    with pytest.raises(IllegalTransition, match="nothing of it is missing"):
        await place.batches.resume(batch_id)


async def test_resumed_while_its_cancel_is_carried_out(place):
    batch_id = await place.started(*["wait"] * 4)
    await place.until(batch_id, lambda batch: batch.progress.running == 2)
    await place.batches.cancel(batch_id)
    await place.batches.resume(batch_id)
    place.engine.gate.set()
    assert statuses(await place.over(batch_id)) == [DONE] * 4


async def test_rerun_takes_the_strategy_as_it_is_now_and_resume_does_not(place):
    place.engine.gate.set()
    batch_id = await place.started("", "fail", "")
    first = await place.over(batch_id)
    strategy = place.strategies / "main.py"
    strategy.write_text(strategy.read_text() + "\n# another line\n")
    await place.batches.rerun(batch_id)
    second = await place.over(batch_id)
    assert second.items[1].attempt == 2
    assert second.items[1].code != first.items[1].code == second.items[0].code
    assert second.items[0] == first.items[0]
    await place.batches.rerun(batch_id, everything=True)
    third = await place.over(batch_id)
    assert [item.attempt for item in third.items] == [2, 3, 2]
    assert {item.code for item in third.items} == {second.items[1].code}
    assert (await place.services.storage.index.get(first.items[0].run_id)).status is DONE, "earlier runs stay"


async def test_nothing_to_run_again(place):
    batch_id = await place.started("")
    await place.over(batch_id)
    with pytest.raises(Conflict, match="nothing of the batch has failed"):
        await place.batches.rerun(batch_id)


async def test_a_strategy_that_is_gone_leaves_the_batch_as_it_was(place):
    batch_id = await place.started("fail")
    before = await place.over(batch_id)
    (place.strategies / "main.py").unlink()
    with pytest.raises(InvalidInput, match="main"):
        await place.batches.rerun(batch_id)
    assert await place.batches.get(batch_id) == before


async def test_edit_one_cell_and_run_it_again(place):
    batch_id = await place.started("", "fail", "")
    before = await place.over(batch_id)
    changed = await place.batches.edit(batch_id, 2, ItemChanges(parameters={"n": "two"}, initial_cash="1000"))
    assert changed.state == "partial"
    detail = await place.over(batch_id)
    assert statuses(detail) == [DONE] * 3
    assert (detail.items[1].parameters, detail.items[1].initial_cash, detail.items[1].attempt) == (
        {"n": "two"},
        1000,
        2,
    )
    assert place.engine.ran["two"] == 1
    assert (detail.items[0], detail.items[2]) == (before.items[0], before.items[2])
    with pytest.raises(NotFound, match="no item 4"):
        await place.batches.edit(batch_id, 4, ItemChanges())


async def test_an_item_that_waits_in_the_batch_can_be_edited_and_one_in_the_queue_not(place):
    batch_id = await place.started(*["wait"] * 8)
    await place.until(batch_id, lambda batch: batch.progress.running == 2)
    await place.batches.edit(batch_id, 8, ItemChanges(parameters={"n": "eight"}))
    with pytest.raises(Conflict, match="in the queue or runs"):
        await place.batches.edit(batch_id, 1, ItemChanges())
    with pytest.raises(InvalidInput):
        await place.batches.edit(
            batch_id, 8, ItemChanges(engine="docker", end_date="1999-01-01", start_date="2000-01-01")
        )
    place.engine.gate.set()
    detail = await place.over(batch_id)
    assert place.engine.ran["eight"] == 1
    assert place.engine.ran["8"] == 0
    assert detail.items[7].attempt == 1


async def test_rows_are_added_to_a_batch_that_is_over(place):
    request = BatchRequest.model_validate({"sweep": {"strategies": ["main"], "symbols": ["AAPL"]}})
    batch_id = (await place.batches.create(request)).batch.id
    await place.over(batch_id)
    added = await place.batches.add(batch_id, Addition(symbols=("IBM", "BAC")))
    assert (added.progress.total, added.progress.percent < 100, added.axes) == (3, True, ("symbol",))
    detail = await place.over(batch_id)
    assert [item.symbol for item in detail.items] == ["AAPL", "IBM", "BAC"]
    assert statuses(detail) == [DONE] * 3
    with pytest.raises(InvalidInput):
        await place.batches.add(batch_id, Addition(symbols=("IBM",)))


async def test_b14_one_that_cannot_run_of_500_and_nothing_is_started(place):
    items = [{"strategy": "main", "parameters": {"n": number}} for number in range(500)]
    items[317] = {"strategy": "nowhere"}
    items[401] = {"strategy": "main", "engine": "docker"}
    with pytest.raises(InvalidInput) as caught:
        await place.batches.create(BatchRequest.model_validate({"items": items[:401]}))
    assert [problem.field for problem in caught.value.problems] == ["items.317.strategy"]
    assert (await place.batches.page(1, 10)).total == 0
    assert place.engine.sandboxes == []


async def test_b17_one_key_sent_at_the_same_time_is_one_batch(place):
    def request(number="1"):
        return BatchRequest.model_validate({"items": [{"strategy": "main", "parameters": {"n": number}}]})

    answers = await asyncio.gather(*(place.batches.create(request(), idempotency_key="key") for _ in range(20)))
    assert len({answer.batch.id for answer in answers}) == 1
    assert [answer.created for answer in answers].count(True) == 1
    others = (place.batches.create(request("2"), idempotency_key="key") for _ in range(20))
    refused = await asyncio.gather(*others, return_exceptions=True)
    assert {type(answer) for answer in refused} == {IdempotencyMismatch}
    await place.over(answers[0].batch.id)
    assert place.engine.ran.total() == 1


async def test_b17_a_change_with_a_key_is_made_once(place):
    batch_id = await place.started("", "fail")
    await place.over(batch_id)
    addition = Addition.model_validate({"items": [{"strategy": "main", "parameters": {"n": "3"}}]})
    await asyncio.gather(*(place.batches.add(batch_id, addition, idempotency_key="one") for _ in range(10)))
    assert (await place.over(batch_id)).progress.total == 3
    await place.batches.rerun(batch_id, idempotency_key="two")
    await place.over(batch_id)
    await place.batches.rerun(batch_id, idempotency_key="two")
    await place.batches.edit(batch_id, 1, ItemChanges(), idempotency_key="three")
    await place.over(batch_id)
    await place.batches.edit(batch_id, 1, ItemChanges(), idempotency_key="three")
    detail = await place.batches.get(batch_id)
    assert [item.attempt for item in detail.items] == [2, 2, 1]
    with pytest.raises(IdempotencyMismatch):
        await place.batches.rerun(batch_id, everything=True, idempotency_key="two")


async def test_delete_forgets_what_is_over_and_keeps_its_runs(place):
    batch_id = await place.started("wait")
    with pytest.raises(Conflict, match="not over"):
        await place.batches.delete(batch_id)
    place.engine.gate.set()
    detail = await place.over(batch_id)
    await place.batches.delete(batch_id)
    for work in (place.batches.get(batch_id), place.batches.cancel(batch_id), place.batches.delete(batch_id)):
        with pytest.raises(NotFound):
            await work
    assert (await place.services.storage.index.get(detail.items[0].run_id)).status is DONE


async def test_events_lead_from_the_snapshot_to_the_end(place):
    batch_id = await place.started("wait", "fail", "")
    seen = []
    async with place.batches.watch(batch_id) as events:
        async for text in events:
            seen.append(BATCH_EVENT.validate_json(text))
            place.engine.gate.set()
    assert isinstance(seen[0], BatchSnapshotEvent)
    assert isinstance(seen[-1], BatchEndEvent)
    items = {item.number: item for item in seen[0].items}
    for event in seen[1:-1]:
        items.update((item.number, item) for item in getattr(event, "items", ()))
    final = await place.batches.get(batch_id)
    assert [items[number] for number in sorted(items)] == list(final.items)
    assert dict(seen[-1].batch) == {name: value for name, value in final if name != "items"}
    percents = [event.batch.progress.percent for event in seen if hasattr(event, "batch")]
    assert percents == sorted(percents)
    async with place.batches.watch(batch_id) as events:
        again = [json.loads(text)["type"] async for text in events]
    assert again == ["snapshot", "end"]


async def test_a_run_of_a_batch_that_somebody_cancels_is_a_cancelled_item(place):
    batch_id = await place.started("wait", "")
    detail = await place.until(
        batch_id, lambda batch: batch.progress.running >= 1 and batch.items[0].run_id is not None
    )
    await place.services.manager.cancel(detail.items[0].run_id)
    ended = await place.over(batch_id)
    assert statuses(ended) == [CANCELLED, DONE]
    assert ended.status is BatchStatus.COMPLETED
    place.engine.gate.set()
    await place.batches.resume(batch_id)
    assert statuses(await place.over(batch_id)) == [DONE, DONE]


async def test_what_keeps_the_whole_queue_is_said_of_the_batch_until_it_passes(place):
    await place.services.queue_control.change(QueueChanges(paused=True))
    batch_id = await place.started("", "")
    assert (await place.batches.get(batch_id)).message == "the queue is paused"
    await place.services.queue_control.change(QueueChanges(paused=False))
    assert (await place.over(batch_id)).message == ""


async def test_a_full_queue_is_waited_out(tmp_path):
    async with serving(tmp_path, max_running=1, max_queued=1) as place:
        batch_id = await place.started("wait", "", "", "")
        detail = await place.until(batch_id, lambda batch: bool(batch.message))
        assert "LEANBOARD_MAX_QUEUED" in detail.message
        place.engine.gate.set()
        detail = await place.over(batch_id)
        assert statuses(detail) == [DONE] * 4
        assert detail.message == ""


async def test_what_is_shown_of_running_items_is_not_forgotten_by_a_crash(place):
    batch_id = await place.started("wait", "wait")
    await place.until(batch_id, lambda batch: len(place.engine.order) == 2)
    storage = place.services.storage.batches
    for sandbox, day in zip(place.engine.sandboxes, ("2013-10-09T", "2013-10-08T"), strict=True):
        sandbox.frame(t=f"{day}00:00:00")
    detail = await place.until(batch_id, lambda batch: batch.progress.percent > 0)
    shown = detail.progress.percent
    assert 0 < shown < 100
    assert (await storage.get(batch_id)).least_percent >= shown, "it was durable before it was shown"
    place.engine.gate.set()
    assert (await place.over(batch_id)).progress.percent == 100


async def test_code_that_somebody_has_removed_fails_its_items_and_no_others(place):
    batch_id = await place.started(*["wait"] * 6)
    await place.until(batch_id, lambda batch: batch.items[3].run_id is not None)
    other = await place.started("", "")
    code = place.services.storage.batches.code(batch_id, "main-" + (await place.batches.get(batch_id)).items[0].code)
    shutil.rmtree(code)
    place.engine.gate.set()
    detail = await place.over(batch_id)
    assert statuses(detail) == [DONE] * 4 + [FAILED] * 2
    assert "is gone: run the item again" in detail.items[5].error_message
    assert statuses(await place.over(other)) == [DONE, DONE]
    await place.batches.rerun(batch_id)
    assert statuses(await place.over(batch_id)) == [DONE] * 6


async def test_an_orderly_end_and_a_start_go_on_where_it_was(tmp_path):
    async with serving(tmp_path, max_running=2) as place:
        going = await place.started("", *["wait"] * 3, "")
        paused = await place.started("wait", "wait")
        await place.batches.pause(paused)
        await place.until(going, lambda batch: batch.progress.completed == 1 and batch.progress.running)
    async with serving(tmp_path, max_running=2) as place:
        place.engine.gate.set()
        detail = await place.over(going)
        assert statuses(detail) == [DONE] * 5
        assert place.engine.ran["1"] + place.engine.ran["5"] <= 2
        still = await place.batches.get(paused)
        assert still.status is BatchStatus.PAUSED
        await place.batches.resume(paused)
        assert statuses(await place.over(paused)) == [DONE, DONE]
