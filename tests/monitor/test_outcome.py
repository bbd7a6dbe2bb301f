"""The outcome from the evidence: every branch of the precedence, also those that no recording shows."""

from dataclasses import replace

import pytest

from leanboard.engines.sandbox_exit import LossCause, SandboxExit
from leanboard.models.run import BacktestStatus, CodeLocation, Outcome, Reason
from leanboard.services.backtest_monitor import Evidence, Intent, Source
from leanboard.services.monitoring.error_text import readable
from leanboard.storage.json_files import ResultKind
from leanboard.storage.result_files import ResultState
from monitor.recorded import new_monitor

GOOD = ResultState(ResultKind.FINAL, status="Completed", statistics={"Total Orders": "1"}, total_orders=1)
RUNNING = ResultState(ResultKind.INTERMEDIATE, status="Running")
ABSENT = ResultState(ResultKind.ABSENT)
TORN = ResultState(ResultKind.TORN, "run.json is not valid JSON")
LARGE = ResultState(ResultKind.UNREADABLE, "run.json has 600,000,000 bytes; more than 268,435,456 are not loaded")
LAUNCHED = b"2026-01-31T12:00:00.0Z TRACE:: Debug: 2013-10-07 00:00:00 Launching analysis for run with LEAN Engine v2\n"
LASTS_TILL_FRIDAY = b"2026-01-31T12:00:00.0Z TRACE:: Dates: Start: 10/07/2013 End: 10/11/2013 Cash: x\n"
INTERRUPTED = (
    b"2026-01-31T12:00:00.0Z TRACE:: Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely\n"
)
STOPPED = b"2026-01-31T12:00:00.0Z ERROR:: AlgorithmManager.Run(): Algorithm state changed to Stopped at 10/08/2013\n"
POSTED = b"2026-01-31T12:00:00.0Z TRACE:: Engine.Main(): Analysis Completed and Results Posted.\n"


def failed(text: str) -> ResultState:
    return replace(GOOD, status="RuntimeError", runtime_error=text)


def resolve(
    result: ResultState,
    code: int | None = 0,
    *,
    intent: Intent = Intent.NONE,
    log: bytes = LAUNCHED,
    stdout: bytes = b"",
    stderr: bytes = b"",
    oom: bool = False,
    cpu: bool = False,
    **evidence: object,
) -> Outcome:
    monitor = new_monitor()
    for source, data in ((Source.LOG, log), (Source.STDOUT, stdout), (Source.STDERR, stderr)):
        monitor.feed(source, data)
    monitor.finish()
    exit_ = SandboxExit(code, out_of_memory=oom, cpu_exhausted=cpu)
    return monitor.resolve(Evidence(exit_, intent, result, **evidence))  # type: ignore[arg-type]


def short(outcome: Outcome) -> tuple[BacktestStatus, Reason | None, bool]:
    return outcome.status, outcome.reason, outcome.partial


FAILED = BacktestStatus.FAILED
COMPLETED = BacktestStatus.COMPLETED


