"""R02: the process is killed at every step of every change, and the next start has it all in order."""

import multiprocessing
import multiprocessing.forkserver
from pathlib import Path

import pytest

from leanboard.models.run import BacktestStatus, Reason
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.result_query import ResultQuery
from storage.dying_service import die
from storage.homes import APPLIED, COMPLETED, DATA, NOON, SOURCE, accepted, opened, run_id, tree

COMMIT_STEPS = (
    ("before_commit", 0),
    ("after_settlement", 0),
    ("during_move", 0),
    ("during_move", 1),
    ("after_move", 0),
    ("after_drop", 0),
    ("after_manifest", 0),
    ("after_rename", 0),
    ("before_db_commit", 0),
    ("after_db_commit", 0),
)
NAME = "2026-01-31_12-00-00"
# Children are forked from a process that has the modules loaded: a start costs milliseconds instead of a second.
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["storage.dying_service"])


@pytest.fixture(scope="module", autouse=True)
def forkserver():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
        multiprocessing.forkserver.ensure_running()
        yield


def kill(home: Path, scenario: str, checkpoint: str, after: int = 0) -> None:
    child = CHILDREN.Process(target=die, args=(home, scenario, checkpoint, after))
    child.start()
    child.join(60)
    assert child.exitcode == 137
    child.close()


async def listed(storage: BacktestStorage) -> list[BacktestStatus]:
    return [item.run.status for item in (await storage.list(ResultQuery())).items]


def assert_nothing_half_written(home: Path) -> None:
    """Whatever lies under results/ is complete, and nothing else lies about."""
    for entry in (home / "results").iterdir():
        if entry.name != ".trash":
            assert {"run.json", "code", "log.txt", "algorithm.json", "console"} <= {f.name for f in entry.iterdir()}
            assert not {"accepted", "request.json", "settlement.json", "slot-1"} & {f.name for f in entry.iterdir()}
    assert not [entry.name for entry in (home / "work").iterdir() if entry.name.startswith(".")]
    assert not list((home / "results" / ".trash").iterdir())


@pytest.mark.parametrize("checkpoint", ["after_dir", "after_row", "after_accepted"])
async def test_r02_killed_while_accepting(tmp_path: Path, checkpoint: str) -> None:
    kill(tmp_path, "accept", checkpoint)
    async with opened(tmp_path) as storage:
        found = await storage.recover()
        again = await storage.recover()
        if checkpoint == "after_dir":  # nobody was told that it was accepted
            assert found.pending == ()
            assert list((tmp_path / "work").iterdir()) == []
            assert (await accepted(storage)).created
        else:
            assert [run.id for run in found.pending] == [run_id(1)] == [run.id for run in again.pending]
            assert (tmp_path / "work" / run_id(1) / "code" / "main.py").read_text() == SOURCE
        assert found.problems == ()
        assert await listed(storage) == []


@pytest.mark.parametrize(("checkpoint", "after"), COMMIT_STEPS)
async def test_r02_killed_while_committing(tmp_path: Path, checkpoint: str, after: int) -> None:
    kill(tmp_path, "commit", checkpoint, after)
    async with opened(tmp_path) as storage:
        assert await listed(storage) == ([BacktestStatus.COMPLETED] if checkpoint == "after_db_commit" else [])
        found = await storage.recover()
        if checkpoint == "before_commit":  # nothing was durable about its end: the manager decides
            assert [run.id for run in found.interrupted] == [run_id(1)]
            await storage.commit(run_id(1), COMPLETED, APPLIED, DATA)
        elif checkpoint != "after_db_commit":
            assert [run.status for run in found.settled] == [BacktestStatus.COMPLETED]
        assert found.problems == ()
        assert await storage.recover() == type(found)()
        assert await listed(storage) == [BacktestStatus.COMPLETED]
        result = await storage.result("2026-01-31_12-00-00")
        assert result.problem == ""
        assert result.statistics.total_orders == 7
        assert result.log_tail == ("first line", "last line")
        assert {file.path for file in result.files} == {
            "algorithm.json", "code/main.py", "config.json", "console/stderr.txt", "console/stdout.txt",
            "frames.ndjson", "job.json", "log.txt",
        }  # fmt: skip
        assert list((tmp_path / "work").iterdir()) == []
    assert_nothing_half_written(tmp_path)


@pytest.mark.parametrize(("checkpoint", "after"), COMMIT_STEPS)
async def test_r02_killed_again_while_recovering(tmp_path: Path, checkpoint: str, after: int) -> None:
    kill(tmp_path, "commit", "after_settlement")
    kill(tmp_path, "recover", checkpoint, after)
    async with opened(tmp_path) as storage:
        await storage.recover()
        assert await listed(storage) == [BacktestStatus.COMPLETED]
        assert storage.problems() == ()
    assert_nothing_half_written(tmp_path)


