"""The process as LEAN's container sees it: exit codes, log lines, error texts, signals."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine_builders import DataFolder, run_strategy

HEAD = """
from AlgorithmImports import *
import os, signal


class Case(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 9)
        self.set_cash(100000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
"""


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.spy_week()
    return folder


def _with(body: str) -> str:
    return HEAD + "\n".join("    " + line for line in body.strip("\n").split("\n")) + "\n"


def test_a_run_tells_its_steps_in_leans_order_and_leaves_its_files(tmp_path, data):
    source = _with("""
def on_data(self, data):
    if not self.portfolio.invested:
        self.set_holdings(self.spy, 1)
        self.debug("bought")
        self.error("careful")
""")
    done = run_strategy(tmp_path / "run", data, source)
    assert done.code == 0
    assert done.state["Status"] == "Completed"
    steps = (
        "Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v", "JobQueue.NextJob(): Selected ",
        "main successfully imported.",
        "Dates: Start: 10/07/2013 End: 10/09/2013 Cash: ¤100,000.00", "AlgorithmManager.Run(): Begin DataStream",
        "Debug: 2013-10-07 00:00:00 Launching analysis for case with LEAN Engine v2.5.0.0",
        "Debug: 2013-10-07 09:31:00 bought", "AlgorithmManager.Run(): Firing On End Of Algorithm...",
        "STATISTICS:: Total Orders 1", "Engine.Main(): Analysis Completed and Results Posted.",
        "DATA USAGE:: Failed data requests 0", "\nEngine.Main(): Analysis Complete.\n",
    )  # fmt: skip
    places = [done.stdout.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    assert "ERROR:: 2013-10-07 09:31:00 careful" in done.stderr
    assert re.search(r"Mode: MINILEAN \(64bit\) Host: ", done.stdout)
    assert "minilean" in done.state["Hostname"]


def test_an_event_on_every_day_changes_nothing(tmp_path, data):
    body = """
def on_data(self, data):
    if not self.portfolio.invested:
        self.set_holdings(self.spy, 0.7)
"""
    plain = run_strategy(tmp_path / "plain", data, _with(body))
    guest = _with(body).replace(
        "self.set_cash(100000)",
        "self.set_cash(100000); self.schedule.on('f', self.date_rules.every_day(), self.time_rules.midnight, "
        "lambda: None)",
    )
    watched = run_strategy(tmp_path / "watched", data, guest)
    assert plain.statistics() == watched.statistics()
    assert len(plain.statistics()) > 20


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            _with("def on_data(self, data):\n    self.look({})\n\ndef look(self, table):\n    return table['b']"),
            "2013-10-07 09:31:00 Runtime Error: The key 'b' was not found in the collection, which raises a KeyError "
            "exception. To prevent the exception, use collection.get(key), which returns None when the key is not "
            "found, or guard the access with 'if key in collection:'.\n  at look\n    return table['b']\n"
            "           ~~~~~^^^^^\n in main.py: line 16\n  at on_data\n    self.look({})\n in main.py: line 13\n",
        ),
        (
            _with("def on_end_of_algorithm(self):\n    raise RuntimeError('late')"),
            "2013-10-09 16:00:00 Runtime Error: late\n  at on_end_of_algorithm\n    raise RuntimeError('late')\n"
            " in main.py: line 13\n",
        ),
        (
            HEAD + "        int('ten')\n",
            "2013-10-07 00:00:00 During the algorithm initialization, the following exception has occurred: invalid "
            "literal for int() with base 10: 'ten'\n  at initialize\n    int('ten')\n in main.py: line 12\n"
            " invalid literal for int() with base 10: 'ten'",
        ),
    ],
    ids=["on_data", "on_end_of_algorithm", "initialize"],
)
def test_errors_are_told_in_leans_words_with_the_users_lines(tmp_path, data, source, message):
    done = run_strategy(tmp_path / "run", data, source)
    assert done.code == 1
    assert done.state["RuntimeError"] == message
    assert done.state["Status"] == "RuntimeError"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import no_such_package\n", "No module named 'no_such_package'. If it is a Python package, ensure it is"),
        (
            "class Broken:\n    def f(self)\n",
            "expected ':' (main.py, line 2): def f(self) expected ':' (main.py, line 2)",
        ),
        ("x = 1\n", "Please ensure that one class inherits from QCAlgorithm."),
    ],
    ids=["import", "syntax", "no class"],
)
def test_modules_that_cannot_be_loaded_fail_before_the_start(tmp_path, data, source, text):
    done = run_strategy(tmp_path / "run", data, source)
    assert done.code == 1
    assert done.state["RuntimeError"].startswith("Algorithm.Initialize() Error: During the algorithm initialization")
    assert f"AlgorithmPythonWrapper(): {text}" in done.state["RuntimeError"]
    assert "Launching analysis" not in done.stdout


@pytest.mark.parametrize(
    ("source", "text", "line"),
    [
        (_with("def on_data(self, data):\n    raise SystemExit(3)"), "Runtime Error: SystemExit: 3\n", 13),
        (
            _with("def on_data(self, data):\n    self.market_order('SPY')"),
            "Runtime Error: No method matches given arguments for MarketOrder: missing 1 required positional argument: "
            "'quantity'\n",
            13,
        ),
        (
            HEAD.partition("class")[2].join(["class", ""]),
            "name 'QCAlgorithm' is not defined. A strategy begins with",
            1,
        ),
        (HEAD + "        self.no_such_thing()\n", "'Case' object has no attribute 'no_such_thing'", 12),
        (HEAD + "        self.portfolio['QQQ'].quantity\n", "This asset symbol (QQQ) was not found in your", 12),
    ],
    ids=["exit", "arguments", "no import", "no such method", "symbol"],
)
def test_mistakes_are_named_with_the_users_line(tmp_path, data, source, text, line):
    done = run_strategy(tmp_path / "run", data, source)
    assert done.code == 1
    assert text in done.state["RuntimeError"]
    assert f" in main.py: line {line}\n" in done.state["RuntimeError"]


def test_a_strategy_without_initialize_is_told_so(tmp_path, data):
    done = run_strategy(tmp_path / "run", data, "from AlgorithmImports import *\nclass Case(QCAlgorithm):\n    x = 1\n")
    assert "Please override the Initialize() method" in done.state["RuntimeError"]


def test_an_initialize_without_end_is_ended_and_says_its_line(tmp_path, data):
    source = HEAD + "        while True:\n            os.getpid()\n"
    done = run_strategy(tmp_path / "run", data, source, **{"initialization-timeout": 1})
    assert done.code == 1
    told = done.state["RuntimeError"]
    assert "Operation timed out - 0.0166666666666667 minutes max. Check for recursive loops." in told
    assert re.search(r" in main\.py: line 1[23]\n", told)


def test_a_strategy_that_has_had_all_its_memory_says_where(tmp_path, data):
    source = _with("""
def on_data(self, data):
    import resource
    resource.setrlimit(resource.RLIMIT_DATA, (1, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    self.kept = bytearray(300_000_000)
""")
    done = run_strategy(tmp_path / "run", data, source)
    assert (done.code, done.state["Status"]) == (1, "RuntimeError")
    assert "Runtime Error: MemoryError: there is no more memory for this run\n" in done.state["RuntimeError"]
    assert " in main.py: line 15\n" in done.state["RuntimeError"]


STUCK = """
import os, signal, time
from minilean.launcher.signals import OperationCanceledError, Phase, SignalHandlers

class Log:
    trace = error = staticmethod(lambda text: None)

handlers = SignalHandlers(Log(), stuck_seconds=0.2)
handlers.install()
handlers.phase = Phase.RUNNING
os.kill(os.getpid(), signal.SIGINT)
try:
    time.sleep(20)
except OperationCanceledError as error:
    print(error)
"""


def test_a_step_that_goes_on_after_an_interrupt_is_broken_off():
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=15, check=True)
    assert done.stdout == "Operation was canceled\n"


def test_what_is_not_supported_is_refused_by_name(tmp_path, data):
    done = run_strategy(tmp_path / "run", data, HEAD + "        self.add_option('SPY')\n")
    text = "`add_option` is not supported by the embedded engine; run with engine=docker"
    assert text in done.state["RuntimeError"]
    done = run_strategy(tmp_path / "class", data, HEAD + "        OptionStrategies.straddle\n")
    assert "`OptionStrategies` is not supported by the embedded engine" in done.state["RuntimeError"]
    done = run_strategy(tmp_path / "unknown", data, HEAD + "        self.no_such_thing()\n")
    assert "'Case' object has no attribute 'no_such_thing'" in done.state["RuntimeError"]


def test_an_interrupt_ends_the_run_cleanly_with_a_partial_result(tmp_path, data):
    source = _with("""
def on_data(self, data):
    if self.time.day == 8 and self.time.hour == 10 and self.time.minute == 0:
        os.kill(os.getpid(), signal.SIGINT)
""")
    done = run_strategy(tmp_path / "run", data, source)
    assert (done.code, done.state["Status"]) == (0, "Completed")
    assert "Program.ExitKeyPress(): Lean instance has been cancelled" in done.stdout
    assert "AlgorithmManager.Run(): Algorithm state changed to Stopped at 10/08/2013 14:01:00" in done.stderr


def test_an_interrupt_while_initializing_is_swallowed_and_a_later_one_works(tmp_path, data):
    source = HEAD + "        os.kill(os.getpid(), signal.SIGINT)\n"
    whole = run_strategy(tmp_path / "one", data, source)
    assert whole.code == 0
    assert "state changed" not in whole.stderr
    twice = source + "\n    def on_data(self, data):\n        os.kill(os.getpid(), signal.SIGINT)\n"
    ended = run_strategy(tmp_path / "two", data, twice)
    assert "state changed to Stopped at 10/07/2013 13:32:00" in ended.stderr


def test_a_termination_leaves_no_final_result(tmp_path, data):
    source = _with("def on_data(self, data):\n    os.kill(os.getpid(), signal.SIGTERM)")
    done = run_strategy(tmp_path / "run", data, source)
    assert done.code == -15
    assert done.result is None


def test_a_missing_file_crashes_without_a_result(tmp_path, data):
    done = run_strategy(tmp_path / "run", data, "", **{"algorithm-location": str(tmp_path / "none.py")})
    assert done.code == 134
    assert done.result is None
    assert "Unhandled exception. System.IO.FileNotFoundException: JobQueue.TryCreatePythonAlgorithm()" in done.stderr


def test_without_a_place_for_results_the_run_goes_on_and_exits_with_the_algorithms_code(tmp_path, data):
    (tmp_path / "file").write_text("in the way")
    folder = {"results-destination-folder": str(tmp_path / "file")}
    done = run_strategy(tmp_path / "run", data, HEAD, **folder)
    assert (done.code, done.result) == (0, None)
    assert "AlgorithmManager.Run(): Firing On End Of Algorithm..." in done.stdout
    assert f"Log.Trace(): Error writing trace: Not a directory : '{tmp_path}/file/log.txt'" in done.stdout
    assert (
        f"Unhandled exception. System.IO.IOException: Not a directory : '{tmp_path}/file/case-log.txt'" in done.stderr
    )
    assert "\nEngine.Main(): Analysis Complete.\n" in done.stdout
    failed = run_strategy(tmp_path / "two", data, HEAD + "        int('ten')\n", **folder)
    assert (failed.code, failed.result) == (1, None)


def test_options_and_configuration_that_cannot_be_read_crash_with_nothing_written(tmp_path, data):
    text = "Unhandled exception. McMaster.Extensions.CommandLineUtils.CommandParsingException: Unrecognized option"
    done = run_program(tmp_path / "option", ["--nope", "1"])
    assert (done.returncode, text in done.stderr, done.stdout) == (134, True, "")
    (tmp_path / "option/config.json").write_text("{")
    done = run_program(tmp_path / "option", [])
    assert (done.returncode, done.stdout) == (134, "")
    assert " ERROR:: Initializer.Start():  Newtonsoft.Json.JsonReaderException: " in done.stderr
    assert "\nUnhandled exception. Newtonsoft.Json.JsonReaderException: " in done.stderr
    assert [path.name for path in (tmp_path / "option").iterdir()] == ["config.json"]


def run_program(folder: Path, options: list[str]) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "minilean", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_quitting_ends_before_the_next_step_and_counts_as_completed(tmp_path, data):
    source = _with("def on_data(self, data):\n    self.quit('enough')")
    done = run_strategy(tmp_path / "run", data, source)
    assert (done.code, done.state["Status"]) == (0, "Completed")
    assert "Quit(): enough" in done.stdout
    assert "Log: 2013-10-07 09:31:00 Algorithm Stopped" in done.stdout


def test_an_endless_initialize_runs_into_its_time_limit(tmp_path, data):
    source = HEAD + "        while True:\n            pass\n"
    done = run_strategy(tmp_path / "run", data, source, **{"initialization-timeout": 1})
    assert done.code == 1
    assert done.state["RuntimeError"].startswith(
        "Algorithm.Initialize() Error: Execution Security Error: Operation timed out"
    )


def test_without_market_hours_the_run_fails_with_a_result(tmp_path):
    data = DataFolder(tmp_path / "data")
    (data.root / "market-hours/market-hours-database.json").unlink()
    done = run_strategy(tmp_path / "run", data, HEAD)
    assert done.code == 1
    assert "market" in done.state["RuntimeError"].lower()
    assert done.state["RuntimeError"].startswith("Algorithm.Initialize() Error: ")


def test_parameters_take_the_type_of_their_default(tmp_path, data):
    source = HEAD + (
        '        self.log(repr([self.get_parameter("a", 1), self.get_parameter("b", 1), self.get_parameter("c", 1.5),'
        ' self.get_parameter("a"), self.get_parameter("none"), self.get_parameter("none", "x")]))\n'
    )
    parameters = {"a": "10", "b": "10.0", "c": 2.25}
    done = run_strategy(tmp_path / "run", data, source, parameters=parameters)
    assert "[10, 1, 2.25, '10', None, 'x']" in done.stdout


def test_set_parameters_takes_leans_dictionary_only(tmp_path, data):
    body = (
        "        from System import String\n        from System.Collections.Generic import Dictionary\n"
        "        d = Dictionary[String, String]()\n        d['n'] = '7'\n        self.set_parameters(d)\n"
        "        self.log(f\"n={self.get_parameter('n', 1)}\")\n        self.set_parameters({'n': '8'})\n"
    )
    done = run_strategy(tmp_path / "run", data, HEAD + body)
    assert "No method matches given arguments for SetParameters" in done.state["RuntimeError"]
    assert "n=7" in done.stdout


def test_pascal_case_strategies_run(tmp_path, data):
    source = """
    from AlgorithmImports import *


    class Old(QCAlgorithm):
        def Initialize(self):
            self.SetStartDate(2013, 10, 7)
            self.SetEndDate(2013, 10, 9)
            QCAlgorithm.SetCash(self, 5000)
            self.spy = self.AddEquity("SPY", Resolution.Minute, fillForward=True).Symbol

        def OnData(self, data):
            if not self.Portfolio.Invested and data.ContainsKey(self.spy):
                self.SetHoldings(self.spy, 1)
                self.Log(f"{data.Bars[self.spy].Close:.2f} {self.Portfolio[self.spy].Quantity}")
    """
    done = run_strategy(tmp_path / "run", data, source)
    assert done.code == 0
    assert "STATISTICS:: Total Orders 1" in done.stdout
    assert "STATISTICS:: Start Equity 5000" in done.stdout


def test_a_handler_that_fails_when_time_finishes_its_bar_ends_the_run_with_its_error(tmp_path, data):
    source = _with("""
    self.consolidate("SPY", timedelta(minutes=45), self.bar)

def bar(self, bar):
    if bar.time.hour == 15 and bar.time.minute == 45:
        raise ValueError("bad bar")
""")
    done = run_strategy(tmp_path / "run", data, source)
    assert done.state["Status"] == "RuntimeError"
    assert "bad bar" in done.state["RuntimeError"]


def test_warm_up_that_the_strategy_ends_is_over_at_the_next_bar(tmp_path, data):
    source = _with("""
    self.set_warm_up(390, Resolution.MINUTE)
    self.early = None

def on_data(self, data):
    if self.is_warming_up and self.time.hour == 9 and self.time.minute == 35:
        self.early = self.time
        self.set_finished_warming_up()

def on_warmup_finished(self):
    self.log(f"finished at {self.time}, asked at {self.early}")
""").replace("2013, 10, 7", "2013, 10, 8")
    done = run_strategy(tmp_path / "run", data, source)
    found = re.search(r"finished at (\S+ \S+), asked at (\S+ \S+)", done.stdout)
    assert found is not None, done.stdout
    assert found.groups() == ("2013-10-07 09:36:00", "2013-10-07 09:35:00")
