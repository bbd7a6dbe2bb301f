"""A part of a finished run's log: bounded reads of a file that may have hundreds of megabytes. Blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from leanboard.errors import NotFound
from leanboard.models.analytics import LogResponse
from leanboard.models.analytics_queries import LogLevel, LogQuery, LogSource
from leanboard.models.events import LogLine
from leanboard.services.monitoring.log_parser import CONSOLE_PREFIX, LOG_PREFIX, MAX_LINE, Record, log_line
from leanboard.storage.engine_config import algorithm_id
from leanboard.storage.safe_files import open_file

SCANNED = 16 * 1024 * 1024  # bytes one request looks at
_COST = 64  # a line takes as long as so many bytes, also an empty one
_SKIPPED = 64 * 1024
_FILES = {
    LogSource.ENGINE: "log.txt",
    LogSource.STDOUT: "console/stdout.txt",
    LogSource.STDERR: "console/stderr.txt",
    LogSource.BUILD: "console/build.txt",
}
_PREFIXES = {
    LogSource.ENGINE: LOG_PREFIX,
    LogSource.STDOUT: CONSOLE_PREFIX,
    LogSource.STDERR: CONSOLE_PREFIX,
}


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str
    cut: int


def read_log(directory: Path, query: LogQuery, scanned: int = SCANNED) -> LogResponse:
    """Return records of a log.

    Args:
        directory: Of the run.
        query: Which log, from where, and what must be in a record.
        scanned: Most bytes to look at; the answer says where to go on.

    Raises:
        NotFound: The run has no such log.
    """
    name = _FILES.get(query.source) or f"{algorithm_id(directory)}-log.txt"
    try:
        file = open_file(directory, name)
    except NotFound:
        msg = f"this run has no {query.source.value} log ({name})"
        raise NotFound(msg) from None
    with file:
        size = file.seek(0, 2)
        page = _Page(query)
        begin, is_line = _begin(file, size, query.offset, 2 * scanned)
        end = page.read(_lines(file, begin, 2 * scanned), scanned) if is_line else begin
        return LogResponse(file=name, size=size, next_offset=end, lines=tuple(page.lines))


class _Page:
    """Collects the records of one answer."""

    def __init__(self, query: LogQuery) -> None:
        self._limit = query.limit
        self._wanted = None if query.query is None else query.query.lower()
        self._level: LogLevel | None = query.level
        self._is_user = query.source is LogSource.USER
        self._prefix = _PREFIXES.get(query.source)
        self.lines: list[LogLine] = []

    def read(self, lines: Iterator[_Line], scanned: int) -> int | None:
        """Take records until there are enough; returns where the next one begins, None at the end of the file."""
        record: Record | None = None
        begun: int | None = None
        for number, line in enumerate(lines):
            begun = line.start if begun is None else begun
            looked = line.start - begun + number * _COST
            match = self._prefix.match(line.text) if self._prefix else None
            if match is None and record is not None and self._prefix and looked < 2 * scanned:
                record.extend(line.text, line.cut)
                continue
            self._take(record)
            if len(self.lines) >= self._limit or looked >= scanned:
                return line.start
            stamp, level = (match[1], match[2]) if match else ("", "TRACE")
            record = Record(stamp, level, line.text[match.end() :] if match else line.text, line.cut)
        self._take(record)
        return None

    def _take(self, record: Record | None) -> None:
        if record is None or (self._wanted is not None and self._wanted not in record.text.lower()):
            return
        line = log_line(record)
        if self._level is None or line.level == self._level.value:
            self.lines.append(line.evolve(source="user") if self._is_user else line)


def _begin(file: BinaryIO, size: int, offset: int, most: int) -> tuple[int, bool]:
    """Return the start of the first whole line from an offset on, or how far it was looked for, and which it is."""
    start = max(0, size + offset) if offset < 0 else min(offset, size)
    if start == 0:
        return 0, True
    file.seek(start - 1)
    skipped, line_end = _rest_of_line(file, most)
    begin = start - 1 + skipped + line_end
    return begin, line_end > 0 or begin >= size


def _lines(file: BinaryIO, start: int, most: int) -> Iterator[_Line]:
    """Yield lines from a line's start on; of long ones the beginning. What is left after ``most`` bytes counts anew."""
    file.seek(start)
    while data := file.readline(MAX_LINE + 1):
        cut, line_end = (0, 0) if data.endswith(b"\n") else _rest_of_line(file, most)
        yield _Line(start, data.rstrip(b"\r\n").decode("utf-8", "replace"), cut)
        start += len(data) + cut + line_end


def _rest_of_line(file: BinaryIO, most: int) -> tuple[int, int]:
    """Skip to behind the next line end, or so many bytes; returns the bytes skipped, and those of the line end."""
    length = 0  # a sparse file has lines of terabytes
    while length < most and (data := file.readline(_SKIPPED)):
        length += len(data)
        if data.endswith(b"\n"):
            return length - 1, 1
    return length, 0