class TestFinalResult:
    def test_completed(self):
        outcome = resolve(GOOD)
        assert short(outcome) == (COMPLETED, None, False)
        assert outcome.warnings == ()

    def test_the_exit_code_is_a_warning_only(self):
        outcome = resolve(GOOD, 134)
        assert short(outcome) == (COMPLETED, None, False)
        assert "134" in outcome.warnings[0]

    def test_our_own_end_of_a_settled_run_is_no_warning(self):
        assert resolve(GOOD, 137, settled=True).warnings == ()

    def test_an_exit_that_nobody_knows_does_not_matter(self):
        assert resolve(GOOD, None).status is COMPLETED

    def test_r12_a_child_killed_for_memory(self):
        outcome = resolve(GOOD, 0, oom=True)
        assert short(outcome) == (COMPLETED, None, False)
        assert "killed for memory" in outcome.warnings[0]

    def test_an_error_counts_also_with_exit_0(self):
        assert resolve(failed("2013-10-08 16:00:00 Runtime Error: bad")).reason is Reason.RUNTIME_ERROR

    def test_an_error_before_the_launch_is_one_of_initialization(self):
        assert resolve(failed("Something new that LEAN may say"), 1, log=b"").reason is Reason.INIT_ERROR

    def test_an_init_error_is_known_by_its_text_too(self):
        text = "2013-10-07 00:00:00 During the algorithm initialization, the following exception has occurred: bad"
        outcome = resolve(failed(text), 1)
        assert (outcome.reason, outcome.message) == (Reason.INIT_ERROR, "bad")

    def test_the_embedded_engines_refusal(self):
        text = (
            "2013-10-07 00:00:00 During the algorithm initialization, the following exception has occurred: "
            "`add_option` is not supported by the embedded engine; run with engine=docker\n"
            "  at initialize\n    self.add_option('SPY')\n in main.py: line 7\n"
        )
        outcome = resolve(failed(text), 1, log=b"")
        assert outcome.reason is Reason.UNSUPPORTED
        assert outcome.message == "`add_option` is not supported by the embedded engine; run with engine=docker"
        assert outcome.location is not None
        assert outcome.location.line == 7

    def test_store_failed_with_a_good_result(self):
        line = b"20260131 12:00:00.123 ERROR:: BacktestingResultHandler.StoreResult():  No space left on device\n"
        outcome = resolve(GOOD, stderr=line)
        assert outcome.status is COMPLETED
        assert "could not write all of its files" in outcome.warnings[0]

    def test_a_result_without_state_is_judged_by_the_log(self):
        old = replace(GOOD, status="")
        error = b"2026-01-31T12:00:00.0Z ERROR:: 2013-10-07 00:00:00 Runtime Error: old style\n"
        assert resolve(old).status is COMPLETED
        outcome = resolve(old, 1, log=LAUNCHED + error)
        assert (outcome.reason, outcome.message) == (Reason.RUNTIME_ERROR, "old style")

    def test_one_day(self):
        dates = b"2026-01-31T12:00:00.0Z TRACE:: Dates: Start: 10/07/2013 End: 10/07/2013 Cash: x\n"
        assert "one day" in resolve(GOOD, log=dates + LAUNCHED).warnings[0]


class TestAMachineWithoutMemory:
    """The kernel killed a process of the run, which was within its own limit."""

    @staticmethod
    def resolved(result: ResultState, intent: Intent = Intent.NONE) -> Outcome:
        ended = SandboxExit(137, lost=LossCause.MACHINE_MEMORY, memory_limit=512 << 20, memory_peak=300 << 20)
        monitor = new_monitor()
        monitor.feed(Source.LOG, LAUNCHED)
        monitor.feed(Source.STDERR, b"Out of memory.\n")
        monitor.finish()
        return monitor.resolve(Evidence(ended, intent, result))

    @pytest.mark.parametrize("result", [ABSENT, RUNNING, failed("Runtime Error: the helper is gone")])
    def test_is_a_loss_whatever_it_left(self, result: ResultState):
        outcome = self.resolved(result)
        assert (outcome.status, outcome.reason) == (FAILED, Reason.LOST)
        assert "machine_memory" in outcome.message
        assert "(limit 512 MB, peak 300 MB)" in outcome.message

    def test_that_has_its_result_is_completed_with_a_warning(self):
        outcome = self.resolved(GOOD)
        assert outcome.status is BacktestStatus.COMPLETED
        assert "killed for memory" in outcome.warnings[0]

    def test_that_was_to_end_anyway_is_cancelled(self):
        assert self.resolved(RUNNING, Intent.CANCEL).status is BacktestStatus.CANCELLED


