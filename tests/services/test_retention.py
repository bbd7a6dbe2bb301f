"""Which results go by age, number and size; starred ones never do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.errors import StorageError
from leanboard.models.labels import ResultChanges
from leanboard.models.organising import RetentionCause, RetentionRules
from leanboard.services.retention import Retention, leaving
from leanboard.storage.result_index import KnownResult
from leanboard.storage.result_query import ResultQuery
from storage.homes import NOON, finished, opened

MB = 1 << 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def known(number: int, days: float, size: int | None = MB, *, starred: bool = False, trashed: bool = False):
    finished_at = (NOON - timedelta(days=days) - EPOCH) // timedelta(microseconds=1)
    at = NOON if trashed else None
    return KnownResult(f"{number:032x}", f"2026-01-31_12-00-00-{number}", finished_at, size, starred, None, at)


def gone(results: list[KnownResult], **rules: float) -> list[tuple[int, str]]:
    found = leaving(results, RetentionRules.model_validate(rules), NOON)
    return [(int(one.known.run_id, 16), one.cause.value) for one in found]


FIVE = [known(n, days=n) for n in (3, 1, 5, 2, 4)]


def test_each_rule_takes_the_oldest():
    assert gone(FIVE) == []
    assert gone(FIVE, keep_days=3) == [(5, "age"), (4, "age")]
    assert gone(FIVE, keep_runs=2) == [(5, "count"), (4, "count"), (3, "count")]
    assert gone(FIVE, keep_size=4) == [(5, "size")]
    assert gone(FIVE, keep_days=4, keep_runs=3, keep_size=2) == [(5, "age"), (4, "count"), (3, "size")]


def test_starred_runs_take_room_and_never_go():
    runs = [*FIVE, known(9, days=900, size=2 * MB, starred=True)]
    assert gone(runs, keep_days=10) == []
    assert gone(runs, keep_runs=2) == [(5, "count"), (4, "count"), (3, "count"), (2, "count")]
    assert gone(runs, keep_size=4) == [(5, "size"), (4, "size"), (3, "size")]
    assert len(gone([known(n, days=99, starred=True) for n in range(1, 9)], keep_days=1, keep_runs=1, keep_size=1)) == 0


def test_what_lies_in_the_trash_does_not_count():
    assert gone([*FIVE, known(9, days=900, trashed=True)], keep_runs=5, keep_days=30) == []


runs = st.builds(
    known,
    number=st.integers(1, 10**6),
    days=st.floats(0, 1000),
    size=st.none() | st.integers(0, 10**9),
    starred=st.booleans(),
    trashed=st.booleans(),
)


@given(
    st.lists(runs, max_size=30),
    st.none() | st.floats(0.1, 900),
    st.none() | st.integers(1, 20),
    st.none() | st.integers(1, 5000),
)
def test_what_stays_keeps_the_rules_or_is_starred(results, days, count, size):
    rules = RetentionRules(keep_days=days, keep_runs=count, keep_size=size)
    leave = leaving(results, rules, NOON)
    assert not [one for one in leave if one.known.starred or one.known.trashed_at]
    going = [id(one.known) for one in leave]
    stay = [one for one in results if one.trashed_at is None and id(one) not in going]
    plain = [one for one in stay if not one.starred]
    if count is not None and plain:
        assert len(stay) <= count
    if size is not None and plain:
        assert sum(one.size or 0 for one in stay) <= size * MB
    assert leaving(stay, rules, NOON) == ()  # doing it twice takes no more
    if days is None and count is None and size is None:
        assert leave == ()


async def test_a_preview_changes_nothing_and_applying_does_what_it_said(tmp_path: Path):
    async with opened(tmp_path) as storage:
        names = [
            (await finished(storage, n, created_at=NOON - timedelta(days=n), finished_at=None)).timestamp
            for n in (1, 2, 3, 4)
        ]
        await storage.keeper.label(names[3], ResultChanges(starred=True))
        retention = Retention(
            keeper=storage.keeper, rules=RetentionRules(), trash_days=30, now=lambda: datetime.now(UTC)
        )
        rules = RetentionRules(keep_runs=2)
        plan = await retention.preview(rules)
        assert (await storage.list(ResultQuery())).total == 4
        assert {item.cause for item in plan.items} == {RetentionCause.COUNT}
        assert await retention.apply(rules) == plan
        assert plan.total == 2
        left = {item.timestamp for item in (await storage.list(ResultQuery())).items}
        assert names[3] in left
        assert {item.timestamp for item in plan.items} == set(names) - left
        assert (await retention.apply(rules)).total == 0
        assert (await storage.list(ResultQuery(trashed=True))).total == 2


async def test_the_trash_gives_up_what_is_too_old_and_keeps_starred_runs(tmp_path: Path):
    now = NOON
    async with opened(tmp_path, clock=lambda: now) as storage:
        first, second, third = [(await finished(storage, n)).timestamp for n in (1, 2, 3)]
        await storage.keeper.label(second, ResultChanges(starred=True))
        await storage.keeper.delete(first)
        await storage.keeper.delete(second)
        now = NOON + timedelta(days=20)
        await storage.keeper.delete(third)
        now = NOON + timedelta(days=31)
        retention = Retention(keeper=storage.keeper, rules=RetentionRules(), trash_days=30, now=lambda: now)
        assert await retention.purge_expired() == 1
        left = {item.timestamp for item in (await storage.list(ResultQuery(trashed=True))).items}
        assert left == {second, third}
        assert await retention.empty_trash() == 2
        assert (await storage.list(ResultQuery(trashed=True))).total == 0


async def test_one_that_the_disk_holds_on_to_keeps_none_of_the_others(tmp_path: Path):
    async with opened(tmp_path) as storage:
        names = [
            (await finished(storage, n, created_at=NOON - timedelta(days=n), finished_at=None)).timestamp
            for n in (1, 2, 3, 4)
        ]
        in_the_way = tmp_path / "results" / ".trash" / f"{names[0]}.{int(NOON.timestamp())}" / "something"
        in_the_way.mkdir(parents=True)
        storage.keeper._clock = lambda: NOON
        retention = Retention(keeper=storage.keeper, rules=RetentionRules(), trash_days=30, now=lambda: NOON)
        with pytest.raises(StorageError):
            await retention.apply(RetentionRules(keep_runs=1))
        assert [item.timestamp for item in (await storage.list(ResultQuery())).items] == [names[0], names[3]]


async def test_all_files_that_leave_the_trash_are_removed(tmp_path: Path):
    swept = 0

    def checkpoint(name: str) -> None:
        nonlocal swept
        swept += name == "during_unlink"

    async with opened(tmp_path, checkpoint=checkpoint) as storage:
        for n in range(1, 6):
            await storage.keeper.delete((await finished(storage, n)).timestamp)
        retention = Retention(keeper=storage.keeper, rules=RetentionRules(), trash_days=30, now=lambda: NOON)
        assert await retention.empty_trash() == 5
    assert list((tmp_path / "results" / ".trash").iterdir()) == []
    assert swept == 5