@pytest.mark.parametrize("checkpoint", ["before_commit", "after_settlement", "after_rename", "before_db_commit"])
async def test_r02_killed_during_cancel(tmp_path: Path, checkpoint: str) -> None:
    kill(tmp_path, "cancel", checkpoint)
    async with opened(tmp_path) as storage:
        found = await storage.recover()
        (run,) = found.interrupted or found.settled
        assert run.cancel_requested_at == NOON  # the wish is durable before anything else happens
        if found.settled:
            assert (run.status, run.reason) == (BacktestStatus.CANCELLED, Reason.CANCELLED_BY_USER)
            assert await listed(storage) == [BacktestStatus.CANCELLED]


async def shelves(storage: BacktestStorage) -> tuple[int, int]:
    """How many results are listed, and how many lie in the trash."""
    totals = [(await storage.list(ResultQuery(trashed=trashed))).total for trashed in (False, True)]
    return totals[0], totals[1]


@pytest.mark.parametrize("checkpoint", ["before_delete", "during_delete", "after_delete"])
async def test_r02_killed_during_delete(tmp_path: Path, checkpoint: str) -> None:
    kill(tmp_path, "delete", checkpoint)
    async with opened(tmp_path) as storage:
        found = await storage.recover()
        assert found.problems == ()
        kept = checkpoint == "before_delete"
        assert await shelves(storage) == ((1, 0) if kept else (0, 1))
        assert (tmp_path / "results" / NAME).exists() is kept
        if not kept:  # whatever happened in between, it can be taken back
            await storage.keeper.restore(NAME)
            assert await shelves(storage) == (1, 0)
        assert (await storage.result(NAME)).problem == ""
    assert_nothing_half_written(tmp_path)


@pytest.mark.parametrize("checkpoint", ["before_restore", "during_restore", "after_restore"])
async def test_r02_killed_while_restoring(tmp_path: Path, checkpoint: str) -> None:
    kill(tmp_path, "restore", checkpoint)
    async with opened(tmp_path) as storage:
        assert (await storage.recover()).problems == ()
        assert await shelves(storage) == ((0, 1) if checkpoint == "before_restore" else (1, 0))
        if checkpoint == "before_restore":
            await storage.keeper.restore(NAME)
        assert (await storage.result(NAME)).problem == ""
    assert_nothing_half_written(tmp_path)


@pytest.mark.parametrize("checkpoint", ["before_purge", "during_purge", "during_unlink"])
async def test_r02_killed_while_purging(tmp_path: Path, checkpoint: str) -> None:
    kill(tmp_path, "delete_for_good", checkpoint)
    async with opened(tmp_path) as storage:
        assert (await storage.recover()).problems == ()
        kept = checkpoint == "before_purge"
        assert await shelves(storage) == (0, 1 if kept else 0)
        if kept:
            await storage.keeper.purge(NAME)
        assert await shelves(storage) == (0, 0)
    assert_nothing_half_written(tmp_path)


@pytest.mark.parametrize("index", ["kept", "lost"])
@pytest.mark.parametrize("checkpoint", ["before_label", "during_label", "after_label"])
async def test_r02_killed_while_labelling(tmp_path: Path, checkpoint: str, index: str) -> None:
    kill(tmp_path, "label", checkpoint)
    if index == "lost":
        (tmp_path / "index.db").unlink()
    async with opened(tmp_path) as storage:
        await storage.recover()
        (item,) = (await storage.list(ResultQuery())).items
        changed = checkpoint != "before_label"
        assert (item.run.name, item.run.tags, item.run.starred) == (
            ("new", ("a", "b"), True) if changed else ("run 1", (), False)
        )
        for asked in (ResultQuery(starred=True), ResultQuery(tag="b"), ResultQuery(text="new")):
            assert (await storage.list(asked)).total == int(changed)
        assert (await storage.result(item.timestamp)).problem == ""


async def test_r02_a_settled_run_has_the_same_files_however_often_it_was_interrupted(tmp_path: Path) -> None:
    straight, crooked = tmp_path / "straight", tmp_path / "crooked"
    kill(straight, "commit", "after_db_commit")
    for checkpoint in ("after_settlement", "during_move", "after_move", "after_manifest", "after_rename"):
        scenario = "commit" if checkpoint == "after_settlement" else "recover"
        kill(crooked, scenario, checkpoint)
    async with opened(crooked) as storage:
        await storage.recover()
    expected, found = (tree(home / "results") for home in (straight, crooked))
    assert expected.keys() == found.keys()
    assert {name for name in expected if expected[name] != found[name]} <= {"2026-01-31_12-00-00/run.json"}
