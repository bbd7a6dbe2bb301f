"""Matrix, ranking, heat map, parallel coordinates, walk-forward and table of a batch."""

import csv as csv_module
import io
from datetime import date
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.errors import InvalidInput
from leanboard.models.batch_outcome import (
    AxisKind,
    BatchComparison,
    BatchComparisonQuery,
    BatchMatrix,
    Metric,
    Others,
    OutcomeWarning,
)
from leanboard.models.batches import METRICS, BatchItem
from leanboard.models.comparison import Better
from leanboard.models.run import BacktestStatus, EngineName, Reason
from leanboard.services.batches.outcome.closing import closing_summary
from leanboard.services.batches.outcome.comparison import comparison
from leanboard.services.batches.outcome.matrix import matrix
from leanboard.services.batches.outcome.metrics import better
from leanboard.services.batches.outcome.table import csv
from leanboard.services.notices import batch_notice
from leanboard.services.report.batch_report import batch_report
from services.batch_builders import batch, failed, grid, item

RUNNING, PENDING = BacktestStatus.RUNNING, BacktestStatus.PENDING


def kinds(*items: BatchItem, **query: Any) -> list[OutcomeWarning]:
    return [warning.kind for warning in comparison(batch(*items), BatchComparisonQuery(**query)).warnings]


def test_every_metric_can_be_asked_for() -> None:
    assert tuple(Metric) == METRICS
    assert {one for one in Metric if better(one) is Better.LOWER} == {Metric.DRAWDOWN, Metric.TOTAL_FEES}
    assert {one for one in Metric if better(one) is None} == {Metric.TOTAL_ORDERS, Metric.START_EQUITY}


# The matrix


def test_symbols_are_rows_and_strategies_columns_in_the_order_of_the_items() -> None:
    items = (
        item(1, 1.0, symbol="IBM", strategy_name="cross"),
        item(2, 2.0, symbol="AAPL", strategy_name="cross"),
        item(3, 3.0, symbol="IBM", strategy_name="hold"),
        item(4, 9.0, symbol=None, strategy_name="hold"),
    )
    found = matrix(batch(*items))
    assert found.columns == ("cross", "hold")
    assert [(row.symbol, list(row.cells)) for row in found.rows] == [
        ("IBM", ["cross", "hold"]),
        ("AAPL", ["cross"]),
        (None, ["hold"]),
    ]
    assert found.rows[0].cells["hold"].best is items[2]
    assert found.best == 4


def test_a_cell_of_several_items_shows_count_best_and_median() -> None:
    cut = item(4, 99.0, partial=True)
    items = (
        item(1, 1.0),
        item(2, 3.0),
        item(3, 2.0),
        cut,
        failed(5),
        item(6, status=RUNNING, metrics={"drawdown": 0.1}),
    )
    (cell,) = matrix(batch(*items)).rows[0].cells.values()
    assert (cell.best.number, cell.value, cell.median, cell.state) == (2, 3.0, 2.0, "partial")
    assert (cell.counts.total, cell.counts.completed, cell.counts.failed, cell.counts.running) == (6, 4, 1, 1)


def test_low_drawdown_and_low_fees_are_best() -> None:
    items = (
        item(1, metrics={"drawdown": 0.3, "total_fees": Decimal("1.5")}),
        item(2, metrics={"drawdown": 0.1, "total_fees": Decimal("9.5")}),
    )
    assert matrix(batch(*items), Metric.DRAWDOWN).best == 2
    assert matrix(batch(*items), Metric.TOTAL_FEES).best == 1


def test_a_cell_without_a_value_shows_what_failed() -> None:
    (cell,) = matrix(batch(item(1, status=PENDING), failed(2))).rows[0].cells.values()
    assert (cell.best.number, cell.value, cell.median) == (2, None, None)


