"""Measures minilean against real LEAN: points per second, memory, and start to first bar; results must be equal.

    .venv/bin/python benchmarks/minilean.py [--shared ../shared] [--data FOLDER] [--repeat 1] [NAME ...]

Runs ``rate_one``, ``rate_twenty`` and ``rate_daily`` of the goldens, each in a process of its own on one core. The
minute data is simulated by their ``make_rate_data.py``, which takes a minute; with ``--data`` it is kept for the next
time. LEAN's figures are those of another day: the machine's noise and drift are in the ratios.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
POINTS = re.compile(r"completed in ([\d.]+) seconds .*Processing total of ([\d,]+) data points")
ORDER_HASH = re.compile(r"^STATISTICS:: OrderListHash (\w+)", re.MULTILINE)
FIRST_BAR = re.compile(r"first bar at ([\d.]+)")


@dataclass(frozen=True, slots=True)
class Lean:
    """What real LEAN took, from "Speed of real LEAN on the same work" in the README of the goldens.

    Attributes:
        points_per_second: Data points per second of engine time (2 cores, Debug build, quiet machine).
        peak: Largest resident set in MB.
        goal: How many times as fast minilean is to be.
    """

    points_per_second: float
    peak: int
    goal: float


LEAN = {
    "rate_one": Lean(197_243 / 5.45, 434, 3),
    "rate_twenty": Lean(3_911_363 / 22.4, 642, 1),
    "rate_daily": Lean(66_676 / 3.37, 528, 3),
}
FIRST_BAR_GOAL = 0.4
"""Seconds from the start of the process."""

STARTS = '''
from AlgorithmImports import *
import time as clock


class FirstBar(QCAlgorithm):
    """Tells when its first bar comes."""

    def initialize(self):
        self.set_start_date({start})
        self.set_end_date({start})
        self.set_cash(100000)
        self.average = self.ema(self.add_equity("{ticker}", Resolution.{resolution}).symbol, 60)

    def on_data(self, data):
        self.debug(f"first bar at {{clock.time()}}")
'''


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its folder, what it printed, wall clock at its start, CPU seconds and peak MB."""

    folder: Path
    output: str
    begun: float
    cpu: float
    peak: float


def run(strategy: str, name: str, data: Path, folder: Path) -> Outcome:
    """Run a strategy in a process of its own."""
    for part in ("project", "results", "storage"):
        (folder / part).mkdir(parents=True)
    (folder / "project" / f"{name}.py").write_text(strategy)
    settings = {
        "environment": "backtesting",
        "algorithm-language": "Python",
        "algorithm-type-name": name,
        "algorithm-location": str(folder / "project" / f"{name}.py"),
        "algorithm-id": name,
        "backtest-name": name,
        "data-folder": str(data),
        "results-destination-folder": str(folder / "results"),
        "object-store-root": str(folder / "storage"),
        "close-automatically": True,
        "parameters": {},
    }
    (folder / "config.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "minilean", "--config", str(folder / "config.json")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(PROJECT / "backend"), "PYTHONPYCACHEPREFIX": str(folder.parent / "bytecode")}
    with (folder / "output.txt").open("w") as output:
        begun = time.time()
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    text = (folder / "output.txt").read_text()
    if process.returncode:
        sys.exit(f"{name} failed:\n{text[:4000]}")
    return Outcome(folder, text, begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def difference(outcome: Outcome, name: str, expected: dict[str, Any], points: int) -> str:
    """Return what is not as real LEAN had it, empty when all is equal."""
    result = json.loads((outcome.folder / "results" / f"{name}.json").read_text())
    found = ORDER_HASH.search(outcome.output)
    pairs = [
        ("status", expected["status"], result["state"]["Status"]),
        ("order list hash", expected["order_list_hash"], found[1] if found else ""),
        ("data points", expected["data_points"], points),
        *((key, value, result["statistics"].get(key)) for key, value in expected["statistics"].items()),
    ]
    return next((f"{what}: {theirs} is {ours}" for what, theirs, ours in pairs if theirs != ours), "")


def first_bar(name: str, data: Path, folder: Path) -> float:
    """Return the seconds from the start of a process to a strategy's first bar of the same data."""
    daily = name == "rate_daily"
    strategy = STARTS.format(
        start="1999, 1, 4" if daily else "2019, 1, 2",
        ticker="SPY" if daily else "S01",
        resolution="DAILY" if daily else "MINUTE",
    )
    outcome = run(strategy, "first_bar", data, folder)
    found = FIRST_BAR.search(outcome.output)
    if found is None:
        sys.exit(f"no first bar:\n{outcome.output[-1500:]}")
    return float(found[1]) - outcome.begun


def measure(name: str, shared: Path, data: Path, folder: Path) -> None:
    """Run a strategy and print its line of the table."""
    cases = shared / "lean-goldens" / "rate"
    first_bar(name, data, folder / "unmeasured")  # leaves the bytecode behind, as an installed package has it
    outcome = run((cases / f"{name}.py").read_text(), name, data, folder / "run")
    found = POINTS.search(outcome.output)
    if found is None:
        sys.exit(f"{name} did not complete:\n{outcome.output[-1500:]}")
    seconds, points = float(found[1]), int(found[2].replace(",", ""))
    lean, speed = LEAN[name], points / seconds
    differs = difference(outcome, name, json.loads((cases / f"{name}.expected.json").read_text()), points)
    starts = min(first_bar(name, data, folder / f"first{number}") for number in range(3))
    print(
        f"{name:12} {points:>10,} {seconds:>8.2f} {speed:>10,.0f} {lean.points_per_second:>10,.0f}"
        f" {speed / lean.points_per_second:>6.2f} {lean.goal:>5g} {outcome.cpu:>7.2f} {outcome.peak:>8.0f}"
        f" {lean.peak:>8} {starts:>10.2f}  {differs or 'equal'}"
    )


def make_data(shared: Path, folder: Path) -> Path:
    """Return the folder of simulated minute data; it is made when it is not there, or by another script."""
    script = shared / "lean-goldens" / "make_rate_data.py"
    stamp, digest = folder / "made-by", hashlib.sha256(script.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != digest:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, str(script), str(folder), str(shared / "lean-data")], check=True)
        stamp.write_text(digest)
    return folder


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*LEAN, []], help="default: all three")
    parser.add_argument("--shared", type=Path, default=PROJECT.parent / "shared", help="folder of the reference data")
    parser.add_argument("--data", type=Path, help="where the simulated minute data is kept; default: nowhere")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    shared, names = options.shared.resolve(), options.names or list(LEAN)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"{'':12} {'points':>10} {'engine s':>8} {'points/s':>10} {'LEAN':>10} {'ratio':>6} {'goal':>5} {'CPU s':>7}"
          f" {'peak MB':>8} {'LEAN MB':>8} {'first bar':>10}  results")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="rate-") as place:
        simulated = options.data or Path(place) / "data"
        for number in range(options.repeat):
            for name in names:
                data = shared / "lean-data" if name == "rate_daily" else make_data(shared, simulated)
                measure(name, shared, data, Path(place) / f"{number}-{name}")
    print(f"first bar: seconds from the start of the process, best of three; goal {FIRST_BAR_GOAL}")


if __name__ == "__main__":
    main()
