"""The life of a run: THE vocabulary of status, phase and reason, and the table of legal changes.

Public status is what the API speaks; ``phase`` says where a run is, ``reason`` why it ended.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from leanboard.models.base import Frozen, UtcDatetime


class BacktestStatus(StrEnum):
    """Where a run stands, for everybody."""

    PENDING = "pending"  # accepted and durable; waits for a slot
    RUNNING = "running"  # has a sandbox, from its boot to the settled result
    COMPLETED = "completed"  # LEAN ended by itself and its result is final; also with zero trades, or after self.quit()
    FAILED = "failed"  # ended without a good result; ``reason`` says why
    CANCELLED = "cancelled"  # somebody asked for it; what LEAN had written is kept as a partial result

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow any more."""
        return not TRANSITIONS[self]


TRANSITIONS: dict[BacktestStatus, frozenset[BacktestStatus]] = {
    BacktestStatus.PENDING: frozenset(
        {BacktestStatus.RUNNING, BacktestStatus.FAILED, BacktestStatus.CANCELLED},
    ),
    BacktestStatus.RUNNING: frozenset(
        {
            BacktestStatus.PENDING,  # the service was interrupted: the run is started again from its snapshot
            BacktestStatus.COMPLETED,
            BacktestStatus.FAILED,
            BacktestStatus.CANCELLED,
        },
    ),
    BacktestStatus.COMPLETED: frozenset(),
    BacktestStatus.FAILED: frozenset(),
    BacktestStatus.CANCELLED: frozenset(),
}


class Phase(StrEnum):
    """Where a run is between submission and result; only ever moves down this list within one attempt.

    But for what is fetched: a run is ``booting`` until it turns out that its image or its packages are not there, and
    again when they are.
    """

    QUEUED = "queued"  # no slot yet; ``queue`` says why
    PULLING = "pulling"  # the engine fetches its image
    INSTALLING = "installing"  # pip installs the strategy's requirements.txt
    BOOTING = "booting"  # the sandbox starts: .NET, Python, the libraries
    INITIALIZING = "initializing"  # the strategy is imported and its initialize runs
    WARMING_UP = "warming_up"
    TRADING = "trading"
    SAVING = "saving"  # data ended: statistics are computed and files written
    ENDED = "ended"


class Reason(StrEnum):
    """Why a run ended as it did; null for a run that simply completed."""

    CANCELLED_BY_USER = "cancelled_by_user"
    INIT_ERROR = "init_error"  # import, constructor or initialize failed, or took too long
    RUNTIME_ERROR = "runtime_error"  # the strategy raised after LEAN had launched it
    UNSUPPORTED = "unsupported"  # the embedded engine refused something by name
    OUT_OF_MEMORY = "out_of_memory"
    TIMED_OUT = "timed_out"  # our wall-clock or CPU-time limit
    DISK_FULL = "disk_full"
    CRASHED = "crashed"  # the engine's process died without a final result
    LOST = "lost"  # somebody else ended the sandbox, or it vanished
    BUILD_FAILED = "build_failed"  # the project did not compile
    REQUIREMENTS_FAILED = "requirements_failed"  # requirements.txt could not be installed
    ENGINE_ERROR = "engine_error"  # the sandbox could not be made, or ran something else
    RESULT_UNREADABLE = "result_unreadable"  # LEAN ended, but its result cannot be read


class EngineName(StrEnum):
    """How a run is executed."""

    DOCKER = "docker"  # the unmodified LEAN image, one container a run
    EMBEDDED = "embedded"  # minilean, one child process a run
    REPLAY = "replay"  # plays a recorded run; for tests and demonstrations


_ID = r"[0-9a-f]{32}"
_NAME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2}(-[1-9][0-9]{0,5})?"
ID_PATTERN = rf"^{_ID}$"
TIMESTAMP_PATTERN = rf"^{_NAME}$"
REFERENCE_PATTERN = rf"^({_ID}|{_NAME})$"
RunId = Annotated[str, Field(pattern=ID_PATTERN, description="32 hex digits")]
BatchId = Annotated[str, Field(pattern=ID_PATTERN, description="32 hex digits")]
Timestamp = Annotated[
    str,
    Field(
        pattern=TIMESTAMP_PATTERN,
        description="Name of the result directory, UTC",
        examples=["2026-01-31_12-00-00"],
    ),
]
RunReference = Annotated[
    str,
    Field(
        pattern=REFERENCE_PATTERN,
        description="A run: its id, or the name of its result directory",
        examples=["2026-01-31_12-00-00"],
    ),
]


