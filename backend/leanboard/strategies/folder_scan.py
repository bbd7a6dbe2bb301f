"""Finds strategies in a folder: projects of either language, single Python files and DLLs, one level deep.

Left out: hidden entries, ``__pycache__``, ``backtests``, ``__init__.py``, folders without Python or C# in them, and
symbolic links that lead out of the folder. What looks like a strategy and is broken stays, with its problem.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from leanboard.models.strategies import StrategyLanguage, StrategyProblem
from leanboard.strategies.csharp_project import LIBRARY, PROJECT
from leanboard.strategies.project_config import CONFIG_NAME

MAIN_NAME = "main.py"
CSHARP_MAIN = "Main.cs"
SOURCE = ".cs"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

_LANGUAGES = {".py": StrategyLanguage.PYTHON, LIBRARY: StrategyLanguage.CSHARP}
_SKIPPED = frozenset({"__pycache__", "backtests", "__init__.py"})


@dataclass(frozen=True, slots=True)
class Project:
    """One strategy on disk.

    Attributes:
        name: Folder name or file stem.
        root: The strategy folder it was found in, resolved.
        main: The main file, resolved; it need not exist when there are problems.
        folder: The project's folder, resolved; None for a single file.
        language: By the files that are there.
        project_file: Of a C# project, resolved; None where there is none, and for Python.
        problems: What the scan already knows to be wrong.
    """

    name: str
    root: Path
    main: Path
    folder: Path | None = None
    language: StrategyLanguage = StrategyLanguage.PYTHON
    project_file: Path | None = None
    problems: tuple[StrategyProblem, ...] = ()

    @property
    def is_library(self) -> bool:
        """Whether it is C# that was compiled elsewhere."""
        return self.main.suffix == LIBRARY

    @property
    def path(self) -> str:
        """The main file relative to the strategy folder, with "/" between the parts."""
        return printable(self.main.relative_to(self.root).as_posix())


def scan(root: Path) -> list[Project]:
    """Return the strategies of one folder by name; nothing when the folder is not there.

    Args:
        root: A strategy folder.
    """
    root = Path(os.path.realpath(root))
    try:
        entries = sorted(root.iterdir())
    except OSError:
        return []
    return [project for entry in entries for project in _projects(entry, root)]


def project_in(folder: Path, name: str) -> Project | None:
    """Describe a folder that holds one strategy, such as a run's snapshot; None when it holds none.

    Args:
        folder: Where its files are.
        name: The strategy's name.
    """
    root = Path(os.path.realpath(folder))
    return next(_folder_project(name, root, root), None)


def snapshot_project(code: Path, name: str) -> Project:
    """Describe a run's snapshot; of Python the main file is MAIN_NAME, also where the strategy was a single file.

    Args:
        code: The snapshot.
        name: The strategy's name.
    """
    project = project_in(code, name)
    if project is None or project.language is StrategyLanguage.PYTHON:
        return Project(name, code, code / MAIN_NAME, code)
    return project


def printable(text: str) -> str:
    """Return a file name as text that JSON can carry; bytes that are not UTF-8 are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _projects(entry: Path, root: Path) -> Iterator[Project]:
    if entry.name.startswith(".") or entry.name in _SKIPPED:
        return
    # realpath, not resolve: it answers for broken links and for circles of links, too.
    target = Path(os.path.realpath(entry))
    if not target.is_relative_to(root):
        return
    if target.is_dir():
        yield from _folder_project(entry.name, target, root)
    elif entry.suffix in _LANGUAGES and (entry.is_symlink() or entry.is_file()):
        yield _named(Project(entry.stem, root, target, language=_LANGUAGES[entry.suffix]))


def _folder_project(name: str, folder: Path, root: Path) -> Iterator[Project]:
    try:
        names = sorted(child.name for child in folder.iterdir())
    except OSError as error:
        problem = StrategyProblem(reason=f"the folder cannot be read: {error.strerror}")
        yield _named(Project(name, root, folder / MAIN_NAME, folder, problems=(problem,)))
        return
    if MAIN_NAME not in names and any(child.endswith((SOURCE, PROJECT)) for child in names):
        yield _named(_checked(_csharp_project(name, folder, root, names)))
    elif MAIN_NAME not in names and any(child.endswith(LIBRARY) for child in names):
        yield _named(_checked(_library_project(name, folder, root, names)))
    elif CONFIG_NAME in names or any(child.endswith(".py") for child in names):
        problem = StrategyProblem(reason=f"the folder has no {MAIN_NAME}")
        missing = () if MAIN_NAME in names else (problem,)
        yield _named(_checked(Project(name, root, folder / MAIN_NAME, folder, problems=missing)))


def _csharp_project(name: str, folder: Path, root: Path, names: list[str]) -> Project:
    sources = [child for child in names if child.endswith(SOURCE)]
    files = [child for child in names if child.endswith(PROJECT)]
    main = CSHARP_MAIN if CSHARP_MAIN in sources or not sources else sources[0]
    project_file = folder / files[0] if files else None
    found = Project(name, root, folder / main, folder, StrategyLanguage.CSHARP, project_file)
    if not sources:
        return _with_problem(found, StrategyProblem(reason=f"there is no {SOURCE} file beside {files[0]}"))
    if len(files) > 1:
        return _with_problem(found, StrategyProblem(reason=f"several project files, {', '.join(files)}: keep one"))
    return found


def _library_project(name: str, folder: Path, root: Path, names: list[str]) -> Project:
    libraries = [child for child in names if child.endswith(LIBRARY)]
    own = f"{name}{LIBRARY}"
    main = own if own in libraries else libraries[0]
    found = Project(name, root, folder / main, folder, StrategyLanguage.CSHARP)
    if main != own and len(libraries) > 1:
        reason = f"which of {', '.join(libraries[:5])} is the algorithm? Name that one {own}"
        return _with_problem(found, StrategyProblem(reason=reason))
    return found


def _checked(project: Project) -> Project:
    """Refuse a main file that is a symbolic link: the snapshot of a run would not contain it."""
    if not project.main.is_symlink():
        return project
    problem = StrategyProblem(reason=f"{printable(project.main.name)} is a symbolic link: put the file itself there")
    return _with_problem(project, problem)


def _named(project: Project) -> Project:
    if NAME.fullmatch(project.name):
        return project
    reason = "the name must begin with a letter or digit; letters, digits, '_', '-', '.' follow; 100 at most"
    return _with_problem(project, StrategyProblem(reason=reason))


def _with_problem(project: Project, problem: StrategyProblem) -> Project:
    return replace(project, name=printable(project.name), problems=(*project.problems, problem))