def test_a_matrix_of_many_rows_and_columns_is_no_larger_than_its_items() -> None:
    items = [item(n, 1.0, symbol=f"S{n}", strategy_name=f"s{n}") for n in range(1, 501)]
    assert len(matrix(batch(*items)).model_dump_json()) < 1500 * len(items)


# Ranking and closing summary


def test_equal_values_share_a_rank_and_those_without_come_last() -> None:
    items = (failed(1), item(2, 1.0), item(3, 2.0), item(4), item(5, 2.0), item(6, 5.0, partial=True))
    found = comparison(batch(*items)).ranking
    assert [(one.item.number, one.rank, one.value) for one in found] == [
        (3, 1, 2.0),
        (5, 1, 2.0),
        (2, 3, 1.0),
        (1, None, None),
        (4, None, None),
        (6, None, None),
    ]


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3)), min_size=1, max_size=30), st.sampled_from(list(Metric)))
def test_a_ranking_has_every_item_once_and_never_gets_better(values: list[int | None], metric: Metric) -> None:
    items = [item(n, metrics={} if v is None else {metric.value: v}) for n, v in enumerate(values, 1)]
    found = comparison(batch(*items), BatchComparisonQuery(metric=metric)).ranking
    assert sorted(one.item.number for one in found) == list(range(1, len(items) + 1))
    ranked = [one for one in found if one.rank is not None]
    assert list(found[: len(ranked)]) == ranked
    sign = -1 if better(metric) is Better.LOWER else 1
    for before, after in pairwise(ranked):
        assert sign * before.value >= sign * after.value
        assert (before.rank == after.rank) is (before.value == after.value)


def test_a_closing_summary_tells_best_worst_spread_and_failures() -> None:
    items = (
        *(item(n, float(n)) for n in range(1, 6)),
        failed(6, Reason.TIMED_OUT, ""),
        failed(7, message="a"),
        failed(8, message="b"),
        failed(9, Reason.TIMED_OUT, "late"),
        failed(10),
        item(11, status=BacktestStatus.CANCELLED, reason=Reason.CANCELLED_BY_USER),
    )
    found = closing_summary(batch(*items))
    assert (found.best.number, found.worst.number, found.state) == (5, 1, "final")
    spread = found.spread
    assert (spread.count, spread.min, spread.lower_quartile, spread.median, spread.upper_quartile, spread.max) == (
        5, 1.0, 2.0, 3.0, 4.0, 5.0,
    )  # fmt: skip
    assert [(one.reason, one.count, one.message, one.item) for one in found.failures] == [
        (Reason.RUNTIME_ERROR, 3, "a", 7),
        (Reason.TIMED_OUT, 2, "late", 9),
    ]
    assert (found.counts.completed, found.counts.failed, found.counts.cancelled) == (5, 5, 1)


def test_a_partial_batch_without_values_is_told_as_such() -> None:
    found = closing_summary(batch(item(1, status=PENDING)))
    assert (found.state, found.best, found.worst, found.spread) == ("partial", None, None, None)


def test_what_is_neither_better_nor_worse_has_no_best() -> None:
    found = closing_summary(batch(item(1, metrics={"total_orders": 5})), Metric.TOTAL_ORDERS)
    assert (found.better, found.best) == (None, None)
    assert found.spread.median == 5


# Heat map and parallel coordinates


def test_a_heat_map_sorts_numbers_as_numbers_and_texts_as_they_come() -> None:
    items = [
        item(n, float(n), parameters={"fast": fast, "kind": kind})
        for n, (fast, kind) in enumerate(product(("10", "9", "-1.5", "1e2"), ("slow", "fast")), 1)
    ]
    found = comparison(batch(*items)).heat_map
    assert (found.x.values, found.x.kind) == (("-1.5", "9", "10", "1e2"), AxisKind.NUMBER)
    assert (found.y.values, found.y.kind) == (("slow", "fast"), AxisKind.CATEGORY)
    assert {(cell.x, cell.y): cell.item for cell in found.cells}[2, 1] == 2


