"""`leanboard results`, `strategies` and `data`."""

import pytest


@pytest.fixture
def filled(bench):
    for _ in range(2):
        assert bench.invoke("run", "good", "--engine", "replay", "--no-progress", "--tag", "fine").code == 0
    assert bench.invoke("run", "failing", "--engine", "replay", "--no-progress").code == 1
    return bench


def test_results(filled):
    done = filled.invoke("results")
    assert done.code == 0
    for name in filled.results():
        assert name in done.out
    assert "0.401%" in done.out
    assert "failed (runtime_error)" in done.out
    assert filled.invoke("results", "--status", "failed", "--json").json["total"] == 1
    assert filled.invoke("results", "--strategy", "good", "--json").json["total"] == 2
    assert filled.invoke("results", "--tag", "fine", "--json").json["total"] == 2
    second = filled.invoke("results", "--page", "2", "--page-size", "2")
    assert "page 2 of 2, 3 results" in second.out
    rising = filled.invoke("results", "--sort", "created_at", "--ascending", "--json").json["items"]
    assert [item["timestamp"] for item in rising] == sorted(filled.results())

    latest = filled.invoke("results", "show", "--json")
    assert latest.json["run"]["strategy_name"] == "failing"
    assert latest.json["verdict"]["findings"][0]["code"] == "runtime_error"
    assert filled.invoke("results", "show", latest.json["run"]["id"], "--json").json == latest.json
    name = rising[0]["timestamp"]
    shown = filled.invoke("results", "show", name, "--log")
    assert "Sharpe Ratio" in shown.out
    assert "Launching analysis" in shown.out

    deleted = filled.invoke("results", "delete", name, "--json")
    assert deleted.json == {"deleted": name}
    assert name not in filled.results()
    assert filled.invoke("results", "delete", name).code == 2


def test_a_command_that_reads_starts_no_waiting_run(bench):
    done = bench.invoke("results")
    assert (done.code, done.out) == (0, "no results\n")


def test_strategies(bench):
    (bench.root / "strategies" / "broken.py").write_text("class Broken(QCAlgorithm:\n")
    done = bench.invoke("strategies")
    assert done.code == 0
    assert "good, as it was recorded." in done.out
    assert "broken: line 1" in done.out
    one = bench.invoke("strategies", "good", "--source")
    assert "fast" in one.out
    assert "leanboard run good --param fast=10" in one.out
    assert "def on_data" in one.out
    assert {item["name"] for item in bench.invoke("strategies", "--json").json} == {"good", "failing", "long", "broken"}


def test_data(bench):
    checked = bench.invoke("data", "check")
    assert checked.code == 1
    assert "market-hours" in checked.out
    made = bench.invoke("data", "demo", "--json")
    assert made.json["made"] is True
    assert made.json["used"] is False
    folder = made.json["folder"]
    listed = bench.invoke("data", "--folder", folder)
    assert "SIMULATED" in listed.out
    assert "AAPL" in listed.out
    spy = bench.invoke("data", "list", "--folder", folder, "--symbol", "spy", "--resolution", "minute", "--json")
    assert [(item["ticker"], item["simulated"]) for item in spy.json["items"]] == [("SPY", True)]
    assert bench.invoke("data", "check", "--folder", folder).code == 0
    assert bench.invoke("data", "--folder", str(bench.root / "none")).code == 1
