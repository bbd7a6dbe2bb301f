import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from leanboard.models.results import BacktestStatistics
from leanboard.models.run import BacktestStatus
from leanboard.storage.database import Database
from leanboard.storage.result_cursor import Place
from leanboard.storage.result_list import ResultList, _places
from leanboard.storage.result_query import ResultQuery, ResultSort, SortOrder
from leanboard.storage.run_index import RunIndex
from storage.batches import of_item
from storage.homes import NOON, make_request, make_run, run_id, shuffled
from storage.results import committed, ids

STATUSES = (BacktestStatus.COMPLETED, BacktestStatus.FAILED, BacktestStatus.CANCELLED)


async def test_pages_neither_overlap_nor_skip_when_values_are_equal(index: RunIndex, results: ResultList) -> None:
    await index.adopt([committed(number) for number in shuffled(range(1, 48), seed=5)])
    sorts = (ResultSort.CREATED_AT, ResultSort.DURATION, ResultSort.STRATEGY_NAME, ResultSort.SIZE, ResultSort.ALPHA)
    for sort in sorts:
        for order in SortOrder:
            seen: list[int] = []
            for page in range(1, 7):
                seen += await ids(results, sort=sort, order=order, page=page, page_size=10)
            assert sorted(seen) == list(range(1, 48)), sort
    page = await results.page(ResultQuery(page=99))
    assert (page.items, page.total, page.next_cursor) == ((), 47, None)


@pytest.mark.parametrize(
    ("sort", "field", "values"),
    [
        ("net_profit", "net_profit", (0.5, -0.25, None, 0.0)),
        ("sharpe_ratio", "sharpe_ratio", (8.854, -1.5, None, 0.0)),
        ("drawdown", "drawdown", (0.5, 0.1, None, 0.2)),
        ("end_equity", "end_equity", (Decimal("100001.07"), Decimal("9.5"), None, Decimal(10))),
        ("total_orders", "total_orders", (100, 1, None, 20)),
    ],
)
async def test_a_missing_number_comes_last_in_either_order(
    index: RunIndex, results: ResultList, sort: str, field: str, values: tuple[object, ...]
) -> None:
    await index.adopt(
        [committed(n, BacktestStatistics.model_validate({field: v})) for n, v in enumerate(values, start=1)]
    )
    assert await ids(results, sort=sort, order="asc") == [2, 4, 1, 3]
    assert await ids(results, sort=sort, order="desc") == [1, 4, 2, 3]


async def test_the_runs_of_a_batch(index: RunIndex, results: ResultList) -> None:
    await index.adopt(
        [replace(committed(n), request=of_item(n, batch=1 + n % 2)) for n in range(1, 6)] + [committed(6)]
    )
    assert await ids(results, batch=run_id(2)) == [5, 3, 1]
    assert await ids(results, batch=run_id(1), page_size=1, page=2) == [2]
    assert await ids(results, batch=run_id(3)) == []
    with pytest.raises(ValidationError):
        ResultQuery(batch="latest")


async def test_the_newest_results_of_many_fingerprints(index: RunIndex, results: ResultList) -> None:
    fingerprints = ["a", "b", "a", "a", None, "c"]
    trashed = {4: NOON, 6: NOON}
    await index.adopt(
        [
            replace(committed(n, created_at=NOON + timedelta(minutes=n)), fingerprint=found, trashed_at=trashed.get(n))
            for n, found in enumerate(fingerprints, start=1)
        ]
    )
    many = {"a", "b", "c", *(f"none {n}" for n in range(1200))}
    for most, expected in ((1, {"a": [3], "b": [2]}), (5, {"a": [3, 1], "b": [2]})):
        found = await results.same_as_each(many, most)
        assert {name: [int(one.run_id, 16) for one in ones] for name, ones in found.items()} == expected
    assert found["b"][0].timestamp == "2026-01-31_12-00-00-2"
    assert await results.same_as_each((), 3) == {}


async def test_sorting_by_time_and_name(index: RunIndex, results: ResultList) -> None:
    await index.adopt(
        [
            committed(1, created_at=NOON, finished_at=NOON + timedelta(seconds=30), strategy_name="b"),
            committed(
                2, created_at=NOON + timedelta(microseconds=1), finished_at=NOON + timedelta(9), strategy_name="c"
            ),
            committed(3, created_at=NOON - timedelta(days=1), started_at=None, strategy_name="a"),
        ]
    )
    assert await ids(results) == [2, 1, 3]
    assert await ids(results, sort="duration", order="asc") == [1, 2, 3]
    assert await ids(results, sort="finished_at", order="asc") == [3, 1, 2]
    assert await ids(results, sort="strategy_name", order="asc") == [3, 1, 2]


