"""What is kept of results, what goes, and what a look at all directories found."""

from enum import StrEnum

from pydantic import Field

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.run import Timestamp


class RetentionRules(Frozen):
    """How much is kept; a rule that is null says nothing.

    A run goes when any rule says so. Starred runs count, and never go.

    Attributes:
        keep_days: Days since a run ended after which it goes.
        keep_runs: How many results are kept; the oldest go.
        keep_size: MB that all results may have together; the oldest go.
    """

    keep_days: float | None = Field(default=None, gt=0, le=36_500, strict=True)
    keep_runs: int | None = Field(default=None, ge=1, le=10_000_000, strict=True)
    keep_size: int | None = Field(default=None, ge=1, le=1_000_000_000, strict=True)


class RetentionCause(StrEnum):
    """Which rule a run goes by; the first of those that say so."""

    AGE = "age"
    COUNT = "count"
    SIZE = "size"


class RetentionItem(Frozen):
    """A run that goes.

    Attributes:
        finished_at: When it ended.
        size: Bytes; null when that is not known.
    """

    timestamp: Timestamp
    finished_at: UtcDatetime
    size: int | None
    cause: RetentionCause


class RetentionPlan(Frozen):
    """What would go by the rules, or has gone.

    Attributes:
        items: The oldest first, 1000 at most.
        total: How many go.
        size: Bytes of all of them together.
    """

    rules: RetentionRules
    items: tuple[RetentionItem, ...]
    total: int
    size: int


class ReindexState(StrEnum):
    """How far a look at all directories is."""

    IDLE = "idle"  # there was none since the service started
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"  # disk or database refused; ``message`` says why, and what was done before stays


class ReindexReport(Frozen):
    """What a look at all run directories has found so far.

    Attributes:
        total: Directories under ``results/`` and in the trash.
        done: Looked at.
        added: Results that the index did not know.
        refreshed: Rows that said something else than their directories, and were written anew.
        removed: Rows whose directories are gone.
        unreadable: Directories that cannot be taken over; ``GET /api/v2/admin/problems`` names them.
        message: Why it failed.
    """

    state: ReindexState = ReindexState.IDLE
    started_at: UtcDatetime | None = None
    finished_at: UtcDatetime | None = None
    total: int = 0
    done: int = 0
    added: int = 0
    refreshed: int = 0
    removed: int = 0
    unreadable: int = 0
    message: str = ""
