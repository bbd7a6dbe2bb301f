"""LEAN's log as bytes -> lines -> records, and a record as a line for the reader.

Two formats (contract 2.1): log.txt has ``2024-10-03T03:57:27.9511359Z TRACE:: text``, the console
``20241003 03:57:27.951 TRACE:: text``; errors go to stderr. A line without that prefix continues the record
before it, so a strategy's message of several lines stays one record, whatever its lines look like. Each stream
takes its own format only: a message that imitates the other one stays a message.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from leanboard.models.events import LogLine

MAX_LINE = 64 * 1024

LOG_PREFIX = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) (TRACE|ERROR|DEBUG|REPORT):: ?", re.IGNORECASE)
CONSOLE_PREFIX = re.compile(r"(\d{8} \d\d:\d\d:\d\d\.\d{3}) (TRACE|ERROR|DEBUG|REPORT):: ?", re.IGNORECASE)
SIMULATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
SIMULATED_LENGTH = len("2013-10-07 09:31:00 ")

ENGINE_DEBUG = (  # what LEAN itself says through the channel of the user's debug messages
    "Launching analysis for ",
    "Algorithm starting warm up...",
    "Processing algorithm warm-up request ",
    "Algorithm finished warming up.",
    "Algorithm Id:(",
    "Your log was successfully created and can be retrieved from: ",
)
_ENGINE_ERROR = re.compile(
    r"[\w.<>+`]+\(\): |Runtime Error: |During the algorithm init|Algorithm\.Initialize\(\) Error: "
)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z=]|\x1b[=>]")
_CONTROL = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}

Level = Literal["trace", "debug", "error"]


class LineBuffer:
    """Cuts a stream of bytes into lines at line feeds and nowhere else.

    A line longer than ``MAX_LINE`` bytes is cut, and the bytes that were cut are counted: however much comes
    without a line end, no more than that is held.
    """

    __slots__ = ("_cut", "_kept")

    def __init__(self) -> None:
        self._kept = b""
        self._cut = 0

    def feed(self, data: bytes) -> Iterator[tuple[str, int]]:
        """Yield the text of every line that is now whole, with the count of bytes cut from its end."""
        first, newline, rest = data.partition(b"\n")
        self._hold(first)
        if not newline:
            return
        yield self._take()
        *whole, tail = rest.split(b"\n")
        for line in whole:
            if len(line) <= MAX_LINE:
                yield line.decode("utf-8", "replace"), 0
            else:
                yield line[:MAX_LINE].decode("utf-8", "replace"), len(line) - MAX_LINE
        self._hold(tail)

    def flush(self) -> Iterator[tuple[str, int]]:
        """Yield the last line, when it has no line end."""
        if self._kept:
            yield self._take()

    def _hold(self, data: bytes) -> None:
        room = MAX_LINE - len(self._kept)
        self._kept += data[:room]
        self._cut += max(0, len(data) - room)

    def _take(self) -> tuple[str, int]:
        line = self._kept.decode("utf-8", "replace"), self._cut
        self._kept, self._cut = b"", 0
        return line


class Record:
    """One record: a line with LEAN's prefix and the lines that continue it, or raw output without a prefix."""

    __slots__ = ("_more", "_size", "body", "cut", "level", "stamp")

    def __init__(self, stamp: str, level: str, body: str, cut: int) -> None:
        self.stamp = stamp
        self.level = level
        self.body = body
        self.cut = cut
        self._more: list[str] | None = None
        self._size = len(body)

    def extend(self, line: str, cut: int) -> None:
        """Add a line that continues it; a record is not longer than a line may be."""
        if self._more is None:
            self._more = []
        room = MAX_LINE - self._size
        if len(line) < room:
            self._more.append(line)
            self._size += len(line) + 1
        else:
            self._size = MAX_LINE  # from here on everything is cut
            cut += len(line.encode()) + 1
        self.cut += cut

    @property
    def text(self) -> str:
        """All its lines."""
        return self.body if self._more is None else "\n".join((self.body, *self._more))


def log_line(record: Record) -> LogLine:
    """Make the line that a reader sees: tags and clocks as fields, no escape codes, no control characters."""
    level, source, simulated, text = _told_apart(record)
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    return LogLine(
        text=text.translate(_CONTROL).strip("\n"),
        level=level,
        source=source,
        logged_at=_moment(record.stamp),
        simulated_time=simulated,
        truncated=record.cut,
    )


def _told_apart(record: Record) -> tuple[Level, Literal["engine", "user"], str | None, str]:
    """Level, source, the algorithm's clock, and what is left of the text."""
    text, level = record.text, record.level.upper()
    if level == "ERROR":
        simulated, message = split_time(text)
        return "error", "engine" if not simulated or _ENGINE_ERROR.match(message) else "user", simulated, message
    if text.startswith("Debug: "):
        simulated, message = split_time(text[7:])
        if message.startswith(ENGINE_DEBUG):
            return "trace", "engine", simulated, message
        return "debug", "user", simulated, message
    if text.startswith("Log: "):
        return "trace", "user", *split_time(text[5:])
    return "debug" if level == "DEBUG" else "trace", "engine", None, text


def split_time(text: str) -> tuple[str | None, str]:
    """Split off the algorithm's clock, which LEAN puts before messages (not in every version)."""
    if not SIMULATED.match(text):
        return None, text
    return text[: SIMULATED_LENGTH - 1], text[SIMULATED_LENGTH:]


def _moment(stamp: str) -> datetime | None:
    """The wall clock of a prefix, in both formats UTC; decimals beyond microseconds are dropped."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
