"""Events of runs, for whoever watches: a channel a run, from its acceptance to its end."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from leanboard.models.events import (
    EndEvent,
    EquityEvent,
    LogEvent,
    LogLine,
    ProgressEvent,
    ResultEvent,
    RunEvent,
    SnapshotEvent,
    StatusEvent,
)
from leanboard.models.results import BacktestStatistics, EquityPoint
from leanboard.models.run import BacktestProgress, BacktestRunInfo
from leanboard.services.event_channel import Channels

SNAPSHOT_POINTS = 2000
SNAPSHOT_LINES = 200


@dataclass(slots=True)
class RunView:
    """What a page of a run that opens now must know."""

    run: BacktestRunInfo
    progress: BacktestProgress | None = None
    equity: list[EquityPoint] = field(default_factory=list)
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=SNAPSHOT_LINES))
    statistics: BacktestStatistics | None = None

    def take(self, event: RunEvent, /) -> None:
        """Bring it up to date."""
        match event:
            case StatusEvent() | EndEvent():
                self.run = event.run
            case ProgressEvent():
                self.progress = event.progress
            case EquityEvent():
                self._extend(event.points)
            case LogEvent():
                self.log.extend(event.lines)
            case ResultEvent():
                self.statistics = event.statistics
            case SnapshotEvent():
                pass

    def _extend(self, points: tuple[EquityPoint, ...]) -> None:
        self.equity.extend(points)
        if len(self.equity) > SNAPSHOT_POINTS:
            last = self.equity[-1]
            self.equity = self.equity[::2]
            if self.equity[-1] is not last:
                self.equity.append(last)

    def snapshot(self, seq: int, time: datetime, *, reset: bool) -> SnapshotEvent:
        """Return all of it as an event."""
        return SnapshotEvent(
            seq=seq,
            run_id=self.run.id,
            time=time,
            reset=reset,
            run=self.run,
            progress=self.progress,
            equity=tuple(self.equity),
            log=tuple(self.log),
            statistics=self.statistics,
        )


class EventHub(Channels[RunEvent, RunView]):
    """Channels of the runs that are not over yet, by the run's id."""

    def open(self, run: BacktestRunInfo, *, continued: bool = False) -> None:
        """Make the channel of a run, as it stands now; ``continued`` from an earlier process of the service."""
        self._add(run.id, RunView(run), continued=continued)

    def publish(self, event: RunEvent) -> None:
        """Number an event and hand it to the readers; events of runs without a channel vanish."""
        self._append(event.run_id, event)

    def progress(self, run_id: str) -> BacktestProgress | None:
        """Return the latest progress."""
        view = self._view(run_id)
        return view.progress if view else None

    def run(self, run_id: str) -> BacktestRunInfo | None:
        """Return the run as last published: with its phase, which the index does not keep from moment to moment."""
        view = self._view(run_id)
        return view.run if view else None
