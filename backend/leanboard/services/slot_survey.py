"""What a run has left in its slot so far, beside what is followed line by line: an intermediate result, and bytes."""

import contextlib
import itertools
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from leanboard.engines.slot import Slot
from leanboard.models.results import EquityPoint
from leanboard.storage.result_files import equity_curve

MAX_ENTRIES = 200_000


@dataclass(frozen=True, slots=True)
class Survey:
    """One look.

    Attributes:
        newest: The newest equity point of an intermediate result that has changed since the last look.
        size: Bytes in all files of the slot but what was installed for it; more than any limit where there are more
            than MAX_ENTRIES of them.
    """

    newest: EquityPoint | None
    size: int


class Surveyor:
    """Looks at one slot; blocks."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._intermediate = IntermediateResult(slot)

    def look(self) -> Survey:
        """Look now."""
        return Survey(self._intermediate.newest(), folder_size(self._slot.root, self._slot.packages))


class IntermediateResult:
    """LEAN's result file while the run goes on: progress for algorithms that write no frames (C#). Blocks.

    LEAN rewrites it in place, every half minute at most; it is read when it stood still from one look to the next.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._frames = slot.output / "frames.ndjson"
        self._path = slot.output / f"{slot.id}.json"
        self._seen = 0
        self._read = 0

    def newest(self) -> EquityPoint | None:
        """Return the newest equity point if the file has changed since the last time; None with frames there."""
        try:
            stamp = os.lstat(self._path).st_mtime_ns
        except OSError:
            return None
        still, self._seen = stamp == self._seen, stamp
        if not still or stamp == self._read or self._frames.exists():
            return None
        self._read = stamp
        points = equity_curve(self._slot.output, self._slot.id, points=2)
        return points[-1] if points else None


def folder_size(root: Path, apart_from: Path | None = None) -> int:
    """Return the bytes in regular files, links not followed; infinitely many where there are too many to count."""
    left_out = str(apart_from)
    total, folders, left = 0, [str(root)], MAX_ENTRIES
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in itertools.islice(entries, left + 1):
                left -= 1
                if entry.is_dir(follow_symlinks=False):
                    folders += [entry.path] if entry.path != left_out else []
                else:
                    total += _size(entry)
        if left < 0:
            return sys.maxsize
    return total


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size if entry.is_file(follow_symlinks=False) else 0
    except OSError:  # it has vanished
        return 0
