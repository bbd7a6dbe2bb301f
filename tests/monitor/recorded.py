"""A recorded run as the monitor meets it: sources with their bytes, what was read from disk, how it ended."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from random import Random

from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.models.events import LogLine
from leanboard.models.results import EquityPoint
from leanboard.models.run import BacktestStatus, Outcome, Phase, Reason
from leanboard.services.backtest_monitor import BacktestMonitor, Evidence, Intent, Source, Update
from leanboard.storage.result_files import ResultState, read_result

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)

# What the recordings' own vocabulary (contract 2.7) means in ours; None: told apart case by case.
EXPECTED: dict[str, tuple[BacktestStatus, Reason | None] | None] = {
    "COMPLETED": (BacktestStatus.COMPLETED, None),
    "RUNTIME_ERROR": (BacktestStatus.FAILED, Reason.RUNTIME_ERROR),
    "FAILED_TO_INITIALIZE": (BacktestStatus.FAILED, Reason.INIT_ERROR),
    "CANCELLED": (BacktestStatus.CANCELLED, Reason.CANCELLED_BY_USER),
    "TERMINATED": (BacktestStatus.FAILED, Reason.LOST),
    "KILLED": (BacktestStatus.FAILED, Reason.LOST),
    "OUT_OF_MEMORY": (BacktestStatus.FAILED, Reason.OUT_OF_MEMORY),
    "CRASHED": None,
}
REASONS = {
    "bad-json-config": Reason.ENGINE_ERROR,
    "crash-lone-surrogate": Reason.CRASHED,
    "disk-full": Reason.DISK_FULL,
    "unwritable-results": Reason.ENGINE_ERROR,
    "wrong-config-path": Reason.ENGINE_ERROR,
    "wrong-location": Reason.ENGINE_ERROR,
    "crashes": Reason.CRASHED,
    "unsupported": Reason.UNSUPPORTED,
    "oom-managed": Reason.OUT_OF_MEMORY,  # LEAN calls it a runtime error; the user wants to know about memory
}


class Clock:
    """A monotonic clock that goes when told to."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def new_monitor(clock: Clock | None = None, stall_after: float = 180.0) -> BacktestMonitor:
    return BacktestMonitor("run", (None, None), lambda: NOW, clock or Clock(), stall_after)


@lru_cache(maxsize=128)
def _result(folder: Path, algorithm_id: str) -> ResultState:
    return read_result(folder / "results", algorithm_id)


@dataclass(frozen=True)
class Case:
    """A folder of recordings' format."""

    folder: Path

    @property
    def case(self) -> dict[str, object]:
        return json.loads((self.folder / "case.json").read_text())

    @property
    def expected(self) -> tuple[BacktestStatus, Reason | None]:
        known = EXPECTED[str(self.case["expected_final_status"])]
        reason = REASONS.get(self.folder.name)
        if reason is not None:
            return BacktestStatus.FAILED, reason
        assert known is not None, f"no expected reason for {self.folder.name}"
        return known

    @property
    def sources(self) -> dict[Source, bytes]:
        streams = {"stdout": b"", "stderr": b""}
        for line in (self.folder / "docker.jsonl").read_text().split("\n"):
            if line:
                entry = json.loads(line)
                streams[entry["stream"]] += entry["log"].encode()
        results = self.folder / "results"
        files = {Source.LOG: results / "log.txt", Source.FRAMES: results / "frames.ndjson"}
        found = {source: path.read_bytes() for source, path in files.items() if path.exists()}
        return {Source.STDOUT: streams["stdout"], Source.STDERR: streams["stderr"], **found}

    @property
    def result(self) -> ResultState:
        return _result(self.folder, str(self.case["algorithm_id"]))

    @property
    def user_files(self) -> frozenset[str]:
        project = self.folder / "project"
        return frozenset(path.name for path in project.glob("*")) if project.is_dir() else frozenset()

    def evidence(self) -> Evidence:
        case = self.case
        exit_code = case["exit_code"]
        assert isinstance(exit_code, int)
        return Evidence(
            exit=SandboxExit(exit_code, out_of_memory=bool(case["oom_killed"])),
            intent=Intent.CANCEL if case["expected_final_status"] == "CANCELLED" else Intent.NONE,
            result=self.result,
            settled=self.folder.name == "killed-after-results",
            user_files=self.user_files,
        )


@dataclass(frozen=True)
class Seen:
    """Everything that came out of a monitor."""

    updates: tuple[Update, ...]
    outcome: Outcome
    percent: float | None

    @property
    def phases(self) -> tuple[Phase, ...]:
        return tuple(update.phase for update in self.updates if update.phase)

    @property
    def lines(self) -> tuple[LogLine, ...]:
        return tuple(line for update in self.updates for line in update.lines)

    @property
    def line_count(self) -> int:
        return sum(len(update.lines) + update.skipped for update in self.updates)

    @property
    def equity(self) -> tuple[EquityPoint, ...]:
        return tuple(point for update in self.updates for point in update.equity)

    def flag(self, name: str) -> bool:
        return any(getattr(update, name) for update in self.updates)


def pieces(sources: dict[Source, bytes], random: Random, largest: int) -> Iterator[tuple[Source, bytes]]:
    """Cut every source at random places and mix them as a follower of files would."""
    left = {source: memoryview(data) for source, data in sources.items() if data}
    while left:
        source = random.choice(sorted(left))
        size = random.randint(1, largest)
        yield source, bytes(left[source][:size])
        left[source] = left[source][size:]
        if not left[source]:
            del left[source]


def watch(case: Case, fed: Iterator[tuple[Source, bytes]]) -> Seen:
    monitor = new_monitor()
    updates = [monitor.feed(source, data) for source, data in fed]
    updates.append(monitor.finish())
    outcome = monitor.resolve(case.evidence())
    return Seen(tuple(updates), outcome, monitor.final_progress(outcome).percent)
