"""How a run is told while it goes on: as lines for files and pipes, or live for eyes (live_narration.py)."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Protocol, TextIO

from leanboard.models.events import LogLine, RunEvent
from leanboard.models.run import Phase
from leanboard.terminal.equity_curve import money
from leanboard.terminal.run_view import RunView
from leanboard.terminal.text import clock, printable

PHASE_WORDS = {
    Phase.QUEUED: "queued",
    Phase.PULLING: "fetching the image",
    Phase.INSTALLING: "installing requirements",
    Phase.BOOTING: "booting",
    Phase.INITIALIZING: "initializing",
    Phase.WARMING_UP: "warming up",
    Phase.TRADING: "trading",
    Phase.SAVING: "saving",
    Phase.ENDED: "ended",
}
FETCHES = (Phase.PULLING, Phase.INSTALLING)
WORTH_TELLING = 0.5  # seconds in the queue
PULL_LINES_APART = 5.0  # seconds
SPEED_WORDS = {"data points": "points/s", "simulated days": "days/s", None: "/s"}


class Narrator(Protocol):
    """Tells a run's events to somebody."""

    def tell(self, event: RunEvent) -> None:
        """Take one event in and show what is new."""
        ...

    def notice(self, text: str) -> None:
        """Show a line of our own, such as what Ctrl-C did."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was; may be called twice."""
        ...


class Silence:
    """Tells nothing but notices: ``--no-progress``."""

    def __init__(self, view: RunView, stream: TextIO) -> None:
        self._view, self._stream = view, stream

    def tell(self, event: RunEvent) -> None:
        """Take one event in."""
        self._view.apply(event)

    def notice(self, text: str) -> None:
        """Print a line."""
        print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to do."""


class PlainNarration:
    """One line for every change of phase, every tenth of the way, and every line of the user's; no control codes."""

    def __init__(self, view: RunView, stream: TextIO, clock: Callable[[], float] = monotonic) -> None:
        self._view, self._stream = view, stream
        self._clock = clock
        self._told = ""
        self._told_phase: Phase | None = None
        self._told_at = 0.0
        self._next_percent = 10.0
        self._later: asyncio.TimerHandle | None = None

    def tell(self, event: RunEvent) -> None:
        """Take one event in and print what is new."""
        lines = self._view.apply(event)
        self.close()
        if self._view.phase is Phase.QUEUED:  # most runs start at once: then there is nothing to tell
            self._later = asyncio.get_running_loop().call_later(WORTH_TELLING, self._tell_where)
        else:
            self._tell_where()
        for line in filter(is_shown, lines):
            self.notice("  " + log_text(line))
        self._tell_progress()

    def notice(self, text: str) -> None:
        """Print a line."""
        print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Tell nothing more."""
        if self._later is not None:
            self._later.cancel()

    def _tell_where(self) -> None:
        where = where_it_is(self._view)
        if where == self._told or self._view.outcome is not None:
            return
        phase, now = self._view.phase, self._clock()
        if phase in FETCHES and phase is self._told_phase and now - self._told_at < PULL_LINES_APART:
            return
        self._told, self._told_phase, self._told_at = where, phase, now
        self.notice(printable(where))

    def _tell_progress(self) -> None:
        percent = self._view.progress.percent
        if percent is None or percent < self._next_percent:
            return
        self._next_percent = percent - percent % 10 + 10
        self.notice("  " + ", ".join(progress_parts(self._view)))


def is_shown(line: LogLine) -> bool:
    """Tell whether a log line is for people: what the strategy wrote. LEAN's own lines are in log.txt."""
    return line.source == "user"


def log_text(line: LogLine) -> str:
    """Return a log line as it is shown, safe for a terminal."""
    when = f"{line.simulated_time}  " if line.simulated_time else ""
    cut = f" [{line.truncated} more bytes in log.txt]" if line.truncated else ""
    return when + printable(line.text.rstrip("\n")) + cut


def where_it_is(view: RunView) -> str:
    """Return the phase in words, with the queue's reason or how far the image is, the attempt, whether it stalls."""
    words = PHASE_WORDS[view.phase]
    fetching = view.progress.fetching
    if view.phase in FETCHES and fetching is not None:
        words = fetching.text + (f" ({fetching.percent:.0f} %)" if fetching.percent is not None else "")
    if view.phase is Phase.QUEUED and view.run.queue is not None:
        words += f": {view.run.queue.reason}"
    if view.run.attempt > 1:
        words += f" (attempt {view.run.attempt})"
    if view.progress.stalled:
        words += ", no sign of life"
    if view.run.cancel_requested_at is not None and view.outcome is None:
        words += ", cancelling"
    return words


def progress_parts(view: RunView) -> list[str]:
    """Return what is known of a run's progress, most important first."""
    progress = view.progress
    parts = []
    if view.phase is Phase.WARMING_UP and progress.warm_up_percent is not None:
        parts.append(f"{progress.warm_up_percent:.0f} % of the warm-up")
    elif progress.percent is not None:
        parts.append(f"{progress.percent:.0f} %")
    if progress.simulated_time:
        parts.append(progress.simulated_time[:16].replace("T", " "))
    if progress.equity is not None and view.phase is not Phase.SAVING:  # of the last frame, and the clock went on
        gain = view.gain
        parts.append(f"equity {money(progress.equity)}" + (f" ({gain:+.2%})" if gain is not None else ""))
    if progress.points_per_second is not None:
        decimals = 1 if progress.points_per_second < 10 else 0
        parts.append(f"{progress.points_per_second:,.{decimals}f} {SPEED_WORDS[progress.speed_unit]}")
    if progress.eta is not None:
        parts.append(f"ETA {clock(progress.eta)}")
    return parts
