import asyncio
import errno
import hashlib
import json
import os
from pathlib import Path

import pytest
from sqlalchemy import text

from leanboard.errors import Conflict, IdempotencyMismatch, IllegalTransition, NotFound, StorageError
from leanboard.models.run import BacktestStatus, Outcome, Phase, Reason
from leanboard.services.backtest_storage import BacktestStorage, ReadResult
from leanboard.storage.durable_files import disk_errors, names_in, write_durably
from leanboard.storage.layout import HomeLayout
from leanboard.storage.manifest import manifest_of
from leanboard.storage.queries import IdempotencyClaim, ProblemKind, RunChanges
from leanboard.storage.result_query import ResultQuery
from storage.homes import (
    APPLIED,
    CANCELLED,
    COMPLETED,
    DATA,
    NOON,
    SOURCE,
    accepted,
    executed,
    finished,
    make_request,
    make_run,
    make_storage,
    opened,
    run_id,
    snapshot,
    started,
)

CLAIM = IdempotencyClaim("key", "a" * 64)


# Accept


async def test_an_accepted_run_has_its_snapshot_and_its_row(home: Path, storage: BacktestStorage) -> None:
    inserted = await accepted(storage)
    assert inserted.created
    assert await storage.index.get(run_id(1)) == inserted.run
    assert (home / "work" / run_id(1) / "code" / "main.py").read_text() == SOURCE
    async with asyncio.timeout(10):  # the mark comes beside what the run does next
        while names_in(home / "work" / run_id(1)) != ("accepted", "code", "request.json"):
            await asyncio.sleep(0.01)
    assert (await storage.list(ResultQuery())).total == 0
    with pytest.raises(NotFound):
        await storage.result(inserted.run.timestamp)


async def test_of_a_run_that_cannot_be_accepted_nothing_stays(home: Path, storage: BacktestStorage) -> None:
    def broken(folder: Path) -> None:
        (folder / "half.py").write_text("x")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StorageError, match="disk is full"):
        await storage.accept(make_run(1), make_request(), broken)
    await accepted(storage, 2)
    with pytest.raises(StorageError):  # its id is taken: the directory cannot be put in place
        await accepted(storage, 2)
    assert names_in(home / "work") == (run_id(2),)
    assert [run.id for run in await storage.index.active()] == [run_id(2)]


async def test_of_a_run_that_the_index_refuses_nothing_stays(home: Path) -> None:
    async with opened(home) as storage:
        await storage.accept(make_run(1), make_request(), snapshot, CLAIM)
        with pytest.raises(IdempotencyMismatch):
            await storage.accept(make_run(2), make_request(), snapshot, IdempotencyClaim("key", "b" * 64))
        async with storage._parts.database.write() as connection:
            await connection.execute(
                text("CREATE TRIGGER refuse BEFORE INSERT ON run_tag BEGIN SELECT RAISE(ABORT, 'full'); END")
            )
        with pytest.raises(StorageError):
            await accepted(storage, 3, tags=("x",))
        assert names_in(home / "work") == (run_id(1),)


async def test_b17_one_key_twenty_times_at_once_makes_one_run(home: Path, storage: BacktestStorage) -> None:
    answers = await asyncio.gather(
        *(storage.accept(make_run(number), make_request(), snapshot, CLAIM) for number in range(1, 21))
    )
    assert sum(answer.created for answer in answers) == 1
    assert len({answer.run.id for answer in answers}) == 1
    assert names_in(home / "work") == (answers[0].run.id,)


async def test_names_on_the_disk_are_not_given_again(home: Path, storage: BacktestStorage) -> None:
    for name in ("2026-01-31_12-00-00", "2026-01-31_12-00-00-1"):
        (home / "results" / name).mkdir()
    assert (await accepted(storage)).run.timestamp == "2026-01-31_12-00-00-2"


async def test_a_caller_that_goes_away_does_not_leave_half_a_run(home: Path) -> None:
    async with opened(home) as storage:
        asking = asyncio.create_task(accepted(storage))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    async with opened(home) as storage:
        assert [run.id for run in (await storage.recover()).pending] == [run_id(1)]


# Slots and commit


async def test_a_slot_has_its_own_copy_of_the_snapshot(home: Path, storage: BacktestStorage) -> None:
    await accepted(storage)
    first = await storage.prepare_slot(run_id(1), 1)
    (first.code / "main.py").write_text("changed by the strategy")
    (first.output / "half").write_text("x")
    second = await storage.prepare_slot(run_id(1), 2)
    assert second.id == f"{run_id(1)}-2"
    assert second.root == HomeLayout(home).slot(run_id(1), 2)
    assert (second.code / "main.py").read_text() == SOURCE
    assert names_in(second.root) == ("code", "console", "output", "storage")
    assert not first.root.exists()


