"""What is told of a batch before anybody trusts its best item: lonely peaks, and items that do not compare."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.models.batch_outcome import (
    BatchComparisonQuery,
    OutcomeWarning,
)
from leanboard.models.batches import BatchItem
from leanboard.models.commission import Commission
from leanboard.models.run import BacktestStatus, EngineName
from leanboard.services.batches.outcome.comparison import comparison
from services.batch_builders import batch, failed, grid, item

RUNNING, PENDING = BacktestStatus.RUNNING, BacktestStatus.PENDING


def kinds(*items: BatchItem, **query: Any) -> list[OutcomeWarning]:
    return [warning.kind for warning in comparison(batch(*items), BatchComparisonQuery(**query)).warnings]


# A lonely peak


def peak(*items: BatchItem, **query: Any) -> bool:
    return OutcomeWarning.LONELY_PEAK in kinds(*items, **query)


def test_a_needle_is_a_lonely_peak() -> None:
    noise = random.Random(7)
    items = grid(lambda a, b: 3.0 if (a, b) == (3, 4) else noise.gauss(0, 0.3), (8, 8))
    (found,) = [one for one in comparison(batch(*items)).warnings if one.kind is OutcomeWarning.LONELY_PEAK]
    assert found.items == (29,)
    assert (
        "item 29 (cross, AAPL, a=30, b=40), stands alone: Sharpe Ratio 3.000, its 4 neighbours in the grid"
        in found.message
    )


def test_a_needle_at_the_edge_of_a_line_is_a_lonely_peak() -> None:
    assert peak(*grid(lambda a: 2.0 if a == 0 else 0.1 * (a % 2), (9,)))


@given(st.integers(3, 9), st.integers(3, 9), st.floats(0, 8), st.floats(0, 8), st.floats(0.05, 5))
def test_a_round_hill_is_none(width, height, x, y, steep) -> None:
    assert not peak(*grid(lambda a, b: 2 - steep * ((a - x) ** 2 + (b - y) ** 2), (width, height)))


@given(st.integers(3, 9), st.integers(3, 9), st.floats(-2, 2), st.floats(-2, 2))
def test_a_slope_is_none(width, height, x, y) -> None:
    assert not peak(*grid(lambda a, b: x * a + y * b, (width, height)))


@given(st.integers(4, 9), st.integers(4, 9), st.randoms(use_true_random=False), st.floats(2, 50))
def test_a_needle_is_found_wherever_it_stands(width, height, chance, high) -> None:
    at = (chance.randrange(width), chance.randrange(height))
    assert peak(*grid(lambda a, b: high if (a, b) == at else chance.uniform(-0.5, 0.5), (width, height)))


def test_a_plain_of_equal_values_and_a_small_step_are_none() -> None:
    assert not peak(*grid(lambda a, b: 1.0, (5, 5)))
    assert not peak(*grid(lambda a, b: 1.05 if (a, b) == (2, 2) else 1.0, (5, 5)))


def test_a_low_drawdown_alone_is_a_lonely_peak() -> None:
    items = [
        one.evolve(metrics={"drawdown": 0.02 if n == 12 else 0.3 + 0.001 * n})
        for n, one in enumerate(grid(lambda a, b: 0.0, (5, 5)))
    ]
    found = comparison(batch(*items), BatchComparisonQuery(metric="drawdown"))
    assert [one.kind for one in found.warnings] == [OutcomeWarning.LONELY_PEAK]
    assert "2.00%" in found.warnings[0].message


def test_neighbours_are_looked_for_in_the_best_one_s_own_symbol_and_window() -> None:
    items = grid(lambda a, b: 3.0 if (a, b) == (1, 1) else 0.0, (4, 4), symbol="A")
    others = [one.evolve(number=one.number + 16, symbol="B", metrics={"sharpe_ratio": 2.9}) for one in items]
    assert peak(*items, *others)


def test_nothing_is_said_of_few_items_failed_neighbours_or_parameters_that_are_texts() -> None:
    assert not peak(*grid(lambda a: 3.0 if a == 0 else 0.0, (4,)))
    items = grid(lambda a: 3.0 if a == 0 else 0.0, (9,))
    assert not peak(items[0], failed(2, parameters=items[1].parameters), *items[2:])
    assert not peak(*(one.evolve(parameters={"kind": f"k{one.number}"}) for one in items))


# Other warnings


def test_a_batch_whose_items_agree_has_no_warning() -> None:
    assert kinds(item(1, 1.0), item(2, 2.0)) == []


def test_code_that_changed_in_between_names_the_items_that_differ() -> None:
    items = [item(n, 1.0, code="a" * 12) for n in range(1, 5)]
    items += [item(5, 1.0, code="b" * 12), item(6, 1.0, strategy_name="hold", code="c" * 12)]
    (found,) = comparison(batch(*items)).warnings
    assert (found.kind, found.items) == (OutcomeWarning.CODE, (5,))
    assert "cross was changed in between: 4 items" in found.message


def test_reused_items_are_named() -> None:
    (found,) = comparison(batch(item(1, 1.0), item(2, 1.0, reused=True))).warnings
    assert (found.kind, found.items) == (OutcomeWarning.REUSED, (2,))


def test_a_partial_batch_says_so() -> None:
    found = comparison(batch(item(1, 1.0), item(2, status=PENDING)))
    assert [(one.kind, one.items) for one in found.warnings] == [(OutcomeWarning.PARTIAL, (2,))]
    assert (found.batch.state, found.summary.state) == ("partial", "partial")
    assert kinds(item(1, 1.0, partial=True), item(2, 1.0)) == [OutcomeWarning.PARTIAL]


def test_windows_that_were_asked_for_are_no_periods_that_differ_by_mistake() -> None:
    first, second = ({"window": f"year {year}", "end_date": date(year, 12, 31)} for year in (2011, 2012))
    assert OutcomeWarning.DATES not in kinds(item(1, 1.0, **first), item(2, 1.0, **second))
    assert OutcomeWarning.DATES in kinds(item(1, 1.0, end_date=date(2011, 1, 1)), item(2, 1.0), item(3, 1.0, **second))
    assert OutcomeWarning.DATES in kinds(item(1, 1.0, **first), item(2, 1.0, **{**first, "end_date": date(2011, 1, 2)}))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (OutcomeWarning.DATES, {"end_date": date(2012, 12, 31)}),
        (OutcomeWarning.CASH, {"initial_cash": Decimal(5000)}),
        (OutcomeWarning.COMMISSION, {"commission": Commission(fraction=Decimal("0.001"))}),
        (OutcomeWarning.ENGINE, {"engine": EngineName.DOCKER}),
    ],
)
def test_what_keeps_items_from_being_compared_is_told(kind: OutcomeWarning, changes: dict[str, Any]) -> None:
    assert kinds(item(1, 1.0), item(2, 1.0, **changes)) == [kind]


def unread(value: int, slow: int, **changes: Any) -> BatchItem:
    """An item of a sweep whose strategy reads `slow` alone."""
    number = 10 * slow + value
    metrics = {"total_orders": 4, "net_profit": 0.01 * slow, "sharpe_ratio": 1.0}
    fields = {"metrics": metrics, "parameters": {"fast": str(value), "slow": str(slow)}, **changes}
    return item(number, **fields)


def test_a_parameter_that_makes_no_difference() -> None:
    items = [unread(value, slow) for slow in (1, 2) for value in (1, 2, 3)]
    (found,) = [one for one in comparison(batch(*items)).warnings if one.kind is OutcomeWarning.NO_EFFECT]
    assert found.message.startswith("fast makes no difference to cross: 6 items")
    assert found.items == (11, 12, 13, 21, 22, 23)


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([unread(1, 1), unread(2, 1)], id="two may be equal by chance"),
        pytest.param([unread(n, 1) for n in (1, 2)] + [unread(3, 1, metrics={"total_orders": 5})], id="one differs"),
        pytest.param([unread(n, 1, metrics={"total_orders": 0}) for n in (1, 2, 3)], id="nothing was traded"),
        pytest.param([unread(n, n) for n in (1, 2, 3)], id="another differs as well"),
        pytest.param([unread(1, n) for n in (1, 2, 3)], id="it has one value"),
        pytest.param([unread(n, 1, symbol=f"S{n}") for n in (1, 2, 3)], id="another symbol each"),
        pytest.param([unread(n, 1, parameters={"slow": "1"}) for n in (1, 2, 3)], id="nobody names it"),
    ],
)
def test_no_word_of_a_parameter_that_may_matter(others: list[BatchItem]) -> None:
    assert OutcomeWarning.NO_EFFECT not in kinds(*others)
