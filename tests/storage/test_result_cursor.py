"""Cursors: stable while rows come and go, and good for one query of one installation only."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.errors import InvalidInput
from leanboard.models.results import BacktestStatistics
from leanboard.storage.database import Database
from leanboard.storage.result_cursor import CursorSeal, Place
from leanboard.storage.result_list import ResultList
from leanboard.storage.result_query import MAX_CURSOR, ResultQuery, ResultSort, SortOrder
from leanboard.storage.run_index import RunIndex
from storage.homes import run_id, shuffled
from storage.results import committed


async def pages(results: ResultList, **query: object) -> list[list[int]]:
    found, cursor = [], None
    while True:
        page = await results.page(ResultQuery.model_validate({**query, "cursor": cursor}))
        found.append([int(item.run.id, 16) for item in page.items])
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_pages_by_cursor_are_the_pages_by_number(index: RunIndex, results: ResultList) -> None:
    values = [None, 0.5, 0.5, -1.0, 2.0, None, 0.0]
    numbers = shuffled(range(1, 24), seed=3)
    await index.adopt([committed(n, BacktestStatistics(sharpe_ratio=values[n % 7])) for n in numbers])
    for sort in (ResultSort.SHARPE_RATIO, ResultSort.CREATED_AT, ResultSort.STRATEGY_NAME, ResultSort.ALPHA):
        for order in SortOrder:
            whole = await pages(results, sort=sort, order=order, page_size=100)
            cut = await pages(results, sort=sort, order=order, page_size=5)
            assert [number for page in cut for number in page] == whole[0], (sort, order)
            assert [len(page) for page in cut] == [5, 5, 5, 5, 3]


async def test_rows_that_come_and_go_neither_repeat_nor_hide_others(index: RunIndex, results: ResultList) -> None:
    await index.adopt([committed(n) for n in range(10, 20)])
    first = await results.page(ResultQuery(page_size=4))
    await index.adopt([committed(n) for n in (5, 30, 31)])
    await index.delete(run_id(16))  # the last one of that page
    await index.delete(run_id(14))
    rest = await pages(results, page_size=4, cursor=first.next_cursor)
    assert [int(item.run.id, 16) for item in first.items] == [19, 18, 17, 16]
    again = await results.page(ResultQuery(page_size=20, cursor=first.next_cursor))
    assert [int(item.run.id, 16) for item in again.items] == [15, 13, 12, 11, 10, 5]
    assert again.total == 11
    assert rest[0] == [31, 30, 19, 18]  # without a cursor the list begins anew


async def test_b19_a_cursor_of_another_query_is_refused(index: RunIndex, results: ResultList) -> None:
    await index.adopt([committed(n) for n in range(1, 5)])
    cursor = (await results.page(ResultQuery(page_size=2))).next_cursor
    assert (await results.page(ResultQuery(page_size=1, cursor=cursor))).items  # another size is no other query
    for other in ({"sort": "alpha"}, {"order": "asc"}, {"text": "x"}, {"sharpe_ratio_min": 1}, {"trashed": True}):
        with pytest.raises(InvalidInput, match="no cursor of this list"):
            await results.page(ResultQuery.model_validate({**other, "cursor": cursor}))


async def test_b19_a_cursor_of_another_installation_is_refused(index: RunIndex, database: Database) -> None:
    await index.adopt([committed(n) for n in range(1, 5)])
    cursor = (await ResultList(database, key=b"one").page(ResultQuery(page_size=2))).next_cursor
    with pytest.raises(InvalidInput, match="no cursor"):
        await ResultList(database, key=b"two").page(ResultQuery(page_size=2, cursor=cursor))


SEAL = CursorSeal(b"key")
QUERY = ResultQuery()


@given(st.text(min_size=1, max_size=200) | st.binary(max_size=60).map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_b19_what_was_never_sealed_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        SEAL.open(cursor, QUERY)
    assert caught.value.problems[0].field == "cursor"


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_b19_one_changed_byte_is_enough(position: int, byte: int) -> None:
    cursor = SEAL.close(Place(0.25, run_id(7)), QUERY)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    place = position % len(raw)
    if raw[place] == byte:
        return
    raw[place] = byte
    with pytest.raises(InvalidInput):
        SEAL.open(base64.urlsafe_b64encode(raw).decode().rstrip("="), QUERY)


@given(st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1) | st.text())
def test_a_place_comes_back_exactly(value: float | str | None) -> None:
    place = Place(value, run_id(1))
    assert SEAL.open(SEAL.close(place, QUERY), QUERY) == place


def test_a_cursor_is_never_longer_than_what_is_taken() -> None:
    query = ResultQuery(sort=ResultSort.STRATEGY_NAME)
    assert len(CursorSeal(b"key").close(Place("\N{GRINNING FACE}" * 200, run_id(1)), query)) <= MAX_CURSOR
