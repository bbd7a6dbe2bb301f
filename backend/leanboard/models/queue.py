"""The queue of all runs: its limit, whether it is paused, who runs and who waits."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.run import BatchPlace, EngineName, QueuePlace, RunId

MAX_RUNNING = 256
SHOWN = 100  # waiting runs that are listed

MaxRunning = Annotated[int, Field(ge=1, le=MAX_RUNNING, strict=True)]


class QueuedRun(Frozen):
    """A run in the queue.

    Attributes:
        batch: Where in a batch it belongs, with whose runs it shares its turns; null for a run of its own.
        queue: Why it waits; null when it runs.
        settling: Its sandbox has ended and its result is being kept: it needs its slot no more.
        started_at: When it got its slot; null while it waits.
    """

    run_id: RunId
    name: str
    strategy_name: str
    engine: EngineName
    batch: BatchPlace | None = None
    queue: QueuePlace | None = None
    settling: bool = False
    created_at: UtcDatetime
    started_at: UtcDatetime | None = None


class QueueState(Frozen):
    """The queue at this moment.

    Attributes:
        max_running: Runs at the same time.
        max_running_at_start: The setting, which counts again after a restart of the service.
        paused: Nobody starts; what runs goes on. Outlives a restart.
        reason: Why nobody at all may start now; empty when some may.
        running: Runs with a slot, and those that are being settled, in the order in which they began.
        waiting: The next to start, in their order; at most a hundred.
        waiting_total: How many wait.
    """

    max_running: int
    max_running_at_start: int
    paused: bool
    reason: str = ""
    running: tuple[QueuedRun, ...] = ()
    waiting: tuple[QueuedRun, ...] = ()
    waiting_total: int = Field(default=0, ge=0)


class QueueChanges(Frozen):
    """New values for the queue; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "examples": [{"max_running": 4}]})

    max_running: MaxRunning = Field(default=1, description="Runs at the same time, until the service restarts")
    paused: StrictBool = Field(default=False, description="Whether nobody starts; what runs goes on")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            msg = "nothing to change: give max_running or paused"
            raise ValueError(msg)
        return self
