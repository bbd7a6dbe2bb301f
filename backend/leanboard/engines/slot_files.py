"""Small file work that every engine does in a slot. Blocks: for threads.

A strategy can write into the console folder: what it may have put in the place of a file (a link to a file of the host,
a FIFO) is neither followed nor waited for.
"""

import os
import stat
from pathlib import Path

from leanboard.engines.slot import Slot

GUEST = Path(__file__).resolve().parent.parent / "guest" / "lean_run.py"
READY_MARK = b"@@LEANBOARD ready"
STREAMS = ("stdout.txt", "stderr.txt")
# Not in a stream: those are held against what the container has printed.
BUILD_OUTPUT = "build.txt"
INSTALL_OUTPUT = "install.txt"
INSTALLED = "packages.txt"  # versions, as `pip freeze` writes them


def has_ready_mark(slot: Slot) -> bool:
    """Say whether the guest has printed that it waits for its job."""
    return READY_MARK in read_beginning(slot.console / "stderr.txt", 65536)


def read_beginning(path: Path, most: int) -> bytes:
    """Return the first bytes of a file; nothing where it is not there, or is no file."""
    try:
        handle = _open_regular(path, os.O_RDONLY)
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        return file.read(most)


def read_end(path: Path, most: int) -> bytes:
    """Return the last bytes of a file; nothing where it is not there, or is no file."""
    try:
        handle = _open_regular(path, os.O_RDONLY)
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        file.seek(max(0, os.fstat(handle).st_size - most))
        return file.read(most)


def is_silent(slot: Slot) -> bool:
    """Say whether both streams are empty; one that is gone, or no file any more, counts as empty."""
    return not any(_size(slot.console / name) for name in STREAMS)


def append(path: Path, content: bytes) -> None:
    """Write at the end of a file, which is made where it is not there.

    Raises:
        OSError: The disk refused, or something else than a file has its name.
    """
    with os.fdopen(_open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab") as file:
        file.write(content)


def _size(path: Path) -> int:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _open_regular(path: Path, flags: int) -> int:
    handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        msg = f"{path} is no file"
        raise OSError(msg)
    return handle


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing.

    Raises:
        OSError: The disk refused.
    """
    staged = path.with_name(path.name + ".tmp")
    staged.write_bytes(content)
    staged.replace(path)