class TestAStrangersInterrupt:
    """`docker stop` by hand: LEAN ends well, early, with exit code 0 and a result that reads "Completed"."""

    def test_is_a_loss_with_a_partial_result(self):
        outcome = resolve(GOOD, 0, log=LASTS_TILL_FRIDAY + LAUNCHED + INTERRUPTED + POSTED)
        assert short(outcome) == (FAILED, Reason.LOST, True)
        assert "external_kill" in outcome.message
        assert "2013-10-07 00:00:00" in outcome.message

    def test_is_the_engines_when_the_engine_was_stopped(self):
        evidence = Evidence(SandboxExit(0, lost=LossCause.ENGINE_RESTART), Intent.NONE, GOOD)
        monitor = new_monitor()
        monitor.feed(Source.LOG, LASTS_TILL_FRIDAY + LAUNCHED + INTERRUPTED + POSTED)
        monitor.finish()
        outcome = monitor.resolve(evidence)
        assert (outcome.reason, "engine_restart" in outcome.message) == (Reason.LOST, True)

    def test_of_a_stuck_step_is_no_error_of_the_strategy(self):
        stuck = failed("Runtime Error: Operation was canceled in I.cs:line 1")
        assert resolve(stuck, 1, log=LASTS_TILL_FRIDAY + LAUNCHED + INTERRUPTED).reason is Reason.LOST

    def test_is_ours_when_we_asked(self):
        log = LASTS_TILL_FRIDAY + LAUNCHED + INTERRUPTED + POSTED
        assert resolve(GOOD, 0, log=log, intent=Intent.CANCEL).status is BacktestStatus.CANCELLED
        assert resolve(GOOD, 0, log=log, intent=Intent.TIME_LIMIT).reason is Reason.TIMED_OUT

    @pytest.mark.parametrize("before", [b"", LAUNCHED + POSTED], ids=["swallowed", "too late"])
    def test_that_changed_nothing_is_no_loss(self, before: bytes):
        log = LASTS_TILL_FRIDAY + before + INTERRUPTED + LAUNCHED
        assert short(resolve(GOOD, 0, log=log)) == (COMPLETED, None, False)

    def test_on_the_last_day_is_a_warning(self):
        friday = b"2026-01-31T12:00:00.0Z TRACE:: Debug: 2013-10-11 15:00:00 hello\n"
        outcome = resolve(GOOD, 0, log=LASTS_TILL_FRIDAY + LAUNCHED + friday + INTERRUPTED + STOPPED + POSTED)
        assert short(outcome) == (COMPLETED, None, False)
        (warning,) = outcome.warnings
        assert "last day" in warning

    def test_b28_forged_by_the_strategy_costs_it_nothing_when_the_run_went_on(self):
        friday = b"2026-01-31T12:00:00.0Z TRACE:: Debug: 2013-10-11 16:00:00 Algorithm Id:(run) completed\n"
        outcome = resolve(GOOD, 0, log=LASTS_TILL_FRIDAY + LAUNCHED + INTERRUPTED + friday + POSTED)
        assert outcome.status is COMPLETED


class TestOurIntent:
    @pytest.mark.parametrize("result", [GOOD, RUNNING, failed("Runtime Error: Operation was canceled in I.cs:line 1")])
    def test_cancelled_with_a_partial_result(self, result: ResultState):
        outcome = resolve(result, 137, intent=Intent.CANCEL)
        assert short(outcome) == (BacktestStatus.CANCELLED, Reason.CANCELLED_BY_USER, True)
        assert outcome.warnings == ()

    def test_cancelled_without_a_result(self):
        outcome = resolve(ABSENT, 130, intent=Intent.CANCEL)
        assert short(outcome) == (BacktestStatus.CANCELLED, Reason.CANCELLED_BY_USER, False)

    def test_an_error_of_its_own_before_the_cancel_is_not_lost(self):
        outcome = resolve(failed("2013-10-08 16:00:00 Runtime Error: own"), 1, intent=Intent.CANCEL)
        assert outcome.status is BacktestStatus.CANCELLED
        assert "own" in outcome.warnings[0]

    def test_the_time_limit_names_the_line_that_went_on(self):
        frame = "  at on_data\n    while True:\n in main.py: line 12\n"
        text = f"2013-10-07 09:31:00 Runtime Error: Operation was canceled\n{frame}"
        outcome = resolve(failed(text), 1, intent=Intent.TIME_LIMIT, limit="600 s")
        assert outcome.message.startswith("The run reached its time limit of 600 s")
        assert outcome.location == CodeLocation(file="main.py", line=12)
        assert outcome.warnings == ()

    def test_r18_the_time_limit(self):
        outcome = resolve(GOOD, 0, intent=Intent.TIME_LIMIT, limit="600 s")
        assert short(outcome) == (FAILED, Reason.TIMED_OUT, True)
        assert "600 s" in outcome.message

    def test_the_output_limit(self):
        assert short(resolve(RUNNING, 137, intent=Intent.OUTPUT_LIMIT)) == (FAILED, Reason.DISK_FULL, True)

    def test_the_cpu_time_limit(self):
        assert short(resolve(RUNNING, 152, cpu=True)) == (FAILED, Reason.TIMED_OUT, True)
        assert resolve(GOOD, 152, cpu=True).status is COMPLETED


