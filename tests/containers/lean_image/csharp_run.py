"""Stands for LEAN running a C# algorithm: LEAN's lines and result files for a stand-in DLL of `csharp_build.py`.

The account stays in cash; what matters is how the run begins, goes on and ends. It differs from Python's run where
LEAN does: no guest, no Python start or shutdown, the loader's lines, exit at once. Texts and order as recorded.
"""

# ruff: noqa: T201 - it is a program

import json
import os
import signal
import sys
import time
import traceback
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from csharp_build import MARK

VERSION = "2.5.0.0"
CASH = 100000
INTERMEDIATE_SECONDS = 3  # between two intermediate results; LEAN's are 30
INTERRUPTED = 130
KEYS = (
    "Total Orders 0", "Average Win 0%", "Average Loss 0%", "Compounding Annual Return 0%", "Drawdown 0%",
    "Expectancy 0", "Start Equity 100000", "End Equity 100000", "Net Profit 0%", "Sharpe Ratio 0", "Sortino Ratio 0",
    "Probabilistic Sharpe Ratio 0%", "Loss Rate 0%", "Win Rate 0%", "Profit-Loss Ratio 0", "Alpha 0", "Beta 0",
    "Annual Standard Deviation 0", "Annual Variance 0", "Information Ratio 0", "Tracking Error 0", "Treynor Ratio 0",
    "Total Fees $0.00", "Estimated Strategy Capacity $0", "Lowest Capacity Asset ", "Portfolio Turnover 0%",
    "Drawdown Recovery 0", "OrderListHash d41d8cd98f00b204e9800998ecf8427e",
)  # fmt: skip


class Crash(Exception):
    """What ends .NET's process: the text behind `Unhandled exception. `."""


class InitializationError(Exception):
    """Ends the run before the algorithm begins, with a result."""


def run(config):
    """Run; returns the exit code.

    Raises:
        Crash: The process aborts.
    """
    return Run(config).to_the_end()


