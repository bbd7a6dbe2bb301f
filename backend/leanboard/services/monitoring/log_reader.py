"""log.txt as records, and the lines that go to the reader."""

from collections import deque

from leanboard.models.events import LogLine
from leanboard.services.monitoring.facts import Facts
from leanboard.services.monitoring.log_parser import LOG_PREFIX, LineBuffer, Record, log_line

MAX_LINES = 500
QUIET_SECONDS = 0.03  # without a new byte after which the last record is taken as whole


class LineTail:
    """The newest records since the last update; older ones are counted when there are too many for a stream."""

    def __init__(self, limit: int = MAX_LINES) -> None:
        self._records: deque[Record] = deque(maxlen=limit)
        self._added = 0

    def add(self, record: Record, *, skipped: int = 0) -> None:
        """Add a record that is whole; ``skipped`` others came before it and are gone."""
        self._records.append(record)
        self._added += 1 + skipped

    def take(self) -> tuple[tuple[LogLine, ...], int]:
        """Return the lines, oldest first, and how many were left out before them; then begin anew."""
        if not self._added:
            return (), 0
        lines = tuple(log_line(record) for record in self._records)
        skipped = self._added - len(lines)
        self._records.clear()
        self._added = 0
        return lines, skipped


class LogReader:
    """Reads log.txt. A record is whole when the next one begins, or when nothing came for a moment."""

    def __init__(self, facts: Facts, tail: LineTail) -> None:
        self._facts = facts
        self._tail = tail
        self._buffer = LineBuffer()
        self._open: Record | None = None
        self._grown_at = 0.0
        self.begun = False

    @property
    def waits(self) -> bool:
        """Whether a record may still grow."""
        return self._open is not None

    def feed(self, data: bytes, at: float) -> None:
        """Take bytes that were written at ``at`` (monotonic seconds)."""
        self._grown_at = at
        self.begun = True
        for line, cut in self._buffer.feed(data):
            self._line(line, cut)

    def settle(self, at: float) -> None:
        """Hand over the last record when nothing came for a moment."""
        if self._open is not None and at - self._grown_at >= QUIET_SECONDS:
            self._close()

    def finish(self) -> None:
        """Hand over everything."""
        for line, cut in self._buffer.flush():
            self._line(line, cut)
        self._close()

    def _line(self, line: str, cut: int) -> None:
        prefix = LOG_PREFIX.match(line) if "0" <= line[:1] <= "9" else None
        if prefix is not None:
            if self._open is not None:
                self._tail.add(self._open)
            stamp, level = prefix.groups()
            body = line[prefix.end() :]
            self._open = Record(stamp, level, body, cut)
            self._facts.record(level, body)
        elif self._open is not None:
            self._open.extend(line, cut)
        else:  # the record was handed over before its last line came, or the file begins in the middle
            self._open = Record("", "TRACE", line, cut)

    def _close(self) -> None:
        if self._open is not None:
            self._tail.add(self._open)
            self._open = None
