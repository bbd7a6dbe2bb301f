"""Rows of batches and their items; every item gets its run once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from leanboard.errors import Conflict, IdempotencyMismatch, NotFound, StorageError
from leanboard.models.batches import BatchProgress
from leanboard.models.run import BacktestStatus
from leanboard.storage.batch_index import BatchIndex
from leanboard.storage.batch_rows import BatchRowChanges, StoredBatch
from leanboard.storage.database import Database
from leanboard.storage.queries import IdempotencyClaim
from leanboard.storage.run_index import RunIndex
from leanboard.storage.tables import BATCH, BATCH_ITEM, RUN
from storage.batches import ended, make_batch, make_item, make_items, of_item
from storage.homes import NOON, make_request, make_run, run_id

CLAIM = IdempotencyClaim("key", "a" * 64)
BATCH_ID = run_id(1)


def without_progress(batch: StoredBatch) -> dict[str, object]:
    return {name: getattr(batch, name) for name in StoredBatch.__dataclass_fields__ if name != "progress"}


async def test_a_batch_comes_back_as_it_went_in(batches: BatchIndex) -> None:
    batch = make_batch(started_at=NOON, cancelled_at=NOON, paused=True)
    items = (make_item(1, not_before=NOON), ended(2), make_item(3, code_key="other-0123456789ab", attempt=4))
    inserted = await batches.insert(batch, items)
    assert inserted.created
    found = await batches.get(batch.id)
    assert without_progress(found) == without_progress(batch)
    assert found == inserted.batch
    assert await batches.items(batch.id) == items


async def test_progress_is_counted_from_the_items(batches: BatchIndex) -> None:
    statuses = ("completed", "completed", "failed", "running", "cancelled", "pending", "pending", "pending")
    items = [make_item(number, status=status, reused=number == 1) for number, status in enumerate(statuses, 1)]
    await batches.insert(make_batch(), items)
    expected = BatchProgress(total=8, completed=2, failed=1, running=1, pending=3, cancelled=1, reused=1, percent=37.5)
    assert (await batches.get(BATCH_ID)).progress == expected
    await batches.change_items(BATCH_ID, [ended(number) for number in range(1, 9)])
    progress = (await batches.get(BATCH_ID)).progress
    assert (progress.completed, progress.reused, progress.percent) == (8, 0, 100)


async def test_unknown_batches_are_not_found(batches: BatchIndex) -> None:
    for call in (
        batches.get(BATCH_ID),
        batches.items(BATCH_ID),
        batches.change(BATCH_ID, BatchRowChanges(paused=True)),
        batches.change_items(BATCH_ID, make_items()),
        batches.rewrite(make_batch(), make_items(), token=""),
        batches.delete(BATCH_ID),
    ):
        with pytest.raises(NotFound):
            await call


async def test_pages_are_newest_first_and_unfinished_ones_oldest_first(batches: BatchIndex) -> None:
    for number in range(1, 6):
        batch = make_batch(
            number, created_at=NOON + timedelta(seconds=number), finished_at=NOON if number == 2 else None
        )
        await batches.insert(batch, make_items(number))
    found, total = await batches.page(2, 2)
    assert ([batch.name for batch in found], total) == (["batch 3", "batch 2"], 5)
    assert [batch.progress.total for batch in found] == [3, 2]
    assert (await batches.page(4, 2)) == ((), 5)
    assert [batch.name for batch in await batches.unfinished()] == ["batch 1", "batch 3", "batch 4", "batch 5"]


async def test_only_what_is_named_changes(batches: BatchIndex) -> None:
    await batches.insert(make_batch(), make_items())
    changed = await batches.change(BATCH_ID, BatchRowChanges(max_workers=None, finished_at=NOON))
    assert (changed.max_workers, changed.finished_at, changed.name, changed.paused) == (None, NOON, "batch 1", False)
    assert await batches.change(BATCH_ID, BatchRowChanges()) == changed


async def test_items_are_changed_all_or_none(batches: BatchIndex) -> None:
    await batches.insert(make_batch(), make_items(3))
    with pytest.raises(Conflict, match="no item 9"):
        await batches.change_items(BATCH_ID, [ended(1), make_item(9)])
    assert await batches.items(BATCH_ID) == make_items(3)
    await batches.change_items(BATCH_ID, [ended(2)])
    assert await batches.items(BATCH_ID) == (make_item(1), ended(2), make_item(3))


async def test_a_rewrite_changes_and_adds(batches: BatchIndex) -> None:
    await batches.insert(make_batch(), make_items(2))
    again = make_item(2, attempt=2, parameters={"fast": "9"})
    stored = await batches.rewrite(make_batch(name="new", axes=("symbol",)), (again, make_item(3)), token="t")
    assert (stored.name, stored.axes, stored.progress.total) == ("new", ("symbol",), 3)
    assert await batches.items(BATCH_ID) == (make_item(1), again, make_item(3))
    with pytest.raises(Conflict, match="attempt 2"):  # news of the attempt before
        await batches.rewrite(make_batch(name="old"), (ended(2),), token="u")
    assert (await batches.get(BATCH_ID)).name == "new"
    assert await batches.tokens() == {BATCH_ID: "t"}


async def test_a_forgotten_batch_leaves_its_runs(batches: BatchIndex, index: RunIndex) -> None:
    await batches.insert(make_batch(), make_items(), CLAIM)
    await index.insert(make_run(1), of_item(1))
    await batches.delete(BATCH_ID)
    assert (await index.get(run_id(1))).batch == of_item(1).batch
    assert (await batches.insert(make_batch(2), make_items(), CLAIM)).created
    with pytest.raises(Conflict, match="no item 2"):
        await index.insert(make_run(2), of_item(2))


async def test_a_damaged_row_is_one_row(database: Database) -> None:
    found: list[str] = []
    batches = BatchIndex(database, unreadable=lambda batch_id, _: found.append(batch_id))
    await batches.insert(make_batch(1), make_items(3))
    await batches.insert(make_batch(2), make_items(3))
    async with database.write() as connection:
        await connection.execute(update(BATCH).where(BATCH.c.id == run_id(2)).values(request="{]"))
        await connection.execute(update(BATCH_ITEM).where(BATCH_ITEM.c.number == 2).values(item="[]"))
    assert [batch.id for batch in await batches.unfinished()] == [run_id(1)]
    assert [stored.item.number for stored in await batches.items(run_id(1))] == [1, 3]
    assert found == [run_id(2), run_id(1)]
    with pytest.raises(StorageError, match="unreadable"):
        await batches.get(run_id(2))


# Keys ----------------------------------------------------------------------------------------------------------------


async def test_a_key_stands_for_its_batch_for_a_day(database: Database) -> None:
    now = NOON
    batches = BatchIndex(database, clock=lambda: now)
    first = await batches.insert(make_batch(1), make_items(), CLAIM)
    again = await batches.insert(make_batch(2), make_items(), CLAIM)
    assert (again.created, again.batch, await batches.claimed(CLAIM)) == (False, first.batch, first.batch)
    with pytest.raises(IdempotencyMismatch):
        await batches.insert(make_batch(3), make_items(), IdempotencyClaim("key", "b" * 64))
    now = NOON + timedelta(hours=24)
    assert await batches.claimed(CLAIM) is None
    assert (await batches.insert(make_batch(4), make_items(), CLAIM)).created


async def test_a_key_is_of_one_kind(batches: BatchIndex, index: RunIndex) -> None:
    await index.insert(make_run(), make_request(), CLAIM)
    with pytest.raises(IdempotencyMismatch):
        await batches.claimed(CLAIM)
    other = IdempotencyClaim("other", "a" * 64)
    await batches.insert(make_batch(), make_items(), other)
    with pytest.raises(IdempotencyMismatch):
        await index.claimed(other)


async def test_b17_twenty_at_once_make_one_batch(batches: BatchIndex) -> None:
    calls = (batches.insert(make_batch(number), make_items(), CLAIM) for number in range(1, 21))
    answers = await asyncio.gather(*calls)
    assert sum(answer.created for answer in answers) == 1
    assert len({answer.batch.id for answer in answers}) == 1
    assert (await batches.page(1, 10))[1] == 1


# Runs of items -------------------------------------------------------------------------------------------------------


async def test_a_run_becomes_its_items(batches: BatchIndex, index: RunIndex) -> None:
    await batches.insert(make_batch(), make_items())
    inserted = await index.insert(make_run(7), of_item(2))
    item = (await batches.items(BATCH_ID))[1].item
    assert (inserted.created, item.run_id, item.timestamp) == (True, run_id(7), inserted.run.timestamp)
    again = await index.insert(make_run(8), of_item(2))
    assert (again.created, again.run.id) == (False, run_id(7))
    assert [one.run.id for one in await batches.runs(BATCH_ID)] == [run_id(7)]


async def test_an_items_run_is_inserted_once_however_many_ask(
    batches: BatchIndex, index: RunIndex, database: Database
) -> None:
    await batches.insert(make_batch(), make_items())
    answers = await asyncio.gather(*(index.insert(make_run(number), of_item(2)) for number in range(1, 21)))
    assert sum(answer.created for answer in answers) == 1
    assert len({answer.run.id for answer in answers}) == 1
    async with database.read() as connection:
        assert len((await connection.execute(select(RUN.c.id))).all()) == 1


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (of_item(2, batch=9), "no item 2"),
        (of_item(4), "no item 4"),
        (of_item(1, attempt=1), "at attempt 2"),
        (of_item(1, attempt=3), "at attempt 2"),
        (of_item(3), "cancelled"),
    ],
)
async def test_what_waits_for_no_run_gets_none(
    batches: BatchIndex, index: RunIndex, database: Database, request_: object, reason: str
) -> None:
    items = (make_item(1, attempt=2), make_item(2), make_item(3, status=BacktestStatus.CANCELLED))
    await batches.insert(make_batch(), items)
    with pytest.raises(Conflict, match=reason):
        await index.insert(make_run(), request_)  # type: ignore[arg-type]
    assert await index.known() == ()
    assert await batches.items(BATCH_ID) == items


async def test_an_item_whose_run_was_deleted_is_not_run_again_by_itself(batches: BatchIndex, index: RunIndex) -> None:
    await batches.insert(make_batch(), make_items())
    await index.insert(make_run(1), of_item(1))
    await index.transition(run_id(1), BacktestStatus.CANCELLED)
    await index.delete(run_id(1))
    with pytest.raises(Conflict, match="deleted"):
        await index.insert(make_run(2), of_item(1))


async def test_a_writer_that_does_not_know_of_the_claim_does_not_take_the_run_away(
    batches: BatchIndex, index: RunIndex
) -> None:
    await batches.insert(make_batch(), make_items())
    run = (await index.insert(make_run(7), of_item(2))).run
    await batches.change_items(BATCH_ID, [make_item(2, waiting={"position": 1, "reason": "busy"})])
    item = (await batches.items(BATCH_ID))[1].item
    assert (item.run_id, item.timestamp, item.waiting) == (run.id, run.timestamp, None)
    await batches.change_items(BATCH_ID, [make_item(2, attempt=2)])
    assert (await batches.items(BATCH_ID))[1] == make_item(2, attempt=2)
    assert (await index.insert(make_run(8), of_item(2, attempt=2))).created
    assert [one.order for one in await batches.runs(BATCH_ID)] == [(2, 1), (2, 2)]


async def test_a_thousand_items(batches: BatchIndex) -> None:
    items = make_items(1200)
    await batches.insert(make_batch(), items)
    await batches.change_items(BATCH_ID, [ended(number) for number in range(1, 1001)])
    progress = (await batches.get(BATCH_ID)).progress
    assert (progress.total, progress.completed, progress.pending) == (1200, 1000, 200)
