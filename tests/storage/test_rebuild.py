"""The index is lost, or results/ is not what the index says: what a start makes of it."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from leanboard.models.results import ResultSummary
from leanboard.models.run import BacktestStatus, Outcome, Reason
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.durable_files import names_in
from leanboard.storage.queries import ProblemKind
from leanboard.storage.result_query import ResultQuery
from storage.homes import APPLIED, COMPLETED, DATA, NOON, SOURCE, accepted, executed, finished, opened, run_id, started


async def fill(home: Path) -> tuple[ResultSummary, ...]:
    """Three results of three kinds, one waiting run and one that is running."""
    async with opened(home) as storage:
        for number in (1, 2, 3):
            run = await started(storage, number, tags=("t",), created_at=NOON + timedelta(seconds=number))
            outcome = (
                COMPLETED,
                Outcome(status=BacktestStatus.FAILED, reason=Reason.RUNTIME_ERROR, message="boom", trace="frames"),
                Outcome(status=BacktestStatus.CANCELLED, partial=True, warnings=("w",)),
            )[number - 1]
            await storage.commit(run.id, outcome, APPLIED, DATA)
        await accepted(storage, 4, name="waiting")
        await started(storage, 5, name="running")
        return (await storage.list(ResultQuery())).items


def forget(home: Path) -> None:
    (home / "index.db").unlink()


def garbage(home: Path) -> None:
    (home / "index.db").write_bytes(b"this is no database" * 1000)


def empty(home: Path) -> None:
    (home / "index.db").write_bytes(b"")


def tear(home: Path) -> None:
    with (home / "index.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 8192)


def other_database(home: Path) -> None:
    forget(home)
    connection = sqlite3.connect(home / "index.db")
    connection.execute("CREATE TABLE holiday_pictures (name TEXT)")
    connection.close()


@pytest.mark.parametrize("damage", [forget, garbage, empty, tear, other_database])
async def test_r31_garbage_index_is_rebuilt(home: Path, damage: Callable[[Path], None]) -> None:
    before = await fill(home)
    damage(home)
    damaged = (home / "index.db").read_bytes() if damage is not forget else None
    async with opened(home) as storage:
        found = await storage.recover()
        assert (await storage.list(ResultQuery())).items == before
        assert (await storage.list(ResultQuery(tag="t"))).total == 3
        assert [run.name for run in found.pending] == ["waiting"]
        assert [run.name for run in found.interrupted] == ["running"]
        kinds = [problem.kind for problem in found.problems]
        assert kinds == [ProblemKind.INDEX_LOST, ProblemKind.RESTORED, ProblemKind.RESTORED]
        assert (await storage.index.request(run_id(4))).strategy_name == "main"
        run = await executed(storage, found.pending[0])
        assert (await storage.commit(run.id, COMPLETED, APPLIED, DATA)).statistics.total_orders == 7
    if damaged is not None:
        assert (home / "index.db.corrupt-1").read_bytes() == damaged
    async with opened(home) as storage:
        assert (await storage.recover()).problems == ()
        assert (await storage.list(ResultQuery())).total == 4


async def test_r31_each_damaged_index_is_kept(home: Path) -> None:
    await fill(home)
    for _ in range(2):
        garbage(home)
        (home / "index.db-wal").write_bytes(b"more garbage")
        async with opened(home) as storage:
            await storage.recover()
    kept = [name for name in names_in(home) if name.startswith("index.db.")]
    assert kept == ["index.db.corrupt-1", "index.db.corrupt-2"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
async def test_r31_cut_write_ahead_log_loses_nothing(home: Path, tmp_path: Path, share: float) -> None:
    copy = tmp_path / "copy"
    async with opened(home) as storage:
        await finished(storage, 1)
        await finished(storage, 2)
        await accepted(storage, 3)
        running = await started(storage, 4)
        async with asyncio.timeout(10):  # the marks say that rows were committed; they come a moment after those
            while not all((home / "work" / which / "accepted").exists() for which in (run_id(3), running.id)):
                await asyncio.sleep(0.01)
        shutil.copytree(home, copy)  # as the disk is after kill -9, with everything still in the log
    log = copy / "index.db-wal"
    with log.open("r+b") as file:
        file.truncate(int(log.stat().st_size * share))
    async with opened(copy) as storage:
        found = await storage.recover()
        assert (await storage.list(ResultQuery())).total == 2
        alive = {run.id: run.status for run in (*found.pending, *found.interrupted)}
        assert alive.keys() == {run_id(3), running.id}
        assert alive[run_id(3)] is BacktestStatus.PENDING


async def test_r31_a_killed_rebuild_starts_over(home: Path) -> None:
    before = await fill(home)
    forget(home)
    (home / "index.db.new").write_bytes(b"half")
    async with opened(home) as storage:
        assert (await storage.list(ResultQuery())).items == before
    assert not (home / "index.db.new").exists()


async def test_a_result_that_is_copied_in_is_listed(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    before = await fill(elsewhere)
    async with opened(home) as storage:
        await finished(storage, 9, created_at=NOON + timedelta(hours=1))
    shutil.copytree(elsewhere / "results" / before[0].timestamp, home / "results" / before[0].timestamp)
    async with opened(home) as storage:
        assert (await storage.recover()).problems == ()
        assert (await storage.list(ResultQuery())).items[1] == before[0]
        assert (await storage.result(before[0].timestamp)).problem == ""


async def test_a_directory_that_vanished_is_reported_and_can_be_deleted(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
    shutil.rmtree(home / "results" / run.timestamp)
    async with opened(home) as storage:
        (problem,) = (await storage.recover()).problems
        assert (problem.kind, problem.subject) == (ProblemKind.VANISHED, f"results/{run.timestamp}")
        result = await storage.result(run.timestamp)
        assert result.problem
        assert result.statistics.total_orders == 7
        await storage.keeper.delete(run.timestamp)
    async with opened(home) as storage:
        assert (await storage.recover()).problems == ()


def change(**values: object) -> Callable[[dict[str, object]], None]:
    def apply(manifest: dict[str, object]) -> None:
        for path, value in values.items():
            *parents, name = path.split("__")
            target = manifest
            for parent in parents:
                target = target[parent]  # type: ignore[assignment]
            target[name] = value

    return apply


@pytest.mark.parametrize(
    "edit",
    [
        change(run__id="../../etc/passwd"),
        change(run__id="A" * 32),
        change(run__status="running", outcome__status="running"),
        change(run__status="failed"),
        change(run__status="done"),
        change(run__timestamp="2020-01-01_00-00-00"),
        change(run__timestamp="../2020-01-01_00-00-00"),
        change(run__attempt=10**40),
        change(schema_version=2),
        change(schema_version=2, outcome="of a later time"),
        change(schema_version="one"),
        change(files=[{"path": "../../secret", "size": 1, "sha256": ""}]),
        change(files=[{"path": "/etc/passwd", "size": 1, "sha256": ""}]),
        change(statistics__total_orders=[]),
        change(request__initial_cash=-5),
        change(run__created_at="yesterday"),
        change(run=None),
    ],
)
async def test_b29_a_manifest_that_cannot_be_believed_is_quarantined(
    home: Path, edit: Callable[[dict[str, object]], None]
) -> None:
    before = await fill(home)
    timestamp = before[0].timestamp
    file = home / "results" / timestamp / "run.json"
    manifest = json.loads(file.read_text())
    edit(manifest)
    file.write_text(json.dumps(manifest))
    for damage in (garbage, lambda _home: None):
        damage(home)
        async with opened(home) as storage:
            await storage.recover()
            assert (await storage.list(ResultQuery())).items == before[1:]
            (problem,) = (one for one in storage.problems() if one.subject == f"results/{timestamp}")
            assert problem.kind is ProblemKind.QUARANTINED
    assert json.loads(file.read_text()) == manifest  # the raw file is kept


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"\xff\xfe", b"[" * 100_000, b"{}" * 20_000_000, b"1" * 5000, None]
)
async def test_r31_an_unreadable_manifest_is_a_problem_and_not_fatal(home: Path, content: bytes | None) -> None:
    before = await fill(home)
    timestamp = before[1].timestamp
    file = home / "results" / timestamp / "run.json"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    garbage(home)
    async with opened(home) as storage:
        found = await storage.recover()
        assert (await storage.list(ResultQuery())).items == (before[0], before[2])
        assert f"results/{timestamp}" in {problem.subject for problem in found.problems}


async def test_b29_one_run_in_two_directories_is_listed_once(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
    twin = home / "results" / f"{run.timestamp}-7"
    shutil.copytree(home / "results" / run.timestamp, twin)
    manifest = json.loads((twin / "run.json").read_text())
    change(run__timestamp=twin.name)(manifest)
    (twin / "run.json").write_text(json.dumps(manifest))
    async with opened(home) as storage:
        (problem,) = (await storage.recover()).problems
        assert (problem.kind, problem.subject) == (ProblemKind.QUARANTINED, f"results/{twin.name}")
        assert (await storage.list(ResultQuery())).total == 1


async def test_b29_strange_things_among_the_results_are_reported(home: Path) -> None:
    async with opened(home) as storage:
        await finished(storage)
    results = home / "results"
    (results / "notes.txt").write_text("mine")
    (results / "2026-01-31_12-00-01").symlink_to("/etc")
    (results / "2026-01-31_12-00-02").mkdir()
    (results / "2026-01-31_12-00-03").write_text("a file")
    async with opened(home) as storage:
        problems = (await storage.recover()).problems
        assert [problem.subject for problem in problems] == [
            "results/2026-01-31_12-00-01", "results/2026-01-31_12-00-02", "results/2026-01-31_12-00-03",
            "results/notes.txt",
        ]  # fmt: skip
        assert (await storage.list(ResultQuery())).total == 1


async def lose(home: Path, number: int) -> None:
    async with opened(home) as storage:
        await started(storage, number)
    shutil.rmtree(home / "work" / run_id(number))


async def test_r37_a_run_without_files_is_lost_and_listed(home: Path) -> None:
    await lose(home, 1)
    async with opened(home) as storage:
        found = await storage.recover()
        assert [(run.status, run.reason) for run in found.settled] == [(BacktestStatus.FAILED, Reason.LOST)]
        assert [problem.kind for problem in found.problems] == [ProblemKind.LOST]
        assert (await storage.list(ResultQuery())).items[0].run == found.settled[0]
        assert (await storage.result(found.settled[0].timestamp)).request.strategy_name == "main"
        assert (await storage.recover()).settled == ()


async def poison(storage: BacktestStorage, home: Path, statement: str) -> None:
    await storage.close()
    connection = sqlite3.connect(home / "index.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "assignment", ["created_at = 'x'", "status = 'hopping'", "tags = '{'", "request = ''", "engine = 'steam'"]
)
async def test_r37_a_poisoned_row_does_not_keep_the_service_from_starting(home: Path, assignment: str) -> None:
    async with opened(home) as storage:
        await accepted(storage, 1)
        await accepted(storage, 2)
        await finished(storage, 3)
        await poison(storage, home, f"UPDATE run SET {assignment} WHERE id = '{run_id(1)}'")
    shutil.rmtree(home / "work" / run_id(1))
    async with opened(home) as storage:
        found = await storage.recover()
        assert [run.id for run in found.pending] == [run_id(2)]
        assert run_id(1) in {problem.subject for problem in found.problems}
        assert (await storage.list(ResultQuery())).total == 1


async def test_r37_labels_of_nobody_are_swept(home: Path) -> None:
    async with opened(home) as storage:
        await accepted(storage, 1)
    (home / "work" / run_id(7) / "code").mkdir(parents=True)
    (home / "work" / ".staged-x").mkdir()
    (home / "work" / "notes").mkdir()
    async with opened(home) as storage:
        found = await storage.recover()
    assert names_in(home / "work") == (run_id(1), "notes")
    assert [run.id for run in found.pending] == [run_id(1)]
    assert (home / "work" / run_id(1) / "code" / "main.py").read_text() == SOURCE