@pytest.mark.parametrize(
    ("others", "expected", "held", "further"),
    [
        (Others.MEDIAN, {(0, 0): 15.0, (1, 0): 25.0}, {}, ("c",)),
        (Others.BEST, {(0, 0): 20.0, (1, 0): 40.0}, {}, ("c",)),
        (Others.HELD, {(0, 0): 10.0, (1, 0): 40.0}, {"c": "0"}, ()),
    ],
)
def test_a_heat_map_says_what_it_does_with_further_parameters(others, expected, held, further) -> None:
    values = {("0", "0"): 10, ("0", "1"): 20, ("1", "0"): 40, ("1", "1"): 10}
    items = [item(n, float(v), parameters={"a": a, "b": b, "c": c})
             for n, ((a, c), v, b) in enumerate(((k, v, "7") for k, v in values.items()), 1)]  # fmt: skip
    items.append(item(9, status=PENDING, parameters={"a": "0", "b": "8", "c": "0"}))
    found = comparison(batch(*items), BatchComparisonQuery(x="a", y="b", others=others)).heat_map
    shown = {(cell.x, cell.y): cell.value for cell in found.cells if cell.value is not None}
    assert (shown, found.held, found.further) == (expected, held, further)


def test_tickers_that_look_like_numbers_are_texts() -> None:
    found = comparison(batch(item(1, 1.0, symbol="0700"), item(2, 2.0, symbol="0005")))
    (axis,) = found.axes
    assert (axis.kind, axis.values, axis.min) == (AxisKind.CATEGORY, ("0700", "0005"), None)
    assert found.parallel.axes[0].points == ("0700", "0005")


def test_axes_are_chosen_by_name_and_refused_by_name() -> None:
    items = [item(n, 1.0, symbol=s, window=w) for n, (s, w) in enumerate(product(("A", "B"), ("1", "2")), 1)]
    found = comparison(batch(*items), BatchComparisonQuery(x="window", y="symbol")).heat_map
    assert (found.x.name, found.y.name) == ("window", "symbol")
    with pytest.raises(InvalidInput, match="in: symbol, window") as caught:
        comparison(batch(*items), BatchComparisonQuery(y="fast"))
    assert caught.value.problems[0].field == "y"
    with pytest.raises(InvalidInput, match="two axes"):
        comparison(batch(*items), BatchComparisonQuery(x="symbol", y="symbol"))


def test_one_axis_is_no_heat_map() -> None:
    assert comparison(batch(*grid(float, (4,)))).heat_map is None
    assert comparison(batch(item(1, 1.0))).heat_map is None


def test_a_parameter_called_as_another_axis_or_following_the_symbol_is_told_apart() -> None:
    items = [
        item(n, 1.0, symbol=symbol, parameters={"symbols": symbol, "engine": str(n), "drawdown": str(-n)})
        for n, symbol in enumerate(("A", "B"), 1)
    ]
    assert [axis.name for axis in comparison(batch(*items)).axes] == [
        "symbol",
        "parameters.engine",
        "parameters.drawdown",
    ]


def test_parallel_coordinates_have_a_line_for_every_item() -> None:
    items = (
        item(1, 0.5, parameters={"fast": "10"}, metrics={"total_fees": Decimal("1.25")}),
        item(2, 1.5, parameters={"fast": "5"}, strategy_name="hold"),
        failed(3),
    )
    found = comparison(batch(*items)).parallel
    assert found.items == (1, 2, 3)
    points = {one.axis.name: one.points for one in found.axes}
    assert points == {
        "strategy": ("cross", "hold", "cross"),
        "fast": (10.0, 5.0, None),
        "sharpe_ratio": (0.5, 1.5, None),
        "total_fees": (1.25, None, None),
    }
    sharpe = next(one.axis for one in found.axes if one.axis.is_metric)
    assert (sharpe.min, sharpe.max, sharpe.better) == (0.5, 1.5, Better.HIGHER)


