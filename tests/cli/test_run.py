"""`leanboard run`, in a process of its own, on the service's real stack with recorded runs."""

import signal
import time

from cli.conftest import end, read_until
from leanboard.models.results import BacktestResult

ESCAPE = "\x1b"


def test_completed(bench):
    done = bench.run("run", "good", "--engine", "replay")
    assert done.code == 0, done.err
    assert ESCAPE not in done.out + done.err
    assert "trading" in done.err
    assert "2013-10-07 09:31:00  Bought SPY" in done.err
    assert "completed" in done.out
    assert "271.453%" in done.out
    assert "100,400.00" in done.out  # the curve's last point
    [name] = bench.results()
    assert name in done.out
    assert (bench.home / "results" / name / "log.txt").is_file()


def test_statistics_keep_leans_names_order_and_text(bench):
    out = bench.run("run", "good", "--engine", "replay", COLUMNS="30").out
    wanted = ["Total Orders", "Average Win", "Compounding Annual Return", "Start Equity", "End Equity", "Net Profit"]
    places = [out.index(name) for name in wanted]
    assert places == sorted(places)


def test_json(bench):
    done = bench.run("run", "good", "--engine", "replay", "--json", "--no-progress", "--tag", "a", "--name", "mine")
    assert done.code == 0
    assert done.err == ""
    result = BacktestResult.model_validate(done.json)
    assert result.run.status == "completed"
    assert result.run.tags == ("a",)
    assert result.run.name == "mine"
    assert list(result.statistics.lean)[:2] == ["Total Orders", "Average Win"]


def test_failed(bench):
    done = bench.run("run", "failing", "--engine", "replay")
    assert done.code == 1
    assert "failed (runtime_error)" in done.out
    assert "division by zero" in done.out
    assert "main.py:14" in done.out


def test_failed_as_json_is_a_result_too(bench):
    done = bench.run("run", "failing", "--engine", "replay", "--json")
    assert done.code == 1
    assert done.json["run"]["reason"] == "runtime_error"
    assert done.json["run"]["location"] == {"file": "main.py", "line": 14}


def test_ascii_terminal(bench):
    done = bench.run("run", "good", "--engine", "replay", PYTHONIOENCODING="ascii")
    assert done.code == 0, done.err
    assert done.out.isascii()
    assert "+----" in done.out


def test_ctrl_c_cancels_and_keeps(bench):
    process = bench.start("run", "long", "--engine", "replay")
    read_until(process, "trading")
    process.send_signal(signal.SIGINT)
    code, out, err = end(process)
    assert code == 130, err
    assert "cancelling" in err
    assert "cancelled" in out
    assert "partial result kept" in out
    [name] = bench.results()
    assert name in out


def test_sigterm_cancels_too(bench):
    process = bench.start("run", "long", "--engine", "replay")
    read_until(process, "trading")
    process.terminate()
    code, out, _ = end(process)
    assert code == 143
    assert "cancelled" in out


def test_second_ctrl_c_leaves_at_once(bench):
    # The recorded LEAN takes its time to end: replayed slowly, as long as the grace allows.
    process = bench.start("run", "long", "--engine", "replay", LEANBOARD_REPLAY_SPEED="0.01")
    read_until(process, "booting")
    process.send_signal(signal.SIGINT)
    read_until(process, "cancelling")
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, out, err = end(process)
    assert code == 130
    assert time.monotonic() - begun < 4
    assert "left;" in err
    assert out == ""


def test_terminal_shows_a_live_picture_and_is_given_back(terminal):
    screen = terminal("run", "good", "--engine", "replay")
    assert screen.end() == 0
    assert "━" in screen.screen
    assert f"{ESCAPE}[?25l" in screen.screen  # cursor hidden
    assert screen.screen.rindex(f"{ESCAPE}[?25h") > screen.screen.rindex(f"{ESCAPE}[?25l")
    assert "completed" in screen.screen


def test_ctrl_c_in_a_terminal(bench, terminal):
    screen = terminal("run", "long", "--engine", "replay")
    screen.read_until("trading")
    screen.press_ctrl_c()
    screen.read_until("partial result kept")
    assert screen.end() == 130
    assert screen.screen.rindex(f"{ESCAPE}[?25h") > screen.screen.rindex(f"{ESCAPE}[?25l")
    assert len(bench.results()) == 1


def test_a_path_is_a_strategy(bench):
    done = bench.run("run", "./strategies/good/main.py", "--engine", "replay", LEANBOARD_STRATEGIES=str(bench.root))
    assert done.code == 0, done.err


def test_the_service_that_works_in_the_home_is_used(bench):
    service = bench.start("serve", "--port", "0")
    try:
        read_until(service, "Ctrl-C ends it")
        done = bench.run("run", "good", "--engine", "replay")
        assert done.code == 0, done.err
        assert "using the service at http://127.0.0.1:" in done.err
        listed = bench.run("results", "--json")
        assert listed.json["total"] == 1
    finally:
        service.send_signal(signal.SIGINT)
        code, _, err = end(service)
    assert code == 0, err


def test_two_at_the_same_time_share_one_service(bench):
    first = bench.start("run", "good", "--engine", "replay", LEANBOARD_REPLAY_SPEED="0.2")
    read_until(first, "booting")
    second = bench.start("run", "good", "--engine", "replay")
    codes = [end(process)[0] for process in (first, second)]
    assert codes == [0, 0]
    assert len(bench.results()) == 2


def test_given_url(bench):
    service = bench.start("serve", "--port", "0", LEANBOARD_API_KEY="0123456789abcdef")
    try:
        url = read_until(service, "Ctrl-C ends it").split("answers at ")[1].split()[0]
        elsewhere = {"LEANBOARD_HOME": str(bench.root / "other")}
        without = bench.run("run", "good", "--engine", "replay", "--url", url, **elsewhere)
        assert without.code == 1
        assert "LEANBOARD_API_KEY" in without.err
        key = {"LEANBOARD_API_KEY": "0123456789abcdef", "LEANBOARD_URL": url}
        done = bench.run("run", "good", "--engine", "replay", **key, **elsewhere)
        assert done.code == 0, done.err
        assert f"{url}/api/v2/backtest/results/" in done.out
        assert not (bench.root / "other").exists()
        healthy = bench.run("doctor", "--json", **key, **elsewhere)
        assert healthy.json["checks"][0]["subject"] == "service"
    finally:
        service.terminate()
        assert end(service)[0] == 0
