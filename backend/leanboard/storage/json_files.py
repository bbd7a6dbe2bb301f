"""JSON files that may be too large, cut off or no files at all; read as far as possible, with the reason where not.

All functions block and may take a while on large files: call them in a thread.
"""

import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from pydantic_core import from_json

from leanboard.errors import NotFound
from leanboard.storage.safe_files import open_file


class ResultKind(StrEnum):
    """What is there."""

    FINAL = "final"  # LEAN has finished: state.EndTime is set
    INTERMEDIATE = "intermediate"  # written while the run goes on, or left by one that was killed
    ABSENT = "absent"
    TORN = "torn"  # empty or cut off: LEAN is writing it, or died doing so
    UNREADABLE = "unreadable"  # too large, corrupt, or not a result


class NotLoaded(Exception):  # the name says what came of it
    """A file that cannot be loaded.

    Args:
        kind: Absent, torn or unreadable.
        problem: For people; empty where nothing is there.
        size: Of the file in bytes, where known.
    """

    def __init__(self, kind: ResultKind, problem: str = "", size: int = 0) -> None:
        super().__init__(problem)
        self.kind = kind
        self.problem = problem
        self.size = size


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What changes when a file's content does: size in bytes and time of its last change in nanoseconds."""

    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class LoadedJson:
    """The value of a JSON file, and which state of the file it was."""

    value: object
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class FileBytes:
    """The content of a file, and which state of the file it was."""

    data: bytes
    stamp: FileStamp


def load_object(path: Path, limit: int) -> tuple[dict[str, object], FileStamp]:
    """Load a file that holds one JSON object.

    Args:
        path: A link or a pipe in its last part is not followed.
        limit: Bytes; a larger file is not loaded.

    Raises:
        NotLoaded: It says why.
    """
    read = read_whole(path, limit)
    return object_of(path, read), read.stamp


def load_json(path: Path, limit: int) -> LoadedJson:
    """Load a JSON file, whatever value it holds; otherwise as :func:`load_object`."""
    read = read_whole(path, limit)
    return LoadedJson(_value_of(path, read), read.stamp)


def object_of(path: Path, read: FileBytes) -> dict[str, object]:
    """Parse the content of a file as one JSON object, as far as possible: also what is not quite JSON.

    Raises:
        NotLoaded: It says why.
    """
    value = _value_of(path, read)
    if not isinstance(value, dict):
        raise NotLoaded(ResultKind.UNREADABLE, f"{path.name} holds no JSON object", read.stamp.size)
    return value


def _value_of(path: Path, read: FileBytes) -> object:
    try:
        return _parse(read.data)
    except (ValueError, RecursionError) as error:
        whole = read.data.rstrip(b" \r\n\t").endswith((b"}", b"]"))
        kind = ResultKind.UNREADABLE if whole else ResultKind.TORN
        raise NotLoaded(kind, f"{path.name} is not valid JSON: {error}", read.stamp.size) from None


def read_whole(path: Path, limit: int) -> FileBytes:
    """Read a file that may grow or vanish meanwhile; a strategy may have put a pipe or a link there.

    Raises:
        NotLoaded: It says why.
    """
    try:
        with open_file(path.parent, path.name) as file:
            status = os.fstat(file.fileno())
            data = file.read(limit + 1) if status.st_size <= limit else b""
    except NotFound:
        return _nothing(path)
    except OSError as error:
        raise NotLoaded(ResultKind.UNREADABLE, f"{path.name} cannot be read: {error}") from None
    size = max(status.st_size, len(data))
    if size > limit:
        problem = f"{path.name} has {size:,} bytes; more than {limit:,} are not loaded"
        raise NotLoaded(ResultKind.UNREADABLE, problem, size)
    return FileBytes(data, FileStamp(len(data), status.st_mtime_ns))


def stamp_of(path: Path) -> FileStamp | None:
    """Return a file's present state without reading it; None when it is not there. Links are not followed."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return FileStamp(status.st_size, status.st_mtime_ns)


def _nothing(path: Path) -> NoReturn:
    """Tell nothing at all from something that is no file."""
    if stamp_of(path) is None:
        raise NotLoaded(ResultKind.ABSENT) from None
    raise NotLoaded(ResultKind.UNREADABLE, f"{path.name} is no file that may be read") from None


def _parse(data: bytes) -> object:
    """JSON to values; the standard parser takes what the fast one refuses (half of a surrogate pair)."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return from_json(data, allow_inf_nan=True)
    except ValueError:
        return json.loads(data.decode("utf-8", "replace"), strict=False)