async def test_a_committed_run_is_wholly_described_by_its_directory(home: Path, storage: BacktestStorage) -> None:
    run = await started(storage, tags=("a",))
    outcome = Outcome(status=BacktestStatus.FAILED, reason=Reason.RUNTIME_ERROR, message="boom", trace="frames")
    summary = await storage.commit(run.id, outcome, APPLIED, DATA)
    directory = home / "results" / run.timestamp
    manifest = manifest_of((directory / "run.json").read_bytes())
    assert manifest.run == summary.run == await storage.index.get(run.id)
    assert (manifest.request, manifest.applied, manifest.outcome) == (make_request(), APPLIED, outcome)
    assert (manifest.statistics, manifest.data) == (summary.statistics, DATA)
    assert (summary.run.status, summary.run.phase, summary.run.message) == (outcome.status, Phase.ENDED, "boom")
    for file in manifest.files:
        content = (directory / file.path).read_bytes()
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert {file.path for file in manifest.files} | {"run.json"} == {
        str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()
    }
    result = await storage.result(run.timestamp, points=2)
    assert (result.trace, result.applied, len(result.equity)) == ("frames", APPLIED, 2)
    assert names_in(home / "work") == ()


async def test_committing_twice_gives_the_same_result(storage: BacktestStorage) -> None:
    run = await started(storage)
    first, second = await asyncio.gather(
        storage.commit(run.id, COMPLETED, APPLIED, DATA), storage.commit(run.id, CANCELLED, APPLIED, DATA)
    )
    assert first == second
    assert first.run.status is BacktestStatus.COMPLETED


async def test_a_run_that_never_started_can_be_cancelled_and_is_listed(home: Path, storage: BacktestStorage) -> None:
    run = (await accepted(storage)).run
    with pytest.raises(IllegalTransition):
        await storage.commit(run.id, COMPLETED, APPLIED, DATA)
    summary = await storage.commit(run.id, CANCELLED, APPLIED, DATA)
    assert summary.run.status is BacktestStatus.CANCELLED
    assert names_in(home / "results" / run.timestamp) == ("code", "run.json")
    with pytest.raises(NotFound):
        await storage.commit(run_id(9), COMPLETED, APPLIED, DATA)


async def test_a_second_attempt_is_committed_from_its_own_slot(home: Path, storage: BacktestStorage) -> None:
    await started(storage)
    again = await storage.index.transition(run_id(1), BacktestStatus.PENDING, changes=RunChanges(attempt=2))
    await executed(storage, again)
    assert (await storage.commit(again.id, COMPLETED, APPLIED, DATA)).run.attempt == 2
    assert "slot-1" not in names_in(home / "results" / again.timestamp)


async def test_output_with_our_own_names_replaces_nothing(home: Path, storage: BacktestStorage) -> None:
    run = await started(storage)
    output = HomeLayout(home).slot(run.id, 1) / "output"
    for name in ("run.json", "request.json", "settlement.json", "accepted", "config.json", "slot-1"):
        (output / name).write_text("forged")
    (output / "code").mkdir()
    (output / "code" / "main.py").write_text("forged")
    await storage.commit(run.id, COMPLETED, APPLIED, DATA)
    directory = home / "results" / run.timestamp
    assert (directory / "code" / "main.py").read_text() == SOURCE
    assert json.loads((directory / "run.json").read_text())["run"]["id"] == run.id
    assert (directory / "output-1.run.json").read_text() == "forged"
    assert (directory / "output-1.code" / "main.py").read_text() == "forged"
    assert not {"request.json", "settlement.json", "accepted", "slot-1"} & set(names_in(directory))


