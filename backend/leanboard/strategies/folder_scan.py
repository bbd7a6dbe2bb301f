"""Finds strategies in a folder: lean-cli projects, C# projects and single Python files, one level deep.

Left out: hidden entries, ``__pycache__``, ``backtests``, ``__init__.py``, folders without Python or C# in them, and
symbolic links that lead out of the folder. What looks like a strategy and is broken stays, with its problem.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leanboard.models.strategies import StrategyLanguage, StrategyProblem
from leanboard.strategies.project_config import CONFIG_NAME

MAIN_NAME = "main.py"
CSHARP_MAIN = "Main.cs"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

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
        problems: What the scan already knows to be wrong.
    """

    name: str
    root: Path
    main: Path
    folder: Path | None = None
    language: StrategyLanguage = StrategyLanguage.PYTHON
    problems: tuple[StrategyProblem, ...] = ()

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
    elif entry.suffix == ".py" and (entry.is_symlink() or entry.is_file()):
        yield _named(Project(entry.stem, root, target))


def _folder_project(name: str, folder: Path, root: Path) -> Iterator[Project]:
    try:
        names = sorted(child.name for child in folder.iterdir())
    except OSError as error:
        problem = StrategyProblem(reason=f"the folder cannot be read: {error.strerror}")
        yield _named(Project(name, root, folder / MAIN_NAME, folder, problems=(problem,)))
        return
    sharp = [child for child in names if child.endswith(".cs")]
    if sharp and any(child.endswith(".csproj") for child in names) and MAIN_NAME not in names:
        main = CSHARP_MAIN if CSHARP_MAIN in sharp else sharp[0]
        yield _named(_checked(Project(name, root, folder / main, folder, StrategyLanguage.CSHARP)))
    elif CONFIG_NAME in names or any(child.endswith(".py") for child in names):
        problem = StrategyProblem(reason=f"the folder has no {MAIN_NAME}")
        missing = () if MAIN_NAME in names else (problem,)
        yield _named(_checked(Project(name, root, folder / MAIN_NAME, folder, problems=missing)))


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
    return Project(
        printable(project.name),
        project.root,
        project.main,
        project.folder,
        project.language,
        (*project.problems, problem),
    )
