"""Small recordings in the replay engine's format, made up here: what LEAN would have written, at chosen moments."""

import json
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
DAYS = tuple(datetime(2013, 10, day, tzinfo=UTC) for day in (7, 8, 9, 10, 11))
SOURCE = """from AlgorithmImports import *


class Recorded(QCAlgorithm):
    \"\"\"{name}, as it was recorded.\"\"\"

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.fast = self.get_parameter("fast", 10)
        self.add_equity("SPY", Resolution.MINUTE)

    def on_data(self, data):
        self.ratio = 1 / (self.fast - self.fast)
"""
STATISTICS = {
    "Total Orders": "3",
    "Average Win": "1.50%",
    "Compounding Annual Return": "271.453%",
    "Start Equity": "100000",
    "End Equity": "100400.5",
    "Net Profit": "0.401%",
    "Sharpe Ratio": "8.854",
    "Drawdown": "2.200%",
}
ERROR = (
    "division by zero\n  at on_data\n    self.ratio = 1 / (self.fast - self.fast)\n"
    "                 ~~^~~~~~~~~~~~~~~~~~~~~~~~~\n in main.py: line 14"
)


class Recorder:
    """Collects lines at seconds from the begin, and writes them as a recording."""

    def __init__(self, name):
        self.name = name
        self.lines = []
        self.frames = []
        self.files = {}

    def log(self, second, text, level="TRACE"):
        self.lines.append((second, level, text))

    def frame(self, second, day, equity):
        moment = BEGIN + timedelta(seconds=second)
        self.frames.append(
            {
                "t": f"{day:%Y-%m-%dT%H:%M:%S}",
                "w": moment.timestamp(),
                "equity": equity,
                "cash": 0.0,
                "holdings": equity,
                "unrealised": 0.0,
                "orders": 1,
                "warming_up": False,
            }
        )

    def save(self, recordings, strategies, exit_code=0):
        folder = recordings / self.name
        results = folder / "results"
        results.mkdir(parents=True)
        case = {"algorithm_id": self.name, "exit_code": exit_code, "oom_killed": False}
        (folder / "case.json").write_text(json.dumps(case))
        with (folder / "docker.jsonl").open("w") as console, (results / "log.txt").open("w") as log:
            for second, level, text in self.lines:
                moment = BEGIN + timedelta(seconds=second)
                log.write(f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z {level}:: {text}\n")
                entry = {
                    "time": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
                    "stream": "stdout",
                    "log": f"{moment:%Y%m%d %H:%M:%S.000} {level}:: {text}\n",
                }
                console.write(json.dumps(entry) + "\n")
        (results / "frames.ndjson").write_text("".join(json.dumps(frame) + "\n" for frame in self.frames))
        for name, content in self.files.items():
            (results / name).write_text(json.dumps(content))
        project = strategies / self.name
        project.mkdir(parents=True)
        (project / "main.py").write_text(SOURCE.format(name=self.name))


def launch(recorder, second):
    recorder.log(second, "Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v2.5.0.0 Mode: DEBUG (64bit) Host: h")
    recorder.log(second, "Engine.Run(): Resource limits '0' CPUs. 2147483647 MB RAM.")
    recorder.log(
        second + 0.05,
        "Dates: Start: 10/07/2013 End: 10/11/2013 Cash: ¤100,000.00 MaximumRuntime: 100.00:00:00 MaxOrders: 2147483647",
    )
    recorder.log(second + 0.05, "AlgorithmManager.Run(): Begin DataStream - Start: a Stop: b Time: c Warmup: False")
    recorder.log(
        second + 0.1,
        f"Debug: 2013-10-07 00:00:00 Launching analysis for {recorder.name} with LEAN Engine v2.5.0.0",
    )


def finish(recorder, second, status="Completed", error=""):
    recorder.log(second, "Synchronizer.GetEnumerator(): Exited thread.")
    recorder.log(second, "Engine.Run(): Exiting Algorithm Manager")
    recorder.log(
        second,
        f"Debug: 2013-10-11 16:00:00 Algorithm Id:({recorder.name}) completed in 1.12 seconds at 4k data points "
        "per second. Processing total of 3,942 data points.",
    )
    recorder.log(second + 0.05, "BacktestingResultHandler.SendAnalysisResult(): Processed final packet")
    recorder.log(second + 0.05, "Engine.Main(): Analysis Completed and Results Posted.")
    recorder.log(second + 0.05, "PythonInitializer.Shutdown(): calling engine shutdown...")
    points = [[int(day.timestamp()), 100000 + 100 * i, 0, 0, 100000 + 100 * i] for i, day in enumerate(DAYS)]
    equity = {"name": "Equity", "unit": "$", "index": 0, "seriesType": 2, "values": points}
    recorder.files[f"{recorder.name}.json"] = {
        "charts": {"Strategy Equity": {"name": "Strategy Equity", "series": {"Equity": equity}}},
        "statistics": STATISTICS,
        "runtimeStatistics": {},
        "orders": {},
        "state": {
            "StartTime": "2026-01-31T12:00:00Z",
            "EndTime": f"{BEGIN + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}",
            "Status": status,
            "RuntimeError": error,
            "StackTrace": error,
        },
    }


def good(recordings, strategies, name="good", length=0.6):
    """A run that completes after ``length`` seconds, with a line of the user's that tries to steer the terminal."""
    recorder = Recorder(name)
    launch(recorder, 0.0)
    for number, day in enumerate(DAYS):
        recorder.frame(0.2 + number * length / 5, day, 100000.0 + 100 * number)
    recorder.log(0.25, "Debug: 2013-10-07 09:31:00 Bought SPY \x1b[2J at 144.82")
    finish(recorder, 0.2 + length)
    recorder.save(recordings, strategies)


def failing(recordings, strategies, name="failing"):
    """A run whose on_data raises."""
    recorder = Recorder(name)
    launch(recorder, 0.0)
    recorder.log(
        0.2,
        "Extensions.SetRuntimeError(): RuntimeError at 10/07/2013 13:31:00 UTC. Context: OnData "
        f"System.Exception: {ERROR}",
        "ERROR",
    )
    recorder.log(0.2, f"Error: 2013-10-07 09:31:00 Runtime Error: {ERROR}", "ERROR")
    finish(recorder, 0.3, status="RuntimeError", error=ERROR)
    recorder.save(recordings, strategies, exit_code=1)
