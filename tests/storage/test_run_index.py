import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from leanboard.errors import Conflict, IdempotencyMismatch, IllegalTransition, NotFound, StorageError
from leanboard.models.results import BacktestStatistics
from leanboard.models.run import TRANSITIONS, BacktestProgress, BacktestStatus, CodeLocation, Phase, Reason
from leanboard.storage.database import Database, sqlite_url
from leanboard.storage.queries import CommittedResult, IdempotencyClaim, RunChanges
from leanboard.storage.run_index import RunIndex
from leanboard.storage.tables import RUN_EVENT
from storage.homes import DATA, NOON, make_request, make_run, run_id

CLAIM = IdempotencyClaim("key", "a" * 64)


async def history(database: Database, number: int = 1) -> list[tuple[int, str]]:
    query = select(RUN_EVENT.c.rev, RUN_EVENT.c.status).where(RUN_EVENT.c.run_id == run_id(number))
    async with database.read() as connection:
        return [(row.rev, row.status) for row in await connection.execute(query.order_by(RUN_EVENT.c.rev))]


async def test_a_run_comes_back_as_it_went_in(index: RunIndex) -> None:
    run = make_run(
        tags=("b", "a"),
        name="Ünïcode 'quoted'",
        location=CodeLocation(file="main.py", line=3),
        warnings=("one", "two"),
        progress=BacktestProgress(percent=12.5, updated_at=NOON),
        created_at=datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC),
    )
    request = make_request(parameters={"fast": 20}, start_date="2013-10-07")
    assert (await index.insert(run, request)).run == run
    assert await index.get(run.id) == run
    assert await index.get_by_timestamp(run.timestamp) == run
    assert await index.request(run.id) == request


@pytest.mark.parametrize("cash", ["0.0000001", 1e-7, 100.123456789012, 999999999999999, "2500.50"])
async def test_every_cash_that_can_be_asked_for_comes_back_exactly(index: RunIndex, cash: object) -> None:
    request = make_request(initial_cash=cash)
    await index.insert(make_run(), request)
    stored = await index.request(run_id(1))
    assert isinstance(stored.initial_cash, Decimal)
    assert stored == request


async def test_unknown_runs_are_not_found(index: RunIndex) -> None:
    for call in (
        index.get(run_id(9)),
        index.get_by_timestamp("2026-01-31_12-00-00"),
        index.request(run_id(9)),
        index.transition(run_id(9), BacktestStatus.RUNNING),
        index.request_cancel(run_id(9), NOON),
        index.update(run_id(9), RunChanges(message="x")),
        index.delete(run_id(9)),
    ):
        with pytest.raises(NotFound):
            await call


async def test_runs_of_one_second_get_names_of_their_own(index: RunIndex) -> None:
    runs = [(await index.insert(make_run(number), make_request())).run for number in range(1, 13)]
    base = "2026-01-31_12-00-00"
    assert [run.timestamp for run in runs] == [base, *(f"{base}-{n}" for n in range(1, 12))]
    avoided = await index.insert(make_run(20), make_request(), avoid={f"{base}-12", f"{base}-13"})
    assert avoided.run.timestamp == f"{base}-14"


async def test_r03_many_inserts_of_one_second_at_once(index: RunIndex) -> None:
    inserted = await asyncio.gather(*(index.insert(make_run(number), make_request()) for number in range(1, 41)))
    assert len({answer.run.timestamp for answer in inserted}) == 40


async def test_b17_one_key_and_one_body_make_one_run(index: RunIndex) -> None:
    answers = await asyncio.gather(*(index.insert(make_run(n), make_request(), CLAIM) for n in range(1, 21)))
    assert sum(answer.created for answer in answers) == 1
    assert len({answer.run.id for answer in answers}) == 1
    assert len(await index.active()) == 1
    assert await index.claimed(CLAIM) == answers[0].run


