"""Runs recorded cases of real LEAN on minilean and compares the results exactly.

``python -m minilean.goldens FOLDER [--jobs N] [--data-folder PATH] [--timeout S] [--first] [NAME ...]``

A case is a folder with ``strategy.py``, ``case.json``, ``expected.json``, ``result.json.gz``, ``user-log.txt`` and
perhaps ``order-events.json``. Each runs in a child process of its own in a fresh folder. A table shows the cases as
equal, refused (the engine named what it does not support) or differing (with the first difference); the last line
has the three counts. The exit code is 0 only if nothing differs.
"""

import argparse
import contextlib
import fnmatch
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

JsonObject = dict[str, Any]
REFUSAL = re.compile(r"`[^`]+` is not supported by the embedded engine")
_OWN_CHARTS = frozenset({"Portfolio Turnover", "Exposure", "Capacity", "Assets Sales Volume", "Portfolio Margin"})
_SPEED_LINE = re.compile(r"Algorithm Id:\(.*\) completed in |Processing algorithm warm-up request \d+%")
_ENGINE_LINE = re.compile(
    r"(Launching analysis for |Algorithm (starting|finished) warming up|Algorithm starting warm up|Algorithm Stopped"
    r"|Warning: |Order Error: |Quit\(\): |Runtime Error: )"
)
_LIMITED_LINE = re.compile(r" (?:was adjust|have been adjusted) to .*?: (\[.*\])$")
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
_DATA_POINTS = re.compile(r"Processing total of ([\d,]+) data points")
_ORDER_HASH = re.compile(r"^STATISTICS:: OrderListHash (\w+)", re.MULTILINE)


class Verdict(StrEnum):
    """Outcome of a case."""

    EQUAL = "equal"
    REFUSED = "refused"
    DIFFERING = "differing"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not as real LEAN had it."""

    what: str
    expected: object
    got: object

    def __str__(self) -> str:
        return f"{self.what}: expected {_short(self.expected)}, got {_short(self.got)}"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case with its outcome, what differed or was refused, and the seconds that the run took."""

    name: str
    verdict: Verdict
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Recording:
    """What is compared, of real LEAN or of a run; absent parts are empty."""

    status: str
    error: str
    statistics: Mapping[str, str]
    order_list_hash: str
    data_points: int | None
    order_events: Sequence[JsonObject]
    closed_trades: Sequence[JsonObject]
    charts: Mapping[str, JsonObject]
    log: Sequence[str]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def log_entries(text: str) -> list[str]:
    """Split a user log into entries (a line without a time continues the one before), without lines about speed."""
    entries: list[str] = []
    for line in text.split("\n"):
        if _MOMENT.match(line) or not entries:
            entries.append(line)
        else:
            entries[-1] += f"\n{line}"
    return [entry.rstrip("\n") for entry in entries if entry.strip() and not _SPEED_LINE.search(entry)]


def _result_parts(result: JsonObject) -> JsonObject:
    total = result.get("totalPerformance") or {}
    trades = [{key: value for key, value in trade.items() if key != "id"} for trade in total.get("closedTrades", [])]
    charts = {name: chart for name, chart in result.get("charts", {}).items() if name not in _OWN_CHARTS}
    return {"closed_trades": trades, "charts": charts}