async def test_filters(index: RunIndex, results: ResultList) -> None:
    await index.adopt(
        [
            committed(1, strategy_name="main", tags=("x", "y"), name="100% Growth"),
            committed(2, strategy_name="main", status=BacktestStatus.FAILED, name="growth_two"),
            committed(3, strategy_name="other", status=BacktestStatus.CANCELLED, tags=("y",), name="1000 things"),
        ]
    )
    assert await ids(results, sort="created_at", strategy="main") == [2, 1]
    assert await ids(results, status=("failed", "cancelled")) == [3, 2]
    assert await ids(results, status=("running",)) == []
    assert await ids(results, tag="y") == [3, 1]
    assert await ids(results, tag="x", strategy="main", status=("completed",)) == [1]
    assert await ids(results, text="GROWTH") == [2, 1]
    assert await ids(results, text="100%") == [1]
    assert await ids(results, text="h_t") == [2]


async def test_only_finished_runs_with_a_committed_directory_are_listed(index: RunIndex, results: ResultList) -> None:
    await index.insert(make_run(1), make_request())
    await index.insert(make_run(2), make_request())
    await index.transition(run_id(2), BacktestStatus.CANCELLED)
    await index.adopt([committed(3)])
    assert await ids(results) == [3]
    assert (await results.page(ResultQuery())).total == 1


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"page": -1},
        {"page": 10**9},
        {"page_size": 0},
        {"page_size": 201},
        {"page_size": 10**9},
        {"page": "abc"},
        {"offset": "abc"},
        {"sort": "id; DROP TABLE run"},
        {"sort": "request"},
        {"order": "sideways"},
        {"status": ("done",)},
        {"cursor": ""},
        {"cursor": "x" * 2001},
        {"cursor": "x", "page": 2},
        {"sharpe_ratio_min": "much"},
        {"sharpe_ratio_min": "nan"},
        {"drawdown_max": "1e999"},
        {"total_orders_min": 2**63},
        {"sharpe_ratio_min": 2, "sharpe_ratio_max": 1},
        {"sharpe_ratio": 1},
        {"lean_min": 1},
        {"created_after": "2026-01-31T12:00:00"},
        {"created_after": "0001-01-01T00:00:00+05:00"},
        {"reason": ("bad luck",)},
        {"engine": ("steam",)},
        {"data_kind": ("invented",)},
        {"starred": "perhaps"},
        {"strategy": "a\x00b"},
        {"text": "a\u202eb"},
    ],
)
def test_b19_b20_other_pages_and_columns_cannot_be_asked_for(query: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ResultQuery.model_validate(query)


@pytest.mark.parametrize("value", ["' OR 1=1 --", "%", "_", "\\", '"', "(a+)+$" * 15])
async def test_b20_text_is_only_ever_text(index: RunIndex, results: ResultList, value: str) -> None:
    await index.adopt([committed(number) for number in range(1, 200)])
    before = time.perf_counter()
    for field in ("text", "strategy", "tag"):
        assert await ids(results, **{field: value[:40] if field == "tag" else value[:100]}) == []
    assert time.perf_counter() - before < 1  # 50 ms on a quiet machine


async def test_r37_a_poisoned_result_does_not_take_the_page_down(index: RunIndex, database: Database) -> None:
    found: list[str] = []
    results = ResultList(database, unreadable=lambda run, _reason: found.append(run))
    await index.adopt([committed(number) for number in (1, 2, 3, 4)])
    async with database.write() as connection:
        await connection.execute(text("UPDATE run SET statistics = '{]' WHERE id = :id"), {"id": run_id(2)})
        await connection.execute(text("UPDATE run SET engine = 'steam' WHERE id = :id"), {"id": run_id(3)})
    assert await ids(results) == [4, 1]
    assert sorted(found) == [run_id(2), run_id(3)]


def test_the_pages_are_no_sqlite_only_sql() -> None:
    query = ResultQuery(text="a", tag="b", strategy="c", status=(BacktestStatus.FAILED,), sort=ResultSort.NET_PROFIT)
    statement = str(_places(query, Place(1.0, run_id(1))).compile(dialect=postgresql.dialect()))
    assert "NULLS LAST, result.run_id DESC" in statement
    assert "LIKE" in statement
