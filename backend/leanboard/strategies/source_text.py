"""Reading one source file, strictly: what cannot be read is said with its line."""

import os
import stat
from pathlib import Path

MAX_SOURCE_BYTES = 1024 * 1024


class BrokenSource(Exception):
    """A file that cannot be used.

    Attributes:
        reason: What is wrong, in words for people; names the file, never its folder.
        line: The line it is about, from 1, or None.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def read_source(path: Path) -> str:
    """Return the text of a source file without its byte-order mark.

    Args:
        path: The file. A symbolic link is not followed.

    Raises:
        BrokenSource: It cannot be read, is no regular file, is empty, larger than 1 MB, or not UTF-8.
    """
    data = _read_bytes(path)
    if len(data) > MAX_SOURCE_BYTES:
        raise BrokenSource(f"{path.name} is larger than 1 MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BrokenSource(f"{path.name} is not UTF-8: {error.reason} at byte {error.start}", line) from error
    if not text.strip():
        raise BrokenSource(f"{path.name} is empty")
    return text


def _read_bytes(path: Path) -> bytes:
    try:
        # O_NONBLOCK: opening a named pipe must not wait for somebody who writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BrokenSource(f"{path.name} is not a regular file")
            return stream.read(MAX_SOURCE_BYTES + 1)
    except OSError as error:
        raise BrokenSource(f"{path.name} cannot be read: {error.strerror}") from error


def clean(text: str) -> str:
    """Return the text with lone surrogates replaced, which Python's literals may hold and JSON may not."""
    return text.encode("utf-8", "replace").decode("utf-8")
