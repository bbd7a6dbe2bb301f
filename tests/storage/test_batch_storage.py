"""Directory and rows of a batch as one unit: made, changed, killed in between, lost and found again."""

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.errors import Conflict, IdempotencyMismatch, InvalidInput, NotFound
from leanboard.models.results import BacktestStatistics
from leanboard.models.run import BacktestStatus, Outcome, Reason
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batch_restoring import with_runs
from leanboard.storage.batch_rows import BatchRowChanges, StoredBatch
from leanboard.storage.queries import BatchRun, IdempotencyClaim, ProblemKind
from storage.batches import KEY, ended, make_batch, make_item, make_items, of_item, snapshots
from storage.homes import APPLIED, COMPLETED, DATA, NOON, SOURCE, executed, make_run, opened, run_id, snapshot, tree

CLAIM = IdempotencyClaim("key", "a" * 64)
ID = run_id(1)


@pytest.fixture
def home(migrated_home: Path) -> Path:
    return migrated_home


async def created(storage: BacktestStorage, count: int = 3) -> StoredBatch:
    return (await storage.batches.create(make_batch(), make_items(count), snapshots(), CLAIM)).batch


async def ran(storage: BacktestStorage, number: int, outcome: Outcome = COMPLETED, *, attempt: int = 1) -> str:
    """An item's run from its acceptance to its result; the batch is not told."""
    run = make_run(100 * attempt + number, batch=of_item(number, attempt).batch)
    accepted = await storage.accept(run, of_item(number, attempt), snapshot)
    await executed(storage, accepted.run)
    await storage.commit(run.id, outcome, APPLIED, DATA)
    return run.id


async def test_a_batch_is_there_with_its_code(storage: BacktestStorage) -> None:
    batch = await created(storage)
    assert (storage.batches.code(ID, KEY) / "main.py").read_text() == SOURCE
    assert await storage.batches.get(ID) == batch
    assert await storage.batches.items(ID) == make_items()
    assert await storage.batches.unfinished() == (batch,)
    assert await storage.batches.page(1, 10) == ((batch,), 1)
    with pytest.raises(InvalidInput):
        storage.batches.code(ID, "../../results")


async def test_nothing_stays_of_a_batch_that_could_not_be_made(home: Path, storage: BacktestStorage) -> None:
    def broken(folder: Path) -> None:
        (folder / "main.py").write_text("half")
        raise Conflict("the strategy is gone")

    with pytest.raises(Conflict):
        await storage.batches.create(make_batch(), make_items(), {KEY: broken})
    await created(storage)
    with pytest.raises(IdempotencyMismatch):
        await storage.batches.create(make_batch(2), (), snapshots(), IdempotencyClaim("key", "b" * 64))
    assert [entry.name for entry in (home / "batches").iterdir()] == [ID]
    assert [batch.id for batch in await storage.batches.unfinished()] == [ID]


async def test_b17_twenty_at_once_make_one_directory(home: Path, storage: BacktestStorage) -> None:
    calls = (storage.batches.create(make_batch(number), make_items(), snapshots(), CLAIM) for number in range(1, 21))
    answers = await asyncio.gather(*calls)
    assert sum(answer.created for answer in answers) == 1
    (directory,) = (home / "batches").iterdir()
    assert {answer.batch.id for answer in answers} == {directory.name}


async def test_new_code_lies_beside_the_old(storage: BacktestStorage) -> None:
    batch = await created(storage)
    again = make_item(2, attempt=2, code_key="main-ba9876543210")
    stored = await storage.batches.rewrite(
        replace(batch, name="new"), (again, make_item(4)), snapshots("new = 1\n", "main-ba9876543210")
    )
    assert (stored.name, stored.progress.total) == ("new", 4)
    assert await storage.batches.items(ID) == (make_item(1), again, make_item(3), make_item(4))
    assert (storage.batches.code(ID, KEY) / "main.py").read_text() == SOURCE
    assert (storage.batches.code(ID, "main-ba9876543210") / "main.py").read_text() == "new = 1\n"
    await storage.batches.rewrite(stored, (), snapshots("another = 1\n", KEY))
    assert (storage.batches.code(ID, KEY) / "main.py").read_text() == SOURCE


