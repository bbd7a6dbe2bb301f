"""Verdicts on what real LEAN left: every recorded container, and golden runs; the causes were looked up by hand."""

from pathlib import Path

import pytest

from leanboard.models.run import BacktestStatus, Outcome
from leanboard.models.severity import Severity
from leanboard.services.verdict.verdict import judge
from services.verdict.run_directories import evidence_of, from_golden, from_recording

# The first finding of each recording whose run has something to explain, with the line of the user's code.
FIRST = {
    "bad-json-config": ("engine_error", None),
    "bankrupt": ("wiped_out", None),
    "chatty-logs": ("never_orders", None),
    "constructor-error": ("init_error", 7),
    "crash-lone-surrogate": ("crashed", None),
    "disk-full": ("disk_full", None),
    "docker-stop-default": ("lost", None),
    "import-error": ("init_error", 2),
    "init-error": ("init_error", 10),
    "init-timeout": ("init_error", None),
    "margin-call": ("margin_calls", None),
    "no-algorithm-class": ("init_error", None),
    "ok-crypto": ("benchmark_missing", None),
    "ok-missing-data": ("no_data", None),
    "ok-no-orders": ("never_orders", None),
    "oom-killed": ("out_of_memory", None),
    "oom-managed": ("out_of_memory", 16),
    "quit-called": ("ended_early", None),
    "runtime-error-at-end": ("runtime_error", 16),
    "runtime-error-division": ("runtime_error", 15),
    "runtime-error-exit0": ("runtime_error", 15),
    "runtime-error-last-slice": ("runtime_error", 13),
    "runtime-error-python": ("runtime_error", 19),
    "sigint-initialize": ("cancelled_by_user", None),
    "sigint-midrun": ("cancelled_by_user", None),
    "sigint-stuck-step": ("cancelled_by_user", None),
    "sigint-twice": ("cancelled_by_user", None),
    "sigkill-midrun": ("lost", None),
    "sigterm-midrun": ("lost", None),
    "syntax-error": ("init_error", 5),
    "two-classes": ("never_orders", None),
    "unwritable-results": ("engine_error", None),
    "wrong-config-path": ("engine_error", None),
    "wrong-location": ("engine_error", None),
}
# These ran as they were meant to: nothing to warn of.
CLEAN = {
    *("debug-mode", "killed-after-results", "ok-charts", "ok-csharp", "ok-daily-many-years", "ok-forex", "ok-insights"),
    *("ok-long-run", "ok-many-orders", "ok-minute", "ok-multiline-logs", "ok-parameters", "ok-unicode-logs"),
    *("ok-warmup", "ok-wrapper-progress", "ok-wrapper-quick-exit"),
}
# Findings of golden runs above info, all of them, for a choice of areas.
GOLDENS: dict[str, set[str]] = {
    "a01_buy_hold_minute": set(),
    "a28_insufficient_buying_power": {"orders_invalid"},
    "a30_margin_call": {"margin_calls"},
    "a54_aapl_split_minute_raw": {"benchmark_missing"},
    "b01_sma_golden_cross": set(),
    "b38_coarse_universe_dollar_volume": set(),
    "b41_framework_ema_cross_drawdown": set(),  # one of 740 orders refused is only mentioned
    "c13_binance_hour_usdt": {"orders_invalid", "benchmark_missing"},
    "c15_bybit_minute": {"benchmark_missing", "short_period"},
    "c23_rsi_30_70": {"margin_calls"},
    "c49_fxcm_daily_trap": {"orders_invalid"},
}


@pytest.mark.shared
def test_the_table_is_complete(shared: Path):
    assert FIRST.keys() | CLEAN == {path.parent.name for path in (shared / "lean-recordings").glob("*/case.json")}


@pytest.mark.shared
@pytest.mark.parametrize("name", FIRST)
def test_what_is_to_be_explained_comes_first(shared: Path, tmp_path: Path, name: str):
    data = shared / "lean-data"
    verdict = judge(evidence_of(from_recording(shared / "lean-recordings" / name, tmp_path / "run", data), data))
    first = verdict.findings[0]
    code, line = FIRST[name]
    assert first.code.value == code
    assert (first.location.line if first.location else None) == line
    assert bool(first.source) == (line is not None)
    assert first.remedy or code == "ended_early"
    assert not verdict.problem
    if verdict.status is BacktestStatus.COMPLETED and not verdict.trades:
        assert len([found for found in verdict.findings if found.severity is not Severity.INFO]) == 1


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(CLEAN))
def test_good_runs_have_nothing_to_warn_of(shared: Path, tmp_path: Path, name: str):
    data = shared / "lean-data"
    verdict = judge(evidence_of(from_recording(shared / "lean-recordings" / name, tmp_path / "run", data), data))
    assert verdict.trades
    assert {found.severity for found in verdict.findings} <= {Severity.INFO}


@pytest.mark.shared
def test_missing_data_says_what_there_is(shared: Path, tmp_path: Path):
    data = shared / "lean-data"
    result = from_recording(shared / "lean-recordings" / "ok-missing-data", tmp_path / "run", data)
    [found] = judge(evidence_of(result, data)).findings
    assert found.title == "XYZQ has no minute data in this folder"
    assert (
        "looked for 8 files, one a day, and none was there: 2019-01-02, 2019-01-03 ... 2019-01-11" in found.evidence[0]
    )
    assert "AAPL, AIG, BAC" in found.remedy
    elsewhere = result.evolve(data=result.data.evolve(folder="/another/folder"))
    assert "folder" not in judge(evidence_of(elsewhere, data)).findings[0].title


@pytest.mark.shared
def test_the_failure_has_line_text_clock_and_place(shared: Path, tmp_path: Path):
    data = shared / "lean-data"
    folder = shared / "lean-recordings" / "runtime-error-python"
    [found] = judge(evidence_of(from_recording(folder, tmp_path / "run", data), data)).findings
    assert found.source == 'return table["missing key"]'
    assert found.simulated_time == "2013-10-09 09:31:00"
    assert "LEAN was in: OnData" in found.evidence
    assert "QuantConnect." not in found.model_dump_json()


@pytest.mark.shared
@pytest.mark.parametrize("name", GOLDENS)
def test_goldens(shared: Path, tmp_path: Path, name: str):
    data, done = shared / "lean-data", Outcome(status=BacktestStatus.COMPLETED)
    result = from_golden(shared / "lean-goldens" / "cases" / name, tmp_path / "run", data, done)
    verdict = judge(evidence_of(result, data))
    assert verdict.trades
    told = {found.code.value for found in verdict.findings if found.severity is not Severity.INFO}
    assert told == GOLDENS[name]
