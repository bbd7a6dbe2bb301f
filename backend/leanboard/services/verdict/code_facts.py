"""What a run's copied code says, read as text. Blocks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from leanboard.models.requests import Resolution
from leanboard.models.run import CodeLocation
from leanboard.services.verdict.evidence import CodeFacts
from leanboard.storage.safe_files import list_files
from leanboard.strategies.folder_scan import snapshot_project
from leanboard.strategies.project_reader import read_project
from leanboard.strategies.python_source import parse
from leanboard.strategies.source_text import BrokenSource, read_source
from leanboard.strategies.trading_calls import TradingCalls, csharp_calls, python_calls

MAX_FILES = 100
MAX_LINE = 200
_RESOLUTION = re.compile(r"\bResolution\.(\w+)")
_READERS = frozenset({".py", ".cs"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a snapshot; ``path`` is relative to it, with '/'."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """Without its folder, which LEAN does not say."""
        return PurePosixPath(self.path).name


def source_files(code: Path) -> tuple[SourceFile, ...]:
    """Read the source files of a snapshot, at most MAX_FILES; what cannot be read is left out."""
    found = [item.path for item in list_files(code).files if PurePosixPath(item.path).suffix in _READERS]
    return tuple(_readable(code, found[:MAX_FILES]))


def _readable(code: Path, paths: list[str]) -> Iterator[SourceFile]:
    for path in paths:
        try:
            yield SourceFile(path, read_source(code / path))
        except BrokenSource:
            continue


def code_facts(
    code: Path, name: str, files: tuple[SourceFile, ...], given: Mapping[str, str], location: CodeLocation | None
) -> CodeFacts:
    """Return what the text of a strategy says.

    Args:
        code: The snapshot.
        name: The strategy's.
        files: From :func:`source_files`.
        given: Parameters of the run.
        location: Where the run failed.
    """
    if not files:
        return CodeFacts()
    info = read_project(snapshot_project(code, name)).info
    calls = TradingCalls()
    for file in files:
        calls = calls.joined(_calls(file, given))
    return CodeFacts(
        known=True,
        files=tuple(file.name for file in files),
        parameters=info.parameters,
        resolutions=frozenset(info.resolutions) or _mentioned(files),
        calls=calls,
        failing_line=line_at(files, location),
    )


def _calls(file: SourceFile, given: Mapping[str, str]) -> TradingCalls:
    if file.name.endswith(".cs"):
        return csharp_calls(file.text, file.name)
    try:
        return python_calls(parse(file.text, file.name), file.text, file.name, given)
    except BrokenSource:
        return TradingCalls()


def line_at(files: tuple[SourceFile, ...], location: CodeLocation | None) -> str:
    """Return the text of a line without indentation; empty when it is not there, or several files have that name."""
    named = [file for file in files if location and location.file in (file.path, file.name)]
    if location is None or len(named) != 1:
        return ""
    lines = named[0].text.splitlines()
    return lines[location.line - 1].strip()[:MAX_LINE] if location.line <= len(lines) else ""


def _mentioned(files: tuple[SourceFile, ...]) -> frozenset[Resolution]:
    """The resolutions that the text names anywhere."""
    named = {match.lower() for file in files for match in _RESOLUTION.findall(file.text)}
    return frozenset(member for member in Resolution if member.value in named)