async def test_a_refused_change_leaves_no_file(home: Path, storage: BacktestStorage) -> None:
    batch = await created(storage)
    await storage.batches.rewrite(batch, (make_item(2, attempt=3),))
    before = tree(home / "batches")
    with pytest.raises(Conflict):
        await storage.batches.rewrite(replace(batch, name="new"), (make_item(2, attempt=2),))
    with pytest.raises(NotFound):
        await storage.batches.change(run_id(9), BatchRowChanges(paused=True))
    assert tree(home / "batches") == before


async def test_a_forgotten_batch_is_gone_with_its_code(home: Path, storage: BacktestStorage) -> None:
    await created(storage)
    await ran(storage, 1)
    await storage.batches.delete(ID)
    with pytest.raises(NotFound):
        await storage.batches.get(ID)
    assert list((home / "batches").iterdir()) == []
    assert (await storage.index.get(run_id(101))).status is BacktestStatus.COMPLETED
    assert (await storage.batches.create(make_batch(), make_items(), snapshots(), CLAIM)).created


async def test_a_batch_whose_directory_somebody_removed_can_be_cancelled_and_forgotten(
    home: Path, storage: BacktestStorage
) -> None:
    await created(storage)
    shutil.rmtree(home / "batches" / ID)
    assert (await storage.batches.change(ID, BatchRowChanges(cancelled_at=NOON))).cancelled_at == NOON
    await storage.batches.delete(ID)
    assert list((home / "batches").iterdir()) == []


# Lost and found ------------------------------------------------------------------------------------------------------


async def fill(home: Path) -> StoredBatch:
    """Of five items: one completed, one failed and tried again, one waiting with its run, one edited, one untouched."""
    async with opened(home) as storage:
        batch = await created(storage, 5)
        await storage.batches.change(
            ID, BatchRowChanges(name="renamed", paused=True, max_workers=None, started_at=NOON)
        )
        await ran(storage, 1)
        await ran(storage, 2, Outcome(status=BacktestStatus.FAILED, reason=Reason.LOST, message="gone"))
        await storage.batches.change_items(ID, [make_item(2, attempt=2)])
        await ran(
            storage, 2, Outcome(status=BacktestStatus.FAILED, reason=Reason.RUNTIME_ERROR, message="boom"), attempt=2
        )
        await storage.accept(make_run(103, batch=of_item(3).batch), of_item(3), snapshot)
        await storage.batches.rewrite(await storage.batches.get(ID), (make_item(4, attempt=3, label="edited"),))
        return batch


def lose(home: Path) -> None:
    for path in home.glob("index.db*"):
        path.unlink()


async def test_r31_a_lost_index_has_its_batches_again(home: Path) -> None:
    batch = await fill(home)
    lose(home)
    async with opened(home) as storage:
        found = await storage.recover()
        assert [run.id for run in found.pending] == [run_id(103)]
        assert {problem.kind for problem in found.problems} == {ProblemKind.INDEX_LOST, ProblemKind.RESTORED}
        restored = await storage.batches.get(ID)
        assert (restored.name, restored.paused, restored.max_workers) == ("renamed", True, None)
        assert (restored.request, restored.axes, restored.created_at) == (batch.request, batch.axes, batch.created_at)
        items = [stored.item for stored in await storage.batches.items(ID)]
        assert [(item.number, item.attempt, item.status.value, item.run_id) for item in items] == [
            (1, 1, "completed", run_id(101)),
            (2, 2, "failed", run_id(202)),
            (3, 1, "pending", run_id(103)),
            (4, 3, "pending", None),
            (5, 1, "pending", None),
        ]
        assert items[0].metrics is not None
        assert items[0].metrics.total_orders == 7
        assert (items[1].error_message, items[3].label) == ("boom", "edited")
        assert (await storage.recover()).problems == found.problems
        # Nothing that ran or waits runs again, and what is missing still can.
        assert not (await storage.index.insert(make_run(7), of_item(3))).created
        assert (await storage.index.insert(make_run(8), of_item(5))).created