async def test_b17_one_key_and_another_body_is_a_mistake(index: RunIndex) -> None:
    await index.insert(make_run(1), make_request(), CLAIM)
    with pytest.raises(IdempotencyMismatch):
        await index.insert(make_run(2), make_request(), IdempotencyClaim("key", "b" * 64))
    with pytest.raises(IdempotencyMismatch):
        await index.claimed(IdempotencyClaim("key", "b" * 64))
    assert [run.id for run in await index.active()] == [run_id(1)]


async def test_a_key_is_free_again_after_a_day(database: Database) -> None:
    now = [NOON]
    index = RunIndex(database, clock=lambda: now[0])
    await index.insert(make_run(1), make_request(), CLAIM)
    now[0] += timedelta(hours=23, minutes=59)
    assert not (await index.insert(make_run(2), make_request(), CLAIM)).created
    now[0] += timedelta(minutes=1)
    assert (await index.insert(make_run(2), make_request(), IdempotencyClaim("key", "b" * 64))).created


async def test_an_id_is_never_used_twice(index: RunIndex) -> None:
    await index.insert(make_run(1), make_request())
    with pytest.raises(StorageError):
        await index.insert(make_run(1), make_request())


async def test_active_runs_are_listed_oldest_first(index: RunIndex) -> None:
    for number, seconds in ((1, 5), (2, 1), (3, 9)):
        await index.insert(make_run(number, created_at=NOON + timedelta(seconds=seconds)), make_request())
    await index.transition(run_id(1), BacktestStatus.RUNNING)
    await index.transition(run_id(3), BacktestStatus.CANCELLED)
    assert [run.id for run in await index.active()] == [run_id(2), run_id(1)]


async def test_a_transition_takes_its_changes_along(index: RunIndex, database: Database) -> None:
    await index.insert(make_run(), make_request())
    begun = await index.transition(
        run_id(1), BacktestStatus.RUNNING, changes=RunChanges(phase=Phase.BOOTING, started_at=NOON)
    )
    assert (begun.status, begun.phase, begun.started_at) == (BacktestStatus.RUNNING, Phase.BOOTING, NOON)
    again = await index.transition(
        run_id(1), BacktestStatus.PENDING, attempt=1, changes=RunChanges(attempt=2, started_at=None)
    )
    assert (again.attempt, again.started_at, again.phase) == (2, None, Phase.BOOTING)
    assert await history(database) == [(1, "pending"), (2, "running"), (3, "pending")]


async def test_r16_news_of_an_old_attempt_change_nothing(index: RunIndex) -> None:
    await index.insert(make_run(), make_request())
    await index.transition(run_id(1), BacktestStatus.RUNNING)
    await index.transition(run_id(1), BacktestStatus.PENDING, changes=RunChanges(attempt=2))
    await index.transition(run_id(1), BacktestStatus.RUNNING)
    with pytest.raises(IllegalTransition, match="attempt 2"):
        await index.transition(run_id(1), BacktestStatus.FAILED, attempt=1, changes=RunChanges(reason=Reason.LOST))
    assert (await index.get(run_id(1))).reason is None


async def test_r15_of_many_ends_at_once_one_wins(index: RunIndex, database: Database) -> None:
    await index.insert(make_run(), make_request())
    await index.transition(run_id(1), BacktestStatus.RUNNING)
    ends = [BacktestStatus.COMPLETED, BacktestStatus.FAILED, BacktestStatus.CANCELLED] * 10
    answers = await asyncio.gather(*(index.transition(run_id(1), end) for end in ends), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, IllegalTransition)]
    assert len(refused) == 29
    assert len(await history(database)) == 3


@given(st.lists(st.sampled_from(BacktestStatus), max_size=8))
@settings(max_examples=40, deadline=None)
def test_r16_only_what_the_table_allows_ever_happens(wishes: list[BacktestStatus]) -> None:
    async def walk(folder: Path) -> None:
        database = Database(sqlite_url(folder / "index.db"))
        await database.open()
        index = RunIndex(database)
        await index.insert(make_run(), make_request())
        status, legal = BacktestStatus.PENDING, ["pending"]
        for wish in wishes:
            if wish in TRANSITIONS[status]:
                assert (await index.transition(run_id(1), wish)).status is wish
                status = wish
                legal.append(wish.value)
            else:
                with pytest.raises(IllegalTransition):
                    await index.transition(run_id(1), wish)
            assert (await index.get(run_id(1))).status is status
        assert await history(database) == list(enumerate(legal, start=1))
        await database.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(walk(Path(folder)))


