"""Slots as archives: what goes into a container's volume, and what comes back. Blocks: for threads.

What comes back was written by a strategy. Only regular files and folders are taken, under names that stay inside; no
links, devices or sockets, whatever they point at; modes are ours; bytes and entries are counted, since a sparse file
of a terabyte is a few bytes on the other side.
"""

import io
import os
import shutil
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from leanboard.engines.slot import Slot
from leanboard.engines.slot_files import GUEST
from leanboard.errors import EngineError

MAX_ENTRIES = 20_000
_BLOCK = 1 << 16
_CODE_MODE, _PROGRAM_MODE, _FOLDER_MODE = 0o644, 0o755, 0o755
_WRITTEN = ("output", "storage")  # by the container's user
_READ = ("code", "build", "packages")


class ArchiveTooLarge(EngineError):
    """More came than a run may write."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken out of an archive.

    Attributes:
        bytes: Of all files.
        skipped: Entries that are neither regular files nor folders, or whose names lead outside.
    """

    bytes: int
    skipped: int


def pack_slot(slot: Slot, user: str, target: BinaryIO) -> None:
    """Write the slot as a tar: all that a container needs at its start, as it lies in the slot's root.

    Args:
        slot: With code, config.json and job.json.
        user: UID:GID, to whom the folders belong that the container writes; all else is root's.
        target: Where to.

    Raises:
        OSError: The disk refused.
    """
    uid, _, gid = user.partition(":")
    owner = (int(uid or 0), int(gid or uid or 0))
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in (GUEST, slot.config, slot.job):
            _add(archive, path, path.name, (0, 0))
        for name in (*_READ, *_WRITTEN):
            folder = slot.root / name
            if folder.is_dir():
                _add_tree(archive, folder, name, owner if name in _WRITTEN else (0, 0))


def _add_tree(archive: tarfile.TarFile, folder: Path, name: str, owner: tuple[int, int]) -> None:
    _add(archive, folder, name, owner)
    for path in sorted(folder.rglob("*")):
        _add(archive, path, f"{name}/{path.relative_to(folder).as_posix()}", owner)


def _add(archive: tarfile.TarFile, path: Path, name: str, owner: tuple[int, int]) -> None:
    status = path.lstat()
    entry = tarfile.TarInfo(name)
    entry.mtime = int(status.st_mtime)
    entry.uid, entry.gid = owner
    if stat.S_ISDIR(status.st_mode):
        entry.type, entry.mode = tarfile.DIRTYPE, _FOLDER_MODE
        archive.addfile(entry)
    elif stat.S_ISREG(status.st_mode):
        entry.size = status.st_size
        entry.mode = _PROGRAM_MODE if status.st_mode & 0o111 else _CODE_MODE
        with path.open("rb") as file:
            archive.addfile(entry, file)


def unpack(chunks: Iterable[bytes], folder: Path, max_bytes: int, max_entries: int = MAX_ENTRIES) -> Taken:
    """Take a tar's files into ``folder``, without the first part of each name (the folder that was asked for).

    Args:
        chunks: The tar, in pieces of any size.
        folder: There and empty.
        max_bytes: Of the whole tar.
        max_entries: Files and folders.

    Raises:
        ArchiveTooLarge: One of the limits was passed; what was taken until then is in the folder.
        EngineError: This is no tar, or it ends in the middle, or our disk refused.
    """
    reader = _Counted(chunks, max_bytes)
    written = skipped = 0
    try:
        with tarfile.open(fileobj=reader, mode="r|") as archive:
            for number, entry in enumerate(archive):
                if number > max_entries:
                    msg = f"the run left more than {max_entries} files and folders"
                    raise ArchiveTooLarge(msg)
                place = safe_place(entry)
                if place is None:
                    skipped += 1
                elif place.parts:
                    written += _take(archive, entry, folder / place)
        reader.drain()
    except tarfile.TarError as error:
        msg = f"what Docker gave as an archive cannot be read: {error}"
        raise EngineError(msg) from error
    return Taken(written, skipped)


def safe_place(entry: tarfile.TarInfo) -> PurePosixPath | None:
    """Return where an entry belongs below the folder that was asked for; None for one that is not taken."""
    if not (entry.isreg() or entry.isdir()) or entry.issparse():
        return None
    name = entry.name
    if not name or name.startswith("/") or "\0" in name:
        return None
    parts = PurePosixPath(name).parts
    return None if ".." in parts else PurePosixPath(*parts[1:])


def _take(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> int:
    try:
        if entry.isdir():
            path.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
            return 0
        path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
        mode = _PROGRAM_MODE if entry.mode & 0o111 else _CODE_MODE
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    except OSError as error:
        raise _refused(error) from error
    source = archive.extractfile(entry)
    assert source is not None  # of a regular file there always is one
    with open(number, "wb") as target:  # noqa: PTH123  # a descriptor
        while block := source.read(_BLOCK):
            try:
                target.write(block)
            except OSError as error:
                raise _refused(error) from error
    return entry.size


def _refused(error: OSError) -> EngineError:
    return EngineError(f"what the run left could not be written here: {error.strerror or error}")


def move_into(staging: Path, folder: Path) -> None:
    """Move everything from ``staging`` into ``folder``, in place of what has the same name there.

    Raises:
        EngineError: The disk refused.
    """
    try:
        for path in sorted(staging.iterdir()):
            place = folder / path.name
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            elif path.is_dir():
                place.unlink(missing_ok=True)
            path.replace(place)
    except OSError as error:
        raise _refused(error) from error


class _Counted(io.RawIOBase):
    """Chunks as a file that can be read once, up to a limit."""

    def __init__(self, chunks: Iterable[bytes], most: int) -> None:
        super().__init__()
        self._chunks: Iterator[bytes] = iter(chunks)
        self._rest = b""
        self._left = most

    def read(self, size: int = -1) -> bytes:
        """Give ``size`` bytes, fewer only at the end."""
        parts = [self._rest]
        have = len(self._rest)
        while have < size and (chunk := next(self._chunks, None)) is not None:
            self._left -= len(chunk)
            if self._left < 0:
                msg = "the run left more than it may write (LEANBOARD_MAX_OUTPUT)"
                raise ArchiveTooLarge(msg)
            parts.append(chunk)
            have += len(chunk)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]

    def drain(self) -> None:
        """Read to the end: an archive that is left unread holds Docker's lock on the container."""
        for chunk in self._chunks:
            self._left -= len(chunk)
            if self._left < 0:
                return
