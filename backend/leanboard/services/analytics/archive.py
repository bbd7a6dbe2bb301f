"""A run directory as one zip, made while it is sent: memory for one piece, not for the whole. Blocks."""

import io
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from leanboard.errors import NotFound
from leanboard.storage.safe_files import FoundFile, list_files, open_file

MAX_FILE = 2 * 1024 * 1024 * 1024  # a sparse file of a terabyte takes no space, until somebody reads it
NOTES = "LEFT_OUT.txt"
_PIECE = 256 * 1024
_EARLIEST, _LATEST = 315_532_800, 4_354_819_200  # the years 1980 and 2108
_LEVEL = 3  # of deflate: LEAN's JSON shrinks to a tenth at any level


class _Outlet(io.RawIOBase):
    """What the zip is written to; gives away what has come so far."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class _Packer:
    """Writes a directory's files into a zip, piece by piece.

    Args:
        directory: Of the run.
        name: Of the folder in the zip.
        largest: Bytes of a file that is taken.
    """

    def __init__(self, directory: Path, name: str, largest: int) -> None:
        self._directory = directory
        self._name = name
        self._largest = largest
        self._outlet = _Outlet()
        self._left_out: list[str] = []

    def run(self) -> Iterator[bytes]:
        listing = list_files(self._directory)
        self._left_out += listing.notes
        with zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target:
            for found in listing.files:
                yield from self._file(target, found)
            if self._left_out:
                target.writestr(f"{self._name}/{NOTES}", "\n".join(self._left_out) + "\n")
        yield self._outlet.taken()

    def _file(self, target: zipfile.ZipFile, found: FoundFile) -> Iterator[bytes]:
        try:
            file = open_file(self._directory, found.path)
        except NotFound:
            self._left_out.append(f"{found.path}: not there any more")
            return
        with file:
            status = os.fstat(file.fileno())
            if status.st_size > self._largest:
                self._left_out.append(f"{found.path}: {status.st_size:,} bytes; download it by itself")
                return
            entry = zipfile.ZipInfo(f"{self._name}/{found.path}", _moment(status.st_mtime))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            # What cannot be compressed gets a little longer.
            with target.open(entry, "w", force_zip64=status.st_size * 1.01 >= zipfile.ZIP64_LIMIT) as sink:
                for piece in _pieces(file, status.st_size):
                    sink.write(piece)
                    yield self._outlet.taken()


def archive(directory: Path, name: str, largest: int = MAX_FILE) -> Iterator[bytes]:
    """Yield a zip of the regular files of a run directory.

    Args:
        directory: Of the run.
        name: Of the folder in the zip.
        largest: Bytes; larger files are left out. What is left out is named in LEFT_OUT.txt.
    """
    return _Packer(directory, name, largest).run()


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield a file's content; what is appended meanwhile is not taken."""
    while size > 0 and (piece := file.read(min(_PIECE, size))):
        size -= len(piece)
        yield piece


def _moment(mtime: float) -> tuple[int, int, int, int, int, int]:
    """UTC, within what a zip can say."""
    if not _EARLIEST <= mtime < _LATEST:  # whoever writes a file can give it any time, also one that is no date
        return 1980, 1, 1, 0, 0, 0
    return time.gmtime(mtime)[:6]
