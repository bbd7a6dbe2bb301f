"""Small recordings, written by hand in the words of LEAN: for tests of timing, signals and order."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 1, 31, 12, tzinfo=UTC)
BANNER = "Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v2.5.0.0 Mode: DEBUG (64bit) Host: h"
ACCEPTED = "Engine.Run(): Resource limits '0' CPUs. 2147483647 MB RAM."
IMPORTING = "AlgorithmPythonWrapper(): Python version 3.11.2: Importing python module main"
IMPORTED = "AlgorithmPythonWrapper(): main successfully imported."
LAUNCHED = "Debug: 2013-10-07 00:00:00 Launching analysis for recorded with LEAN Engine v2.5.0.0"
TRADED = "Debug: 2013-10-09 09:31:00 bought"
DATA_ENDED = "Synchronizer.GetEnumerator(): Exited thread."
SAVED = "BacktestingResultHandler.SendAnalysisResult(): Processed final packet"
EXITING = "Program.Main(): Exiting Lean..."
BOOT = ((0.0, BANNER), (0.01, ACCEPTED), (0.02, IMPORTING))
RUN = ((0.03, IMPORTED), (0.04, LAUNCHED), (0.05, TRADED))
FINAL = {"state": {"EndTime": "2026-01-31T12:00:01Z", "Status": "Completed"}, "statistics": {"Total Orders": "1"}}


def ending(at: float) -> tuple[tuple[float, str], ...]:
    return (at, DATA_ENDED), (at + 0.01, SAVED), (at + 0.02, EXITING)


def write_recording(folder: Path, lines: tuple[tuple[float, str], ...], *, exit_code: int = 0) -> None:
    """Write a recording whose lines appear on the console and in log.txt at the same times (seconds)."""
    (folder / "results").mkdir(parents=True)
    case = {"algorithm_id": "recorded", "exit_code": exit_code, "oom_killed": False}
    (folder / "case.json").write_text(json.dumps(case))
    console, log = [], []
    for seconds, text in lines:
        moment = BEGIN + timedelta(seconds=seconds)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"
        line = f"{moment:%Y%m%d %H:%M:%S}.{moment.microsecond // 1000:03} TRACE:: {text}\n"
        console.append(json.dumps({"log": line, "stream": "stdout", "time": stamp}))
        log.append(f"{stamp} TRACE:: {text}\n")
    (folder / "docker.jsonl").write_text("\n".join(console) + "\n")
    (folder / "results" / "log.txt").write_text("".join(log))
    if any(text == SAVED for _, text in lines):
        (folder / "results" / "recorded.json").write_text(json.dumps(FINAL))
