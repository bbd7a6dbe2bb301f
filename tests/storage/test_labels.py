"""Name, note, tags and star of a finished run: kept beside run.json, which stays as it is."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from leanboard.errors import Conflict, NotFound
from leanboard.models.labels import ResultChanges
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.queries import ProblemKind
from leanboard.storage.result_query import ResultQuery
from storage.homes import APPLIED, COMPLETED, DATA, accepted, finished, opened, run_id, started, write_output

HOSTILE = "<script>alert(1)</script>'; DROP TABLE run; --"


async def test_what_is_left_out_stays(home: Path, storage: BacktestStorage) -> None:
    run = await finished(storage, tags=("a", "b"), name="old")
    manifest = (home / "results" / run.timestamp / "run.json").read_bytes()
    first = await storage.keeper.label(run.timestamp, ResultChanges(note="two\nlines", starred=True))
    assert (first.run.name, first.run.tags, first.run.note, first.run.starred) == (
        "old",
        ("a", "b"),
        "two\nlines",
        True,
    )
    second = await storage.keeper.label(run.timestamp, ResultChanges(tags=("c", "c", "b"), name=" new "))
    assert (second.run.name, second.run.tags, second.run.note, second.run.starred) == (
        "new", ("c", "b"), "two\nlines", True,
    )  # fmt: skip
    assert (await storage.result(run.timestamp)).run == second.run == await storage.index.get(run.id)
    assert (home / "results" / run.timestamp / "run.json").read_bytes() == manifest
    for query, expected in (({"tag": "a"}, 0), ({"tag": "c"}, 1), ({"text": "old"}, 0), ({"text": "LINES new"}, 1)):
        assert (await storage.list(ResultQuery.model_validate(query))).total == expected


async def test_labels_outlive_the_index(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        await storage.keeper.label(run.timestamp, ResultChanges(name=HOSTILE, tags=(HOSTILE[:40],), note=HOSTILE))
        before = await storage.list(ResultQuery())
    (home / "index.db").unlink()
    async with opened(home) as storage:
        await storage.recover()
        assert await storage.list(ResultQuery()) == before
        assert (await storage.list(ResultQuery(tag=HOSTILE[:40], text="<script> drop"))).total == 1


async def test_labels_that_were_copied_in_are_taken_over_at_start(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        await storage.keeper.label(run.timestamp, ResultChanges(starred=True))
    labels = home / "results" / run.timestamp / "labels.json"
    labels.write_text(json.dumps(json.loads(labels.read_text()) | {"note": "from elsewhere"}))
    async with opened(home) as storage:
        assert (await storage.recover()).problems == ()
        assert (await storage.index.get(run.id)).note == "from elsewhere"
    labels.unlink()
    async with opened(home) as storage:
        assert (await storage.recover()).problems == ()
        assert not (await storage.index.get(run.id)).starred


@pytest.mark.parametrize(
    "content",
    [b"", b"{]", b"[]", b'{"name": 5}', b"\xff" * 100, b"[" * 100_000, b" " * 300_000, None],
    ids=["empty", "torn", "list", "fields", "bytes", "deep", "large", "foreign"],
)
async def test_b29_labels_that_cannot_be_believed_cost_the_labels_alone(home: Path, content: bytes | None) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        await storage.keeper.label(run.timestamp, ResultChanges(name="mine"))
    labels = home / "results" / run.timestamp / "labels.json"
    foreign = labels.read_text().replace(run.id, run_id(99)).encode()
    labels.write_bytes(foreign if content is None else content)
    (home / "index.db").unlink()
    async with opened(home) as storage:
        await storage.recover()
        assert [item.run.name for item in (await storage.list(ResultQuery())).items] == [run.name]
        assert [p.detail for p in storage.problems() if p.kind is ProblemKind.UNREADABLE and "labels" in p.detail]
        changed = await storage.keeper.label(run.timestamp, ResultChanges(starred=True))
        assert changed.run.starred


async def test_only_finished_runs_have_labels(home: Path, storage: BacktestStorage) -> None:
    waiting, running = (await accepted(storage, 1)).run, await started(storage, 2)
    for run in (waiting, running):
        with pytest.raises(Conflict, match="has ended"):
            await storage.keeper.label(run.timestamp, ResultChanges(starred=True))
    with pytest.raises(NotFound):
        await storage.keeper.label("2030-01-01_00-00-00", ResultChanges(starred=True))
    done = await finished(storage, 3)
    (home / "results" / done.timestamp).rename(home / "away")
    with pytest.raises(Conflict, match="gone"):
        await storage.keeper.label(done.timestamp, ResultChanges(starred=True))
    assert not (await storage.index.get(done.id)).starred


async def test_a_strategy_cannot_label_its_own_run(home: Path, storage: BacktestStorage) -> None:
    run = await started(storage)
    slot = storage.slot(run.id, run.attempt)
    write_output(slot.root)
    forged = {"schema_version": 1, "run_id": run.id, "name": "forged", "note": "", "tags": [], "starred": True}
    (slot.root / "output" / "labels.json").write_text(json.dumps(forged))
    settled = (await storage.commit(run.id, COMPLETED, APPLIED, DATA)).run
    assert not (home / "results" / settled.timestamp / "labels.json").exists()
    assert (home / "results" / settled.timestamp / "output-1.labels.json").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": ""},
        {"name": "  "},
        {"name": None},
        {"name": "x" * 121},
        {"name": "two\nlines"},
        {"name": "a\u202egnp.exe"},
        {"note": "x" * 10_001},
        {"note": "a\x00b"},
        {"note": "a\x1b[31m"},
        {"note": "\ud800"},
        {"tags": "one"},
        {"tags": [""]},
        {"tags": ["x" * 41]},
        {"tags": [f"{n}" for n in range(21)]},
        {"tags": None},
        {"starred": "yes"},
        {"starred": 1},
        {"starred": None},
        {"status": "completed"},
        {"id": run_id(1)},
    ],
)
def test_b06_labels_that_deceive_or_say_nothing(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ResultChanges.model_validate(changes)
