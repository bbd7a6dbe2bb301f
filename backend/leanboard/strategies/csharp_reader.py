"""Reads the sources of a C# project together: the class may be in any of them."""

from dataclasses import dataclass
from pathlib import Path

from leanboard.strategies.csharp_project import check_project_file
from leanboard.strategies.csharp_source import choose_class, read_facts, summary
from leanboard.strategies.facts import StrategyFacts
from leanboard.strategies.folder_scan import SOURCE, Project, printable
from leanboard.strategies.project_config import ProjectConfig
from leanboard.strategies.project_files import project_files
from leanboard.strategies.source_text import BrokenSource, read_source

MAX_FILES = 200
MAX_BYTES = 4 << 20  # of all sources together; what lies beyond is compiled, and not read here


@dataclass(frozen=True, slots=True)
class CSharpSources:
    """What a project's sources say.

    Attributes:
        path: The file with the class, relative to the strategy folder.
        text: That file's text.
    """

    path: str
    text: str
    class_name: str
    documentation: str
    facts: StrategyFacts


def read_sources(project: Project, text: str, config: ProjectConfig) -> CSharpSources:
    """Read a C# project.

    Args:
        project: Its files.
        text: The main file's.
        config: Its config.json.

    Raises:
        BrokenSource: It cannot be built, or there is no class that LEAN could run.
    """
    if project.project_file is not None:
        check_project_file(project.project_file)
    texts = {project.main.name: text, **_others(project, len(text))}
    chosen = choose_class(texts, config.class_name)
    own = texts.pop(chosen.file)
    folder = Path(project.path).parent
    return CSharpSources(
        path=printable((folder / chosen.file).as_posix()),
        text=own,
        class_name=chosen.name,
        documentation=summary(own, chosen.line),
        facts=read_facts("\n".join((own, *texts.values())), config.parameters),
    )


def _others(project: Project, used: int) -> dict[str, str]:
    """The project's further sources by path; what cannot be read is the compiler's to refuse."""
    found: dict[str, str] = {}
    left = MAX_BYTES - used
    for file in project_files(project):
        if not file.name.endswith(SOURCE) or file.source == project.main:
            continue
        left -= file.size
        if left < 0 or len(found) >= MAX_FILES:
            break
        try:
            found[file.name] = read_source(file.source)
        except BrokenSource:
            continue
    return found
