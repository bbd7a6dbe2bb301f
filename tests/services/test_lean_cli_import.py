"""Folders of lean-cli become results, once; what is none is named and harms nothing."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leanboard.models.run import BacktestStatus, EngineName, Reason
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.lean_cli_import import Fate, LeanCliImport, backtest_folders
from leanboard.services.run_evidence import read_run_directory
from leanboard.storage.layout import HomeLayout
from leanboard.storage.result_query import ResultQuery
from storage.homes import tree

RECORDED = Path(__file__).resolve().parents[1] / "recordings" / "completes"
LEAN_ID = "1234567890"
STATE = {
    "Status": "Completed",
    "StartTime": "2024-05-06 07:08:09",
    "EndTime": "2024-05-06 07:08:19",
    "RuntimeError": "",
}


def make(root: Path, name: str = "2024-05-06_09-08-08", project: str = "My Strategy", **config: object) -> Path:
    """A folder as lean-cli leaves it, with what LEAN wrote in a recorded run."""
    folder = root / project / "backtests" / name
    shutil.copytree(RECORDED / "results", folder)
    for file in sorted(folder.glob("completes*")):
        file.rename(file.with_name(file.name.replace("completes", LEAN_ID, 1)))
    shutil.copytree(RECORDED / "project", folder / "code")
    (folder / "config").write_text(json.dumps({"id": int(LEAN_ID), "container": "lean_cli_x", **config}))
    change(folder, state=STATE)
    return folder


def change(folder: Path, **parts: object) -> None:
    path = folder / f"{LEAN_ID}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | parts))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "results" / ".trash").mkdir(parents=True)
    (tmp_path / "home" / "work").mkdir()
    return tmp_path / "home"


@pytest.fixture
def importer(home: Path) -> LeanCliImport:
    return LeanCliImport(HomeLayout(home))


@pytest.fixture
async def storage(home: Path):
    storage = BacktestStorage(HomeLayout(home), read_run_directory)
    await storage.start()
    yield storage
    await storage.close()


async def test_id_dates_config_and_code_are_kept(tmp_path: Path, home: Path, importer: LeanCliImport, storage) -> None:
    folder = make(tmp_path, **{"backtest-name": "Fearless Red"})
    taken = importer.take(folder)
    assert (taken.fate, taken.timestamp) == (Fate.TAKEN, "2024-05-06_07-08-09")
    await storage.recover()
    assert storage.problems() == ()
    result = await storage.result(taken.timestamp)
    assert result.problem == f"imported from My Strategy/backtests/{folder.name}"
    run = result.run
    assert (run.name, run.strategy_name, run.tags) == ("Fearless Red", "My_Strategy", ("lean-cli",))
    assert (run.status, run.engine) == (BacktestStatus.COMPLETED, EngineName.DOCKER)
    assert run.started_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert run.duration is not None
    assert run.duration.total_seconds() == 10
    lean = json.loads((folder / f"{LEAN_ID}.json").read_text())
    assert result.statistics.lean == lean["statistics"]
    assert len(result.equity) > 1
    kept = home / "results" / taken.timestamp
    assert json.loads((kept / "config.json").read_text())["algorithm-id"] == LEAN_ID
    for name in ("config", f"{LEAN_ID}.json", "log.txt", "code/main.py"):
        assert (kept / name).read_bytes() == (folder / name).read_bytes(), name
    assert (await storage.list(ResultQuery(tag="lean-cli"))).total == 1


async def test_twice_makes_no_duplicates_not_even_of_what_was_deleted(tmp_path, home, importer, storage) -> None:
    folders = [make(tmp_path, name) for name in ("2024-05-06_09-08-08", "2024-05-06_09-08-09")]
    assert [importer.take(folder).fate for folder in folders] == [Fate.TAKEN, Fate.TAKEN]
    before = tree(home / "results")
    again = [importer.take(folder) for folder in folders]
    assert [(one.fate, one.timestamp) for one in again] == [
        (Fate.KNOWN, "2024-05-06_07-08-09"),
        (Fate.KNOWN, "2024-05-06_07-08-09-1"),  # both say that LEAN began in the same second
    ]
    assert tree(home / "results") == before
    await storage.recover()
    await storage.keeper.delete("2024-05-06_07-08-09")
    assert importer.take(folders[0]).fate is Fate.KNOWN


def test_the_index_is_not_needed_to_know_them(tmp_path: Path, home: Path, importer: LeanCliImport) -> None:
    folder = make(tmp_path)
    importer.take(folder)
    assert LeanCliImport(HomeLayout(home)).take(folder).fate is Fate.KNOWN


@pytest.mark.parametrize(
    ("parts", "outcome"),
    [
        ({"Status": "RuntimeError", "RuntimeError": "boom\n  at X"}, (BacktestStatus.FAILED, Reason.RUNTIME_ERROR)),
        ({"Status": "Running", "EndTime": ""}, (BacktestStatus.FAILED, Reason.LOST)),
        ({"Status": "Stopped"}, (BacktestStatus.CANCELLED, Reason.CANCELLED_BY_USER)),
    ],
)
async def test_how_it_ended(tmp_path, importer, storage, parts, outcome) -> None:
    folder = make(tmp_path)
    change(folder, state={**STATE, **parts})
    taken = importer.take(folder)
    await storage.recover()
    run = (await storage.result(taken.timestamp)).run
    assert (run.status, run.reason) == outcome


def test_folders_are_found_wherever_the_path_points(tmp_path: Path) -> None:
    first, second = make(tmp_path / "root"), make(tmp_path / "root", project="group/other")
    (tmp_path / "root" / "My Strategy" / "backtests" / "notes").mkdir()
    (tmp_path / "root" / ".hidden" / "backtests" / first.name).mkdir(parents=True)
    assert set(backtest_folders(tmp_path / "root")) == {first, second}
    for path in (first, first.parent, first.parent.parent):
        assert backtest_folders(path) == (first,)
    assert backtest_folders(tmp_path / "nowhere") == ()


def truncated(folder: Path) -> None:
    path = folder / f"{LEAN_ID}.json"
    path.write_bytes(path.read_bytes()[:-100])


def without_result(folder: Path) -> None:
    (folder / f"{LEAN_ID}.json").unlink()


def foreign(folder: Path) -> None:
    (folder / f"{LEAN_ID}.json").write_text('{"holiday": "pictures"}')


def other_types(folder: Path) -> None:
    (folder / f"{LEAN_ID}.json").write_text("[1, 2, 3]")


def climbing_id(folder: Path) -> None:
    (folder / "config").write_text('{"id": "../../../etc/passwd"}')
    (folder / "second.json").write_text("{}")


def linked(folder: Path) -> None:
    path = folder / f"{LEAN_ID}.json"
    path.rename(folder.parent / "elsewhere.json")
    path.symlink_to(folder.parent / "elsewhere.json")


def piped(folder: Path) -> None:
    (folder / f"{LEAN_ID}.json").unlink()
    os.mkfifo(folder / f"{LEAN_ID}.json")


@pytest.mark.parametrize("damage", [truncated, without_result, foreign, other_types, climbing_id, linked, piped])
def test_b29_what_is_no_result_is_named_and_the_others_are_taken(tmp_path, home, importer, damage) -> None:
    bad, good = make(tmp_path, "2024-05-06_09-08-08"), make(tmp_path, "2024-05-06_09-08-09")
    damage(bad)
    refused = importer.take(bad)
    assert (refused.fate, refused.timestamp) == (Fate.REFUSED, "")
    assert refused.reason
    assert importer.take(good).fate is Fate.TAKEN
    assert [p.name for p in (home / "results").iterdir() if p.name != ".trash"] == ["2024-05-06_07-08-09"]


async def test_b29_files_that_pass_for_ours_are_renamed(tmp_path, home, importer, storage) -> None:
    folder = make(tmp_path)
    (folder / "run.json").write_text('{"schema_version": 99}')
    (folder / "labels.json").write_text('{"starred": true}')
    (folder / "config.json").write_text('{"algorithm-id": "another"}')
    (folder / "code" / "link").symlink_to("/etc/passwd")
    taken = importer.take(folder)
    kept = home / "results" / taken.timestamp
    await storage.recover()
    assert storage.problems() == ()
    run = (await storage.result(taken.timestamp)).run
    assert not run.starred
    assert {"output-1.run.json", "output-1.labels.json", "output-1.config.json"} <= {p.name for p in kept.iterdir()}
    assert not (kept / "code" / "link").exists()


def test_a_project_that_is_called_strangely(tmp_path: Path, home: Path, importer: LeanCliImport) -> None:
    taken = importer.take(make(tmp_path, project="..\u202e<b>é", **{"backtest-name": "a\x1b[31m\nb" * 100}))
    assert taken.fate is Fate.TAKEN
    manifest = json.loads((home / "results" / taken.timestamp / "run.json").read_text())
    assert "\x1b" not in manifest["run"]["name"]
    assert len(manifest["run"]["name"]) <= 120
    assert manifest["run"]["strategy_name"].strip("_") == "b"


def test_what_a_killed_import_left_is_replaced(tmp_path: Path, home: Path, importer: LeanCliImport) -> None:
    folder = make(tmp_path)
    name = importer.take(folder).timestamp
    run_id = json.loads((home / "results" / name / "run.json").read_text())["run"]["id"]
    (home / "results" / name).rename(home / "results" / f".incoming-{run_id}")
    assert importer.take(folder).fate is Fate.TAKEN
    assert sorted(p.name for p in (home / "results").iterdir()) == [".trash", name]


@pytest.mark.shared
def test_recorded_runs_of_real_lean_are_taken(
    tmp_path: Path, home: Path, importer: LeanCliImport, shared: Path
) -> None:
    for name in ("ok-minute", "ok-csharp", "ok-no-orders"):
        folder = tmp_path / name / "backtests" / "2026-01-31_12-00-00"
        shutil.copytree(shared / "lean-recordings" / name / "results", folder)
        assert importer.take(folder).fate is Fate.TAKEN