class TestNoResult:
    @pytest.mark.parametrize(
        ("code", "reason", "word"),
        [
            (137, Reason.LOST, "SIGKILL"),
            (143, Reason.LOST, "SIGTERM"),
            (130, Reason.LOST, "SIGINT"),
            (134, Reason.CRASHED, "SIGABRT"),
            (139, Reason.CRASHED, "SIGSEGV"),
            (0, Reason.CRASHED, "exit code 0"),
            (1, Reason.CRASHED, "exit code 1"),
            (None, Reason.LOST, "vanished"),
        ],
    )
    def test_the_exit_tells(self, code: int | None, reason: Reason, word: str):
        outcome = resolve(RUNNING, code)
        assert short(outcome) == (FAILED, reason, True)
        assert word in outcome.message

    def test_out_of_memory(self):
        assert short(resolve(RUNNING, 137, oom=True)) == (FAILED, Reason.OUT_OF_MEMORY, True)

    @pytest.mark.parametrize("result", [TORN, LARGE])
    def test_r30_lean_ended_but_the_result_cannot_be_read(self, result: ResultState):
        outcome = resolve(result)
        assert short(outcome) == (FAILED, Reason.RESULT_UNREADABLE, False)
        assert result.problem in outcome.message

    def test_a_torn_result_of_a_killed_run_is_a_killed_run(self):
        assert resolve(TORN, 137).reason is Reason.LOST
        assert resolve(TORN, 134).reason is Reason.CRASHED

    def test_r30_an_unreadable_result_of_a_finished_run_whose_teardown_crashed(self):
        assert resolve(LARGE, 134, log=LAUNCHED + POSTED).reason is Reason.RESULT_UNREADABLE

    @pytest.mark.parametrize(
        ("stderr", "reason"),
        [
            ("Unhandled exception. System.IO.IOException: No space left on device : '/r'", Reason.DISK_FULL),
            ("Unhandled exception. System.UnauthorizedAccessException: Access to '/r' is denied.", Reason.ENGINE_ERROR),
            ("Unhandled exception. Newtonsoft.Json.JsonReaderException: x", Reason.ENGINE_ERROR),
            ("Unhandled exception. System.IO.FileNotFoundException: Could not find file 'a.dll'", Reason.ENGINE_ERROR),
            (
                "Unhandled exception. Unable to locate any exports matching the requested typeName: X",
                Reason.ENGINE_ERROR,
            ),
            ("Traceback (most recent call last):\n  File x\nMemoryError", Reason.OUT_OF_MEMORY),
            ("Traceback (most recent call last):\n  File x\nValueError: y", Reason.CRASHED),
        ],
    )
    def test_the_crash_text_names_the_cause(self, stderr: str, reason: Reason):
        outcome = resolve(ABSENT, 134, stderr=f"{stderr}\n".encode())
        assert outcome.reason is reason
        assert outcome.trace == stderr

    def test_the_last_words_of_a_python_crash_are_its_exception(self):
        stderr = b"Traceback (most recent call last):\n  File x\nValueError: y\n"
        assert resolve(ABSENT, 1, stderr=stderr).message.endswith("It said: ValueError: y")

    @pytest.mark.parametrize("text", [b"Build FAILED.\n", b"Main.cs(3,1): error CS1002: ; expected\n"])
    def test_a_build_that_failed(self, text: bytes):
        assert resolve(ABSENT, 1, log=b"", stdout=text).reason is Reason.BUILD_FAILED

    def test_an_engine_that_could_not_make_the_sandbox(self):
        monitor = new_monitor()
        outcome = monitor.resolve(Evidence(None, Intent.NONE, ABSENT, engine_problem="no such image"))
        assert (outcome.reason, outcome.message) == (Reason.ENGINE_ERROR, "no such image")
        cancelled = monitor.resolve(Evidence(None, Intent.CANCEL, ABSENT, engine_problem="no such image"))
        assert cancelled.status is BacktestStatus.CANCELLED

    def test_another_config_than_ours(self):
        line = b"20260131 12:00:00.123 ERROR:: Configuration file /x.json does not exist, using config.json\n"
        outcome = resolve(ABSENT, 0, log=b"", stderr=line)
        assert outcome.reason is Reason.ENGINE_ERROR
        forged = line.replace(b"ERROR:: ", b"ERROR:: 2013-10-07 09:31:00 ")
        assert resolve(GOOD, 0, stderr=forged).status is COMPLETED


