"""The files that make up a strategy: what a run's snapshot holds, and what tells that something was edited."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leanboard.errors import InvalidInput, StorageError
from leanboard.models.strategies import StrategyLanguage
from leanboard.strategies.folder_scan import MAIN_NAME, Project

DEFAULT_MAX_BYTES = 20 * 1024 * 1024
DEFAULT_MAX_FILES = 2000

_SKIPPED_FOLDERS = frozenset({"__pycache__", "backtests", "optimizations", "live", "storage", "bin", "obj"})
_SKIPPED_ENDINGS = (".pyc", ".pyo", "~")
# Beside one, LEAN loads the algorithm from its bytes, and .NET then looks for no other DLL in its folder.
_DEBUG_SYMBOLS = ".pdb"
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A regular file of a project.

    Attributes:
        source: Where it is.
        name: Path inside the snapshot, with "/" between the parts.
        stamp: Changes when the file's content may have changed: device, inode, size, mtime and ctime in nanoseconds.
    """

    source: Path
    name: str
    stamp: tuple[int, int, int, int, int]

    @property
    def size(self) -> int:
        """Bytes, when it was listed."""
        return self.stamp[2]

    @property
    def changed_at(self) -> int:
        """The later of mtime and ctime, nanoseconds since the epoch."""
        return max(self.stamp[3:])


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A file as it was copied.

    Attributes:
        path: Inside the snapshot, with "/" between the parts.
        size: Bytes.
        sha256: Of the copied bytes, lower-case hex.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SnapshotLimits:
    """How large a strategy may be.

    Attributes:
        max_bytes: All files together.
        max_files: How many.
    """

    max_bytes: int = DEFAULT_MAX_BYTES
    max_files: int = DEFAULT_MAX_FILES


def project_files(project: Project, limit: int = DEFAULT_MAX_FILES) -> tuple[ProjectFile, ...]:
    """List a project's files by name: no symbolic links, nothing hidden, no results, no compiled files.

    A single Python file is named ``main.py``, so that every snapshot has its entry under one name.

    Args:
        project: What to list.
        limit: Stop after one more than this many.
    """
    if project.folder is None:
        single = _listed(project.main, _single_name(project))
        return (single,) if single else ()
    found: list[ProjectFile] = []
    skipped = _DEBUG_SYMBOLS if project.language is StrategyLanguage.CSHARP else None
    for path in _walk(project.folder):
        if path.suffix == skipped:
            continue
        listed = _listed(path, path.relative_to(project.folder).as_posix())
        if listed:
            found.append(listed)
        if len(found) > limit:
            break
    return tuple(sorted(found, key=lambda file: file.name))


def copy_files(project: Project, target: Path, limits: SnapshotLimits) -> tuple[SnapshotFile, ...]:
    """Copy a project's files into an empty or missing folder.

    Args:
        project: What to copy.
        target: The run's ``code`` folder.
        limits: How much is allowed.

    Returns:
        The copied files by name.

    Raises:
        InvalidInput: The strategy is larger than the limits.
        StorageError: A file could not be read or written.
    """
    files = project_files(project, limits.max_files)
    if len(files) > limits.max_files:
        raise InvalidInput(f"strategy {project.name} has more than {limits.max_files} files", field="strategy_name")
    left = limits.max_bytes
    copied = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            copied.append(_copy(file, target / file.name, left))
            left -= copied[-1].size
    except _TooLarge as error:
        detail = f"strategy {project.name} is larger than {limits.max_bytes} bytes; keep data outside of its folder"
        raise InvalidInput(detail, field="strategy_name") from error
    except OSError as error:
        raise StorageError(f"strategy {project.name} could not be copied: {error.strerror}") from error
    return tuple(copied)


def snapshot_project(name: str, folder: Path, original: Project) -> Project:
    """Describe a snapshot as a project, to read it as it was copied.

    Args:
        name: The strategy's name.
        folder: The run's ``code`` folder.
        original: What it was copied from.
    """
    root = Path(os.path.realpath(folder))
    main = original.main.name if original.folder is not None else _single_name(original)
    project_file = root / original.project_file.name if original.project_file else None
    return Project(name, root, root / main, root, original.language, project_file)


def _single_name(project: Project) -> str:
    return project.main.name if project.is_library else MAIN_NAME


class _TooLarge(Exception):
    """More bytes than allowed."""


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(_SKIPPED_ENDINGS):
                yield Path(place, name)


def _listed(path: Path, name: str) -> ProjectFile | None:
    try:
        status = path.lstat()
        name.encode("utf-8")
    except (OSError, UnicodeEncodeError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return ProjectFile(path, name, stamp)


def _copy(file: ProjectFile, target: Path, allowed: int) -> SnapshotFile:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    # The listing is old by now: what became a link or a pipe since is refused, and what grew is counted.
    descriptor = os.open(file.source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as source, target.open("xb") as copy:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file")
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > allowed:
                raise _TooLarge
            digest.update(chunk)
            copy.write(chunk)
    return SnapshotFile(file.name, size, digest.hexdigest())
