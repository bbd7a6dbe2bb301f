"""What the process printed: shown where log.txt cannot have it, read for what log.txt cannot say.

log.txt begins with LEAN's banner. So of stdout everything before the banner is shown; what comes after it is held
until it is sure whether there is a log.txt (then it is dropped: the log has it) or not (no log for seconds, or
LEAN said that it cannot write it: then the console is the log, and stays it: a log.txt that comes later, as from an
engine on another machine, has the same lines once more). Of stderr the text of a crash is always shown.
"""

from collections import deque

from leanboard.services.monitoring.facts import CRASH_HEADS, Facts
from leanboard.services.monitoring.log_parser import CONSOLE_PREFIX, LineBuffer, Record
from leanboard.services.monitoring.log_reader import MAX_LINES, QUIET_SECONDS, LineTail

_PATIENCE = 2.0  # seconds that log.txt may be later than the banner on the console
_BANNER = "Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE"
_HIDDEN = "@@LEANBOARD "


class ConsoleReader:
    """Reads both streams of the console, each with its own lines and records."""

    def __init__(self, facts: Facts, tail: LineTail) -> None:
        self._facts = facts
        self._tail = tail
        self._buffers = {False: LineBuffer(), True: LineBuffer()}
        self._open: dict[bool, _Open | None] = {False: None, True: None}
        self._held: deque[Record] = deque(maxlen=MAX_LINES)
        self._lost = 0
        self._held_since: float | None = None
        self._grown_at = 0.0
        self._banner = False
        self._is_log = False  # there is no log.txt: the console is all there is
        self._log_begun = False

    @property
    def waits(self) -> bool:
        """Whether something is held back until time has passed."""
        return any(self._open.values())

    @property
    def is_log(self) -> bool:
        """Whether the console is shown in place of log.txt."""
        return self._is_log

    def log_has_begun(self, begun: bool) -> None:  # noqa: FBT001  # a fact, not a switch
        """Take note that there is a log.txt: it has what is held here."""
        if begun and not self._log_begun:
            self._log_begun = True
            self._held.clear()

    def feed(self, data: bytes, at: float, *, error: bool) -> None:
        """Take bytes of one stream that were written at ``at`` (monotonic seconds)."""
        self._grown_at = at
        for line, cut in self._buffers[error].feed(data):
            self._line(line, cut, error=error)
        if self._held and self._held_since is None:
            self._held_since = at
        if self._facts.write_error and not self._is_log:
            self._take_over()

    def settle(self, at: float) -> None:
        """Hand over what waited long enough."""
        if at - self._grown_at >= QUIET_SECONDS:
            for error in (False, True):
                self._close(error=error)
        late = self._held_since is not None and at - self._held_since >= _PATIENCE
        if late and not self._log_begun:
            self._take_over()

    def finish(self) -> None:
        """Hand over everything that no log.txt has."""
        for error in (False, True):
            for line, cut in self._buffers[error].flush():
                self._line(line, cut, error=error)
            self._close(error=error)
        if not self._log_begun:
            self._take_over()

    def _line(self, line: str, cut: int, *, error: bool) -> None:
        prefix = CONSOLE_PREFIX.match(line) if "0" <= line[:1] <= "9" else None
        if prefix is not None:
            self._record(prefix[1], prefix[2], line[prefix.end() :], cut, error=error)
        elif not line.startswith(_HIDDEN):
            self._raw(line, cut, error=error)
        else:
            self._facts.raw(line)

    def _record(self, stamp: str, level: str, body: str, cut: int, *, error: bool) -> None:
        self._close(error=error)
        if error:
            self._facts.crash_ended()
        if error or not self._log_begun or self._is_log:
            self._facts.record(level, body)
        if not error and not self._banner:
            self._banner = body.startswith(_BANNER)
        shown = not error and not self._banner
        self._open[error] = _Open(Record(stamp, level, body, cut), shown=shown)

    def _raw(self, line: str, cut: int, *, error: bool) -> None:
        """A line without prefix: it continues a record, or is the process's own output."""
        if error:
            crashing = self._facts.raw_error(line)
        else:
            crashing = False
            self._facts.raw(line)
        entry = self._open[error]
        begins = entry is None or (crashing and line.startswith(CRASH_HEADS)) or (entry.raw and not crashing)
        if not begins and entry is not None:
            entry.record.extend(line, cut)
            return
        self._close(error=error)
        level = "ERROR" if crashing else "TRACE"
        self._open[error] = _Open(Record("", level, line, cut), shown=crashing or not self._banner or error, raw=True)

    def _close(self, *, error: bool) -> None:
        entry, self._open[error] = self._open[error], None
        if entry is None:
            return
        if entry.shown or (self._is_log and not self._log_begun):
            self._tail.add(entry.record)
        elif not self._log_begun:
            self._lost += len(self._held) == MAX_LINES
            self._held.append(entry.record)

    def _take_over(self) -> None:
        """The console is the log from here on."""
        self._is_log = True
        lost, self._lost = self._lost, 0
        for record in self._held:
            self._tail.add(record, skipped=lost)
            lost = 0
        self._held.clear()


class _Open:
    """A record that may still grow."""

    __slots__ = ("raw", "record", "shown")

    def __init__(self, record: Record, *, shown: bool, raw: bool = False) -> None:
        self.record = record
        self.shown = shown
        self.raw = raw
