"""Every statistic of LEAN is a column: it can be sorted by, and bounded."""

from datetime import timedelta
from decimal import Decimal
from types import NoneType
from typing import get_args

from leanboard.models.results import BacktestStatistics, DataProvenance
from leanboard.models.run import BacktestStatus, EngineName, Reason
from leanboard.storage.result_bounds import BOUNDED
from leanboard.storage.result_list import ResultList
from leanboard.storage.result_query import ResultQuery, ResultSort
from leanboard.storage.run_index import RunIndex
from leanboard.storage.tables import STATISTICS
from storage.homes import NOON
from storage.results import committed, ids

NUMBERS = [
    name for name in STATISTICS if set(get_args(BacktestStatistics.model_fields[name].annotation)) != {str, NoneType}
]


def test_every_number_can_be_sorted_by_and_bounded() -> None:
    assert len(NUMBERS) == 26
    assert set(NUMBERS) <= set(ResultSort)
    assert set(BOUNDED) == {*NUMBERS, "duration", "size"}


async def test_each_statistic_is_sorted_and_bounded(index: RunIndex, results: ResultList) -> None:
    def statistics(base: int | None, sign: int = 1) -> BacktestStatistics:
        numbers = {} if base is None else {name: sign * (base + 100 * n) for n, name in enumerate(NUMBERS)}
        return BacktestStatistics.model_validate(numbers)

    rows = (statistics(3), statistics(2, -1), statistics(None), statistics(7))
    await index.adopt([committed(number, row) for number, row in enumerate(rows, 1)])
    for n, name in enumerate(NUMBERS):
        own = 3 + 100 * n  # a number that only this column holds
        assert await ids(results, sort=name, order="asc") == [2, 1, 4, 3]
        assert await ids(results, sort=name, order="desc") == [4, 1, 2, 3]
        assert await ids(results, sort=name, order="asc", **{f"{name}_min": own}) == [1, 4]
        assert await ids(results, sort=name, order="asc", **{f"{name}_max": own}) == [2, 1]
        assert await ids(results, **{f"{name}_min": own, f"{name}_max": own}) == [1]


async def test_conditions_hold_together(index: RunIndex, results: ResultList) -> None:
    def statistics(sharpe: float, drawdown: float) -> BacktestStatistics:
        return BacktestStatistics(sharpe_ratio=sharpe, drawdown=drawdown, lowest_capacity_asset="SPY R735QTJ8XC9X")

    failed = {"status": BacktestStatus.FAILED, "reason": Reason.RUNTIME_ERROR}
    await index.adopt(
        [
            committed(1, statistics(1.5, 0.1)),
            committed(2, statistics(1.5, 0.3), engine=EngineName.DOCKER),
            committed(3, statistics(0.5, 0.1), created_at=NOON + timedelta(days=1), **failed),
            committed(4, data=DataProvenance(kind="simulated"), partial=True, size=5000),
        ]
    )
    assert await ids(results, sharpe_ratio_min=1, drawdown_max=0.2) == [1]
    assert await ids(results, engine=("docker",)) == [2]
    assert await ids(results, reason=("runtime_error", "init_error")) == [3]
    assert await ids(results, created_after="2026-02-01T00:00:00Z") == [3]
    assert await ids(results, created_before="2026-02-01T12:00:00Z") == [4, 2, 1]
    assert await ids(results, created_after="2026-01-31T12:00:00Z", created_before="2026-01-31T12:00:00.000001Z") == [
        4, 2, 1,
    ]  # fmt: skip
    assert await ids(results, finished_after="2026-01-31T12:00:03Z", sort="finished_at", order="asc") == [3, 4]
    assert await ids(results, data_kind=("simulated", "mixed")) == [4]
    assert await ids(results, partial=True) == [4]
    assert await ids(results, size_min=5000) == [4]
    assert await ids(results, duration_max=1.5) == [1]
    assert await ids(results, lowest_capacity_asset="SPY R735QTJ8XC9X", sort="sharpe_ratio", order="asc") == [3, 1, 2]
    assert await ids(results, starred=True) == []
    assert await ids(results, starred=False, trashed=True) == []


async def test_numbers_beyond_the_columns_stay_in_the_statistics(index: RunIndex, results: ResultList) -> None:
    extreme = BacktestStatistics(total_orders=10**30, capacity=Decimal("1e400"), end_equity=Decimal("0.1"))
    await index.adopt([committed(1, extreme)])
    (item,) = (await results.page(ResultQuery(total_orders_max=None))).items
    assert item.statistics == extreme
    assert await ids(results, total_orders_min=0) == []
    assert await ids(results, capacity_min=0) == []
    assert await ids(results, end_equity_min=0.1, end_equity_max=0.1) == [1]


WORDS = {
    "growth": [1, 2],
    "GROWTH 100%": [1],
    "100% growth": [1],
    "h_t": [2],
    "straße": [3],
    "STRASSE": [3],
    "ﬁne": [3],  # a ligature
    "zero division": [2],
    "tagged": [3],
    "momentum": [1, 3],
    "a remark": [1],
    "growth remark": [1],
    "growth strasse": [],
    "'": [],
    '"growth': [],
    "growth OR strasse": [],
    "growth*": [],
    "%": [1],
    "_": [2],
    "\\": [],
    "/": [],
    "NEAR(growth, 2)": [],
    "name:growth": [],
    "'; DROP TABLE run; --": [],
    "   ": [1, 2, 3],
    "": [1, 2, 3],
}


async def test_b06_b20_words_are_found_wherever_they_stand_and_are_only_ever_words(
    index: RunIndex, results: ResultList
) -> None:
    await index.adopt(
        [
            committed(1, name="100% Growth", strategy_name="momentum", note="A remark\nof two lines"),
            committed(2, name="growth_two", message="ZeroDivisionError: division by zero"),
            committed(3, name="Straße fine", strategy_name="momentum", tags=("tagged",)),
        ]
    )
    found = {text: await ids(results, text=text, sort="duration", order="asc") for text in WORDS}
    assert found == WORDS