# Walk-forward


def windows(metric: str = "sharpe_ratio", **values: tuple[float, ...]) -> list[BatchItem]:
    """Items of windows such as ``train_1``, with a value for each value of a parameter."""
    found = []
    for name, row in values.items():
        kind, number = name.split("_")
        days = (date(2010, 1, 1), date(2010, 1, 20)) if kind == "train" else (date(2010, 2, 1), date(2010, 2, 10))
        for value, figure in enumerate(row):
            found.append(
                item(
                    len(found) + 1,
                    window=f"{kind} {number}",
                    start_date=days[0],
                    end_date=days[1],
                    parameters={"fast": str(value)},
                    metrics={metric: figure},
                )
            )
    return found


def test_the_best_in_sample_is_looked_up_out_of_sample() -> None:
    items = windows(train_1=(1.0, 2.0, 0.5), test_1=(3.0, 0.5, 1.0), train_2=(-1.0, -2.0, -3.0), test_2=(1.0, 1.0, 1.0))
    found = comparison(batch(*items))
    first, second = found.walk_forward
    assert (first.number, first.train, first.test, first.parameters) == (1, 2, 5, {"fast": "1"})
    assert (first.train_value, first.test_value, first.efficiency) == (2.0, 0.5, 0.25)
    assert (first.test_rank, first.test_count, first.state) == (3, 3, "final")
    assert (second.train, second.efficiency, second.test_rank) == (7, None, 1)  # a share of a loss says nothing
    assert found.efficiency == 0.25


def test_net_profit_is_compared_by_the_day() -> None:
    (pair,) = comparison(
        batch(*windows("net_profit", train_1=(0.2, 0.1), test_1=(0.05, 0.1))), BatchComparisonQuery(metric="net_profit")
    ).walk_forward
    assert pair.efficiency == pytest.approx(0.5)  # 0.05 in 10 days after 0.2 in 20


@pytest.mark.parametrize("metric", ["end_equity", "drawdown", "total_orders"])
def test_a_share_of_money_or_drawdown_is_not_given(metric: str) -> None:
    (pair,) = comparison(
        batch(*windows(metric, train_1=(2, 1), test_1=(1, 2))), BatchComparisonQuery(metric=metric)
    ).walk_forward
    assert pair.efficiency is None
    assert pair.test_value is not None


def test_a_pair_is_partial_until_both_windows_have_ended() -> None:
    items = windows(train_1=(1.0, 2.0), test_1=(1.0,))
    items.append(item(9, status=PENDING, window="test 1", parameters={"fast": "1"}))
    (pair,) = comparison(batch(*items)).walk_forward
    assert (pair.state, pair.train, pair.test, pair.test_value) == ("partial", 2, 9, None)


# CSV


def rows(*items: BatchItem, **changes: Any) -> list[dict[str, str]]:
    return list(csv_module.DictReader(io.StringIO(csv(batch(*items, **changes)).decode())))


def test_a_table_has_a_row_for_every_item_with_parameters_metrics_and_state() -> None:
    first, second = rows(
        item(1, -0.25, parameters={"fast": "10"}, metrics={"total_fees": Decimal("1.50")}, reused=True),
        failed(2, message='a "quoted" text\nin two lines', parameters={"slow": "-40"}),
    )
    assert (first["number"], first["state"], first["parameters.fast"], first["parameters.slow"]) == (
        "1",
        "final",
        "10",
        "",
    )
    assert (first["sharpe_ratio"], first["total_fees"], first["reused"]) == ("-0.25", "1.50", "true")
    assert (second["status"], second["reason"], second["sharpe_ratio"]) == ("failed", "runtime_error", "")
    assert (second["error_message"], second["parameters.slow"]) == ('a "quoted" text\nin two lines', "-40")
    assert {row["state"] for row in rows(item(1, 1.0), item(2, status=PENDING))} == {"partial"}


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "-5+%", "+"])
def test_a_text_is_no_formula(text: str) -> None:
    (row,) = rows(failed(1, message=text, parameters={"a": text}, label=text))
    assert row["error_message"] == row["parameters.a"] == row["label"] == "'" + text


