"""Deleted results: what the trash keeps, and what comes back."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from leanboard.errors import Conflict, NotFound
from leanboard.models.labels import ResultChanges
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.catching_up import CatchingUp
from leanboard.storage.durable_files import names_in
from leanboard.storage.queries import IdempotencyClaim, ProblemKind
from leanboard.storage.result_query import ResultQuery
from storage.homes import (
    APPLIED,
    CANCELLED,
    DATA,
    NOON,
    accepted,
    finished,
    make_request,
    make_run,
    opened,
    snapshot,
    tree,
)


def kept(home: Path) -> tuple[str, ...]:
    return names_in(home / "results" / ".trash")


async def total(storage: BacktestStorage, **query: object) -> int:
    return (await storage.list(ResultQuery.model_validate(query))).total


async def test_a_deleted_result_comes_back_as_it_was(home: Path) -> None:
    async with opened(home, clock=lambda: NOON + timedelta(days=1, microseconds=5)) as storage:
        run = await finished(storage, tags=("t",))
        before, files = await storage.list(ResultQuery()), tree(home / "results")
        await storage.keeper.delete(run.timestamp)
        assert await total(storage) == 0
        (item,) = (await storage.list(ResultQuery(trashed=True))).items
        assert (item.run.id, item.trashed_at) == (run.id, NOON + timedelta(days=1))
        assert kept(home) == (f"{run.timestamp}.{int((NOON + timedelta(days=1)).timestamp())}",)
        for call in (storage.result(run.timestamp), storage.index.get(run.id), storage.keeper.delete(run.timestamp)):
            with pytest.raises(NotFound):
                await call
        assert await storage.keeper.restore(run.timestamp) == before.items[0]
        assert await storage.list(ResultQuery()) == before
        assert tree(home / "results") == files
        with pytest.raises(NotFound):
            await storage.keeper.restore(run.timestamp)


async def test_the_trash_outlives_the_index(home: Path) -> None:
    async with opened(home) as storage:
        first, second = await finished(storage, 1), await finished(storage, 2)
        await storage.keeper.label(first.timestamp, ResultChanges(note="remember"))
        await storage.keeper.delete(first.timestamp)
        before = await storage.list(ResultQuery(trashed=True))
    (home / "index.db").unlink()
    async with opened(home) as storage:
        await storage.recover()
        assert await storage.list(ResultQuery(trashed=True)) == before
        assert [item.run.id for item in (await storage.list(ResultQuery())).items] == [second.id]
        await storage.keeper.restore(first.timestamp)
        assert await total(storage, text="remember") == 1


async def test_a_purged_result_is_gone_with_its_files(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        with pytest.raises(NotFound):
            await storage.keeper.purge(run.timestamp)  # what is not in the trash cannot be purged
        await storage.keeper.delete(run.timestamp)
        await storage.keeper.purge(run.timestamp)
        assert await total(storage, trashed=True) == 0
        for call in (storage.keeper.restore(run.timestamp), storage.keeper.purge(run.timestamp)):
            with pytest.raises(NotFound):
                await call
    assert kept(home) == ()


async def test_the_name_stays_reserved_until_it_is_purged(storage: BacktestStorage) -> None:
    first = await finished(storage, 1)
    await storage.keeper.delete(first.timestamp)
    assert (await accepted(storage, 2)).run.timestamp == f"{first.timestamp}-1"
    await storage.keeper.restore(first.timestamp)


async def test_what_took_the_place_meanwhile_is_left_alone(home: Path, storage: BacktestStorage) -> None:
    run = await finished(storage)
    await storage.keeper.delete(run.timestamp)
    (home / "results" / run.timestamp).mkdir()
    with pytest.raises(Conflict, match="something else"):
        await storage.keeper.restore(run.timestamp)
    (home / "results" / run.timestamp).rmdir()
    await storage.keeper.restore(run.timestamp)
    assert await total(storage) == 1


async def test_a_key_of_a_deleted_run_is_free_again(storage: BacktestStorage) -> None:
    claim = IdempotencyClaim("key", "a" * 64)
    first = (await storage.accept(make_run(1), make_request(), snapshot, claim)).run
    await storage.commit(first.id, CANCELLED, APPLIED, DATA)
    assert not (await storage.accept(make_run(2), make_request(), snapshot, claim)).created
    await storage.keeper.delete(first.timestamp)
    assert (await storage.accept(make_run(2), make_request(), snapshot, claim)).created


async def test_a_trash_directory_that_vanished_is_reported_and_can_be_purged(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        await storage.keeper.delete(run.timestamp)
    shutil.rmtree(home / "results" / ".trash")
    async with opened(home) as storage:
        (problem,) = (await storage.recover()).problems
        assert problem.kind is ProblemKind.VANISHED
        with pytest.raises(NotFound, match="any more"):
            await storage.keeper.restore(run.timestamp)
        await storage.keeper.purge(run.timestamp)
    async with opened(home) as storage:
        assert (await storage.recover()).problems == ()


async def test_what_others_put_into_the_trash_stays(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        (home / "results" / ".trash" / "mine.txt").write_text("mine")
        (home / "results" / ".trash" / "2026-01-31_12-00-00.1").mkdir()
        await storage.keeper.delete(run.timestamp)
        await storage.keeper.purge(run.timestamp)
    assert kept(home) == ("2026-01-31_12-00-00.1", "mine.txt")


async def test_left_over_directories_of_an_earlier_version_are_removed(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
    (home / "results" / run.timestamp).rename(home / "results" / ".trash" / f"{run.id}-1")
    async with opened(home) as storage:
        assert (await storage.recover()).problems == ()
        assert await total(storage) == await total(storage, trashed=True) == 0
    assert kept(home) == ()


async def test_r16_delete_and_restore_fifty_times_at_once(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        keeper = storage.keeper
        changes = ResultChanges(starred=True)
        calls = [
            call
            for _ in range(15)
            for call in (
                keeper.delete(run.timestamp), keeper.restore(run.timestamp), keeper.label(run.timestamp, changes)
            )
        ]  # fmt: skip
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert not [a for a in answers if isinstance(a, BaseException) and not isinstance(a, NotFound | Conflict)]
        where = (await total(storage), await total(storage, trashed=True))
        assert where in {(0, 1), (1, 0)}
        assert (home / "results" / run.timestamp).exists() is (where == (1, 0))
        assert len(kept(home)) == where[1]


async def test_a_look_at_the_directories_never_overtakes_a_restore(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        await storage.keeper.delete(run.timestamp)
        results, deleted_at = storage._parts.indexes.results, NOON + timedelta(days=1)
        await results.mark_trashed(run.id, None)  # as if the deletion were half-way

        @asynccontextmanager
        async def turn(_run_id: str) -> AsyncIterator[None]:
            await results.mark_trashed(run.id, deleted_at)  # the rest of it, and its undoing
            await storage.keeper.restore(run.timestamp)
            yield

        catching_up = CatchingUp(storage._parts.reindexing._ground, storage._parts.executor, print, turn)
        await catching_up.trash()
        assert (await storage.keeper.summary(run.timestamp)).trashed_at is None


async def test_a_reindex_does_not_mind_a_purge_meanwhile(home: Path) -> None:
    async with opened(home) as storage:
        run = await finished(storage)
        row = next(row for row in await storage.index.known() if row.id == run.id)
        await storage.keeper.delete(run.timestamp)
        await storage.keeper.purge(run.timestamp)
        await storage._parts.reindexing._remove(row)
        assert await storage.index.known() == ()
