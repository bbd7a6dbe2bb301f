"""What goes in and out of the index: a claim to a key, a change of a run's row, what a start finds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.code import CodeDigest
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestStatistics, DataProvenance
from leanboard.models.run import BacktestProgress, BacktestRunInfo, CodeLocation, Phase, Reason


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """The client's Idempotency-Key with a digest of the body that came with it.

    Attributes:
        key: As the client sent it.
        body_sha256: Hex digest of the canonical body; tells a repetition from a misuse.
    """

    key: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Inserted:
    """Answer to an insert.

    Attributes:
        run: As stored, with the timestamp that was reserved for it.
        created: False when the key had been used for the same body before, or the item of a batch had its run
            already: ``run`` is that earlier run.
        code: Of the run's snapshot, where whoever made it knows.
    """

    run: BacktestRunInfo
    created: bool
    code: CodeDigest | None = None


@dataclass(frozen=True, slots=True)
class BatchRun:
    """A run of a batch, with LEAN's statistics as far as there are any."""

    run: BacktestRunInfo
    statistics: BacktestStatistics

    @property
    def order(self) -> tuple[int, int]:
        """Number and attempt of its item."""
        place = self.run.batch
        return (0, 0) if place is None else (place.item, place.attempt)


class RunChanges(Frozen):
    """New values of a run's row; what is not passed stays as it is (None is a value).

    ``attempt`` is the new one; the attempt that a change is guarded by is an argument of its own.
    """

    phase: Phase | None = None
    reason: Reason | None = None
    message: str = ""
    location: CodeLocation | None = None
    warnings: tuple[str, ...] = ()
    partial: bool = False
    attempt: int | None = Field(default=None, ge=1)
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None
    progress: BacktestProgress | None = None


@dataclass(frozen=True, slots=True)
class KnownRun:
    """What a comparison with the disk needs of a row.

    Attributes:
        status: As stored, also when it is none that we know.
    """

    id: str
    timestamp: str
    status: str
    committed: bool


@dataclass(frozen=True, slots=True)
class NamedResult:
    """A finished run, and the name of its directory."""

    run_id: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class CommittedResult:
    """What a row takes over from a committed run directory.

    Attributes:
        size: Bytes of all files that run.json lists.
        labelled: When labels.json was written, nanoseconds; None without one.
        trashed_at: When it was moved to the trash; None for what lies under ``results/``.
        fingerprint: See storage/fingerprint.py; None for a result that answers no other request.
    """

    run: BacktestRunInfo
    request: BacktestRequest
    statistics: BacktestStatistics
    data: DataProvenance
    size: int | None = None
    labelled: int | None = None
    trashed_at: datetime | None = None
    fingerprint: str | None = None


class ProblemKind(StrEnum):
    """What is wrong with something that lies under the service's home."""

    INDEX_LOST = "index_lost"  # the index could not be read and was rebuilt
    UNREADABLE = "unreadable"  # a result directory without a run.json that can be read
    QUARANTINED = "quarantined"  # run.json can be read but not be believed: foreign id, state, path or schema
    VANISHED = "vanished"  # the index knows a result whose directory is gone
    RENAMED = "renamed"  # a result got another name because something else had taken its own
    LOST = "lost"  # an accepted run without any files
    RESTORED = "restored"  # an accepted run that the index had lost
    FAILED = "failed"  # putting a run in order failed; the next start tries again


@dataclass(frozen=True, slots=True)
class StorageProblem:
    """Something found at start that a person should know about; never fatal.

    Attributes:
        kind: What it is.
        subject: Path relative to the home, or a run's id.
        detail: For people: what was found, and what to do.
    """

    kind: ProblemKind
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start found of the runs that an earlier process left behind.

    Attributes:
        pending: Accepted and never started, oldest first; their snapshots are in place.
        interrupted: Were running; snapshot in place, slot perhaps half written. The manager starts them again
            or settles them.
        settled: Were on their way to a result, which is now complete; also those that turned out lost.
        problems: Everything else that was found.
    """

    pending: tuple[BacktestRunInfo, ...] = ()
    interrupted: tuple[BacktestRunInfo, ...] = ()
    settled: tuple[BacktestRunInfo, ...] = ()
    problems: tuple[StorageProblem, ...] = ()
