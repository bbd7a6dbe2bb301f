"""SHA-256 of data files, remembered by path, size and time of change: a file is read once, and not once a run."""

import hashlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import structlog

DEFAULT_LIMIT: Final = 200_000
DEFAULT_BUDGET: Final = 2 << 30
SETTLING_NS: Final = 2_000_000_000
"""A file changed less than this ago is not remembered: another change may leave its size and time as they are."""
_PRUNE = "DELETE FROM content WHERE rowid <= (SELECT rowid FROM content ORDER BY rowid DESC LIMIT 1 OFFSET ?)"
_BATCH = 500  # variables of one statement; SQLite takes 999 in its oldest builds
_WAIT = 1.0  # seconds for another thread's write

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file holds: bytes, and their SHA-256 in lower-case hex."""

    size: int
    sha256: str


_Stamp = tuple[int, int]
"""What changes with a file's content: bytes, and the time of change in nanoseconds since the epoch."""


class OverBudget(Exception):
    """There is more to read than one call may read."""


class ContentHashes:
    """Hashes files; blocking. Safe to use from several threads.

    What it remembers lies in an SQLite file. That is a cache and no more: a damaged one begins anew, and without one
    every file is read.

    Args:
        path: Of the cache; its folder is there.
        limit: Files remembered; the ones hashed longest ago are forgotten first.
        budget: Bytes that one call reads; what is left is for the next one.
        clock: The file system's clock, nanoseconds since the epoch.
    """

    def __init__(
        self,
        path: Path,
        *,
        limit: int = DEFAULT_LIMIT,
        budget: int = DEFAULT_BUDGET,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._path = path
        self._limit = limit
        self._budget = budget
        self._clock = clock

    def of(self, paths: Sequence[str]) -> tuple[FileContent, ...]:
        """Return what the files hold, in their order.

        Args:
            paths: As text: making thousands of path objects would take longer than looking the files up.

        Raises:
            OSError: One of them is not there, is no regular file, or cannot be read.
            OverBudget: They have more bytes that were never read than one call may read; what it did read is
                remembered.
        """
        stamps = {path: _stamp(path) for path in paths}
        known = self._remembered(stamps)
        unknown = [path for path in stamps if path not in known]
        fresh = {path: _hashed(path) for path in self._affordable(unknown, stamps)}
        if fresh:
            self._remember(fresh, stamps)
        if len(fresh) < len(unknown):
            msg = f"{len(unknown) - len(fresh)} files are left to be hashed by a later call"
            raise OverBudget(msg)
        found = {**known, **fresh}
        return tuple(FileContent(stamps[path][0], found[path]) for path in paths)

    def _affordable(self, paths: Sequence[str], stamps: Mapping[str, _Stamp]) -> Iterator[str]:
        spent = 0
        for path in paths:
            spent += stamps[path][0]
            if spent > self._budget:
                return
            yield path

    def _remembered(self, stamps: Mapping[str, _Stamp]) -> dict[str, str]:
        if not stamps or not self._path.exists():
            return {}
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT)) as cache:
                rows = [row for batch in _batches(stamps) for row in cache.execute(_select(len(batch)), batch)]
        except sqlite3.Error as error:
            self._begin_anew(error)
            return {}
        return {path: sha256 for path, size, mtime_ns, sha256 in rows if stamps[path] == (size, mtime_ns)}

    def _remember(self, fresh: Mapping[str, str], stamps: Mapping[str, _Stamp]) -> None:
        settled = self._clock() - SETTLING_NS
        rows = [(path, *stamps[path], sha256) for path, sha256 in fresh.items() if stamps[path][1] < settled]
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT)) as cache, cache:
                cache.execute(
                    "CREATE TABLE IF NOT EXISTS content (path TEXT PRIMARY KEY, size INT, mtime_ns INT, sha TEXT)"
                )
                cache.executemany("INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?)", rows)
                cache.execute(_PRUNE, (self._limit,))
        except sqlite3.Error as error:
            self._begin_anew(error)

    def _begin_anew(self, error: sqlite3.Error) -> None:
        """Throw a damaged cache away; one that is merely busy stays."""
        log.warning("the cache of data hashes could not be used", file=str(self._path), problem=str(error))
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            self._path.unlink(missing_ok=True)


def _stamp(path: str) -> _Stamp:
    status = os.stat(path)  # noqa: PTH116  # as above: no path objects
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for its writer
        msg = f"{path} is no regular file"
        raise OSError(msg)
    return status.st_size, status.st_mtime_ns


def _hashed(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _batches(paths: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(paths)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _select(count: int) -> str:
    marks = ", ".join("?" * count)
    return f"SELECT path, size, mtime_ns, sha FROM content WHERE path IN ({marks})"  # noqa: S608  # only question marks
