"""The comparer sees what it must see."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from minilean import goldens
from minilean.goldens import Recording

FIRST = (
    "a01_buy_hold_minute",
    "a04_rebalance_quarterly_daily",
    "a07_stop_market_hour",
    "a47_dollar_cost_average",
    "b01_sma_golden_cross",
    "b06_bollinger_mean_reversion",
    "c21_sma_crossover",
    "c23_rsi_30_70",
)


@pytest.mark.shared
def test_the_names_are_those_of_the_list(shared: Path):
    assert tuple(goldens.first_names(shared / "lean-goldens")) == FIRST


MOMENT = "2013-10-07 09:31:00 "
CHART = {"series": {"Equity": {"values": [[1, 2.0], [2, 3.0]]}}}
BASE = Recording(
    status="Completed",
    error="",
    statistics={"Total Orders": "1"},
    order_list_hash="ab",
    data_points=10,
    order_events=[{"id": "x-1-1", "quantity": 1.0}],
    closed_trades=[{"profitLoss": 1.0}],
    charts={"Strategy Equity": CHART},
    log=[MOMENT + "a", MOMENT + "b"],
)
CHANGES = {
    "status": "RuntimeError",
    "error": "x",
    "statistics": {"Total Orders": "1", "Extra": "1"},
    "order_list_hash": "cd",
    "data_points": None,
    "order_events": [{"id": "x-1-1", "quantity": 1.0, "message": "m"}],
    "closed_trades": [],
    "charts": {"Strategy Equity": {"series": {"Equity": {"values": [[1, 2.0], [2, 3.0000001]]}}}},
    "log": [MOMENT + "b", MOMENT + "a"],
}


def test_a_recording_equals_itself():
    assert list(goldens.differences(BASE, BASE)) == []


@pytest.mark.parametrize("part", CHANGES)
def test_every_part_is_compared(part: str):
    (difference,) = goldens.differences(BASE, replace(BASE, **{part: CHANGES[part]}))
    assert part.replace("_", " ")[:5] in difference.what.replace("_", " ")


@pytest.mark.parametrize(
    "charts",
    [
        {},
        {"Strategy Equity": CHART, "Own": CHART},
        {"Strategy Equity": {"series": {**CHART["series"], "More": {"values": [[1, 1]]}}}},
        {"Strategy Equity": {"series": {"Equity": {"values": [[1, 2.0]]}}}},
    ],
)
def test_missing_and_surplus_charts_series_and_points_are_seen(charts: dict):
    assert len(list(goldens.differences(BASE, replace(BASE, charts=charts)))) == 1


def test_engine_lines_may_change_places_within_a_moment_only():
    engine, other = MOMENT + "Warning: market orders", "2013-10-08 09:31:00 c"
    assert goldens.log_difference([MOMENT + "a", engine, other], [engine, MOMENT + "a", other]) is None
    later = "2013-10-09 09:31:00 Warning: market orders"
    assert goldens.log_difference([MOMENT + "a", later, other], [MOMENT + "a", other, later]) is not None


def test_logs_join_lines_without_time_and_leave_out_speed():
    text = f"{MOMENT}one\ntwo\n{MOMENT}Algorithm Id:(x) completed in 1.00 seconds at 1k\n{MOMENT}three\n"
    assert goldens.log_entries(text) == [f"{MOMENT}one\ntwo", f"{MOMENT}three"]


def make_case(folder: Path, name: str) -> None:
    case = folder / "cases" / name
    case.mkdir(parents=True)
    (case / "case.json").write_text(json.dumps({"name": name, "parameters": {}}))


def test_cases_are_found_at_any_depth_and_picked_by_pattern(tmp_path: Path):
    for name in ("a1", "a2", "b1"):
        make_case(tmp_path, name)
    assert [path.name for path in goldens.find_cases(tmp_path)] == ["a1", "a2", "b1"]
    assert [path.name for path in goldens.find_cases(tmp_path, ["a*"])] == ["a1", "a2"]
    with pytest.raises(ValueError, match="no case named c9"):
        goldens.find_cases(tmp_path, ["c9"])
    assert goldens.main([str(tmp_path), "c9"]) == 2
