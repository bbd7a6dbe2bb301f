"""The process is killed at every step of every change of batches and scenarios; the index is kept, or lost, too."""

from pathlib import Path

import pytest

from leanboard.errors import Conflict, NotFound
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.queries import ProblemKind
from storage.batches import KEY, make_batch, make_item, make_items, of_item, snapshots
from storage.dying_service import CLAIM, NEW_KEY
from storage.homes import NOON, make_run, opened, run_id, snapshot
from storage.scenarios import make_scenario
from storage.test_crashes import forkserver, kill

__all__ = ["forkserver"]
ID = run_id(1)
pytestmark = pytest.mark.parametrize("index", ["kept", "lost"])


@pytest.fixture
def home(migrated_home: Path) -> Path:
    return migrated_home


def start_over(home: Path, index: str) -> None:
    if index == "lost":
        for path in home.glob("index.db*"):
            path.unlink()


async def recovered(storage: BacktestStorage) -> None:
    problems = (await storage.recover()).problems
    assert {problem.kind for problem in problems} <= {ProblemKind.INDEX_LOST, ProblemKind.RESTORED}


def assert_nothing_half_written(home: Path, *keys: str) -> None:
    names = {path.name for path in (home / "batches").iterdir()}
    assert names == ({ID} if keys else set())
    if keys:
        assert {path.name for path in (home / "batches" / ID).iterdir()} == {"batch.json", "wishes.json", "code"}
        assert {path.name for path in (home / "batches" / ID / "code").iterdir()} == set(keys)


@pytest.mark.parametrize("checkpoint", ["after_batch_staged", "after_batch_row", "after_batch_placed"])
async def test_killed_while_a_batch_is_accepted(home: Path, checkpoint: str, index: str) -> None:
    kill(home, "create_batch", checkpoint)
    start_over(home, index)
    async with opened(home) as storage:
        await recovered(storage)
        # Without a directory in its place nobody was told that it is accepted.
        there = checkpoint == "after_batch_placed" or (checkpoint == "after_batch_row" and index == "kept")
        again = await storage.batches.create(make_batch(2), make_items(), snapshots(), CLAIM)
        assert again.created is (not there or index == "lost")  # keys are lost with the index, as those of runs are
        if there:
            assert await storage.batches.items(ID) == make_items()
            assert (storage.batches.code(ID, KEY) / "main.py").exists()
        if again.created:
            await storage.batches.delete(again.batch.id)
    assert_nothing_half_written(home, *([KEY] if there else []))


@pytest.mark.parametrize("checkpoint", ["after_batch_code", "after_batch_change_staged", "after_batch_change"])
async def test_killed_while_a_batch_is_changed(home: Path, checkpoint: str, index: str) -> None:
    kill(home, "rewrite_batch", checkpoint)
    start_over(home, index)
    async with opened(home) as storage:
        await recovered(storage)
        done = checkpoint == "after_batch_change" and index == "kept"
        changed = (make_item(1), make_item(2, attempt=2), make_item(3), make_item(4))
        assert await storage.batches.items(ID) == (changed if done else make_items())
        assert (await storage.batches.get(ID)).name == ("new" if done else "batch 1")
    assert_nothing_half_written(home, KEY, NEW_KEY)
    start_over(home, "lost")
    async with opened(home) as storage:
        await recovered(storage)
        assert (await storage.batches.get(ID)).name == ("new" if done else "batch 1")


@pytest.mark.parametrize("checkpoint", ["after_batch_change_staged", "after_batch_change"])
async def test_killed_while_a_batch_is_cancelled(home: Path, checkpoint: str, index: str) -> None:
    kill(home, "cancel_batch", checkpoint)
    start_over(home, index)
    async with opened(home) as storage:
        await recovered(storage)
        done = checkpoint == "after_batch_change" and index == "kept"
        assert (await storage.batches.get(ID)).cancelled_at == (NOON if done else None)
    assert_nothing_half_written(home, KEY)


@pytest.mark.parametrize("checkpoint", ["before_batch_delete", "during_batch_delete", "after_batch_delete"])
async def test_killed_while_a_batch_is_forgotten(home: Path, checkpoint: str, index: str) -> None:
    kill(home, "delete_batch", checkpoint)
    start_over(home, index)
    async with opened(home) as storage:
        await recovered(storage)
        if checkpoint == "before_batch_delete":
            assert await storage.batches.items(ID) == make_items()
            await storage.batches.delete(ID)
        with pytest.raises(NotFound):
            await storage.batches.get(ID)
    assert_nothing_half_written(home)


@pytest.mark.parametrize("checkpoint", ["after_dir", "after_row", "after_accepted"])
async def test_killed_while_an_item_gets_its_run(home: Path, checkpoint: str, index: str) -> None:
    kill(home, "run_item", checkpoint)
    start_over(home, index)
    async with opened(home) as storage:
        await recovered(storage)
        there = checkpoint == "after_accepted" or (checkpoint == "after_row" and index == "kept")
        inserted = await storage.accept(make_run(8), of_item(2), snapshot)
        assert (inserted.created, inserted.run.id) == ((False, run_id(7)) if there else (True, run_id(8)))
        assert len(list((home / "work").iterdir())) == 1
        item = (await storage.batches.items(ID))[1].item
        assert item.run_id == inserted.run.id
        with pytest.raises(Conflict):
            await storage.accept(make_run(9), of_item(9), snapshot)
        assert len(list((home / "work").iterdir())) == 1


@pytest.mark.parametrize(
    ("step", "names"),
    [
        (("create_scenario", "after_scenario_staged", 0), ()),
        (("create_scenario", "after_scenario_row", 0), ("Scenario 1",)),
        (("replace_scenario", "after_scenario_staged", 1), ("Scenario 1",)),
        (("replace_scenario", "after_scenario_row", 1), ("new",)),
        (("delete_scenario", "during_scenario_delete", 0), ()),
        (("delete_scenario", "after_scenario_delete", 0), ()),
    ],
)
async def test_killed_while_a_scenario_is_changed(
    home: Path, step: tuple[str, str, int], names: tuple[str, ...], index: str
) -> None:
    scenario, checkpoint, after = step
    kill(home, scenario, checkpoint, after)
    start_over(home, index)
    if index == "lost" and checkpoint == "after_scenario_row":  # what nobody was told of goes with its row
        names = ("Scenario 1",) if after else ()
    async with opened(home) as storage:
        await recovered(storage)
        assert tuple(one.name for one in (await storage.scenarios.page(1, 10))[0]) == names
        if scenario == "create_scenario":
            again = await storage.scenarios.create(make_scenario(2, name="Scenario 1"), CLAIM)
            assert again.created is not bool(names)
    assert {path.name for path in (home / "scenarios").iterdir()} <= {f"{ID}.json", f"{run_id(2)}.json"}
