"""What goes into a run, and what comes out of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from leanboard.engines.base import LossCause, Slot
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import Applied, BacktestProgress, Outcome
from leanboard.services.strategy_service import Prepared
from leanboard.storage.result_files import ResultState


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


@dataclass(frozen=True, slots=True)
class Settled:
    """A run that is over, its sandbox still held until everything is durable.

    Attributes:
        output: LEAN's results folder, still in the slot.
        release: Lets go of the sandbox; the last step.
        lost: Who ended it, where it was neither LEAN nor we.
    """

    outcome: Outcome
    progress: BacktestProgress
    result: ResultState
    applied: Applied
    output: Path
    release: Callable[[], Awaitable[None]]
    lost: LossCause | None = None