class BatchPlace(Frozen):
    """Where in a batch a run belongs.

    Attributes:
        id: Of the batch.
        item: Number of the item in it, from 1.
        attempt: Which of the item's runs this is, from 1.
    """

    id: BatchId
    item: int = Field(ge=1)
    attempt: int = Field(default=1, ge=1)


class QueuePlace(Frozen):
    """Why a run waits.

    Attributes:
        position: 1 for the next to start.
        reason: For people, such as "2 of 2 slots busy, position 3, about 40 s".
        expected_wait: Seconds, from the length of recent runs; null while nothing is known.
    """

    position: int = Field(ge=1)
    reason: str
    expected_wait: float | None = None


class CodeLocation(Frozen):
    """A line of the user's own code."""

    file: str
    line: int = Field(ge=1)


class FetchProgress(Frozen):
    """How far the engine is with getting what the run needs before it boots.

    Attributes:
        text: For people, such as "pulling quantconnect/lean:latest: 1.2 of 9.8 GB".
        percent: 0 to 100; null while the size is not known.
    """

    text: str
    percent: float | None = Field(default=None, ge=0, le=100)


class BacktestProgress(Frozen):
    """How far a run is.

    Attributes:
        percent: 0 to 100 of simulated time, 100 only when completed; never goes back within
            an attempt. Null while unknown.
        warm_up_percent: LEAN's own figure during warm-up.
        simulated_time: The algorithm's clock, in the algorithm's zone, as LEAN writes it (no zone).
        points_per_second: LEAN's data points per second at the end, or simulated days per second
            while it runs: see ``speed_unit``.
        speed_unit: What points_per_second counts.
        eta: Seconds to the end, from the speed so far.
        equity: Portfolio value in the account's currency.
        stalled: No sign of life for longer than the setting allows.
        written_at: When the guest wrote the frame that this comes from, by its own clock; null without frames.
        fetching: In phases ``pulling`` and ``installing`` alone.
    """

    percent: float | None = Field(default=None, ge=0, le=100)
    warm_up_percent: float | None = Field(default=None, ge=0, le=100)
    simulated_time: str | None = None
    points_per_second: float | None = None
    speed_unit: Literal["data points", "simulated days"] | None = None
    eta: float | None = None
    equity: float | None = None
    cash: float | None = None
    holdings: float | None = None
    unrealised: float | None = None
    orders: int | None = None
    stalled: bool = False
    fetching: FetchProgress | None = None
    written_at: UtcDatetime | None = None
    updated_at: UtcDatetime | None = None


class Outcome(Frozen):
    """How a run ended: what the monitor resolves from the evidence.

    Attributes:
        message: For the user; LEAN's own text where there is one, shortened to its first paragraph.
        trace: The rest of LEAN's text (frames), for the second look.
        location: The innermost line of the user's code, where the text names one.
        partial: The result covers only a part of the asked period.
        warnings: Things to know about a run that is valid all the same.
    """

    status: BacktestStatus
    reason: Reason | None = None
    message: str = ""
    trace: str = ""
    location: CodeLocation | None = None
    partial: bool = False
    warnings: tuple[str, ...] = ()


class Applied(Frozen):
    """What of a request took effect, and what did not; written by the guest and checked against the result.

    Attributes:
        effective: Field to the value that LEAN used, such as ``{"start_date": "2013-10-07"}``.
        ignored: Field to the reason why it had no effect.
    """

    effective: dict[str, str] = Field(default_factory=dict)
    ignored: dict[str, str] = Field(default_factory=dict)


class BacktestRunInfo(Frozen):
    """A run, as the index knows it.

    Attributes:
        note: A person's remark on the result; starred is a person's mark, too.
        rerun_of: Id of the run that it repeats, by rerun or verify.
        batch: Where in a batch it belongs; null for a run of its own.
    """

    id: RunId
    timestamp: Timestamp
    strategy_name: str
    name: str
    tags: tuple[str, ...] = ()
    note: str = ""
    starred: bool = False
    engine: EngineName
    status: BacktestStatus
    phase: Phase
    reason: Reason | None = None
    message: str = ""
    location: CodeLocation | None = None
    warnings: tuple[str, ...] = ()
    partial: bool = False
    attempt: int = Field(default=1, ge=1)
    rerun_of: RunId | None = None
    batch: BatchPlace | None = None
    created_at: UtcDatetime
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None
    cancel_requested_at: UtcDatetime | None = None
    queue: QueuePlace | None = None
    progress: BacktestProgress | None = None

    @property
    def duration(self) -> timedelta | None:
        """Wall-clock time from start to end, once there is one."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at
