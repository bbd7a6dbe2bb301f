"""The contract image against the contract of LEAN's container: what LEAN was measured to do, by plain Docker calls."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from containers.lean_container import HARDENING, LeanRuns

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

HEAD = """
from AlgorithmImports import *
import os, time


class Case(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
"""
QUICK = HEAD.replace("MINUTE", "DAILY")
SLOW = f"{HEAD}\n    def on_data(self, data):\n        time.sleep(0.05)\n"  # 1,950 slices: a minute and a half
LAUNCHED = "Launching analysis for case with LEAN Engine v"
# What LEAN prints of itself alone: .NET's assemblies, threads and feeds, which minilean does not have.
LEANS_OWN = (
    "Python for .NET Assembly: ", "AlgorithmManager.CreateTokenBucket(): ", "TextSubscriptionDataSourceReader.",
    "PythonEngine.Initialize(): clr", "WeightedWorkScheduler(): ", "StopSafely(): Waiting for 'Isolator Thread'",
    "StopSafely(): Waiting for ''", "StopSafely(): Waiting for 'CpuPerformance'", "FileSystemDataFeed.Exit(): ",
    "LeanEngineSystemHandlers.Dispose(): ", "LocalObjectStore.Dispose(): ",
    "LeanEngineAlgorithmHandlers.Dispose(): Disposed", "PythonInitializer.Shutdown(): start",
)  # fmt: skip
# These come through LEAN's message thread: now before, now after their neighbours.
ASYNCHRONOUS = re.compile(r"TRACE:: Debug: .*(Launching analysis|completed in|Your log was successfully)")


@pytest.fixture(scope="module")
def runs(docker_daemon, lean_image, tmp_path_factory) -> Iterator[LeanRuns]:
    client = docker_daemon.client()
    with LeanRuns(client, lean_image, tmp_path_factory.mktemp("lean")).cleaned_up() as made:
        yield made


def skeleton(text: str) -> list[str]:
    """The lines of a console without what differs from run to run: stamps, figures, and texts LEAN alone has."""
    lines = []
    for line in text.split("\n"):
        stripped = re.sub(r"^\d{8} [\d:.]+ ", "", line)
        if not stripped.removeprefix("TRACE:: ").startswith(LEANS_OWN):
            stripped = re.sub(r"^(STATISTICS::(?: [A-Z][\w-]*)+).*", r"\1", stripped)
            stripped = re.sub(r"(Loading Assemblies from|Mode:|Host:|Python version) .*", r"\1", stripped)
            lines.append(re.sub(r"\d+", "#", stripped))
    return lines


def in_order(lines: list[str]) -> list[str]:
    return [line for line in lines if not ASYNCHRONOUS.match(line)]


def test_a_run_says_and_leaves_what_real_lean_did(runs, shared):
    recorded = shared / "lean-recordings/ok-minute"
    done = runs.run((recorded / "project/main.py").read_text(), config=(recorded / "config.json").read_text())
    assert done.code == 0
    real = skeleton((recorded / "stdout.txt").read_text())
    ours = skeleton(done.stdout)
    assert in_order(ours) == in_order(real)
    assert sorted(ours) == sorted(real)
    assert skeleton(done.stderr) == skeleton((recorded / "stderr.txt").read_text())
    in_file = [re.sub(r"^\S+Z ", "", line) for line in (done.results / "log.txt").read_text().split("\n")]
    assert in_file[0].startswith("TRACE:: Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE")
    assert [re.sub(r"\d+", "#", name) for name in done.files] == [
        re.sub(r"\d+", "#", path.name) for path in sorted((recorded / "results").iterdir())
    ]
    result, real_result = (
        json.loads((folder / "ok-minute.json").read_text()) for folder in (done.results, recorded / "results")
    )
    assert set(result) == set(real_result) - {"analysis"}  # LEAN's advice on the strategy
    assert (result["state"]["Status"], result["state"]["EndTime"] != "") == ("Completed", True)


def test_all_hardening_at_once(runs):
    done = runs.run(QUICK, **HARDENING)
    assert (done.code, done.state["Status"]) == (0, "Completed")
    assert {path.stat().st_uid for path in done.results.iterdir()} == {10001}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (HEAD + "        int('ten')\n", "During the algorithm initialization, the following exception has occurred: "),
        (HEAD + "\n    def on_data(self, data):\n        1 / 0\n", " Runtime Error: division by zero"),
        ("class Broken:\n    def f(self)\n", "AlgorithmPythonWrapper(): expected ':' (main.py, line 2)"),
        ("import no_such_package\n", "No module named 'no_such_package'. If it is a Python package"),
    ],
    ids=["initialize", "on_data", "syntax", "import"],
)
def test_errors_exit_1_with_a_final_result(runs, source, expected):
    done = runs.run(source)
    assert (done.code, done.state["Status"]) == (1, "RuntimeError")
    assert expected in done.state["RuntimeError"]
    assert done.state["EndTime"]
    assert "ERROR:: " in done.stderr
    assert "\nEngine.Main(): Analysis Complete.\n" in done.stdout


@pytest.mark.parametrize("init", [True, False], ids=["init", "process 1"])
class TestSignals:
    def test_sigint_in_a_run_ends_it_with_a_final_result(self, runs, init):
        run = runs.start(SLOW, init=init)
        run.wait_for(LAUNCHED)
        run.signal("SIGINT")
        done = run.end(10)
        assert (done.code, done.state["Status"]) == (0, "Completed")
        assert done.state["EndTime"]
        assert "Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now" in done.stdout
        assert "AlgorithmManager.Run(): Algorithm state changed to Stopped at 10/07/2013" in done.stderr

    def test_sigterm_ends_it_with_nothing(self, runs, init):
        run = runs.start(SLOW, init=init)
        run.wait_for(LAUNCHED)
        run.signal("SIGTERM")
        done = run.end(5)
        assert done.code == 143
        assert "case.json" not in done.files

    @pytest.mark.parametrize(
        ("source", "config", "text"),
        [
            (
                None,
                None,
                "System.IO.FileNotFoundException: JobQueue.TryCreatePythonAlgorithm(): Unable to find py file",
            ),
            (QUICK, '{"algorithm-id": "case" "environment": 1}', "Newtonsoft.Json.JsonReaderException: "),
            (QUICK, {"parameters": {"a": {"b": 1}}}, "Newtonsoft.Json.JsonReaderException: "),
        ],
        ids=["no file", "bad JSON", "nested parameters"],
    )
    def test_a_crash_before_the_engine_runs_aborts(self, runs, init, source, config, text):
        done = runs.run(source, config=config, init=init)
        assert done.code == (134 if init else 139)
        assert f"Unhandled exception. {text}" in done.stderr
        assert done.files in ([], ["log.txt"])


def test_sigint_in_initialize_is_swallowed_and_works_when_sent_again(runs):
    waiting = SLOW.replace("self.set_cash(100000)", "self.log('here'); open('/Results/here', 'w'); time.sleep(0.5)")
    swallowed = waiting.replace("time.sleep(0.05)", "pass")
    run = runs.start(swallowed)
    _wait_for_file(run.results / "here", run)
    run.signal("SIGINT")
    done = run.end()
    assert "Program.ExitKeyPress(): Lean instance has been cancelled" in done.stdout
    assert (done.code, "state changed to Stopped" in done.stderr) == (0, False)
    again = runs.start(waiting)
    _wait_for_file(again.results / "here", again)
    again.signal("SIGINT")
    again.wait_for(LAUNCHED)
    again.signal("SIGINT")
    done = again.end(10)
    assert (done.code, "state changed to Stopped" in done.stderr) == (0, True)


def _wait_for_file(path: Path, run) -> None:
    run.wait_for("BaseSetupHandler.Setup(")
    while not path.exists():
        assert run.is_running


@pytest.mark.parametrize("how", ["read-only", "another's"])
def test_without_a_place_for_results_it_exits_0_with_nothing_written(runs, tmp_path, how):
    settings = {"results_mode": "ro"} if how == "read-only" else {"results": tmp_path, "user": "10001:10001"}
    tmp_path.chmod(0o755)
    done = runs.run(QUICK, **settings)
    assert (done.code, done.files) == (0, [])
    why = (
        "System.IO.IOException: Read-only file system : '/Results/case-log.txt'"
        if how == "read-only"
        else "System.UnauthorizedAccessException: Access to the path '/Results/case-log.txt' is denied."
    )
    assert f"Unhandled exception. {why}" in done.stderr
    assert "Log.Trace(): Error writing trace: " in done.stdout
    assert "AlgorithmManager.Run(): Firing On End Of Algorithm..." in done.stdout
    assert "\nEngine.Main(): Analysis Complete.\n" in done.stdout


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A folder on a disk of 24 KB."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24k,mode=777", "small", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_exits_0_and_says_that_the_result_was_not_stored(runs, small_disk):
    done = runs.run(SLOW.replace("time.sleep(0.05)", "pass"), results=small_disk)
    assert (done.code, "case.json" in done.files) == (0, False)
    assert " ERROR:: BacktestingResultHandler.StoreResult():  System.IO.IOException: No space left" in done.stderr
    assert "BacktestingResultHandler.SendAnalysisResult(): Processed final packet" in done.stdout


def test_memory_beyond_the_limit_is_an_oom_kill(runs):
    bomb = HEAD + "\n    def on_data(self, data):\n        self.taken = [bytearray(b'x') * (1 << 30)]\n"
    done = runs.run(bomb, mem_limit="96m", memswap_limit="96m")
    assert (done.code, done.oom_killed) == (137, True)
    assert "RuntimeError" not in (done.results / "log.txt").read_text()


def test_a_wrong_config_path_runs_the_images_sample(runs):
    done = runs.run(None, "--config", "/LeanCLI/none.json", config="")
    assert (done.code, done.files) == (0, [])
    assert " ERROR:: Configuration file /LeanCLI/none.json does not exist, using config.json" in done.stderr
    assert "STATISTICS:: Total Orders 1" in done.stdout


def test_options_lie_over_the_configuration(runs):
    done = runs.run(QUICK, "--backtest-name", "named")
    assert (done.code, done.state["Name"]) == (0, "named")
    done = runs.run(QUICK, "--no-such-option", "1")
    assert (done.code, done.files) == (134, [])
    assert "Unhandled exception. " in done.stderr


def test_results_are_final_while_python_is_being_shut_down(runs):
    run = runs.start(QUICK, environment={"CONTRACT_TEARDOWN": "60"})
    run.wait_for("PythonInitializer.Shutdown(): calling engine shutdown...")
    assert json.loads((run.results / "case.json").read_text())["state"]["EndTime"]
    assert run.is_running
    run.signal("SIGKILL")
    assert run.end(5).code == 137


def test_the_images_facts_are_those_of_leans(docker_daemon, lean_image):
    config = docker_daemon.client().images.get(lean_image).attrs["Config"]
    assert config["Entrypoint"] == ["dotnet", "QuantConnect.Lean.Launcher.dll"]
    assert config["WorkingDir"] == "/Lean/Launcher/bin/Debug"
    assert config["User"] == ""
    assert config["Labels"]["strict_python_version"] == "3.11.11"
    assert config["Labels"]["target_framework"] == "net10.0"


def test_a_daemon_that_comes_back_without_live_restore_interrupts_lean_as_a_user_would(make_daemon, tmp_path):
    """dockerd ends its containers at its start, by their stop signal: LEAN then completes a part of the run."""
    daemon, image = make_daemon(image="contract")
    runs = LeanRuns(daemon.client(), image, tmp_path)
    run = runs.start(SLOW)
    run.wait_for(LAUNCHED)
    daemon.kill()
    daemon.start()
    done = run.end(20)
    assert (done.code, done.state["Status"]) == (0, "Completed")