async def test_a_finished_batch_is_restored_without_the_results_that_were_deleted(home: Path) -> None:
    async with opened(home) as storage:
        await created(storage, 2)
        await storage.batches.change_items(ID, [ended(1), ended(2, reused=True)])
        await storage.batches.change(ID, BatchRowChanges(finished_at=NOON))
    lose(home)
    async with opened(home) as storage:
        await storage.recover()
        assert await storage.batches.unfinished() == ()
        assert await storage.batches.items(ID) == (ended(1), ended(2, reused=True))


async def test_a_batch_that_was_taken_up_again_is_not_finished(home: Path) -> None:
    async with opened(home) as storage:
        await created(storage, 2)
        cancelled = make_item(2, status=BacktestStatus.CANCELLED)
        await storage.batches.change_items(ID, [ended(1), cancelled])
        batch = await storage.batches.change(ID, BatchRowChanges(finished_at=NOON, cancelled_at=NOON))
        await storage.batches.rewrite(batch, [make_item(2, attempt=2)])
        await storage.batches.change(ID, BatchRowChanges(finished_at=None, cancelled_at=None))
    lose(home)
    async with opened(home) as storage:
        await storage.recover()
        (batch,) = await storage.batches.unfinished()
        assert (batch.cancelled_at, batch.progress.pending) == (None, 1)


async def test_a_file_of_an_earlier_change_is_not_put_in_the_place_of_a_later_one(home: Path) -> None:
    async with opened(home) as storage:
        await created(storage)
        directory = home / "batches" / ID
        shutil.copy(directory / "batch.json", directory / ".batch.json.staged")
        await storage.batches.change(ID, BatchRowChanges(name="new"))
        shutil.copy(directory / "wishes.json", directory / ".wishes.json.staged")
        (directory / "wishes.json").unlink()  # as if the process had ended before
        (directory / "code" / ".staged-main-000000000000").mkdir()
    async with opened(home) as storage:
        assert (await storage.recover()).problems == ()
    assert {path.name for path in directory.iterdir()} == {"batch.json", "wishes.json", "code"}
    assert {path.name for path in (directory / "code").iterdir()} == {KEY}
    lose(home)
    async with opened(home) as storage:
        await storage.recover()
        assert (await storage.batches.get(ID)).name == "new"


async def test_a_reindex_restores_batches_and_says_what_is_gone(home: Path, storage: BacktestStorage) -> None:
    await created(storage)
    await storage.batches.create(make_batch(2), make_items(), snapshots())
    shutil.copytree(home / "batches" / ID, home.parent / "kept")
    await storage.batches.delete(ID)
    shutil.copytree(home.parent / "kept", home / "batches" / ID)
    shutil.rmtree(home / "batches" / run_id(2))
    storage.reindexing.begin()
    await storage._workshop.finish()
    assert {(problem.kind, problem.subject) for problem in storage.problems()} == {
        (ProblemKind.RESTORED, f"batches/{ID}"),
        (ProblemKind.VANISHED, f"batches/{run_id(2)}"),
    }
    assert await storage.batches.items(ID) == make_items()
    assert not (await storage.batches.get(ID)).paused


