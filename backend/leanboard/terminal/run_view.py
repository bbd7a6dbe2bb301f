"""What is known of a run while its events come in."""

from dataclasses import dataclass, field

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
from leanboard.models.run import BacktestProgress, BacktestRunInfo, Outcome, Phase

MAX_POINTS = 1000  # more than a terminal shows; drawn ten times a second; beyond it every other point goes


@dataclass(slots=True)
class RunView:
    """The present state of a run, from the events so far.

    Attributes:
        skipped: Log lines that came too fast for the stream.
        outcome: How it ended; None while it has not.
    """

    run: BacktestRunInfo
    phase: Phase = Phase.QUEUED
    progress: BacktestProgress = field(default_factory=BacktestProgress)
    equity: list[EquityPoint] = field(default_factory=list)
    statistics: BacktestStatistics | None = None
    skipped: int = 0
    outcome: Outcome | None = None

    def apply(self, event: RunEvent) -> tuple[LogLine, ...]:
        """Take an event in; returns the log lines that it brought and that were not seen before."""
        match event:
            case SnapshotEvent():
                return self._begin(event)
            case StatusEvent():
                self._set_run(event.run)
            case ProgressEvent():
                self.phase, self.progress = event.phase, event.progress
            case EquityEvent():
                self._extend(event.points)
            case LogEvent():
                self.skipped += event.skipped
                return event.lines
            case ResultEvent():
                self.statistics = event.statistics
            case EndEvent():
                self._set_run(event.run)
                self.outcome = event.outcome
        return ()

    def _begin(self, event: SnapshotEvent) -> tuple[LogLine, ...]:
        self._set_run(event.run)
        self.progress = event.progress or self.progress
        self.equity = list(event.equity)
        self.statistics = event.statistics
        return () if event.reset else event.log  # after a reset it is not known which of them were seen

    def _set_run(self, run: BacktestRunInfo) -> None:
        if run.attempt != self.run.attempt:
            self.equity, self.progress = [], BacktestProgress()
        self.run, self.phase = run, run.phase

    def _extend(self, points: tuple[EquityPoint, ...]) -> None:
        self.equity.extend(points)
        if len(self.equity) > MAX_POINTS:
            self.equity = self.equity[::2] + self.equity[-1:]

    @property
    def gain(self) -> float | None:
        """Change of equity since the first point, as a fraction; None while unknown."""
        if not self.equity or self.progress.equity is None or self.equity[0].value == 0:
            return None
        return self.progress.equity / self.equity[0].value - 1