class Run:
    """One backtest."""

    def __init__(self, config):
        self.config = config
        self.id = config["algorithm-id"]
        self.results = Path(config["results-destination-folder"])
        self.log = None
        self.stopped = False
        self.points = []
        self.written = 0.0
        self.started = now()
        self.clock = ""
        self.period = (date(1998, 1, 1), datetime.now(UTC).date() - timedelta(days=1))

    def say(self, text, level="TRACE"):
        """One record on the console, and in log.txt once that is open."""
        stamp = datetime.now(UTC)
        stream = sys.stderr if level == "ERROR" else sys.stdout
        print(f"{stamp:%Y%m%d %H:%M:%S}.{stamp.microsecond // 1000:03} {level}:: {text}", file=stream, flush=True)
        if self.log is not None:
            print(f"{stamp:%Y-%m-%dT%H:%M:%S.%f}0Z {level}:: {text}", file=self.log, flush=True)

    def debug(self, text):
        self.say(f"Debug: {self.clock}{text}")

    def to_the_end(self):
        self.begin()
        library = self.load()
        self.say("AlgorithmManager.CreateTokenBucket(): Initializing LeakyBucket: Capacity: 120 RefillAmount: 18")
        self.say("Engine.Run(): Resource limits '0' CPUs. 2147483647 MB RAM.")
        signal.signal(signal.SIGINT, self.interrupt)
        error = ""
        try:
            algorithm = self.choose(library)
            self.initialize(algorithm)
            error = self.trade(algorithm)
        except InitializationError as problem:
            text = f"During the algorithm initialization, the following exception has occurred: {problem}"
            self.say(f"Algorithm.Initialize() Error: {text}", "ERROR")
            error = text
        self.finish(error)
        return 1 if error else 0

    def begin(self):
        self.say("Composer(): Loading Assemblies from /Lean/Launcher/bin/Debug")
        self.say("Python for .NET Assembly: Python.Runtime, Version=2.0.65.0, Culture=neutral, PublicKeyToken=null")
        self.log = (self.results / "log.txt").open("a")
        host = os.uname().nodename
        self.say(f"Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v{VERSION} Mode: DEBUG (64bit) Host: {host}")
        self.say(f"Engine.Main(): Started {datetime.now(UTC):%H:%M}")

    def load(self):
        """Read the DLL as the job queue does, which is outside of everything that is guarded."""
        place = self.config["algorithm-location"]
        self.say(f"JobQueue.NextJob(): Selected {place}")
        try:
            content = Path(place).read_bytes()
        except OSError:
            text = f"System.IO.FileNotFoundException: Could not find file '{Path(place).absolute()}'."
            frame = "   at QuantConnect.Queues.JobQueue.NextJob(String& algorithmPath) in Queues/JobQueue.cs:line 232"
            raise Crash(f"{text}\nFile name: '{Path(place).absolute()}'\n{frame}") from None
        self.folder = Path(place).parent
        return json.loads(content.partition(MARK)[2] or '{"classes": []}')

    def choose(self, library):
        symbols = list(self.folder.glob("*.pdb"))
        how = "Loading debug information with algorithm" if symbols else "Loading only the algorithm assembly"
        self.say(f"Loader.TryCreateILAlgorithm(): {how}")
        wanted = self.config["algorithm-type-name"].rpartition(".")[2]
        found = library["classes"]
        if not found:
            raise InitializationError("Algorithm type was not found.")
        if len(found) > 1:
            found = [entry for entry in found if entry["name"] == wanted]
        if len(found) != 1:
            raise InitializationError(
                "Algorithm type name not found, or unable to resolve multiple algorithm types to a single type."
            )
        self.say(f"Loader.TryCreateILAlgorithm(): Loaded {found[0]['name']}")
        return found[0]

    def initialize(self, algorithm):
        storage = self.config["object-store-root"]
        self.say(f"LocalObjectStore.Initialize(): Storage Root: {storage}. StorageFileCount 10000.")
        handlers = "SubscriptionDataReaderHistoryProvider"
        self.say(f"HistoryProviderManager.Initialize(): history providers [{handlers}]")
        self.say(f"BaseSetupHandler.Setup(LocalPlatform): UID: 0, PID: 0, Version: {VERSION}, Source: WebIDE")
        self.period = tuple(
            self.date_of(algorithm, which) or day for which, day in zip(("start", "end"), self.period, strict=True)
        )
        first, last = self.period
        self.say("BaseSetupHandler.SetupCurrencyConversions():\nAccount Type: Margin\n")
        self.say(f"SetUp Backtesting: User: 0 ProjectId: 0 AlgoId: {self.id}")
        limits = "MaximumRuntime: 100.00:00:00 MaxOrders: 2147483647"
        self.say(f"Dates: Start: {first:%m/%d/%Y} End: {last:%m/%d/%Y} Cash: \xa4{CASH:,}.00 {limits}")
        self.say("BacktestingResultHandler(): Sample Period Set: 04.00")
        self.say("JOB HANDLERS:\n         DataFeed:             QuantConnect.Lean.Engine.DataFeeds.FileSystemDataFeed")
        self.say('Event Name "Daily Sampling", scheduled to run.')

    def date_of(self, algorithm, which):
        given = self.config["parameters"].get(f"{which}_date")
        if given and f"{which}_date" in algorithm["reads"]:
            return date.fromisoformat(given)
        return date(*algorithm["dates"][which]) if which in algorithm["dates"] else None

    def trade(self, algorithm):
        """Go through the days; returns the error that ended it."""
        first, last = self.period
        self.clock = f"{first} 00:00:00 "
        stream = f"Start: {first:%m/%d/%Y} 00:00:00 Stop: {last:%m/%d/%Y} 23:59:59"
        self.say(f"AlgorithmManager.Run(): Begin DataStream - {stream} Time: {first:%m/%d/%Y} 00:00:00 Warmup: False")
        self.debug(f"Launching analysis for {self.id} with LEAN Engine v{VERSION}")
        for name in algorithm["reads"]:
            self.debug(f"{name}={self.config['parameters'].get(name, 'default')}")
        day = first
        while day <= last and not self.stopped:
            self.clock = f"{day} 00:00:00 "
            at = int(datetime(day.year, day.month, day.day, 20, tzinfo=UTC).timestamp())
            self.points.append([at, CASH, CASH, CASH, CASH])
            if algorithm["throws"]:
                return self.throw(day, *algorithm["throws"])
            if algorithm["sleep"]:
                self.write_intermediate()
                time.sleep(algorithm["sleep"])
            day += timedelta(days=1)
        self.say("Synchronizer.GetEnumerator(): Exited thread.")
        if self.stopped:
            self.say("Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now")
            self.say(f"AlgorithmManager.Run(): Algorithm state changed to Stopped at {day:%m/%d/%Y} 00:00:00", "ERROR")
        else:
            self.say("AlgorithmManager.Run(): Firing On End Of Algorithm...")
        self.say("Engine.Run(): Exiting Algorithm Manager")
        return ""

    def write_intermediate(self):
        if time.monotonic() - self.written >= INTERMEDIATE_SECONDS:
            self.written = time.monotonic()
            self.write(f"{self.id}.json", self.result("Running", "", ""))

    def throw(self, day, kind, text, file, line):
        trace = f"System.{kind}: {text}\n   at Algorithm.OnData(Slice slice) in /LeanCLI/{file}:line {line}"
        record = f"RuntimeError at {day:%m/%d/%Y} 00:00:00 UTC. Context: OnData {trace}"
        self.say(f"Extensions.SetRuntimeError(): Extensions.SetRuntimeError(): {record}", "ERROR")
        self.say("Engine.Run(): Exiting Algorithm Manager")
        self.say("Engine.Run(): Sending runtime error to user...")
        self.say(f"{self.clock}Runtime Error: {text}\n {trace}", "ERROR")
        return f"{text}\n{trace}"

    def finish(self, error):
        self.say("BacktestingResultHandler.Exit(): starting...")
        self.say("BacktestingResultHandler.Exit(): Saving logs...")
        days = len(self.points)
        if days:
            speed = f"completed in 0.01 seconds at 1k data points per second. Processing total of {days:,} data points."
            self.debug(f"Algorithm Id:({self.id}) {speed}")
            place = self.results / f"{self.id}-log.txt"
            place.write_text("")
            self.debug(f"Your log was successfully created and can be retrieved from: {place}")
        self.say("BacktestingResultHandler.Run(): Ending Thread...")
        content = self.result("RuntimeError" if error else "Completed", now(), error)
        for name in (f"{self.id}-summary.json", f"{self.id}.json"):
            self.write(name, content)
        self.write(f"{self.id}-order-events.json", [])
        self.say("\n" + "\n".join(f"STATISTICS:: {line}" for line in KEYS))
        self.say("BacktestingResultHandler.SendAnalysisResult(): Processed final packet")
        self.say("Engine.Run(): Disconnecting from brokerage...")
        self.say("Engine.Run(): Disposing of setup handler...")
        self.say("Engine.Main(): Analysis Completed and Results Posted.")
        self.say("DataMonitor.GenerateReport():\nDATA USAGE:: Total data requests 0")
        print("Engine.Main(): Analysis Complete.", flush=True)
        self.say(f"Engine.Main(): Packet removed from queue: {self.id}")
        self.say("LeanEngineSystemHandlers.Dispose(): start...")
        self.say("LeanEngineAlgorithmHandlers.Dispose(): start...")
        self.say("Program.Main(): Exiting Lean...")
        self.log.close()

    def result(self, status, ended, error):
        series = {"name": "Equity", "unit": "$", "index": 0, "seriesType": 2, "values": self.points}
        first, last = self.period
        return {
            "charts": {"Strategy Equity": {"name": "Strategy Equity", "series": {"Equity": series}}},
            "orders": {},
            "statistics": dict(line.rsplit(" ", 1) for line in KEYS),
            "runtimeStatistics": {"Equity": f"${CASH:,}.00"},
            "serverStatistics": {"LEAN Version": VERSION},
            "algorithmConfiguration": {
                "name": self.config["backtest-name"],
                "accountCurrency": "USD",
                "parameters": self.config["parameters"],
                "startDate": f"{first}T00:00:00Z",
                "endDate": f"{last}T23:59:59Z",
            },
            "state": {
                "StartTime": self.started,
                "EndTime": ended,
                "RuntimeError": error,
                "StackTrace": error,
                "OrderCount": "0",
                "Name": self.id,
                "Status": status,
            },
        }

    def write(self, name, content):
        (self.results / name).write_text(json.dumps(content))

    def interrupt(self, *_):
        self.stopped = True  # no more: a signal may come in the midst of a print


def now():
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def is_csharp(place):
    """Whether LEAN's configuration asks for C#; what cannot be read is minilean's to refuse."""
    try:
        return json.loads(Path(place).read_text())["algorithm-language"] == "CSharp"
    except (OSError, ValueError, KeyError, TypeError):
        return False


def run_configured(place):
    """Run what the configuration says; returns the exit code, None for a crash."""
    try:
        return run(json.loads(Path(place).read_text()))
    except Crash as error:
        print(f"Unhandled exception. {error}", file=sys.stderr, flush=True)
        return None
    except OSError:
        traceback.print_exc()
        return None
