"""The strategies that can be run: found, read as text, copied for a run. All methods block; call them in a thread."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from leanboard.errors import InvalidInput, NotFound, Problem
from leanboard.models.code import CodeDigest
from leanboard.models.strategies import EmbeddedSupport, StrategyInfo, StrategyProblem
from leanboard.strategies.folder_scan import Project, printable, scan
from leanboard.strategies.project_files import (
    ProjectFile,
    SnapshotFile,
    SnapshotLimits,
    copy_files,
    project_files,
    snapshot_project,
)
from leanboard.strategies.project_reader import ReadStrategy, read_project
from leanboard.strategies.support import SupportCheck, judge, python_files

SETTLING_NS = 2_000_000_000
"""A file changed less than this ago is read again each time: another edit may leave its size and times as they are."""

_Stamps = tuple[ProjectFile, ...]


CopyReader = Callable[[Project, CodeDigest], ReadStrategy]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A strategy as a run will execute it.

    Attributes:
        info: Read from the copied files, so it describes exactly what will run.
        module: The Python module to import, or the C# file's stem.
        parameters: config.json's parameters as LEAN takes them; a run's own parameters go on top.
        files: Everything that was copied.
        digest: Of all that.
    """

    info: StrategyInfo
    module: str
    parameters: dict[str, str]
    files: tuple[SnapshotFile, ...]
    digest: CodeDigest

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class _Entry:
    stamps: _Stamps
    read: ReadStrategy
    support: EmbeddedSupport


class StrategyCatalogue:
    """Finds strategies in folders. Safe to use from several threads.

    Args:
        folders: Strategy folders; one that does not exist is an empty one.
        support: Asks the embedded engine; None when there is none.
        limits: How large a strategy may be.
        clock: The file system's clock, nanoseconds since the epoch.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        support: SupportCheck | None = None,
        limits: SnapshotLimits | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._folders = tuple(folders)
        self._support = support
        self._limits = limits or SnapshotLimits()
        self._clock = clock
        self._cache: dict[Project, _Entry] = {}
        self._lock = threading.Lock()

    def strategies(self) -> list[StrategyInfo]:
        """Return all strategies by name, without source; the broken ones with their problems."""
        found = self._found()
        with self._lock:
            self._cache = {project: entry for project, entry in self._cache.items() if project in found}
        infos = [entry.read.info.evolve(embedded=entry.support, source=None) for entry in self._entries(found)]
        clashes = _clashes(found)
        return [_colliding(info, clashes.get(info.name, ())) for info in infos]

    def detail(self, name: str) -> StrategyInfo:
        """Return one strategy with its source.

        Args:
            name: Folder name or file stem.

        Raises:
            NotFound: There is no such strategy.
        """
        found = [project for project in self._found() if project.name == name]
        if not found:
            raise self._unknown(name)
        entry = self._entries(found[:1])[0]
        return _colliding(entry.read.info.evolve(embedded=entry.support), _clashes(found).get(name, ()))

    def describe(self, project: Project) -> StrategyInfo:
        """Read a project that lies anywhere, such as a run's own copy; without source."""
        read = read_project(project)
        support = self._judged([project])[project] if read.info.valid else EmbeddedSupport()
        return read.info.evolve(embedded=support, source=None)

    def snapshot(
        self, name: str, target: Path, read: CopyReader = lambda copy, _digest: read_project(copy)
    ) -> Snapshot:
        """Copy a strategy's files for a run, and read the copy.

        Args:
            name: Folder name or file stem.
            target: The run's ``code`` folder; empty or missing. After an error it may hold some of the files.
            read: Reads the copy, whose digest it is told.

        Raises:
            NotFound: There is no such strategy.
            InvalidInput: It is broken, or too large.
            StorageError: A file could not be read or written.
        """
        found = [project for project in self._found() if project.name == name]
        if not found:
            raise self._unknown(name)
        clash = _clashes(found).get(name, ())
        if clash or found[0].problems:
            raise _broken(name, (*clash, *found[0].problems))
        files = copy_files(found[0], target, self._limits)
        copy = snapshot_project(name, target, found[0])
        digest = CodeDigest.of((file.path, file.sha256) for file in files)
        found_there = read(copy, digest)
        if not found_there.info.valid:
            raise _broken(name, found_there.info.problems)
        return Snapshot(found_there.info, copy.main.stem, found_there.parameters, files, digest)

    def _found(self) -> list[Project]:
        """Every project once, by name, also when one strategy folder lies inside another."""
        projects = {(project.name, project.main): project for folder in self._folders for project in scan(folder)}
        return sorted(projects.values(), key=lambda project: (project.name, project.path))

    def _entries(self, projects: Sequence[Project]) -> list[_Entry]:
        """Read what was edited since the last time, and ask for the engine's judgement on all of that in one go."""
        now = self._clock()
        stamps = {project: project_files(project, self._limits.max_files) for project in projects}
        with self._lock:
            entries = {p: self._cache[p] for p in projects if p in self._cache and self._cache[p].stamps == stamps[p]}
        read = {project: read_project(project) for project in projects if project not in entries}
        supports = self._judged([project for project in read if read[project].info.valid])
        for project, result in read.items():
            entries[project] = _Entry(stamps[project], result, supports.get(project, EmbeddedSupport()))
            if self._lasting(entries[project], now):
                with self._lock:
                    self._cache[project] = entries[project]
        return [entries[project] for project in projects]

    def _lasting(self, entry: _Entry, now: int) -> bool:
        """Whether the entry stays right as long as the stamps of its files do."""
        unknown = self._support is not None and entry.read.info.valid and entry.support.supported is None
        return not unknown and all(file.changed_at < now - SETTLING_NS for file in entry.stamps)

    def _judged(self, projects: Sequence[Project]) -> dict[Project, EmbeddedSupport]:
        files = [file for project in projects for file in python_files(project)]
        answers = self._support(files) if self._support is not None and files else {}
        return {project: judge(project, answers) for project in projects}

    def _unknown(self, name: str) -> NotFound:
        known = ", ".join(sorted({project.name for project in self._found()})[:20]) or "none"
        return NotFound(f"there is no strategy {name[:100]!r}; known: {known}")


def _clashes(projects: Sequence[Project]) -> dict[str, tuple[StrategyProblem, ...]]:
    """Names that several strategies have, with the problem that this is."""
    places: dict[str, list[str]] = {}
    for project in projects:
        places.setdefault(project.name, []).append(f"{printable(project.root.name)}/{project.path}")
    return {
        name: (StrategyProblem(reason=f"the name is used by {' and '.join(found)}: rename all but one"),)
        for name, found in places.items()
        if len(found) > 1
    }


def _colliding(info: StrategyInfo, clash: tuple[StrategyProblem, ...]) -> StrategyInfo:
    return info.evolve(problems=(*clash, *info.problems), valid=False) if clash else info


def _broken(name: str, problems: Sequence[StrategyProblem]) -> InvalidInput:
    found = tuple(Problem("strategy_name", _located(problem)) for problem in problems)
    return InvalidInput(f"strategy {name} cannot be run: {_located(problems[0])}", problems=found)


def _located(problem: StrategyProblem) -> str:
    return problem.reason if problem.line is None else f"line {problem.line}: {problem.reason}"
