"""The strategies, for the event loop: the catalogue's blocking work in threads of its own."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from leanboard.engines.base import CSharpBuild, Requirements
from leanboard.models.strategies import StrategyInfo, StrategyLanguage
from leanboard.strategies.catalogue import Snapshot, StrategyCatalogue
from leanboard.strategies.csharp_project import LIBRARY, assembly_name
from leanboard.strategies.folder_scan import MAIN_NAME, SOURCE, Project, snapshot_project
from leanboard.strategies.project_reader import read_project
from leanboard.strategies.requirements_file import read_requirements

T = TypeVar("T")
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


class StrategyService:
    """Lists, shows, copies and reads strategies.

    Args:
        catalogue: Does the work; its methods block.
    """

    def __init__(self, catalogue: StrategyCatalogue) -> None:
        self._catalogue = catalogue
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="strategies")

    def close(self) -> None:
        """Give the threads back."""
        self._pool.shutdown(wait=True)

    async def list(self) -> tuple[StrategyInfo, ...]:
        """Return all strategies by name, the broken ones with their problems, without source."""
        return tuple(await self.in_thread(self._catalogue.strategies))

    async def get(self, name: str) -> StrategyInfo:
        """Return one strategy with its source.

        Raises:
            NotFound: There is no such strategy.
        """
        return await self.in_thread(partial(self._catalogue.detail, name))

    def snapshot(self, name: str) -> Callable[[Path], None]:
        """Return what copies the strategy into the folder it is given; that call blocks.

        Raises (from the call):
            NotFound: There is no such strategy.
            InvalidInput: It is broken, or too large.
        """

        def copy(target: Path) -> None:
            self._catalogue.snapshot(name, target)

        return copy

    async def take(self, name: str, target: Path) -> Snapshot:
        """Copy a strategy into a folder that is empty or missing, and read the copy; raises as :meth:`snapshot`'s."""
        return await self.in_thread(partial(self._catalogue.snapshot, name, target))

    async def prepared(self, name: str, code: Path) -> Prepared:
        """Read a run's snapshot, as it will be executed."""
        return await self.in_thread(partial(_prepared, name, code))

    async def copied(self, name: str, code: Path) -> StrategyInfo:
        """Describe the copy of a strategy that a finished run was executed from; without source."""
        return await self.in_thread(lambda: self._catalogue.describe(snapshot_project(code, name)))

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Do blocking work on strategies' files in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


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
