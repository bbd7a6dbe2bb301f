"""Digests of copies of strategies that lie in folders of ours, for those who were not handed the copy's own."""

import threading
from pathlib import Path

from leanboard.errors import NotFound
from leanboard.models.code import CodeDigest
from leanboard.storage.bounded_cache import BoundedCache
from leanboard.storage.safe_files import list_files, sha256_of

KEPT_FILES = 20_000  # of all the copies that are remembered

_Stamps = tuple[tuple[str, int, int, int, int], ...]


def code_digest(folder: Path) -> CodeDigest | None:
    """Read a copy; None where it holds what cannot be listed or read, so that nobody can say what it is. Blocks."""
    files = _files(folder)
    return None if files is None else _read(folder, files)


class CodeDigests:
    """Reads copies that many runs are made of once, as long as their files stay what they were. Thread-safe."""

    def __init__(self) -> None:
        self._known: BoundedCache[Path, tuple[_Stamps, CodeDigest]] = BoundedCache(
            KEPT_FILES, lambda known: len(known[0])
        )
        self._lock = threading.Lock()

    def of(self, folder: Path) -> CodeDigest | None:
        """Return a copy's digest; None as :func:`code_digest`. Blocks."""
        files = _files(folder)
        stamps = None if files is None else _stamps(folder, files)
        if files is None or stamps is None:
            return None
        with self._lock:
            known = self._known.get(folder)
        if known is not None and known[0] == stamps:
            return known[1]
        read = _read(folder, files)
        if read is not None:
            with self._lock:
                self._known.put(folder, (stamps, read))
        return read


def _files(folder: Path) -> tuple[str, ...] | None:
    listing = list_files(folder)
    return None if listing.notes else tuple(file.path for file in listing.files)


def _read(folder: Path, files: tuple[str, ...]) -> CodeDigest | None:
    try:
        return CodeDigest.of((path, sha256_of(folder, path)) for path in files)
    except (NotFound, OSError):
        return None


def _stamps(folder: Path, files: tuple[str, ...]) -> _Stamps | None:
    """What changes when a file of the copy does."""
    try:
        found = [(path, (folder / path).lstat()) for path in files]
    except OSError:
        return None
    return tuple((path, of.st_ino, of.st_size, of.st_mtime_ns, of.st_ctime_ns) for path, of in found)
