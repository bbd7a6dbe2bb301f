"""What was made once for several runs (compiled projects, installed packages), kept by key. Blocks: for threads.

An entry is complete or not there: it is put together beside the others and renamed. Its files are read-only, and a run
gets them as hard links where the disk can do that: nothing is copied, and an entry that is forgotten stays whole for
the runs that have it.
"""

import contextlib
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leanboard.errors import EngineError

MEGABYTE = 1 << 20
_WORK = ".work"
_NEW = ".new"
_FOLDER_MODE = 0o755  # readable for all: the container's user is not the service's
_FILE_MODE, _PROGRAM_MODE = 0o444, 0o555
_MAY_RUN = 0o111


class EntryTooLarge(EngineError):
    """What was made is larger than an entry may be."""


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much is kept; what was not used for the longest time goes first.

    Attributes:
        entries: How many.
        bytes: Of all entries together.
        entry_bytes: Of one; more is refused.
    """

    entries: int = 64
    bytes: int = 1024 * MEGABYTE
    entry_bytes: int = 256 * MEGABYTE


class FolderCache:
    """Folders by key. Safe to use from several threads of one process.

    Args:
        folder: Of this installation; made when it is needed.
        limits: How much is kept.
        left_out: Endings of files that are not kept.
    """

    def __init__(self, folder: Path, limits: CacheLimits | None = None, *, left_out: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._limits = limits or CacheLimits()
        self._left_out = left_out
        self._lock = threading.Lock()

    @property
    def limits(self) -> CacheLimits:
        """How much is kept."""
        return self._limits

    def clear_work(self) -> None:
        """Remove what an earlier process of the service left half-done. Only for who holds the home's lock."""
        for name in (_WORK, _NEW):
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def usage(self) -> tuple[int, int]:
        """Return how many entries there are, and their bytes; also while others add to them."""
        with contextlib.suppress(OSError):
            entries = [path for path in self._folder.iterdir() if not path.name.startswith(".")]
            return len(entries), sum(size_of(entry) for entry in entries)
        return 0, 0

    def work(self, name: str) -> Path:
        """Make an empty folder in which an entry can be made.

        Raises:
            EngineError: The disk refused.
        """
        path = self._folder / _WORK / name
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise self._refused(error) from error
        return path

    def place(self, key: str, target: Path) -> bool:
        """Put an entry's files at ``target``, in place of what is there; False when there is no such entry.

        Raises:
            EngineError: The disk refused.
        """
        with self._lock:
            entry = self._folder / key
            if not entry.is_dir():
                return False
            try:
                shutil.rmtree(target, ignore_errors=True)
                _link(entry, target)
                os.utime(entry)
            except OSError as error:
                raise self._refused(error) from error
            return True

    def add(self, key: str, made: Path) -> None:
        """Keep what was made: regular files only.

        Args:
            key: What it was made of.
            made: Written by code of others, so nothing in it is trusted.

        Raises:
            EntryTooLarge: It is larger than allowed.
            EngineError: The disk refused.
        """
        staged = self._folder / _NEW / secrets.token_hex(8)
        try:
            self._copy(made, staged)
            with self._lock:
                if not (self._folder / key).exists():
                    staged.rename(self._folder / key)
                self._forget_old(key)
        except OSError as error:
            raise self._refused(error) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _copy(self, source: Path, target: Path) -> None:
        allowed = self._limits.entry_bytes
        for file, copy in _pairs(source, target):
            if file.endswith(self._left_out):
                continue
            # What became a link since it was listed is refused.
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as read, Path(copy).open("xb") as written:
                found = os.fstat(descriptor)
                allowed -= found.st_size
                if allowed < 0:
                    msg = f"it is larger than {self._limits.entry_bytes / MEGABYTE:g} MB"
                    raise EntryTooLarge(msg)
                shutil.copyfileobj(read, written)
                # Packages bring programs along; what one of them may do, whoever made it has decided.
                os.fchmod(written.fileno(), _PROGRAM_MODE if found.st_mode & _MAY_RUN else _FILE_MODE)

    def _forget_old(self, key: str) -> None:
        entries = [path for path in self._folder.iterdir() if not path.name.startswith(".") and path.name != key]
        entries.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        left = self._limits.bytes - size_of(self._folder / key)
        for place, entry in enumerate(entries, start=2):
            left -= size_of(entry)
            if left < 0 or place > self._limits.entries:
                self._forget(entry)

    def _forget(self, entry: Path) -> None:
        # By rename first: one that is only half removed must not look like an entry.
        gone = self._folder / _NEW / secrets.token_hex(8)
        gone.parent.mkdir(exist_ok=True)
        entry.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def _refused(self, error: OSError) -> EngineError:
        where = error.filename or self._folder
        return EngineError(f"the folder {self._folder.name} cannot be used: {error.strerror or error} ({where})")


def _link(source: Path, target: Path) -> None:
    for file, place in _pairs(source, target):
        try:
            os.link(file, place)
        except OSError:  # a disk that has no links, or no more of this file
            shutil.copy(file, place)  # with its mode


def _pairs(source: Path, target: Path) -> Iterator[tuple[str, str]]:
    """Give each regular file, and its place below ``target``, whose folders are made; texts, as there are thousands."""
    for folder, files in _tree(str(source)):
        below = target / Path(folder).relative_to(source)
        below.mkdir(parents=True, exist_ok=True)
        below.chmod(_FOLDER_MODE)
        yield from ((file.path, f"{below}/{file.name}") for file in files)


def _tree(root: str) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    """Give each folder with its regular files, the upper ones first; links are not followed."""
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as found:
                entries = list(found)
        except FileNotFoundError:  # whoever writes here goes on
            if folder == root:
                raise
            continue
        folders += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        yield folder, [entry for entry in entries if entry.is_file(follow_symlinks=False)]


def size_of(folder: Path) -> int:
    """Return the bytes of a folder's regular files; what goes away meanwhile does not count."""
    total = 0
    with contextlib.suppress(FileNotFoundError):
        for _, files in _tree(str(folder)):
            for file in files:
                with contextlib.suppress(FileNotFoundError):
                    total += file.stat(follow_symlinks=False).st_size
    return total
