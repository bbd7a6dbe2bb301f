"""What happens to a run, as it goes over the WebSocket: one small JSON object an event.

``seq`` rises by one from event to event of a run and is what ``?since=`` resumes from.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.results import BacktestStatistics, EquityPoint
from leanboard.models.run import BacktestProgress, BacktestRunInfo, Outcome, Phase


class LogLine(Frozen):
    """One record of LEAN's log.

    Attributes:
        level: trace, debug, error: LEAN's own; user lines carry the kind of call that made them.
        source: engine for LEAN's own lines, user for what the strategy wrote.
        simulated_time: The algorithm's clock, for user lines that carry it.
        truncated: Bytes cut from the end of the text; the stored log has them all.
    """

    text: str
    level: Literal["trace", "debug", "error"] = "trace"
    source: Literal["engine", "user"] = "engine"
    logged_at: UtcDatetime | None = None
    simulated_time: str | None = None
    truncated: int = 0


class _Event(Frozen):
    seq: int = Field(default=0, ge=0)
    run_id: str
    time: UtcDatetime


class StatusEvent(_Event):
    """Status, phase, or the place in the queue changed."""

    type: Literal["status"] = "status"
    run: BacktestRunInfo


class ProgressEvent(_Event):
    """The run got further; only the latest matters."""

    type: Literal["progress"] = "progress"
    phase: Phase
    progress: BacktestProgress


class EquityEvent(_Event):
    """New points of the equity curve, oldest first."""

    type: Literal["equity"] = "equity"
    points: tuple[EquityPoint, ...]


class LogEvent(_Event):
    """New log lines. ``skipped`` more came too fast for the stream; the stored log has them."""

    type: Literal["log"] = "log"
    lines: tuple[LogLine, ...]
    skipped: int = 0


class ResultEvent(_Event):
    """The final statistics; results are on disk under ``timestamp``."""

    type: Literal["result"] = "result"
    timestamp: str
    statistics: BacktestStatistics


class SnapshotEvent(_Event):
    """Everything a page needs that opens now: sent first, and again after ``reset``.

    Attributes:
        reset: The events after ``since`` are no longer held: forget what you had.
        equity: The whole curve so far, thinned to a bounded number of points.
    """

    type: Literal["snapshot"] = "snapshot"
    reset: bool = False
    run: BacktestRunInfo
    progress: BacktestProgress | None = None
    equity: tuple[EquityPoint, ...] = ()
    log: tuple[LogLine, ...] = ()
    statistics: BacktestStatistics | None = None


class EndEvent(_Event):
    """Nothing follows; the server closes the connection after it."""

    type: Literal["end"] = "end"
    run: BacktestRunInfo
    outcome: Outcome


RunEvent = Annotated[
    StatusEvent | ProgressEvent | EquityEvent | LogEvent | ResultEvent | SnapshotEvent | EndEvent,
    Field(discriminator="type"),
]
RUN_EVENT: TypeAdapter[RunEvent] = TypeAdapter(RunEvent)
