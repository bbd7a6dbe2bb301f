"""Files below a directory that strangers may have written into: nothing outside of it is ever opened.

User code runs with write access to its output, so what lies there may be links to elsewhere, pipes that block their
reader, or a hundred thousand files. Directories are walked by handle, never by path, and links are not followed.
"""

import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from leanboard.errors import NotFound

MAX_FILES = 2000
MAX_SCANNED = 20_000
MAX_ENTRIES = 200_000
MAX_DEPTH = 16
MAX_HASHED = 512 * 1024 * 1024
_CHUNK = 1024 * 1024
_LEADS_ELSEWHERE = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: path relative to the root with '/', size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The regular files below a directory.

    Attributes:
        files: The top level first, then folder by folder, each in order of names.
        notes: For people: what was left out, and why.
    """

    files: tuple[FoundFile, ...]
    notes: tuple[str, ...] = ()


@contextmanager
def _descend(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """Open the directory ``parts`` below root, one name at a time, so that no part can be a link."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def relative_parts(path: str) -> tuple[str, ...]:
    """Split a relative path.

    Raises:
        ValueError: It is absolute, empty, or would lead elsewhere.
    """
    parts = tuple(path.split("/"))
    if "\0" in path or not _LEADS_ELSEWHERE.isdisjoint(parts):  # an absolute path begins with an empty part
        msg = f"{path[:80]!r} is no path inside a run directory"
        raise ValueError(msg)
    return parts


def open_file(root: Path, path: str) -> BinaryIO:
    """Open a regular file below ``root`` for reading.

    Args:
        root: A directory of ours.
        path: Relative to it, with '/'.

    Raises:
        NotFound: There is no such regular file, a part of the path is a link, or it may not be read.
    """
    try:
        parts = relative_parts(path)
        with _descend(root, parts[:-1]) as folder:
            return _open_regular(parts[-1], folder)
    except (OSError, ValueError) as error:
        msg = f"there is no file {path[:200]!r}"
        raise NotFound(msg) from error


def _open_regular(name: str, folder: int) -> BinaryIO:
    # Looked at first, because opening a pipe or a device can itself have an effect; and again after, because the
    # name may have changed its meaning in between. O_NONBLOCK keeps that race from blocking.
    if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        raise FileNotFoundError(name)
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(name)
    return os.fdopen(handle, "rb")


def read_file(root: Path, path: str, limit: int) -> bytes:
    """Read a file of at most ``limit`` bytes.

    Raises:
        NotFound: As :func:`open_file`.
        ValueError: It is larger.
    """
    with open_file(root, path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        msg = f"{path} is larger than {limit} bytes"
        raise ValueError(msg)
    return content


def read_tail(root: Path, path: str, limit: int) -> bytes:
    """Read at most the last ``limit`` bytes of a file.

    Raises:
        NotFound: As :func:`open_file`.
    """
    with open_file(root, path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - limit))
        return file.read(limit)


def digest(root: Path, found: FoundFile) -> str:
    """Return the SHA-256 of a file in hex; '' when it is too large to be read whole (sparse files can be huge).

    The file is also synced: a manifest must not outlive what it lists.
    """
    with open_file(root, found.path) as file:
        os.fsync(file.fileno())
        if found.size > MAX_HASHED:
            return ""
        return _sha256(file)


def sha256_of(root: Path, path: str) -> str:
    """Return the SHA-256 of a file in hex, without syncing it.

    Raises:
        NotFound: As :func:`open_file`.
        OSError: It cannot be read.
    """
    with open_file(root, path) as file:
        return _sha256(file)


def _sha256(file: BinaryIO) -> str:
    state = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        state.update(chunk)
    return state.hexdigest()


class _Walk:
    """One walk over a tree, breadth first, with a bound on everything."""

    def __init__(self, root: Path, limit: int, entries: int) -> None:
        self._root = root
        self._limit = limit
        self._most_entries = entries
        self._left_out: dict[str, int] = {}
        self._entries = 0
        self.files: list[FoundFile] = []
        self.folders: deque[tuple[str, ...]] = deque([()])

    def run(self) -> None:
        while self.folders:
            if self._entries > self._most_entries:
                self._leave_out(f"folders beyond {self._most_entries} files and folders", len(self.folders))
                return
            parts = self.folders.popleft()
            if len(parts) > MAX_DEPTH:
                self._leave_out("folders that lie too deep")
                continue
            try:
                with _descend(self._root, parts) as handle:
                    self._visit(parts, handle)
            except OSError:
                self._leave_out("folders that cannot be read")

    def _visit(self, parts: tuple[str, ...], handle: int) -> None:
        with os.scandir(handle) as entries:
            found = sorted(islice(entries, MAX_SCANNED), key=lambda entry: entry.name)
            if next(entries, None) is not None:
                self._leave_out(f"files beyond {MAX_SCANNED} in one folder")
            self._entries += len(found)
            for entry in found:
                self._take(parts, entry)

    def _take(self, parts: tuple[str, ...], entry: os.DirEntry[str]) -> None:
        path = "/".join((*parts, entry.name))
        if not _is_text(entry.name):
            self._leave_out("names that are not UTF-8")
        elif entry.is_dir(follow_symlinks=False):
            self.folders.append((*parts, entry.name))
        elif not entry.is_file(follow_symlinks=False):
            self._leave_out("links, pipes, sockets or devices")
        elif len(self.files) >= self._limit:
            self._leave_out(f"files beyond {self._limit}")
        else:
            self.files.append(FoundFile(path, entry.stat(follow_symlinks=False).st_size))

    def _leave_out(self, what: str, count: int = 1) -> None:
        self._left_out[what] = self._left_out.get(what, 0) + count

    def notes(self) -> tuple[str, ...]:
        return tuple(f"not listed: {what} ({count})" for what, count in sorted(self._left_out.items()))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def list_files(root: Path, limit: int = MAX_FILES, entries: int = MAX_ENTRIES) -> Listing:
    """List the regular files below a directory, at most ``limit`` of them.

    Args:
        root: A directory of ours.
        limit: Files that are listed.
        entries: Files and folders after which no further folder is looked into.
    """
    walk = _Walk(root, limit, entries)
    walk.run()
    return Listing(tuple(walk.files), walk.notes())
