"""What is kept of a run that was ended as soon as it had settled, beside what it leaves when it exits by itself."""

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from leanboard.engines.replay_engine import ReplayEngine
from leanboard.engines.slot import Slot
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import Outcome
from leanboard.services.code_reader import Prepared
from leanboard.services.lean_runner import LeanRunner
from leanboard.services.output_follower import OutputFollower
from leanboard.services.run_plan import RunnerLimits, RunPlan
from leanboard.services.run_watch import RunControl
from monitor.recorded import Case, watch
from services.builders import NOW

RECORDINGS = Path(os.environ.get("LEANBOARD_SHARED", "../shared")) / "lean-recordings"
# Ended by themselves, seconds after their results were complete.
CASES = (
    "bankrupt", "chatty-logs", "debug-mode", "import-error", "init-error", "init-timeout", "margin-call", "ok-charts",
    "ok-crypto", "ok-daily-many-years", "ok-forex", "ok-insights", "ok-many-orders", "ok-minute", "ok-missing-data",
    "ok-multiline-logs", "ok-no-orders", "ok-parameters", "ok-unicode-logs", "ok-warmup", "ok-wrapper-progress",
    "quit-called", "runtime-error-at-end", "runtime-error-division", "runtime-error-exit0", "runtime-error-python",
)  # fmt: skip
# The shutdown of 8 to 11 s then leaves time to end it in; where a busy machine has let it pass, it is played again.
SPEEDS = (12, 4, 1.5)
TOGETHER = 6
LIMITS = RunnerLimits(
    memory=1 << 30,
    cpu_seconds=None,
    cancel_grace=5.0,
    boot_timeout=60.0,
    stall_after=60.0,
    max_output=1 << 30,
)
SHUTDOWN = (  # what LEAN still says about the end of its Python, and of itself
    "Isolator.ExecuteWithTimeLimit(): Execution Security Error",
    "Security.ExecuteWithTimeLimit(): Execution Security Error",
    "Program.Exit(): Failed to shutdown python",
    "PythonInitializer.Shutdown(): ended",
    "Program.Main(): Exiting Lean...",
)
RECORD = re.compile(r"\d{4}-\d\d-\d\dT\S+ [A-Z]+:: ")

pytestmark = [pytest.mark.shared, pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"no {RECORDINGS}")]


@dataclass(frozen=True)
class Ended:
    """A run whose sandbox was ended while it still shut down."""

    outcome: Outcome
    slot: Slot
    algorithm_id: str

    @property
    def has_exited(self) -> bool:
        """Whether LEAN was quicker: then there is nothing to compare."""
        name = self.slot.id.removesuffix("-slot")
        return (
            len((self.slot.output / "log.txt").read_bytes()) == (RECORDINGS / name / "results/log.txt").stat().st_size
        )

    def files(self) -> dict[str, bytes]:
        """What LEAN left, by the names that it would have had in the recording."""
        found = {path.relative_to(self.slot.output).as_posix(): path.read_bytes() for path in files(self.slot.output)}
        return {self.algorithm_id + name.removeprefix(self.slot.id) if name.startswith(self.slot.id) else name: content
                for name, content in found.items()}  # fmt: skip


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def ended(tmp_path_factory) -> dict[str, Ended]:
    return asyncio.run(play_all(tmp_path_factory.mktemp("settled")))


async def play_all(root: Path) -> dict[str, Ended]:
    turn = asyncio.Semaphore(TOGETHER)
    engines = [ReplayEngine(RECORDINGS, speed) for speed in SPEEDS]
    follower = OutputFollower(0.02)
    runner = LeanRunner(LIMITS, follower, lambda: NOW)
    for engine in engines:
        await engine.start()
    await follower.start()

    async def play(name: str) -> Ended:
        async with turn:
            for number, engine in enumerate(engines):
                found = await played(name, engine, runner, root / str(number))
                if not found.has_exited:
                    break
            return found

    try:
        return dict(zip(CASES, await asyncio.gather(*map(play, CASES)), strict=True))
    finally:
        await follower.close()
        runner.close()
        for engine in engines:
            await engine.close()


async def played(name: str, engine: ReplayEngine, runner: LeanRunner, root: Path) -> Ended:
    case = Case(RECORDINGS / name)
    slot = Slot(f"{name}-slot", root / name)
    for folder in (slot.code, slot.output, slot.console, slot.storage):
        folder.mkdir(parents=True)
    for path in files(case.folder / "project"):
        (slot.code / path.name).write_bytes(path.read_bytes())
    plan = RunPlan(
        run_id=name,
        slot=slot,
        prepared=Prepared("main.py", None, {}, None),
        request=BacktestRequest(strategy_name=name),
        name=name,
        data_folder=root,
        timeout=120.0,
    )
    settled = await runner.run(plan, engine, RunControl(), lambda _update: None)
    await settled.release()
    return Ended(settled.outcome, slot, str(case.case["algorithm_id"]))


@pytest.mark.parametrize("name", CASES)
def test_nothing_that_lean_writes_is_lost(ended, name):
    left = {path.relative_to(RECORDINGS / name / "results").as_posix(): path.read_bytes()
            for path in files(RECORDINGS / name / "results")}  # fmt: skip
    kept = ended[name].files()
    log, whole = kept.pop("log.txt"), left.pop("log.txt")
    kept.pop("applied.json", None)
    assert kept == left
    assert whole.startswith(log)
    assert len(log) < len(whole), "it had exited by itself: nothing was compared"
    records = [line for line in whole[len(log) :].decode().splitlines() if RECORD.match(line)]
    assert records
    assert all(any(words in line for words in SHUTDOWN) for line in records), records


@pytest.mark.parametrize("name", CASES)
def test_it_ends_as_it_would_have_ended(ended, name):
    case = Case(RECORDINGS / name)
    outcome = ended[name].outcome
    assert (outcome.status, outcome.reason) == case.expected
    whole = watch(case, iter(case.sources.items())).outcome
    assert (outcome.message, outcome.trace, outcome.location) == (whole.message, whole.trace, whole.location)
    assert outcome.partial == whole.partial
