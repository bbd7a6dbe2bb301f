"""File and row of a scenario as one unit."""

import json
from pathlib import Path

import pytest

from leanboard.errors import Conflict, NotFound
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.queries import IdempotencyClaim, ProblemKind
from storage.homes import opened, run_id, tree
from storage.scenarios import make_scenario

CLAIM = IdempotencyClaim("key", "a" * 64)


@pytest.fixture
def home(migrated_home: Path) -> Path:
    return migrated_home


def files(home: Path) -> set[str]:
    return {path.name for path in (home / "scenarios").iterdir()}


def lose(home: Path) -> None:
    for path in home.glob("index.db*"):
        path.unlink()


async def test_a_life(home: Path, storage: BacktestStorage) -> None:
    first = make_scenario(1)
    assert (await storage.scenarios.create(first, CLAIM)).created
    assert not (await storage.scenarios.create(make_scenario(2), CLAIM)).created
    assert files(home) == {f"{first.id}.json"}
    await storage.scenarios.replace(first.evolve(note="new"))
    assert await storage.scenarios.page(1, 10) == ((first.evolve(note="new"),), 1)
    await storage.scenarios.delete(first.id)
    assert files(home) == set()
    with pytest.raises(NotFound):
        await storage.scenarios.delete(first.id)


async def test_a_refusal_leaves_no_file(home: Path, storage: BacktestStorage) -> None:
    for number in (1, 2):
        await storage.scenarios.create(make_scenario(number))
    before = tree(home / "scenarios")
    for call in (
        storage.scenarios.create(make_scenario(3, name="SCENARIO 1")),
        storage.scenarios.replace(make_scenario(2, name="SCENARIO 1")),
        storage.scenarios.replace(make_scenario(9)),
    ):
        with pytest.raises((Conflict, NotFound)):
            await call
    assert tree(home / "scenarios") == before


@pytest.mark.parametrize("how", ["start", "reindex"])
async def test_a_lost_index_has_its_scenarios_again(home: Path, how: str) -> None:
    async with opened(home) as storage:
        for number in (1, 2):
            await storage.scenarios.create(make_scenario(number))
    lose(home)
    async with opened(home) as storage:
        if how == "start":
            await storage.recover()
        else:
            storage.reindexing.begin()
            await storage._workshop.finish()
        assert await storage.scenarios.page(1, 10) == ((make_scenario(1), make_scenario(2)), 2)
        assert storage.problems() == ()


def tear(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-50])


def rename(file: Path) -> None:
    file.rename(file.with_name(f"{run_id(8)}.json"))


def newer(file: Path) -> None:
    file.write_text(json.dumps({**json.loads(file.read_bytes()), "schema_version": 9}))


def same_name(file: Path) -> None:
    value = json.loads(file.read_bytes())
    file.write_text(json.dumps({**value, "scenario": {**value["scenario"], "name": "scenario 2"}}))


def link(file: Path) -> None:
    file.rename(file.with_name("other"))
    file.symlink_to("other")


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (tear, ProblemKind.QUARANTINED),
        (rename, ProblemKind.QUARANTINED),
        (newer, ProblemKind.QUARANTINED),
        (link, ProblemKind.UNREADABLE),
    ],
)
async def test_a_file_that_cannot_be_believed_is_a_problem_and_no_more(
    home: Path, damage: object, kind: ProblemKind
) -> None:
    async with opened(home) as storage:
        for number in (1, 2):
            await storage.scenarios.create(make_scenario(number))
    lose(home)
    damage(home / "scenarios" / f"{run_id(1)}.json")  # type: ignore[operator]
    async with opened(home) as storage:
        assert [one.kind for one in (await storage.recover()).problems] == [kind]
        assert await storage.scenarios.page(1, 10) == ((make_scenario(2),), 1)


async def test_of_two_files_with_one_name_one_is_taken_over(home: Path) -> None:
    async with opened(home) as storage:
        for number in (1, 2):
            await storage.scenarios.create(make_scenario(number))
    lose(home)
    same_name(home / "scenarios" / f"{run_id(1)}.json")
    async with opened(home) as storage:
        (problem,) = (await storage.recover()).problems
        assert (problem.kind, problem.subject) == (ProblemKind.FAILED, f"scenarios/{run_id(2)}.json")
        assert "choose another name" in problem.detail
        assert (await storage.scenarios.page(1, 10))[1] == 1


async def test_a_file_that_is_gone_is_said(home: Path, storage: BacktestStorage) -> None:
    await storage.scenarios.create(make_scenario())
    (home / "scenarios" / f"{run_id(1)}.json").unlink()
    (problem,) = (await storage.recover()).problems
    assert problem.kind is ProblemKind.VANISHED
    await storage.scenarios.replace(make_scenario(note="saved anew"))
    assert files(home) == {f"{run_id(1)}.json"}
