"""What C# projects were compiled into, kept so that the same project is compiled once. Blocks: for threads."""

import os
import secrets
import shutil
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leanboard.errors import BuildFailed, EngineError

MEGABYTE = 1 << 20
_WORK = ".work"
_NEW = ".new"
_DEBUG_SYMBOLS = ".pdb"  # beside one, LEAN loads a DLL in a way that finds no other in its folder


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much is kept; the builds that were not used for the longest time go first.

    Attributes:
        entries: Builds.
        bytes: Of all builds together.
        build_bytes: Of one; more is refused.
    """

    entries: int = 64
    bytes: int = 1024 * MEGABYTE
    build_bytes: int = 256 * MEGABYTE


class BuildCache:
    """Builds by key, each a folder that is complete or not there. Safe to use from several threads of one process.

    Args:
        folder: Of this installation; made when it is needed.
        limits: How much is kept.
    """

    def __init__(self, folder: Path, limits: CacheLimits | None = None) -> None:
        self._folder = folder
        self._limits = limits or CacheLimits()
        self._lock = threading.Lock()

    def clear_work(self) -> None:
        """Remove what an earlier process of the service left half-done."""
        for name in (_WORK, _NEW):
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def work(self, name: str) -> Path:
        """Make an empty folder for a build.

        Raises:
            EngineError: The disk refused.
        """
        path = self._folder / _WORK / name
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise _refused(error) from error
        return path

    def place(self, key: str, target: Path) -> bool:
        """Copy a build to ``target``, in place of what is there; False when there is no such build.

        Raises:
            EngineError: The disk refused.
        """
        with self._lock:
            entry = self._folder / key
            if not entry.is_dir():
                return False
            try:
                shutil.rmtree(target, ignore_errors=True)
                _copy(entry, target, self._limits.build_bytes)
                os.utime(entry)
            except OSError as error:
                raise _refused(error) from error
            return True

    def add(self, key: str, built: Path) -> None:
        """Keep a build: regular files only, and no debug symbols.

        Args:
            key: What it was made of.
            built: The compiler's folder; written by the project's own code, so nothing in it is trusted.

        Raises:
            BuildFailed: It is larger than allowed.
            EngineError: The disk refused.
        """
        staged = self._folder / _NEW / secrets.token_hex(8)
        try:
            _copy(built, staged, self._limits.build_bytes)
            with self._lock:
                if not (self._folder / key).exists():
                    staged.rename(self._folder / key)
                self._forget_old(key)
        except OSError as error:
            raise _refused(error) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _forget_old(self, key: str) -> None:
        entries = [path for path in self._folder.iterdir() if not path.name.startswith(".") and path.name != key]
        entries.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        left = self._limits.bytes - _size(self._folder / key)
        for place, entry in enumerate(entries, start=2):
            left -= _size(entry)
            if left < 0 or place > self._limits.entries:
                shutil.rmtree(entry, ignore_errors=True)


def _copy(source: Path, target: Path, allowed: int) -> None:
    """Copy regular files, readable for all: the container's user is not the service's."""
    _folder(target)
    for path in _files(source):
        copy = target / path.relative_to(source)
        for parent in reversed(copy.relative_to(target).parents):
            _folder(target / parent)
        # What became a link since it was listed is refused.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file, copy.open("xb") as written:
            allowed -= os.fstat(descriptor).st_size
            if allowed < 0:
                msg = "the build is larger than allowed: keep data outside of the project"
                raise BuildFailed(msg)
            shutil.copyfileobj(file, written)
        copy.chmod(0o644)


def _folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix != _DEBUG_SYMBOLS and stat.S_ISREG(path.lstat().st_mode):
                yield path


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in _files(folder))


def _refused(error: OSError) -> EngineError:
    return EngineError(f"the folder for builds cannot be used: {error.strerror or error} ({error.filename})")
