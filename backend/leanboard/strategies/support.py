"""The question whether the embedded engine can run a strategy; the answer comes from outside.

Leanboard imports nothing of the embedded engine, so whoever builds the catalogue hands it a :class:`SupportCheck`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from leanboard.models.strategies import EmbeddedSupport, StrategyLanguage, UnsupportedFeature
from leanboard.strategies.folder_scan import Project
from leanboard.strategies.project_files import project_files

_CSHARP = UnsupportedFeature(
    name="CSharp", message="C# strategies are not supported by the embedded engine; run with engine=docker"
)


class SupportCheck(Protocol):
    """Says what each file uses that the embedded engine does not have."""

    def __call__(self, files: Sequence[Path]) -> Mapping[Path, Sequence[UnsupportedFeature]]:
        """Return the refusals by file, an empty sequence for a file that is supported.

        Called from worker threads, several at a time; may block. Many files come in one call, so that one process can
        judge them all.

        Args:
            files: Python files, absolute.

        Returns:
            An entry for every file that could be judged. A missing entry means that it is not known.
        """


def python_files(project: Project) -> tuple[Path, ...]:
    """Return the Python files that a run of the project would contain, the main file first."""
    if project.language is not StrategyLanguage.PYTHON:
        return ()
    others = (file.source for file in project_files(project) if file.name.endswith(".py"))
    return tuple(sorted(others, key=lambda path: (path != project.main, path)))


def judge(project: Project, answers: Mapping[Path, Sequence[UnsupportedFeature]]) -> EmbeddedSupport:
    """Put the answers for a project's files together.

    Args:
        project: A strategy without problems.
        answers: What the check said, for the files of any number of projects.
    """
    if project.language is StrategyLanguage.CSHARP:
        return EmbeddedSupport(supported=False, unsupported=(_CSHARP,))
    files = python_files(project)
    refusals = [_placed(feature, file, project) for file in files for feature in answers.get(file, ())]
    if refusals:
        return EmbeddedSupport(supported=False, unsupported=tuple(refusals))
    return EmbeddedSupport(supported=True if files and all(file in answers for file in files) else None)


def _placed(feature: UnsupportedFeature, file: Path, project: Project) -> UnsupportedFeature:
    """Name the file where it is not the main one, whose lines are meant otherwise."""
    if file == project.main:
        return feature
    return feature.evolve(line=None, message=f"{file.name}, line {feature.line}: {feature.message}")
