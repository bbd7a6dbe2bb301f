"""What a run must know of its copy of a strategy; the same bytes are read once, for however many runs."""

import re
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from leanboard.engines.sandbox_spec import CSharpBuild, Requirements
from leanboard.models.code import CodeDigest
from leanboard.models.strategies import StrategyInfo, StrategyLanguage
from leanboard.storage.bounded_cache import BoundedCache
from leanboard.storage.code_digests import code_digest
from leanboard.strategies.csharp_project import LIBRARY, assembly_name
from leanboard.strategies.folder_scan import MAIN_NAME, SOURCE, Project, snapshot_project
from leanboard.strategies.project_reader import ReadStrategy, read_project
from leanboard.strategies.requirements_file import read_requirements

T = TypeVar("T")
KEPT_SOURCE = 16 * 1024 * 1024  # characters of what was read and is remembered
KEPT_PREPARED = 500
_LEAST = 1000  # that anything counts for
_READS = re.compile(r"\bget_?parameters?\s*\(", re.IGNORECASE)
_LITERAL_READS = re.compile(r"\bget_?parameter\s*\(\s*[rbu]?[\"']", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CSharpCode:
    """What LEAN is to load of a C# strategy.

    Attributes:
        library: The DLL's file name.
        build: What it is made of; None for one that is in the snapshot.
    """

    library: str
    build: CSharpBuild | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run must know of its snapshot.

    Attributes:
        module: The algorithm's file in the snapshot.
        parameters: From the project's config.json; a run's own go on top.
        readable: Names of the parameters that the strategy reads; None when that cannot be told from its text.
        csharp: None for Python.
        requirements: What requirements.txt asks for; None for nothing.
    """

    module: str
    class_name: str | None
    parameters: dict[str, str]
    readable: frozenset[str] | None
    csharp: CSharpCode | None = None
    requirements: Requirements | None = None


class CodeReader:
    """Reads copies of strategies. Thread-safe: two threads may read the same at the same time, and agree.

    A copy never changes once it is made, so what was read is remembered by content: parsing the same text for each of
    a thousand runs would cost more than starting them.
    """

    def __init__(self) -> None:
        self._read: BoundedCache[Hashable, ReadStrategy] = BoundedCache(KEPT_SOURCE, _weight)
        self._prepared: BoundedCache[Hashable, Prepared] = BoundedCache(KEPT_PREPARED, lambda _value: 1)
        self._lock = threading.Lock()

    def read(self, project: Project, digest: CodeDigest) -> ReadStrategy:
        """Read a copy that was just made.

        Args:
            project: The copy.
            digest: Its own.
        """
        file = project.project_file
        key = (project.name, project.path, project.language, file.name if file is not None else "", digest)
        return self._remembered(self._read, key, partial(read_project, project))

    def known(self, name: str, digest: CodeDigest) -> Prepared | None:
        """Return what was read of the same bytes before; None where nothing is remembered. Does not block."""
        with self._lock:
            return self._prepared.get((name, digest))

    def prepared(self, name: str, code: Path, digest: CodeDigest | None = None) -> Prepared:
        """Read a run's snapshot, as it will be executed.

        Args:
            name: Of the strategy.
            code: The snapshot.
            digest: The snapshot's, where it is known; it is read once more where it is not.
        """
        digest = digest or code_digest(code)
        if digest is None:
            return _prepared(name, code)
        return self._remembered(self._prepared, (name, digest), partial(_prepared, name, code))

    def _remembered(self, cache: BoundedCache[Hashable, T], key: Hashable, read: Callable[[], T]) -> T:
        with self._lock:
            known = cache.get(key)
        if known is None:
            known = read()
            with self._lock:
                cache.put(key, known)
        return known


def _weight(read: ReadStrategy) -> int:
    return _LEAST + len(read.info.source or "")


def _prepared(name: str, code: Path) -> Prepared:
    project = snapshot_project(code, name)
    read = read_project(project)
    readable = _readable(read.info, code)
    if project.language is StrategyLanguage.PYTHON:
        requirements = _requirements(code)
        return Prepared(MAIN_NAME, read.info.class_name, read.parameters, readable, requirements=requirements)
    return Prepared(project.main.name, read.info.class_name, read.parameters, readable, _csharp(project))


def _requirements(code: Path) -> Requirements | None:
    found = read_requirements(code)
    return Requirements(found.files, found.digest) if found.files and not found.problems else None


def _csharp(project: Project) -> CSharpCode:
    if project.is_library:
        return CSharpCode(project.main.name)
    file = project.project_file.name if project.project_file else ""
    assembly = assembly_name(file or project.name)
    return CSharpCode(f"{assembly}{LIBRARY}", CSharpBuild(file, assembly))


def _readable(info: StrategyInfo, code: Path) -> frozenset[str] | None:
    csharp = info.language is StrategyLanguage.CSHARP
    texts = [path.read_text("utf-8", errors="replace") for path in code.rglob(f"*{SOURCE}" if csharp else "*.py")]
    reads = sum(len(_READS.findall(text)) for text in texts)
    literal = sum(len(_LITERAL_READS.findall(text)) for text in texts)
    # Of Python only the main file was read for parameters; of C# all of them.
    if not texts or (len(texts) > 1 and not csharp) or reads != literal:
        return None
    return frozenset(parameter.name for parameter in info.parameters)
