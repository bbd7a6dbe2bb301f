"""What signals do to a run: LEAN's behaviour on SIGINT, and time limits on the strategy's code."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from types import FrameType

from minilean.log_handler import CompositeLogHandler

STUCK_SECONDS = 15.0  # LEAN waits a minute; a service that asks has lost its patience by then, and the result
_INTERRUPTED = 130


class Phase(Enum):
    """How far the process is, as SIGINT sees it."""

    BEFORE_JOB = auto()
    LOADING = auto()
    RUNNING = auto()


class TimeLimitError(BaseException):
    """The strategy's code took too long; not an `Exception`, so that the strategy cannot swallow it."""


class OperationCanceledError(BaseException):
    """A step went on long after the run was asked to stop."""


class SignalHandlers:
    """SIGINT: ends the process before a job is taken, is ignored while loading, and ends the run cleanly after."""

    def __init__(self, log: CompositeLogHandler, stuck_seconds: float = STUCK_SECONDS) -> None:
        self._log = log
        self._stuck_seconds = stuck_seconds
        self.phase = Phase.BEFORE_JOB
        self.on_stop: Callable[[], None] = lambda: None

    def install(self) -> None:
        """Take over SIGINT and the alarm."""
        signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.phase is Phase.BEFORE_JOB:
            os._exit(_INTERRUPTED)
        self._log.trace("Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now")
        if self.phase is Phase.RUNNING:
            self.on_stop()
            signal.signal(signal.SIGALRM, self._cancel)
            signal.setitimer(signal.ITIMER_REAL, self._stuck_seconds)

    def _cancel(self, _number: int, _frame: FrameType | None) -> None:
        raise OperationCanceledError("Operation was canceled")

    @contextmanager
    def time_limit(self, seconds: float) -> Iterator[None]:
        """Interrupt the code inside after a time.

        Raises:
            TimeLimitError: It took longer.
        """

        def expire(_number: int, _frame: FrameType | None) -> None:
            minutes = f"{seconds / 60:.15g}"
            raise TimeLimitError(
                f"Execution Security Error: Operation timed out - {minutes} minutes max. Check for recursive loops."
            )

        signal.signal(signal.SIGALRM, expire)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
