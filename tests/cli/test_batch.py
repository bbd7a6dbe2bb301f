"""`leanboard batch`, on the service's real stack with recorded runs."""

import signal

import pytest

from cli.conftest import end, read_until

REPLAY = ("--engine", "replay")


def batch_of(bench):
    return bench.invoke("batch", "status", "--json").json


def test_a_sweep_from_estimate_to_export(bench):
    done = bench.invoke("batch", "sweep", "good", "-p", "x=1,2", "-p", "unit=m", *REPLAY, "--name", "mine")
    assert done.code == 0, done.err
    assert "2 runs (2 x)" in done.err
    assert "no past run tells how long it takes: good on engine replay" in done.err
    assert "2/2  #2 good / x=2: completed, net profit" in done.err
    assert "\x1b" not in done.out + done.err
    assert "2 of 2 runs completed" in done.out
    assert len(bench.results()) == 2

    listed = bench.invoke("batch").out
    assert "mine" in listed
    assert "2/2" in listed
    items = batch_of(bench)["items"]
    assert [item["parameters"] for item in items] == [{"unit": "m", "x": "1"}, {"unit": "m", "x": "2"}]

    estimate = bench.invoke("batch", "sweep", "good", "-p", "x=1:10:1", *REPLAY, "--estimate", "--json").json
    assert (estimate["runs"], estimate["based_on"]) == (10, 2)
    assert len(bench.results()) == 2


def test_a_file_whose_runs_do_not_all_complete(bench):
    path = bench.root / "two.yaml"
    path.write_text("name: two\nengine: replay\nitems:\n- strategy: good\n- strategy: failing\n")
    done = bench.invoke("batch", "run", "two.yaml")
    assert done.code == 1
    assert "1 of 2 runs completed, 1 failed" in done.out
    assert "1 x runtime_error: " in done.out
    assert bench.invoke("batch", "status", "two").code == 0
    again = bench.invoke("batch", "rerun", "two", "--json", "--no-progress")
    assert again.code == 1
    assert again.err == ""
    assert [item["attempt"] for item in again.json["items"]] == [1, 2]


def test_ctrl_c_leaves_and_watch_goes_on(bench):
    process = bench.start("batch", "sweep", "good", "long", "--engine", "replay", LEANBOARD_MAX_RUNNING="1")
    read_until(process, "1/2  #1 good: completed")
    process.send_signal(signal.SIGINT)
    code, out, err = end(process)
    assert code == 130, err
    assert "left: what is complete is kept, and leanboard batch watch" in err
    assert out == ""
    before = batch_of(bench)
    assert before["state"] == "partial"
    assert before["progress"]["completed"] == 1

    done = bench.invoke("batch", "watch", LEANBOARD_REPLAY_SPEED="1000")
    assert done.code == 0, done.err
    after = batch_of(bench)
    assert [item["status"] for item in after["items"]] == ["completed", "completed"]
    assert after["items"][0]["run_id"] == before["items"][0]["run_id"]


def test_a_batch_that_is_cancelled_is_resumed(bench):
    process = bench.start("batch", "sweep", "long", "-p", "x=1,2,3", "--engine", "replay")
    read_until(process, "running")
    process.send_signal(signal.SIGINT)
    end(process)
    assert "cancelled: 0 of 3 runs completed" in bench.invoke("batch", "cancel", "latest").out
    done = bench.invoke("batch", "resume", "latest", LEANBOARD_REPLAY_SPEED="1000")
    assert done.code == 0, done.err
    assert "3 of 3 runs completed" in done.out


def test_a_terminal_is_asked_before_many_runs_and_shows_a_table(terminal, bench):
    screen = terminal("batch", "sweep", "good", "-p", "x=1:21:1", *REPLAY)
    screen.read_until("start 21 runs? [y/N]")
    screen.type("n\n")
    assert screen.end() == 1
    assert bench.results() == []

    screen = terminal("batch", "sweep", "good", "-p", "x=1,2", *REPLAY)
    assert screen.end() == 0
    assert "━" in screen.screen
    assert screen.screen.rindex("\x1b[?25h") > screen.screen.rindex("\x1b[?25l")
    assert "2 of 2 runs completed" in screen.screen


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["sweep", "godo", "--engine", "embedded"], ["STRATEGY: ", "godo", "leanboard strategies"]),
        (["sweep", "good", "-p", "x=1:9:0", *REPLAY], ["--param x: step is 0"]),
        (["sweep", "good", *(f"-p{name}=1:1000:1" for name in "abcd"), *REPLAY], ["1000000000000 runs", "MAX_BATCH"]),
        (["sweep", "good", "--from", "yesterday"], ["--from: expected a date"]),
        (["sweep", "./nowhere.py"], ["no strategy at ./nowhere.py"]),
        (["matrix", "--symbols", "SPY"], ["--strategies"]),
        (["run", "absent.yaml"], ["cannot read absent.yaml"]),
        (["run", "wrong.yaml"], ["wrong.yaml: line 3: items.1.strategy: "]),
        (["status", "0" * 32], ["no such batch"]),
        (["watch", "../x"], ["there is no batch '../x'"]),
        (["export", "--output", "wrong.yaml"], ["is there already"]),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_said(bench, arguments, wanted):
    (bench.root / "wrong.yaml").write_text("items:\n- {strategy: good}\n- {strategy: godo}\nengine: embedded\n")
    done = bench.invoke("batch", *arguments)
    assert done.code == 2, done.err
    for text in wanted:
        assert text in done.err
    assert bench.results() == []


def test_refusals_are_json_when_asked(bench):
    done = bench.invoke("batch", "sweep", "good", "-p", "x=1:9:0", *REPLAY, "--json")
    assert done.code == 2
    assert done.json["error"]["problems"][0]["field"] == "--param x"
