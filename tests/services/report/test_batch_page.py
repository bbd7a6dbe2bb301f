"""The page of a batch."""

from hypothesis import given
from hypothesis import strategies as st

from leanboard.models.batch_outcome import BatchComparisonQuery
from leanboard.models.batches import BatchDetail, BatchItem
from leanboard.models.run import BacktestStatus
from leanboard.services.batches.outcome.comparison import comparison
from leanboard.services.batches.outcome.matrix import matrix
from leanboard.services.report.batch_report import MAX_ROWS, batch_report
from leanboard.services.report.heat_drawing import MOST, SHADES, Shades
from services.batch_builders import batch, failed, item
from services.report.pages import Found, asks_for_nothing, renderer

HOSTILE = "</title><script>alert(1)</script>\"' onload=x {{ 7*7 }} \u202etxt.exe"


def page(detail: BatchDetail, **query: object) -> Found:
    asked = BatchComparisonQuery.model_validate(query)
    html = renderer().batch(batch_report(comparison(detail, asked), matrix(detail, asked.metric))).html
    found = Found(html)
    asks_for_nothing(found, html)
    return found


def grid(width: int, height: int) -> list[BatchItem]:
    places = [(x, y) for y in range(height) for x in range(width)]
    return [
        item(n, 0.1 * x + 0.01 * y, parameters={"fast": str(x), "slow": str(y)}) for n, (x, y) in enumerate(places, 1)
    ]


def fields(found: Found) -> list[str]:
    return [rect["class"] or "" for rect in found.named("rect") if (rect["class"] or "").startswith("field")]


def test_a_sweep_has_a_heat_map_and_a_ranked_table() -> None:
    found = page(batch(*grid(4, 3), failed(13, message="boom")))
    assert "Sharpe Ratio over fast and slow" in found.text
    assert len(fields(found)) == 12
    assert [one for one in fields(found) if "best" in one] == [f"field shade{SHADES} best"]
    assert "12 of 13" in found.text
    assert "runtime_error 1 13 boom" in found.text
    assert found.text.index("1 12 3 2 0.320") < found.text.index("2 8 3 1 0.310")
    assert "by symbol and strategy" not in found.text


def test_a_matrix_of_lower_is_better_frames_the_lowest() -> None:
    items = [
        item(n, symbol=symbol, strategy_name=strategy, metrics={"drawdown": 0.1 * n})
        for n, (symbol, strategy) in enumerate((("A", "x"), ("A", "y"), ("B", "x")), 1)
    ]
    found = page(batch(*items, failed(4, symbol="B", strategy_name="y")), metric="drawdown")
    assert "Drawdown by symbol and strategy" in found.text
    assert [cell["class"] for cell in found.named("td") if "best" in (cell["class"] or "")] == [f"shade{SHADES} best"]
    assert "A 10.00% 20.00% B 30.00% failed" in found.text


def test_walk_forward_and_a_partial_batch_are_told() -> None:
    items = (
        item(1, 2.0, window="train 1", parameters={"fast": "5"}),
        item(2, 1.0, window="train 1", parameters={"fast": "9"}),
        item(3, 0.5, window="test 1", parameters={"fast": "5"}),
        item(4, status=BacktestStatus.PENDING, window="test 1", parameters={"fast": "9"}),
    )
    found = page(batch(*items))
    assert "1 of 4 items have not ended: everything here may change." in found.text
    assert "1 cross AAPL fast=5 2.000 0.500 25% 1 of 1" in found.text


def test_a_batch_without_any_result_has_a_page() -> None:
    assert "0 of 1" in page(batch(failed(1))).text


def test_what_is_too_large_is_cut_and_said() -> None:
    found = page(batch(*grid(MOST + 1, 8)))
    assert f"An axis has more than {MOST} values: the map is not drawn." in found.text
    assert fields(found) == []
    assert f"{(MOST + 1) * 8 - MAX_ROWS} more items are not shown." in found.text


def test_b06_strangers_texts_are_only_texts() -> None:
    items = [
        item(n, float(n), window=HOSTILE + str(n), parameters={"a": HOSTILE + str(n)}, label=HOSTILE) for n in (1, 2)
    ]
    found = page(batch(*items, failed(3, message=HOSTILE), name=HOSTILE))
    assert "<script>alert(1)</script>" in found.text
    assert "{{ 7*7 }}" in found.text
    assert "\u202e" not in found.text


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40, unique=True), st.sampled_from((1, -1)))
def test_better_values_are_never_tinted_less(values: list[float], factor: int) -> None:
    shades = Shades(values, factor)
    strengths = [int(shades(value).removeprefix("shade")) for value in sorted(values, key=lambda value: factor * value)]
    assert strengths == sorted(strengths)
    assert (strengths[0], strengths[-1]) == (1, SHADES)