async def test_r15_the_first_wish_to_cancel_stays_and_an_ended_run_refuses(index: RunIndex) -> None:
    await index.insert(make_run(), make_request())
    first = await index.request_cancel(run_id(1), NOON)
    second = await index.request_cancel(run_id(1), NOON + timedelta(seconds=5))
    assert (first.cancel_requested_at, second.cancel_requested_at) == (NOON, NOON)
    await index.transition(run_id(1), BacktestStatus.CANCELLED)
    with pytest.raises(IllegalTransition):
        await index.request_cancel(run_id(1), NOON)


async def test_an_update_changes_what_is_named_and_nothing_else(index: RunIndex) -> None:
    await index.insert(make_run(message="before"), make_request())
    changed = await index.update(run_id(1), RunChanges(progress=BacktestProgress(percent=50)))
    assert changed == make_run(message="before", progress=BacktestProgress(percent=50))
    assert (await index.update(run_id(1), RunChanges(progress=None))).progress is None


async def test_settling_takes_the_result_over_once(index: RunIndex, database: Database) -> None:
    await index.insert(make_run(), make_request())
    await index.request_cancel(run_id(1), NOON)
    await index.transition(run_id(1), BacktestStatus.RUNNING)
    final = make_run(
        status=BacktestStatus.COMPLETED, phase=Phase.ENDED, finished_at=NOON, timestamp="2026-01-31_12-00-00-4"
    )
    for _ in range(2):
        settled = await index.settle(
            CommittedResult(final, make_request(), BacktestStatistics(total_orders=10**30), DATA)
        )
        assert settled == final.evolve(cancel_requested_at=NOON)
    assert await history(database) == [(1, "pending"), (2, "running"), (3, "completed")]
    failed = final.evolve(status=BacktestStatus.FAILED)
    with pytest.raises(IllegalTransition):
        await index.settle(CommittedResult(failed, make_request(), BacktestStatistics(), DATA))


async def test_only_finished_runs_are_deleted_and_leave_nothing(index: RunIndex, database: Database) -> None:
    await index.insert(make_run(tags=("x",)), make_request(), IdempotencyClaim("key", "a" * 64))
    with pytest.raises(Conflict):
        await index.delete(run_id(1))
    await index.transition(run_id(1), BacktestStatus.CANCELLED)
    await index.delete(run_id(1))
    async with database.read() as connection:
        for table in ("run", "run_tag", "run_event", "idempotency_key", "result"):
            assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0
    with pytest.raises(NotFound):
        await index.delete(run_id(1))


async def test_r37_a_poisoned_row_is_reported_and_the_others_are_served(database: Database) -> None:
    found: list[str] = []
    index = RunIndex(database, unreadable=lambda run, _reason: found.append(run))
    for number in (1, 2, 3):
        await index.insert(make_run(number), make_request())
    async with database.write() as connection:
        await connection.execute(text("UPDATE run SET location = '{]' WHERE id = :id"), {"id": run_id(1)})
        await connection.execute(text("UPDATE run SET tags = '{' WHERE id = :id"), {"id": run_id(2)})
    assert [run.id for run in await index.active()] == [run_id(3)]
    assert sorted(found) == [run_id(1), run_id(2)]
    with pytest.raises(StorageError, match="unreadable row"):
        await index.get(run_id(1))


async def test_text_with_nul_is_stored(index: RunIndex) -> None:
    await index.insert(make_run(message="a\0b"), make_request())
    assert (await index.get(run_id(1))).message == "a\N{REPLACEMENT CHARACTER}b"