@pytest.mark.parametrize("text", ["-5", "+0.5", "1e-3", "-.5", "-1E+5", "-5.2%", "-$1,000.50"])
def test_a_number_stays_a_number(text: str) -> None:
    assert rows(item(1, parameters={"a": text}))[0]["parameters.a"] == text


def test_parameters_of_all_names_share_a_column() -> None:
    items = [item(n, 1.0, parameters={f"p{n}_{k}": "1" for k in range(150)}) for n in range(1, 4)]
    found = rows(*items)
    assert len(found[0]) < 60
    assert '"p2_7": "1"' in found[1]["parameters"]
    assert OutcomeWarning.AXES in kinds(*items)


def test_what_all_items_have_in_common_takes_no_place_among_the_axes() -> None:
    common = {f"p{k}": "1" for k in range(50)}
    found = comparison(batch(*(item(n, 1.0, parameters=common | {"fast": str(n)}) for n in (1, 2))))
    assert [axis.name for axis in found.axes] == ["fast"]
    assert not found.warnings


def test_a_parameter_that_only_some_items_have_is_an_axis_though_its_value_never_changes() -> None:
    items = (item(1, 1.0, parameters={"stop": "5", "fast": "1"}), item(2, 2.0, parameters={"fast": "1"}))
    assert [axis.name for axis in comparison(batch(*items)).axes] == ["stop"]


# Whatever a batch holds

TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=8)
NUMBERS = st.sampled_from((None, 0.0, -1.5, 2.0, 1e300))
METRICS_OF = st.fixed_dictionaries(
    {},
    optional={
        "sharpe_ratio": NUMBERS,
        "net_profit": NUMBERS,
        "total_fees": st.decimals(0, 10**6, places=2),
        "total_orders": st.integers(0, 9),
    },
)
ITEMS = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(list(BacktestStatus)),
            "metrics": METRICS_OF,
            "partial": st.booleans(),
            "symbol": st.sampled_from((None, "A", "B")),
            "strategy_name": st.sampled_from(("x", "y")),
            "window": st.sampled_from((None, "", "train 1", "test 1", "test 2", "2008", "train 99999999")),
            "parameters": st.dictionaries(
                st.sampled_from(("a", "b", "window", "drawdown")), st.one_of(TEXT, st.just("1")), max_size=3
            ),
            "start_date": st.sampled_from((None, date(2010, 1, 1))),
            "error_message": TEXT,
            "reason": st.sampled_from((None, *Reason)),
            "code": st.sampled_from(("", "a" * 12, "b" * 12)),
            "engine": st.sampled_from((None, *EngineName)),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(ITEMS, st.sampled_from(list(Metric)), st.sampled_from(list(Others)))
def test_whatever_a_batch_holds_it_can_be_looked_at(
    found: list[dict[str, Any]], metric: Metric, others: Others
) -> None:
    detail = batch(*(item(number, **fields) for number, fields in enumerate(found, 1)))
    compared = comparison(detail, BatchComparisonQuery(metric=metric, others=others))
    shown = matrix(detail, metric)
    BatchComparison.model_validate_json(compared.model_dump_json())
    BatchMatrix.model_validate_json(shown.model_dump_json())
    assert sum(cell.counts.total for row in shown.rows for cell in row.cells.values()) == len(found)
    assert compared.parallel.items == tuple(range(1, len(found) + 1))
    assert len(list(csv_module.reader(io.StringIO(csv(detail).decode(), newline="")))) == len(found) + 1
    assert batch_report(compared, shown).title == "three by two"
    assert batch_notice(detail).body
