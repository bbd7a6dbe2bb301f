"""Statistics side by side."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.models.comparison import Better, StatisticKind
from leanboard.services.comparison.statistics import BETTER, rows
from leanboard.storage.statistics_text import typed

RECORDED = Path(__file__).parents[2] / "recordings" / "completes" / "results" / "completes.json"
NAMES = tuple(json.loads(RECORDED.read_bytes())["statistics"])
A, B = "2026-01-31_12-00-00", "2026-01-31_12-10-00"
ONE = {"Net Profit": "1.69%", "Drawdown": "2.2%", "Total Fees": "$3.44", "Beta": "0.9", "Lowest Capacity Asset": "SPY"}


def found(one: dict[str, str], other: dict[str, str], baseline: int = 0) -> dict:
    return {row.name: row for row in rows([(A, one), (B, other)], baseline)}


def test_differences_are_of_what_is_written() -> None:
    table = found(ONE, {**ONE, "Net Profit": "1.71%", "Total Fees": "$3.50", "Drawdown": "2.3%"})
    profit, fees, drawdown = (table[name].cells[1] for name in ("Net Profit", "Total Fees", "Drawdown"))
    assert (profit.text, profit.value, profit.difference, profit.is_better) == ("1.71%", 0.0171, 0.0002, True)
    assert (fees.value, fees.difference, fees.is_better) == (Decimal("3.50"), Decimal("0.06"), False)
    assert (drawdown.difference, drawdown.is_better) == (0.001, False)
    assert table["Net Profit"].best == (B,)
    assert table["Drawdown"].best == (A,)
    assert table["Net Profit"].cells[0].difference is None


def test_what_is_neither_better_nor_worse() -> None:
    table = found(ONE, {**ONE, "Beta": "1.2", "Lowest Capacity Asset": "IBM"})
    beta, asset = table["Beta"], table["Lowest Capacity Asset"]
    assert (beta.better, beta.best, beta.cells[1].difference, beta.cells[1].is_better) == (None, (), 0.3, None)
    assert (asset.kind, asset.cells[1].difference) == (StatisticKind.TEXT, None)
    assert table["Net Profit"].best == ()
    assert table["Net Profit"].cells[1].is_better is None


def test_leans_order_and_what_only_one_has() -> None:
    table = found({"B": "1", "A": "x"}, {"C": "2 %", "B": "€5"}, baseline=0)
    assert list(table) == ["B", "A", "C"]
    assert (table["C"].cells[0].text, table["C"].cells[1].value) == (None, 0.02)
    assert (table["B"].kind, table["B"].cells[1].value) == (StatisticKind.NUMBER, None)
    assert list(found({"B": "1"}, {"C": "2"}, baseline=1)) == ["C", "B"]


@pytest.mark.parametrize(
    ("name", "text", "kind", "value"),
    [
        ("Sharpe Ratio", "8.854", StatisticKind.NUMBER, 8.854),
        ("Sharpe Ratio", "NaN", StatisticKind.NUMBER, None),
        ("Total Orders", "27", StatisticKind.COUNT, 27),
        ("Drawdown Recovery", "3", StatisticKind.DAYS, 3),
        ("Start Equity", "100000", StatisticKind.MONEY, Decimal(100000)),
        ("Mine", "12", StatisticKind.NUMBER, 12),
        ("Mine", "-$1,234.50", StatisticKind.MONEY, Decimal("-1234.50")),
        ("Mine", "R2D2", StatisticKind.TEXT, None),
        ("OrderListHash", "00000000000000000000000000000001", StatisticKind.TEXT, None),
    ],
)
def test_what_texts_say(name: str, text: str, kind: StatisticKind, value: object) -> None:
    found = typed(name, text)
    assert (found.kind, found.value) == (kind, value)


def test_every_direction_is_of_a_statistic_of_leans() -> None:
    assert set(BETTER) <= set(NAMES)


texts = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(
        st.decimals(-1000, 1000, places=3).map(lambda value: f"{value}%"),
        st.decimals(-1000, 1000, places=3).map(str),
        st.text(max_size=8),
    ),
)


@given(texts, texts)
def test_what_is_better_one_way_is_worse_the_other_way(one: dict[str, str], other: dict[str, str]) -> None:
    forth, back = found(one, other, 0), found(other, one, 0)
    for name, row in forth.items():
        there, here = row.cells[1], back[name].cells[1]
        if there.difference is None:
            assert there.is_better is None
            continue
        assert here.difference == -there.difference
        assert (there.is_better is None) == (row.better is None or there.difference == 0)
        assert there.is_better is None or here.is_better is (not there.is_better)
        if row.better is Better.HIGHER and there.difference > 0:
            assert row.best == (B,)
