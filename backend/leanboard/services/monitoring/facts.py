"""What the log has told so far: the facts that phase, signals and outcome are made of.

A log line is never proof: LEAN prints "completed" after errors, and a strategy can print anything. So facts lead
to phases and hints; the outcome takes from them only what the result file and the exit cannot say.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from types import MappingProxyType

from leanboard.models.run import Phase
from leanboard.services.monitoring.log_parser import ENGINE_DEBUG, split_time

_PHASES = tuple(Phase)
ORDER = MappingProxyType({phase: index for index, phase in enumerate(_PHASES)})

CRASH_HEADS = (
    "Unhandled exception. ",
    "Traceback (most recent call last):",
    "Fatal Python error",
    "Fatal error. ",
    "Process terminated. ",
    "*** Error compiling ",
    "terminate called ",
)
_BUILD_HEADS = ("Build FAILED.", "*** Error compiling ")
_COMPILER_ERROR = re.compile(r"error CS\d{4}:")
_READY = "@@LEANBOARD ready"
_JOB = "@@LEANBOARD job"
_WRITE_ERROR = "Log.Trace(): Error writing trace: "
_DATES = re.compile(r"Dates: Start: (\d\d/\d\d/\d{4}) End: (\d\d/\d\d/\d{4}) ")
_WARM_UP = re.compile(r"Processing algorithm warm-up request (\d{1,3})%")
_SPEED = re.compile(
    r"completed in ([\d.]{1,20}) seconds at \d+k data points per second\. Processing total of ([\d,]{1,30})"
)
_BANNER = re.compile(r"Engine\.Main\(\): LEAN ALGORITHMIC TRADING ENGINE v(\S+)")
_MAX_CRASH_LINES = 60
_MAX_TEXT = 4000


class Facts:
    """Collects facts, line by line. Read-only for everybody but the monitor.

    Attributes:
        phase: The furthest phase that was told.
        version: LEAN's own version, from its banner; "" before it.
        dates: First and last day of the run, from LEAN's log.
        warm_up: LEAN's own percentage.
        speed: Seconds and data points of the whole run, from LEAN's last words.
        has_job: The guest has found its job: the user's code may have run.
        swallowed: An interrupt came before the strategy was launched.
        interrupted: One came while it ran: LEAN ends early then.
        saved_hints: How often LEAN said that the results are on disk.
    """

    def __init__(self) -> None:
        self.phase = Phase.BOOTING
        self.version = ""
        self.ready = False
        self.has_job = False
        self.launched = False
        self.swallowed = False
        self.interrupted = False
        self.posted = False
        self.saved_hints = 0
        self.dates: tuple[date, date] | None = None
        self.latest = ""  # the latest simulated time that a message carried, as LEAN writes it
        self._bound = "9999"  # no simulated time is later: the end of the last day, once it is known
        self.warm_up: int | None = None
        self.speed: tuple[float, int] | None = None
        self.bad_config = ""
        self.store_failed = ""
        self.write_error = ""
        self.bankrupt = False
        self.quit = False
        self.initialization_error = ""
        self.runtime_error = ""
        self.build_failed = False
        self.crash: list[str] = []
        self._crashing = False
        self._engine: dict[str, Callable[[str], None]] = {
            "Engine.Main": self._engine_main,
            "Engine.Run": self._engine_run,
            "AlgorithmPythonWrapper": self._python,
            "BaseSetupHandler.Setup": self._initializing,
            "Loader.TryCreateILAlgorithm": self._initializing,
            "AlgorithmManager.Run": self._manager,
            "BacktestingResultHandler.Exit": self._saving,
            "BacktestingResultHandler.SendAnalysisResult": self._saving,
            "PythonInitializer.Shutdown": self._shutdown,
            "Program.Main": self._exiting,
            "Program.ExitKeyPress": self._interrupted,
            "ScheduledEvent.Daily Sampling": self._day,
        }

    # --- records of LEAN's log ---------------------------------------------------------------------------------

    def record(self, level: str, body: str) -> None:
        """Take the first line of a record."""
        if body.startswith("Debug: "):
            self._message(body, 7)
        elif body.startswith("Log: "):
            self._message(body, 5)
        elif level[0] in "Ee":
            self._error(body)
        elif body.startswith("Dates: Start: "):
            self._dates(body)
        else:
            handler = self._engine.get(body.partition("(")[0]) or self._engine.get(body.partition(":")[0])
            if handler is not None:
                handler(body)

    def _message(self, body: str, start: int) -> None:
        """A message of the strategy or LEAN's own in the same clothes; hot: keep it short."""
        time = body[start : start + 19]
        if body[start + 19 : start + 20] == " " and time[4:5] == "-" and time[10:11] == " " and time[:4].isdigit():
            if self.latest < time <= self._bound:
                self.latest = time
            start += 20
        if body.startswith(ENGINE_DEBUG, start) and body[0] == "D":
            self._engine_message(body[start:])

    def _engine_message(self, text: str) -> None:
        if text.startswith("Launching analysis for "):
            self.launched = True
            if self.phase is not Phase.WARMING_UP:
                self.reach(Phase.TRADING)
        elif warm_up := _WARM_UP.match(text):
            self.warm_up = max(self.warm_up or 0, min(int(warm_up[1]), 100))
            self.reach(Phase.WARMING_UP)
        elif text.startswith("Algorithm finished warming up."):
            self.warm_up = 100
            self.reach(Phase.TRADING)
        elif text.startswith("Algorithm Id:(") and (speed := _SPEED.search(text)):
            self._speed(speed)

    def _speed(self, match: re.Match[str]) -> None:
        try:
            self.speed = float(match[1]), int(match[2].replace(",", ""))
        except ValueError:
            return

    def _error(self, body: str) -> None:
        _, text = split_time(body)
        if text.startswith("Runtime Error: "):
            self.runtime_error = text[:_MAX_TEXT]
        elif text.startswith(("During the algorithm initialization", "Algorithm.Initialize() Error: ")):
            self.initialization_error = text[:_MAX_TEXT]
        elif text.startswith("BacktestingResultHandler.StoreResult():"):
            self.store_failed = text[:_MAX_TEXT]
        elif text.startswith("AlgorithmManager.Run(): "):
            self._manager(text)
        elif (
            body.startswith("Configuration file ") and "does not exist, using" in body
        ):  # a message has a clock before it
            self.bad_config = body[:_MAX_TEXT]  # no message: those have a clock before their text

    def _dates(self, body: str) -> None:
        match = _DATES.match(body)
        if match is None or self.dates is not None:  # LEAN says it once; what comes later is no engine line
            return
        try:
            first, last = (datetime.strptime(text, "%m/%d/%Y").date() for text in match.groups())  # noqa: DTZ007
        except ValueError:
            return
        self.dates = first, last
        self._bound = f"{date.fromordinal(min(last.toordinal() + 1, date.max.toordinal()))} 00:00:00"

    def _engine_main(self, body: str) -> None:
        if banner := _BANNER.match(body):
            self.version = self.version or banner[1]
        elif body.startswith("Engine.Main(): Analysis Completed and Results Posted."):
            self.posted = True
            self.reach(Phase.SAVING)
        elif body.startswith("Engine.Main(): Packet removed from queue"):
            self.saved_hints += 1

    def _engine_run(self, body: str) -> None:
        if body.startswith("Engine.Run(): Exiting Algorithm Manager"):
            self.reach(Phase.SAVING)

    def _python(self, body: str) -> None:
        if body.endswith(" successfully imported."):
            self.reach(Phase.INITIALIZING)

    def _initializing(self, body: str) -> None:  # noqa: ARG002
        self.reach(Phase.INITIALIZING)

    def _manager(self, body: str) -> None:
        text = body.removeprefix("AlgorithmManager.Run(): ")
        if text.startswith("Begin DataStream "):
            self.reach(Phase.WARMING_UP if text.endswith("Warmup: True") else Phase.TRADING)
        elif text.startswith("Firing On End Of Algorithm"):
            self.reach(Phase.SAVING)
        elif text.startswith("Portfolio value is less than or equal to zero"):
            self.bankrupt = True
        elif text.startswith("Algorithm state changed to Stopped"):
            self.quit = True

    def _saving(self, body: str) -> None:  # noqa: ARG002
        self.reach(Phase.SAVING)

    def _shutdown(self, body: str) -> None:
        if body.startswith("PythonInitializer.Shutdown(): calling engine shutdown"):
            self.saved_hints += 1

    def _exiting(self, body: str) -> None:
        if body.startswith("Program.Main(): Exiting Lean"):
            self.saved_hints += 1

    def _interrupted(self, body: str) -> None:  # noqa: ARG002
        if not self.launched:
            self.swallowed = True
        elif ORDER[self.phase] < ORDER[Phase.SAVING]:
            self.interrupted = True

    @property
    def cut_short(self) -> bool:
        """Whether an interrupt ended the run before its last day: LEAN itself calls that completed."""
        reached_the_end = self.latest and self.dates and self.latest[:10] >= self.dates[1].isoformat()
        return self.interrupted and not reached_the_end

    def _day(self, body: str) -> None:
        """A line of debug-mode: midnight in the algorithm's zone, said in UTC; good for progress."""
        _, found, time = body.partition("Firing at ")
        if found and time[4:5] == "-" and time[:4].isdigit():
            self.latest = max(self.latest, min(time[:19], self._bound))

    # --- raw lines of the console ------------------------------------------------------------------------------

    def raw(self, line: str) -> None:
        """Take a line of stdout without LEAN's prefix, or one that says what both streams may say."""
        if line.startswith(_READY):
            self.ready = True
            self.reach(Phase.INITIALIZING)
        elif line.startswith(_JOB):
            self.has_job = True
        elif line.startswith(_WRITE_ERROR):
            self.write_error = line[:_MAX_TEXT]
        elif line.startswith("Engine.Main(): Analysis Complete."):
            self.saved_hints += 1 if self.write_error else 0
        elif not self.version and (line.startswith(_BUILD_HEADS) or _COMPILER_ERROR.search(line)):
            self.build_failed = True

    def raw_error(self, line: str) -> bool:
        """Take a line of stderr without LEAN's prefix; returns whether it is part of a crash's text."""
        self.raw(line)
        if line.startswith(CRASH_HEADS):
            self.crash.clear()  # the last one is the real one: the process has ended after it
            self._crashing = True
        if self._crashing and len(self.crash) < _MAX_CRASH_LINES:
            self.crash.append(line[:_MAX_TEXT])
        return self._crashing

    def crash_ended(self) -> None:
        """Take note that a record follows: the text of the crash before it is whole."""
        self._crashing = False

    def reach(self, phase: Phase) -> None:
        """Go to a phase, never back."""
        if ORDER[phase] > ORDER[self.phase]:
            self.phase = phase
