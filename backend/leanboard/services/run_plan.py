"""What goes into a run, and what comes out of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from leanboard.engines.base import Sandbox
from leanboard.engines.sandbox_exit import LossCause
from leanboard.engines.sandbox_spec import CSharpBuild, Limits, Requirements, SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import Applied, BacktestProgress, Outcome
from leanboard.services.code_reader import Prepared
from leanboard.storage.result_files import ResultState

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class RunnerLimits:
    """What every run is held to; times in seconds, sizes in bytes."""

    memory: int
    cpu_seconds: float | None
    cancel_grace: float
    boot_timeout: float
    stall_after: float
    max_output: int


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What to run.

    Attributes:
        slot: Unused, its folders made and the project copied into ``code``.
        prepared: What was read from that copy.
        timeout: Wall-clock seconds.
        warm: Booted ahead in this slot, and taken for this run; None boots now.
        elapsed: How many of them have passed already, for a run that is ``adopted``.
    """

    run_id: str
    slot: Slot
    prepared: Prepared
    request: BacktestRequest
    name: str
    data_folder: Path
    timeout: float
    elapsed: float = 0.0
    adopted: bool = False
    warm: Sandbox | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A run that is over, its sandbox still held until everything is durable.

    Attributes:
        output: LEAN's results folder, still in the slot.
        release: Lets go of the sandbox; the last step.
        lost: Who ended it, where it was neither LEAN nor we.
        stillborn: Its sandbox had booted ahead and died before the guest had the job: nothing of the run has happened.
        ended: Whether nothing runs in the sandbox any more; one that does not end when it is told to still does.
    """

    outcome: Outcome
    progress: BacktestProgress
    result: ResultState
    applied: Applied
    output: Path
    release: Callable[[], Awaitable[None]]
    lost: LossCause | None = None
    stillborn: bool = False
    ended: bool = False


def sandbox_spec(
    slot: Slot,
    run_id: str,
    request: BacktestRequest,
    *,
    data_folder: Path,
    limits: RunnerLimits,
    build: CSharpBuild | None = None,
    requirements: Requirements | None = None,
) -> SandboxSpec:
    """Return what to boot for a run; pure."""
    memory = request.memory * MEGABYTE if request.memory is not None else limits.memory
    return SandboxSpec(
        slot=slot,
        algorithm_id=slot.id,
        data_folder=data_folder,
        limits=Limits(memory=memory, cpu_seconds=limits.cpu_seconds, cpus=request.cpus),
        project=request.strategy_name,
        image=request.image or "",
        build=build,
        requirements=requirements,
        labels={"leanboard.run": run_id},
    )