def read_golden(folder: Path) -> Recording:
    """Read what real LEAN made of a case."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    result = json.loads(gzip.decompress((folder / "result.json.gz").read_bytes()))
    events = folder / "order-events.json"
    return Recording(
        status=expected["status"],
        error=expected["state"]["RuntimeError"],
        statistics=expected["statistics"],
        order_list_hash=expected["order_list_hash"],
        data_points=expected["data_points"],
        order_events=json.loads(events.read_text(encoding="utf-8")) if events.is_file() else [],
        log=log_entries((folder / "user-log.txt").read_text(encoding="utf-8")),
        **_result_parts(result),
    )


def read_run(folder: Path, algorithm_id: str, output: str) -> Recording:
    """Read the result files of a run.

    Args:
        folder: Results folder.
        algorithm_id: Beginning of the files' names.
        output: What the run wrote to standard output.

    Raises:
        FileNotFoundError: The run left no result.
    """
    result = json.loads((folder / f"{algorithm_id}.json").read_text(encoding="utf-8"))
    events, log = folder / f"{algorithm_id}-order-events.json", folder / f"{algorithm_id}-log.txt"
    points, order_hash = _DATA_POINTS.search(output), _ORDER_HASH.search(output)
    return Recording(
        status=result["state"]["Status"],
        error=result["state"]["RuntimeError"],
        statistics=result["statistics"],
        order_list_hash=order_hash[1] if order_hash else "",
        data_points=int(points[1].replace(",", "")) if points else None,
        order_events=json.loads(events.read_text(encoding="utf-8")) if events.is_file() else [],
        log=log_entries(log.read_text(encoding="utf-8")) if log.is_file() else [],
        **_result_parts(result),
    )


def _mapping_difference(what: str, expected: Mapping[str, Any], got: Mapping[str, Any]) -> Difference | None:
    for key in [*expected, *(key for key in got if key not in expected)]:
        if expected.get(key) != got.get(key):
            return Difference(f"{what} {key!r}", expected.get(key), got.get(key))
    return None


def _list_difference(what: str, expected: Sequence[Any], got: Sequence[Any]) -> Difference | None:
    for index, (one, other) in enumerate(zip(expected, got, strict=False)):
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            return _mapping_difference(f"{what} {index}", one, other)
        return Difference(f"{what} {index}", one, other)
    if len(expected) != len(got):
        longer = expected if len(expected) > len(got) else got
        extra = longer[min(len(expected), len(got))]
        return Difference(f"number of {what}s", len(expected), f"{len(got)}; first without match: {_short(extra)}")
    return None


def _points(chart: JsonObject) -> Mapping[str, list[Any]]:
    return {name: series["values"] for name, series in chart["series"].items()}


def _chart_differences(expected: Mapping[str, JsonObject], got: Mapping[str, JsonObject]) -> Iterator[Difference]:
    for name in [*expected, *(name for name in got if name not in expected)]:
        if name not in expected or name not in got:
            yield Difference(f"chart {name!r}", name in expected, name in got)
            continue
        one, other = _points(expected[name]), _points(got[name])
        for series in [*one, *(key for key in other if key not in one)]:
            what = f"chart {name!r} series {series!r} point"
            difference = _list_difference(what, one.get(series, []), other.get(series, []))
            if difference:
                yield difference


def _split_moment(entry: str) -> tuple[str, bool]:
    match = _MOMENT.match(entry)
    rest = entry[match.end() :] if match else entry
    return match[0] if match else "", bool(_ENGINE_LINE.match(rest))


def _ordered(entry: str) -> str:
    """Sort the symbols of a list that LEAN writes in the order of their hashes, which differ from run to run."""
    match = _LIMITED_LINE.search(entry)
    if match is None:
        return entry
    return entry[: match.start(1)] + ", ".join(sorted(re.findall(r"\[[^\]]*\]", match[1])))


def log_difference(expected: Sequence[str], got: Sequence[str]) -> Difference | None:
    """Compare logs line by line; engine lines and the strategy's own may change places within one moment."""
    moments = ([_split_moment(entry)[0] for entry in log] for log in (expected, got))
    for engine, what in ((False, "log line"), (True, "engine log line")):
        ours = ([_ordered(entry) for entry in log if _split_moment(entry)[1] is engine] for log in (expected, got))
        difference = _list_difference(what, *ours)
        if difference:
            return difference
    return _list_difference("moment of log line", *moments)


def differences(expected: Recording, got: Recording) -> Iterator[Difference]:
    """Yield what differs, the most telling first."""
    for what in ("status", "error", "data_points"):
        if getattr(expected, what) != getattr(got, what):
            yield Difference(what, getattr(expected, what), getattr(got, what))
    comparisons = (
        _list_difference("order event", expected.order_events, got.order_events),
        _mapping_difference("statistic", expected.statistics, got.statistics),
        _list_difference("closed trade", expected.closed_trades, got.closed_trades),
    )
    yield from (difference for difference in comparisons if difference)
    if expected.order_list_hash != got.order_list_hash:
        yield Difference("order list hash", expected.order_list_hash, got.order_list_hash)
    yield from _chart_differences(expected.charts, got.charts)
    difference = log_difference(expected.log, got.log)
    if difference:
        yield difference