class TestErrorText:
    GUEST = (
        "Algorithm.Initialize() Error: During the algorithm initialization, the following exception has occurred: "
        "Loader.TryCreatePythonAlgorithm(): Unable to import python module /app/lean_run.py. AlgorithmPythonWrapper(): "
        "No module named 'x'. If it is a Python package, ensure it is installed in the environment.\n"
        "  at <module>\n    import x\n in main.py: line 2\n"
        "  at import_module\n    return _bootstrap._gcd_import(name)\n in __init__.py: line 126\n"
        "  at <module>\n    _load()\n in lean_run.py: line 40\n"
        " No module named 'x' Stack Trace: During the algorithm initialization, the following exception ..."
    )

    def test_the_guest_and_the_import_machinery_are_hidden(self):
        error = readable(self.GUEST, frozenset({"main.py"}))
        assert error.message.startswith("No module named 'x'. If it is")
        assert error.trace == "  at <module>\n    import x\n in main.py: line 2"
        assert error.location is not None
        assert (error.location.file, error.location.line) == ("main.py", 2)

    def test_the_innermost_line_of_the_users_files(self):
        text = (
            "2013-10-07 09:31:00 Runtime Error: bad shape\n  at check\n    raise\n in frame.py: line 900\n"
            "  at helper\n    f()\n in tools.py: line 3\n  at on_data\n    helper()\n in main.py: line 12\n\n"
        )
        known = readable(text, frozenset({"main.py", "tools.py"})).location
        assert known is not None
        assert (known.file, known.line) == ("tools.py", 3)
        assert "frame.py" in readable(text, frozenset()).trace

    def test_csharp(self):
        text = (
            "2013-10-07 09:31:00 Runtime Error: Attempted to divide by zero. System.DivideByZeroException: x\n"
            "   at System.Decimal.Divide(Decimal a, Decimal b)\n"
            "   at My.Algo.OnData(Slice slice) in /LeanCLI/Algo.cs:line 10\n"
            "   at QuantConnect.Lean.Engine.AlgorithmManager.Run() in Engine/AlgorithmManager.cs:line 590"
        )
        error = readable(text, frozenset({"Algo.cs"}))
        assert error.location is not None
        assert (error.location.file, error.location.line) == ("Algo.cs", 10)
        assert error.message == "Attempted to divide by zero. System.DivideByZeroException: x"
        assert "System.Decimal.Divide" in error.trace

    def test_a_message_of_several_lines_is_kept_and_said_once(self):
        text = "2013-10-07 00:00:00 Runtime Error: one\ntwo\n  at f\n    g()\n in main.py: line 1\n one\ntwo"
        assert readable(text, frozenset()).message == "one\ntwo"

    @pytest.mark.parametrize("text", ["", " ", "\n  at ", "Stack Trace: ", "x" * 100_000, "  at a\n" * 5000])
    def test_anything_goes(self, text: str):
        error = readable(text, frozenset())
        assert len(error.message) <= 4000
        assert len(error.trace) <= 20_000
