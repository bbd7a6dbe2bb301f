"""The algorithm's messages: queued by kind, drained with the samples, kept for ``{id}-log.txt``."""

from collections import deque
from typing import Protocol


class MessageOutput(Protocol):
    """Where messages are shown: console and ``log.txt`` (dropping of equal neighbours is its business)."""

    def trace(self, text: str) -> None:
        """Write a ``TRACE::`` record."""

    def error(self, text: str) -> None:
        """Write an ``ERROR::`` record."""


class MessageLog:
    """Messages in the order in which LEAN's result handler takes them over.

    ``debug``, ``error`` and ``log`` queue a text; `drain` takes all debug messages, then all errors, then all log
    messages: that is the order a user sees. Texts carry their own time prefix.
    """

    def __init__(self, output: MessageOutput) -> None:
        self._output = output
        self._debug: deque[str] = deque()
        self._error: deque[str] = deque()
        self._log: deque[str] = deque()
        self._entries: list[str] = []

    @property
    def entries(self) -> list[str]:
        """What ``{id}-log.txt`` holds, one text per entry (an entry may span lines)."""
        return list(self._entries)

    @property
    def count(self) -> int:
        """Number of entries so far."""
        return len(self._entries)

    def debug(self, text: str) -> None:
        """Queue a debug message."""
        self._debug.append(text)

    def error(self, text: str) -> None:
        """Queue a handled error."""
        self._error.append(text)

    def log(self, text: str) -> None:
        """Queue a log message."""
        self._log.append(text)

    def system_debug(self, text: str) -> None:
        """Take over a message of the engine at once."""
        self._entries.append(text)
        self._output.trace(f"Debug: {text}")

    def system_log(self, text: str) -> None:
        """Take over a log message of the engine at once."""
        self._entries.append(text)
        self._output.trace(f"Log: {text}")

    def drain(self) -> None:
        """Take over what is queued: debug, error, log."""
        for text in _emptied(self._debug):
            self._entries.append(text)
            self._output.trace(f"Debug: {text}")
        for text in _emptied(self._error):
            self._entries.append(text)
            self._output.error(text)
        for text in _emptied(self._log):
            self._entries.append(text)
            self._output.trace(f"Log: {text}")

    def runtime_error(self, message: str, stack_trace: str) -> None:
        """Show and keep a fatal error."""
        self._entries.append(message)
        self.show_failure(message, stack_trace)

    def show_failure(self, message: str, stack_trace: str) -> None:
        """Show a fatal error that the log does not keep: that of a strategy that did not come to run."""
        self._output.error(f"{message}\n {stack_trace}" if stack_trace else message)


def _emptied(queue: deque[str]) -> list[str]:
    texts = list(queue)
    queue.clear()
    return texts