def tear(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def rename(file: Path) -> None:
    file.parent.rename(file.parent.with_name(run_id(8)))


def newer(file: Path) -> None:
    file.write_text(json.dumps({**json.loads(file.read_bytes()), "schema_version": 9}))


def twice(file: Path) -> None:
    value = json.loads(file.read_bytes())
    file.write_text(json.dumps({**value, "items": [*value["items"], value["items"][0]]}))


def huge(file: Path) -> None:
    value = json.loads(file.read_bytes())
    value["items"][0]["item"]["number"] = 10**30
    file.write_text(json.dumps(value))


def elsewhere(file: Path) -> None:
    value = json.loads(file.read_bytes())
    value["items"][0]["code_key"] = "../../../etc"
    file.write_text(json.dumps(value))


def link(file: Path) -> None:
    file.rename(file.with_name("other"))
    file.symlink_to("other")


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (tear, ProblemKind.QUARANTINED),
        (rename, ProblemKind.QUARANTINED),
        (newer, ProblemKind.QUARANTINED),
        (twice, ProblemKind.QUARANTINED),
        (elsewhere, ProblemKind.QUARANTINED),
        (huge, ProblemKind.FAILED),
        (link, ProblemKind.UNREADABLE),
        (Path.unlink, ProblemKind.UNREADABLE),
    ],
)
async def test_a_directory_that_cannot_be_believed_is_a_problem_and_no_more(
    home: Path, damage: object, kind: ProblemKind
) -> None:
    async with opened(home) as storage:
        await created(storage)
        await storage.batches.create(make_batch(2), make_items(), snapshots())
    lose(home)
    damage(home / "batches" / ID / "batch.json")  # type: ignore[operator]
    async with opened(home) as storage:
        problems = [one for one in (await storage.recover()).problems if one.kind is not ProblemKind.RESTORED]
        assert [one.kind for one in problems] == [kind]
        assert [batch.id for batch in await storage.batches.unfinished()] == [run_id(2)]


@pytest.mark.parametrize("content", ["", "{", '{"schema_version": 1}', '{"schema_version": 9}'])
async def test_wishes_that_cannot_be_read_pause_the_batch(home: Path, content: str) -> None:
    async with opened(home) as storage:
        await created(storage)
    lose(home)
    (home / "batches" / ID / "wishes.json").write_text(content)
    async with opened(home) as storage:
        kinds = [one.kind for one in (await storage.recover()).problems]
        assert kinds == [ProblemKind.UNREADABLE, ProblemKind.RESTORED]
        batch = await storage.batches.get(ID)
        assert (batch.name, batch.paused, batch.max_workers) == ("batch 1", True, None)


async def test_an_index_that_was_put_back_gets_the_runs_that_it_does_not_know(home: Path) -> None:
    async with opened(home) as storage:
        await created(storage)
    shutil.copy(home / "index.db", home.parent / "backup.db")
    async with opened(home) as storage:
        await ran(storage, 2)
    lose(home)
    shutil.copy(home.parent / "backup.db", home / "index.db")
    async with opened(home) as storage:
        await storage.recover()
        item = (await storage.batches.items(ID))[1].item
        assert (item.run_id, item.status) == (run_id(102), BacktestStatus.COMPLETED)
        assert storage.problems() == ()


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(list(BacktestStatus))), max_size=6),
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 6)), max_size=12, unique=True),
)
def test_every_item_gets_its_newest_run_and_never_an_older_attempt(
    attempts: list[tuple[int, BacktestStatus]], places: list[tuple[int, int]]
) -> None:
    items = [make_item(number, attempt=a, status=s) for number, (a, s) in enumerate(attempts, 1)]
    runs = [
        BatchRun(make_run(10 * item + attempt, batch=of_item(item, attempt).batch), BacktestStatistics())
        for item, attempt in sorted(places)
    ]
    for before, after in zip(items, with_runs(items, runs), strict=True):
        newest = max((attempt for item, attempt in places if item == before.item.number), default=0)
        if newest < before.item.attempt:
            assert after == before
        else:
            assert (after.item.attempt, after.item.run_id) == (newest, run_id(10 * before.item.number + newest))
            assert (after.item.label, after.request) == (before.item.label, before.request)
