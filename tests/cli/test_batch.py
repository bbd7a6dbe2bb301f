"""`leanboard batch`, on the service's real stack with recorded runs."""

import re
import signal

import pytest

from cli.conftest import end, read_until

REPLAY = ("--engine", "replay")


def test_a_sweep_from_estimate_to_export(bench):
    done = bench.invoke("batch", "sweep", "good", "-p", "x=1,2", "-p", "unit=m", *REPLAY, "--name", "mine")
    assert done.code == 0, done.err
    assert "2 runs (2 x)" in done.err
    assert "no past run tells how long it takes: good on engine replay" in done.err
    assert re.search(r"^  2/2  #[12] good / x=[12]: completed, net profit", done.err, re.MULTILINE)
    assert "\x1b" not in done.out + done.err
    assert "2 of 2 runs completed" in done.out
    assert len(bench.results()) == 2

    listed = bench.invoke("batch").out
    assert "mine" in listed
    assert "2/2" in listed

    compared = bench.invoke("batch", "compare", "mine", "--metric", "net_profit")
    assert compared.code == 0, compared.err
    assert "rank  net profit  #  item" in compared.out
    assert bench.invoke("batch", "export", "mine").out.startswith("batch,state,number,label")

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
    again = bench.invoke("batch", "rerun", "two", "--json", "--no-progress")
    assert again.code == 1
    assert again.err == ""
    assert [item["attempt"] for item in again.json["items"]] == [1, 2]


def test_ctrl_c_leaves_and_resume_goes_on(bench):
    process = bench.start("batch", "sweep", "good", "long", "--engine", "replay", LEANBOARD_MAX_RUNNING="1")
    read_until(process, "1/2  #1 good: completed")
    process.send_signal(signal.SIGINT)
    code, out, err = end(process)
    assert code == 130, err
    assert "left: what is complete is kept, and leanboard batch watch" in err
    assert out == ""
    assert "no service works in this home; leanboard batch watch" in bench.invoke("batch", "status").out

    cancelled = bench.invoke("batch", "cancel", "latest", "--json").json
    assert (cancelled["status"], cancelled["progress"]["completed"]) == ("cancelled", 1)
    done = bench.invoke("batch", "resume", "latest", "--json", LEANBOARD_REPLAY_SPEED="1000")
    assert done.code == 0, done.err
    assert [item["status"] for item in done.json["items"]] == ["completed", "completed"]
    assert done.json["items"][0]["run_id"] == cancelled["items"][0]["run_id"]


def test_a_terminal_is_asked_before_many_runs(terminal, bench):
    screen = terminal("batch", "sweep", "good", "-p", "x=1:21:1", *REPLAY)
    screen.read_until("start 21 runs? [y/N]")
    screen.type("n\n")
    assert screen.end() == 1
    assert bench.results() == []


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


def test_ctrl_c_at_the_question_starts_nothing(terminal, bench):
    screen = terminal("batch", "sweep", "good", "-p", "x=1:21:1", *REPLAY)
    screen.read_until("start 21 runs? [y/N]")
    screen.type("\x03")
    assert screen.end() == 130
    assert bench.results() == []
