"""Ctrl-C, and what else asks a command to end: the first time politely, the second time at once."""

import asyncio
import os
import signal
from types import TracebackType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LAST_RESORT = 2.0  # seconds after the second signal until the process ends without asking anybody


class Interrupts:
    """Takes the signals over while a run is watched.

    Attributes:
        asked: Set by the first signal: cancel the run, wait for its end.
        insisted: Set by the second: leave. A third, or two seconds, end the process whatever hangs.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()
        self._first: signal.Signals | None = None
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self._take, number)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.insisted.is_set():
            return  # what is closed now may hang: a third signal must still end it
        for number in SIGNALS:
            self._loop.remove_signal_handler(number)

    @property
    def exit_code(self) -> int:
        """What the shell expects: 128 and the number of the first signal; 130 for Ctrl-C."""
        return 128 + int(self._first or signal.SIGINT)

    def _take(self, number: signal.Signals) -> None:
        self._first = self._first or number
        if not self.asked.is_set():
            self.asked.set()
        elif not self.insisted.is_set():
            self.insisted.set()
            self._loop.call_later(LAST_RESORT, os._exit, self.exit_code)
        else:
            os._exit(self.exit_code)
