"""Files that are wholly there or not there, also after a power cut."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leanboard.errors import StorageError

_REMEDIES = {
    errno.ENOSPC: "The disk is full: free some space (old results can be deleted), then try again.",
    errno.EDQUOT: "The disk quota is used up: free some space (old results can be deleted), then try again.",
    errno.EROFS: "The file system is read-only: results can be read, but nothing new can be stored.",
    errno.EACCES: "The service's user may not write there: correct owner or permissions.",
    errno.EPERM: "The service's user may not write there: correct owner or permissions.",
    errno.EMFILE: "Too many open files: raise the limit (ulimit -n).",
    errno.EXDEV: "All of LEANBOARD_HOME must be on one file system.",
}


def remedy_of(error: OSError) -> str:
    """Return what a person can do about an error of the disk."""
    return _REMEDIES.get(error.errno or 0, "See the system's log for the state of the disk.")


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn what the disk refuses into a :class:`StorageError` that says what to do.

    Args:
        doing: What was tried, such as "storing the result".
    """
    try:
        yield
    except OSError as error:
        msg = f"{doing} failed: {error.strerror or error}. {remedy_of(error)}"
        raise StorageError(msg) from error


def names_in(folder: Path) -> tuple[str, ...]:
    """Return the names in a folder, in order."""
    with os.scandir(folder) as entries:  # a Path for each of ten thousand results would cost more than the reading
        return tuple(sorted(entry.name for entry in entries))


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, content: bytes) -> None:
    """Put a file in place, whole: written beside it, synced, renamed.

    The temporary file is made anew, so that nothing that lies there under its name is written through.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    with temporary.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


def sync_tree(root: Path) -> None:
    """Make every regular file and every directory below ``root`` durable; links are not followed."""
    for folder, _, names, handle in os.fwalk(root, follow_symlinks=False):
        for name in names:
            _sync_file(name, handle)
        sync_directory(Path(folder))


def _sync_file(name: str, folder: int) -> None:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:  # a link or a socket: nothing to sync
            return
        raise
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a FIFO cannot be synced
            raise
    finally:
        os.close(handle)


@contextmanager
def or_nothing(path: Path) -> Iterator[None]:
    """Remove what a block had begun to write at ``path`` when it does not come to its end."""
    try:
        yield
    except BaseException:
        remove_tree(path)
        raise


def remove_tree(path: Path) -> None:
    """Remove what can be removed of a directory or file; the rest is tried again at the next start."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    shutil.rmtree(path, ignore_errors=True)
