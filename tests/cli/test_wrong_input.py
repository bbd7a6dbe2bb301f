"""What the command line says when it cannot do what was asked."""

import socket

import pytest


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["run", "godo"], ["no strategy 'godo'", "good"]),
        (["run", "./nowhere.py"], ["no strategy at ./nowhere.py"]),
        (["run", "good", "--start", "2013-02-30"], ["--start"]),
        (["run", "good", "--start", "yesterday"], ["--start", "YYYY-MM-DD"]),
        (["run", "good", "--start", "2013-10-11", "--end", "2013-10-07"], ["--end: end_date 2013-10-07 lies before"]),
        (["run", "good", "--cash", "-5"], ["--cash"]),
        (["run", "good", "--cash", "much"], ["--cash"]),
        (["run", "good", "--commission", "much"], ["--commission much: expected an amount"]),
        (["batch", "compare", "--metric", "luck"], ["'--metric': 'luck' is not one of"]),
        (["batch", "edit", "latest", "first"], ["'NUMBER': expected a whole number"]),
        (["run", "good", "--param", "fast"], ["--param fast", "NAME=VALUE"]),
        (["run", "good", "--param", "1x=2"], ["--param"]),
        (["run", "good", "--symbols", "SPY,SPY"], ["--symbols"]),
        (["run", "good", "--resolution", "yearly"], ["--resolution"]),
        (["run", "good", "--timeout", "0"], ["--timeout"]),
        (["run", "good", "--memory", "1"], ["--memory", "256"]),
        (["run", "good", "--memory", "1048576"], ["--memory", "at most", "LEANBOARD_MAX_MEMORY"]),
        (["run", "good", "--memory", "4gb"], ["--memory"]),
        (["run", "good", "--cpus", "0"], ["--cpus"]),
        (["run", "good", "--cpus", "1000"], ["--cpus", "at most", "LEANBOARD_MAX_CPUS"]),
        (["run", "good", "--image", "other:1 --rm"], ["--image", "'other:1 --rm' is not allowed", "LEANBOARD_IMAGE"]),
        (["run", "good", "--nonsense"], ["--nonsense"]),
        (["run", "good", "--url", "nowhere"], ["no address of a service"]),
        (["results", "show", "2026-01-01_00-00-00"], ["2026-01-01_00-00-00"]),
        (["results", "show"], ["no results yet"]),
        (["results", "show", "../../etc"], ["'../../etc' is not the name of a result"]),
        (["results", "show", "0" * 32], ["no such run"]),
        (["results", "--sort", "colour"], ["colour"]),
        (["strategies", "godo"], ["good"]),
        (["nonsense"], ["nonsense"]),
    ],
    ids=" ".join,
)
def test_usage(bench, arguments, wanted):
    done = bench.invoke(*arguments)
    assert done.code == 2, done.err
    for text in wanted:
        assert text in done.err
    assert bench.results() == []


def test_nobody_at_the_address(bench):
    done = bench.invoke("results", "--url", "http://127.0.0.1:9")
    assert done.code == 1
    assert "no service answers at http://127.0.0.1:9" in done.err
    assert "leanboard serve" in done.err


def test_errors_are_json_when_asked(bench):
    done = bench.invoke("run", "godo", "--json")
    assert done.code == 2
    assert done.json["error"]["code"] == "not_found"
    assert "good" in done.json["error"]["hint"]


def test_settings_that_cannot_be_used_are_named(bench):
    done = bench.invoke("results", LEANBOARD_MAX_RUNNING="many")
    assert done.code == 2
    assert "LEANBOARD_MAX_RUNNING" in done.err


def test_serve_refuses_an_open_bind_without_a_key(bench):
    done = bench.invoke("serve", "--host", "0.0.0.0")
    assert done.code == 2
    assert "LEANBOARD_API_KEY" in done.err


def test_serve_says_that_a_port_is_taken(bench):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = bench.invoke("serve", "--port", str(port))
    assert done.code == 1
    assert f"port {port}" in done.err
    assert "--port" in done.err


def test_the_home_cannot_be_written(bench):
    (bench.root / "file").write_text("")
    done = bench.invoke("run", "good", LEANBOARD_HOME=str(bench.root / "file" / "home"))
    assert done.code == 1
    assert "file" in done.err


@pytest.mark.parametrize("command", ["", "run", "results", "results list", "strategies", "data", "doctor", "serve"])
def test_help(bench, command):
    done = bench.invoke(*command.split(), "--help")
    assert done.code == 0
    assert "Usage: leanboard" in done.out


def test_version(bench):
    assert bench.invoke("--version").out.startswith("leanboard 0.")
