"""What a run's bytes mean: log, frames and console in; phase, progress, curve, log lines and the outcome out.

Pure: no file, no clock, no task of its own. The caller feeds what the files grew by, in pieces of any size, and
asks once at the end for the outcome. Nothing that a strategy prints can end or fail its run: lines lead to hints,
and the outcome comes from LEAN's result file, the exit, and what we ourselves asked for.
"""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from leanboard.models.results import EquityPoint
from leanboard.models.run import BacktestProgress, BacktestStatus, Outcome, Phase
from leanboard.services.monitoring.console import ConsoleReader
from leanboard.services.monitoring.facts import ORDER, Facts
from leanboard.services.monitoring.frames import FrameReader
from leanboard.services.monitoring.log_parser import LineBuffer
from leanboard.services.monitoring.log_reader import LineTail, LogReader
from leanboard.services.monitoring.outcome import resolve
from leanboard.services.monitoring.progress import ProgressTracker
from leanboard.services.monitoring.updates import Evidence, Intent, Source, Update

__all__ = ["BacktestMonitor", "Evidence", "Intent", "Source", "Update"]

NEW_YORK = ZoneInfo("America/New_York")
_REFRESH = 1.0  # seconds between two looks at the time that is left, when nothing else happens


class BacktestMonitor:
    """Follows one attempt of one run; every attempt needs a new one."""

    def __init__(
        self,
        algorithm_id: str,
        request_dates: tuple[date | None, date | None],
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        stall_after: float,
        *,
        zone: ZoneInfo = NEW_YORK,
    ) -> None:
        """Begin with nothing known.

        Args:
            algorithm_id: The id in config.json.
            request_dates: First and last day as asked for, until LEAN says which it took.
            now: Wall clock, aware.
            monotonic: Seconds of a clock that never goes back.
            stall_after: Seconds without any new byte after which the run is shown as stalled.
            zone: Of the algorithm's clock, unless the frames name one.
        """
        self.algorithm_id = algorithm_id
        self._now = now
        self._monotonic = monotonic
        self._stall_after = stall_after
        self._facts = Facts()
        self._progress = ProgressTracker(request_dates)
        self._tail = LineTail()
        self._log = LogReader(self._facts, self._tail)
        self._console = ConsoleReader(self._facts, self._tail)
        self._frame_lines = LineBuffer()
        self._frames = FrameReader(zone)
        self._points: list[EquityPoint] = []
        self._alive_at = monotonic()
        self._stalled = False
        self._sent = _Sent()

    def feed(self, source: Source, data: bytes) -> Update:
        """Take what a file grew by, and say what is new; pieces may be cut anywhere."""
        if not data:
            return Update()
        self.take(source, data)
        return self._update(self._monotonic())

    def take(self, source: Source, data: bytes, age: float = 0.0) -> None:
        """Take what a file grew by; what is new by it the next :meth:`tick` says.

        Args:
            source: Which file.
            data: At least one byte; pieces may be cut anywhere.
            age: Seconds since the last of it was written.
        """
        self._alive_at = at = self._monotonic()
        written_at = at - max(0.0, age)
        if source is Source.LOG:
            if not self._console.is_log:
                self._log.feed(data, written_at)
                self._console.log_has_begun(self._log.begun)
        elif source is Source.FRAMES:
            for line, _ in self._frame_lines.feed(data):
                self._frame(line, at)
        else:
            self._console.feed(data, written_at, error=source is Source.STDERR)

    def observe(self, newest: EquityPoint, zone: ZoneInfo = NEW_YORK) -> Update:
        """Take the newest equity point of an intermediate result: progress where no frames come (C#)."""
        self._alive_at = at = self._monotonic()
        self._progress.reached(newest.time.astimezone(zone).replace(tzinfo=None), at)
        return self._update(at)

    def tick(self) -> Update:
        """Let time pass, and say what is new: stall, time left, lines that waited for their end.

        Call it about once a second or oftener, and QUIET_SECONDS after the last byte where something ``waits``.
        """
        at = self._monotonic()
        self._log.settle(at)
        self._console.settle(at)
        return self._update(at)

    def finish(self) -> Update:
        """Take what is left in the buffers: last lines without a line end. Call it when the files are complete."""
        at = self._monotonic()
        for line, _ in self._frame_lines.flush():
            self._frame(line, at)
        self._log.finish()
        self._console.finish()
        return self._update(at)

    def resolve(self, evidence: Evidence) -> Outcome:
        """Say how the run ended; call it after :meth:`finish`."""
        return resolve(evidence, self._facts)

    def final_progress(self, outcome: Outcome) -> BacktestProgress:
        """Return the progress to keep with the outcome: 100 percent when completed, else where it stood."""
        progress = self._progress.snapshot(self._monotonic()).evolve(eta=None, updated_at=self._now())
        return progress.evolve(percent=100.0) if outcome.status is BacktestStatus.COMPLETED else progress

    @property
    def waits(self) -> bool:
        """Whether a line is held back until it is known that nothing follows it."""
        return self._log.waits or self._console.waits

    @property
    def has_job(self) -> bool:
        """Whether the guest has said that it has its job."""
        return self._facts.has_job

    @property
    def cut_short(self) -> bool:
        """Whether an interrupt, anybody's, ended the run before its last day."""
        return self._facts.cut_short

    @property
    def lean_version(self) -> str:
        """As LEAN says in its banner; "" while unknown."""
        return self._facts.version

    def _frame(self, line: str, at: float) -> None:
        frame = self._frames.read(line)
        if frame is None:
            return
        self._facts.launched = True  # scheduled events fire only after the launch
        self._facts.reach(Phase.WARMING_UP if frame.warming_up else Phase.TRADING)
        self._progress.frame(frame, at)
        if point := self._frames.point(frame):
            self._points.append(point)

    def _update(self, at: float) -> Update:
        """Everything that is new since the last update."""
        facts, sent = self._facts, self._sent
        self._take_facts(at)
        stalled = at - self._alive_at >= self._stall_after
        progress = self._new_progress(at, stalled=stalled)
        points, self._points = tuple(self._points), []
        lines, skipped = self._tail.take()
        return Update(
            phase=sent.phase(facts.phase),
            progress=progress,
            equity=points,
            lines=lines,
            skipped=skipped,
            settle_hint=sent.hint(facts.saved_hints),
            launched=sent.once("launched", value=facts.launched),
            interrupt_swallowed=sent.once("swallowed", value=facts.swallowed),
            ready=sent.once("ready", value=facts.ready),
        )

    def _take_facts(self, at: float) -> None:
        facts, tracker = self._facts, self._progress
        if facts.dates is not None:
            tracker.period(*facts.dates)
        if facts.warm_up is not None:
            tracker.warm_up(facts.warm_up)
        if facts.latest:
            tracker.simulated(facts.latest, at)
        if facts.speed is not None:
            tracker.total_speed(*facts.speed)

    def _new_progress(self, at: float, *, stalled: bool) -> BacktestProgress | None:
        """The progress, when something in it changed; the time left alone is worth it once a second."""
        sent, known = self._sent, (self._progress.version, stalled)
        unchanged = known == sent.known
        if unchanged and at - sent.progress_at < _REFRESH:
            return None  # most updates: nothing is built to be thrown away
        progress = self._progress.snapshot(at, stalled=stalled, updated_at=self._now())
        if unchanged and progress.eta == sent.eta:
            return None
        sent.known, sent.eta, sent.progress_at = known, progress.eta, at
        return progress


class _Sent:
    """What the updates so far have said."""

    def __init__(self) -> None:
        self.known = (0, False)  # version of the progress, and whether it is stalled
        self.eta: float | None = None
        self.progress_at = float("-inf")
        self._phase = Phase.BOOTING
        self._hints = 0
        self._flags: set[str] = set()

    def phase(self, phase: Phase) -> Phase | None:
        if ORDER[phase] <= ORDER[self._phase]:
            return None
        self._phase = phase
        return phase

    def hint(self, count: int) -> bool:
        new = count > self._hints
        self._hints = count
        return new

    def once(self, name: str, *, value: bool) -> bool:
        if not value or name in self._flags:
            return False
        self._flags.add(name)
        return True