class GoldenRunner:
    """Runs cases with one data folder and a limit of time."""

    def __init__(self, data_folder: Path, timeout: float) -> None:
        """Configure the runs.

        Args:
            data_folder: LEAN data folder.
            timeout: Seconds per case.
        """
        self._data_folder = data_folder
        self._timeout = timeout

    def run(self, folder: Path) -> CaseResult:
        """Run a case and compare it."""
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="golden-") as work:
            verdict, detail = self._compare(folder, Path(work))
        return CaseResult(folder.name, verdict, detail, time.monotonic() - started)

    def _compare(self, folder: Path, work: Path) -> tuple[Verdict, str]:
        algorithm_id = re.sub(r"__\d+$", "", folder.name)
        config = self._prepare(folder, work, algorithm_id)
        output, errors = self._execute(config, work)
        if output is None:
            return Verdict.DIFFERING, f"no result after {self._timeout:g} s"
        try:
            got = read_run(work / "results", algorithm_id, output)
        except FileNotFoundError:
            return Verdict.DIFFERING, f"no result file; {_short((errors or output)[-400:])}"
        found = next(differences(read_golden(folder), got), None)
        if found is None:
            return Verdict.EQUAL, ""
        refusal = REFUSAL.search(got.error)
        return (Verdict.REFUSED, refusal[0]) if refusal else (Verdict.DIFFERING, str(found))

    def _prepare(self, folder: Path, work: Path, algorithm_id: str) -> Path:
        case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        for name in ("project", "results", "storage"):
            (work / name).mkdir()
        strategy = work / "project" / f"{algorithm_id}.py"
        strategy.write_bytes((folder / "strategy.py").read_bytes())
        settings = {
            "environment": "backtesting",
            "algorithm-type-name": algorithm_id,
            "algorithm-language": "Python",
            "algorithm-location": str(strategy),
            "data-folder": str(self._data_folder),
            "results-destination-folder": str(work / "results"),
            "object-store-root": str(work / "storage"),
            "close-automatically": True,
            "algorithm-id": algorithm_id,
            "backtest-name": algorithm_id,
            "parameters": case["parameters"],
        }
        config = work / "config.json"
        config.write_text(json.dumps(settings, indent=1), encoding="utf-8")
        return config

    def _execute(self, config: Path, work: Path) -> tuple[str | None, str]:
        command = [sys.executable, "-m", "minilean", "--config", str(config)]
        with subprocess.Popen(  # noqa: S603 - this interpreter, arguments of our own
            command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            try:
                return process.communicate(timeout=self._timeout)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return None, ""


def find_cases(folder: Path, names: Sequence[str] = ()) -> list[Path]:
    """Return the case folders below a folder, sorted; with names (or patterns of names) only those.

    Raises:
        ValueError: A name fits no case.
    """
    found = sorted(path.parent for path in folder.rglob("case.json"))
    for name in names:
        if not any(fnmatch.fnmatchcase(path.name, name) for path in found):
            raise ValueError(f"no case named {name} in {folder}")
    return [path for path in found if not names or any(fnmatch.fnmatchcase(path.name, name) for name in names)]


def first_names(folder: Path) -> list[str]:
    """Return the names that ``FIRST.txt`` begins with."""
    return (folder / "FIRST.txt").read_text(encoding="utf-8").split()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m minilean.goldens", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="folder with the cases, at any depth")
    parser.add_argument("names", nargs="*", help="names or patterns (a0*); default: all")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--data-folder", type=Path, help="LEAN data folder; default: lean-data beside FOLDER")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds per case")
    parser.add_argument("--first", action="store_true", help="only the cases of FIRST.txt")
    return parser.parse_intermixed_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = _arguments(argv)
    folder = options.folder.resolve()
    try:
        cases = find_cases(folder, [*options.names, *(first_names(folder) if options.first else ())])
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    runner = GoldenRunner((options.data_folder or folder.parent / "lean-data").resolve(), options.timeout)
    counts = dict.fromkeys(Verdict, 0)
    with ThreadPoolExecutor(max_workers=max(options.jobs, 1)) as pool:
        for result in pool.map(runner.run, cases):
            counts[result.verdict] += 1
            sys.stdout.write(f"{result.name:42} {result.verdict:10} {result.seconds:6.1f} s  {result.detail}\n")
            sys.stdout.flush()
    sys.stdout.write(", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + "\n")
    return 1 if counts[Verdict.DIFFERING] else 0


if __name__ == "__main__":
    sys.exit(main())