async def test_b27_links_in_the_output_lead_nowhere(home: Path, storage: BacktestStorage, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("gold")
    for number in (1, 2):
        run = await started(storage, number)
        output = HomeLayout(home).slot(run.id, 1) / "output"
        if number == 1:
            (output / "link").symlink_to(treasure)
            os.mkfifo(output / "pipe")
            (output / "log.txt").unlink()
            (output / "log.txt").symlink_to(treasure / "gold")
        else:
            output.rename(output.with_name("moved"))
            output.symlink_to(treasure)
        await storage.commit(run.id, COMPLETED, APPLIED, DATA)
        result = await storage.result(run.timestamp)
        assert "gold" not in result.model_dump_json()
        assert result.log_tail == ()
    assert (treasure / "gold").read_text() == "gold"


async def test_a_foreign_directory_with_the_runs_name_is_left_alone(home: Path, storage: BacktestStorage) -> None:
    run = await started(storage, 1)
    await accepted(storage, 2)  # has the name with -1
    foreign = home / "results" / run.timestamp
    foreign.mkdir()
    (foreign / "notes").write_text("mine")
    summary = await storage.commit(run.id, COMPLETED, APPLIED, DATA)
    assert summary.timestamp == summary.run.timestamp == "2026-01-31_12-00-00-2"
    assert [problem.kind for problem in storage.problems()] == [ProblemKind.RENAMED]
    assert names_in(foreign) == ("notes",)
    assert (await storage.result(summary.timestamp)).problem == ""


async def test_a_commit_goes_on_when_the_one_who_waits_goes_away(home: Path) -> None:
    async with opened(home) as storage:
        run = await started(storage)
        waiting = asyncio.create_task(storage.commit(run.id, COMPLETED, APPLIED, DATA))
        await asyncio.sleep(0.001)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with opened(home) as storage:
        assert (await storage.list(ResultQuery())).total == 1


STEPS = ("before_commit", "after_settlement", "during_move", "after_move", "after_drop", "after_manifest",
         "after_rename", "before_db_commit")  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
async def test_r19_a_full_disk_at_any_step_loses_nothing_and_the_commit_can_be_repeated(home: Path, step: str) -> None:
    full = True

    def checkpoint(name: str) -> None:
        if full and name == step:
            with disk_errors("writing"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with opened(home, checkpoint=checkpoint) as storage:
        run = await started(storage)
        for _ in range(1 if step == "after_rename" else 2):  # a repetition does not pass there again
            with pytest.raises(StorageError, match="disk is full"):
                await storage.commit(run.id, COMPLETED, APPLIED, DATA)
            assert (await storage.list(ResultQuery())).total == 0
        full = False
        summary = await storage.commit(run.id, COMPLETED, APPLIED, DATA)
        assert summary.statistics.total_orders == 7
        assert (await storage.result(run.timestamp)).log_tail == ("first line", "last line")
        assert names_in(home / "results") == (".trash", run.timestamp)


# Results


@pytest.mark.parametrize("content", [b"", b"{", b'{"orders": ', b"\0" * 1000, None])
async def test_r30_a_corrupt_result_file_is_named_and_everything_else_is_served(
    home: Path, storage: BacktestStorage, content: bytes | None
) -> None:
    run = await started(storage)
    file = HomeLayout(home).slot(run.id, 1) / "output" / "algorithm.json"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    summary = await storage.commit(run.id, Outcome(status=BacktestStatus.FAILED, reason=Reason.RESULT_UNREADABLE),
                                   APPLIED, DATA)  # fmt: skip
    assert summary.statistics.total_orders is None
    result = await storage.result(run.timestamp)
    assert "algorithm.json" in result.problem
    assert result.log_tail == ("first line", "last line")
    if content is not None:
        assert (home / "results" / run.timestamp / "algorithm.json").read_bytes() == content
    assert (await storage.list(ResultQuery())).total == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", None])
async def test_r30_a_corrupt_manifest_is_named_and_the_index_helps_out(
    home: Path, storage: BacktestStorage, content: bytes | None
) -> None:
    run = await finished(storage)
    manifest = home / "results" / run.timestamp / "run.json"
    manifest.unlink()
    if content is not None:
        manifest.write_bytes(content)
    result = await storage.result(run.timestamp)
    assert "run.json" in result.problem
    assert (result.run, result.request, result.statistics.total_orders) == (run, make_request(), 7)


async def test_r30_a_reader_that_fails_does_not_keep_a_run_from_being_settled(home: Path) -> None:
    def read(_directory: Path, _points: int) -> ReadResult:
        raise RecursionError

    storage = BacktestStorage(HomeLayout(home), read)
    await storage.start()
    run = await finished(storage)
    assert "RecursionError" in (await storage.result(run.timestamp)).problem
    await storage.close()


async def test_r30_another_runs_directory_is_not_taken_for_this_ones(home: Path, storage: BacktestStorage) -> None:
    first, second = await finished(storage, 1), await finished(storage, 2)
    for name in (first.timestamp, second.timestamp):
        (home / "results" / name).rename(home / name)
    (home / second.timestamp).rename(home / "results" / first.timestamp)
    assert "run.json" in (await storage.result(first.timestamp)).problem
    manifest = json.loads((home / "results" / first.timestamp / "run.json").read_text())
    manifest["run"]["timestamp"] = first.timestamp
    (home / "results" / first.timestamp / "run.json").write_text(json.dumps(manifest))
    assert "another run" in (await storage.result(first.timestamp)).problem
    await storage.keeper.delete(first.timestamp)
    assert (home / "results" / first.timestamp / "run.json").exists()  # that one was not asked to be deleted


@pytest.mark.parametrize("name", ["../../etc/passwd", "%2e%2e%2f", "..%5c", "x\0y", "9" * 5000, "CON", "a.", "a "])
async def test_b05_names_that_are_none_are_not_found(storage: BacktestStorage, name: str) -> None:
    for call in (storage.result(name), storage.keeper.delete(name), storage.index.get(name)):
        with pytest.raises(NotFound):
            await call


async def test_only_the_end_of_a_long_log_is_read(home: Path, storage: BacktestStorage) -> None:
    run = await finished(storage)
    lines = [f"line {number} {'x' * 300}" for number in range(5000)]
    (home / "results" / run.timestamp / "log.txt").write_text("\n".join(lines))
    tail = (await storage.result(run.timestamp)).log_tail
    assert tail == tuple(lines[-200:])


# Delete


async def test_b18_a_deleted_result_is_gone_and_stays_gone(home: Path) -> None:
    async with opened(home, keeps_trash=False) as storage:
        run = await finished(storage)
        await storage.keeper.delete(run.timestamp)
        assert (await storage.list(ResultQuery())).total == 0
        for call in (storage.keeper.delete(run.timestamp), storage.result(run.timestamp), storage.index.get(run.id)):
            with pytest.raises(NotFound):
                await call
    assert names_in(home / "results") == (".trash",)
    assert names_in(home / "results" / ".trash") == ()


async def test_b18_only_finished_runs_are_deleted(home: Path, storage: BacktestStorage) -> None:
    waiting, running = (await accepted(storage, 1)).run, await started(storage, 2)
    for run in (waiting, running):
        with pytest.raises(Conflict):
            await storage.keeper.delete(run.timestamp)
        assert (home / "work" / run.id / "code").is_dir()


async def test_r16_cancel_and_delete_fifty_times_at_once(home: Path) -> None:
    async with opened(home) as storage:
        run = await started(storage)

        async def cancel() -> None:
            await storage.index.request_cancel(run.id, NOON)
            await storage.commit(run.id, CANCELLED, APPLIED, DATA)

        calls = [call for _ in range(25) for call in (cancel(), storage.keeper.delete(run.timestamp))]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert all(answer is None or isinstance(answer, NotFound | Conflict) for answer in answers), answers
        if (await storage.list(ResultQuery())).total:
            await storage.keeper.delete(run.timestamp)
    assert names_in(home / "work") == ()
    assert names_in(home / "results") == (".trash",)


# The home as a whole


async def test_r21_a_home_that_cannot_be_written_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    storage = make_storage(tmp_path / "home")
    with pytest.raises(StorageError, match="locking"):
        await storage.start()
    await storage.close()


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EROFS, "read-only"), (errno.EACCES, "permissions"), (errno.EDQUOT, "quota")]
)
async def test_r21_a_home_that_goes_read_only_refuses_runs_and_serves_results(
    storage: BacktestStorage, number: int, words: str
) -> None:
    run = await finished(storage, 1)

    def refuse(_folder: Path) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(StorageError, match=words):
        await storage.accept(make_run(2), make_request(), refuse)
    assert (await storage.result(run.timestamp)).problem == ""
    assert (await storage.list(ResultQuery())).total == 1


async def test_a_closed_storage_says_so(home: Path) -> None:
    async with opened(home) as storage:
        pass
    with pytest.raises(StorageError, match="not open"):
        await storage.list(ResultQuery())


async def test_writing_durably_never_writes_through_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / ".run.json.tmp").symlink_to(tmp_path / "victim")
    (tmp_path / "run.json").symlink_to(tmp_path / "victim")
    write_durably(tmp_path / "run.json", b"new")
    assert (tmp_path / "victim").read_text() == "mine"
    assert (tmp_path / "run.json").read_bytes() == b"new"
    assert names_in(tmp_path) == ("run.json", "victim")


async def test_a_failed_write_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_durably(tmp_path / "run.json", b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_durably(tmp_path / "run.json", b"new")
    assert (tmp_path / "run.json").read_bytes() == b"old"
