"""The code of one run against another's: which files differ, and how. Blocks."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from leanboard.errors import NotFound
from leanboard.models.comparison import CodeDiff, FileChange, FileDiff
from leanboard.models.results import ResultFile
from leanboard.services.comparison.compared import Compared
from leanboard.storage.layout import CODE
from leanboard.storage.safe_files import read_file

MAX_FILES = 100  # that differ
MAX_FILE_BYTES = 256 * 1024
MAX_FILE_LINES = 3000  # difflib's time grows with their square where lines repeat
MAX_DIFF = 200_000  # characters of a run
_PREFIX = f"{CODE}/"


@dataclass(frozen=True, slots=True)
class _Code:
    """Files of a run's code, by their path in it."""

    directory: Path
    files: dict[str, ResultFile]


def code_diff(run: Compared, baseline: Compared) -> CodeDiff:
    """Return how a run's code differs from the baseline's; by the hashes in run.json, then line by line."""
    ours, theirs = _code(run), _code(baseline)
    if not (ours.files and theirs.files):
        missing = [each.name for each, code in ((run, ours), (baseline, theirs)) if not code.files]
        return CodeDiff(run=run.name, note=f"there is no code in the directory of {' and '.join(missing)}")
    differing = [path for path in sorted({*ours.files, *theirs.files}) if not _is_same(path, ours, theirs)]
    found, left = [], MAX_DIFF
    for path in differing[:MAX_FILES]:
        diff = _file_diff(path, theirs, ours, left)
        found.append(diff)
        left -= len(diff.diff)
    more = len(differing) - len(found)
    return CodeDiff(run=run.name, files=tuple(found), note=f"{more} more files differ" if more else "")


def _code(run: Compared) -> _Code:
    files = {file.path.removeprefix(_PREFIX): file for file in run.result.files if file.path.startswith(_PREFIX)}
    return _Code(run.directory, files)


def _is_same(path: str, ours: _Code, theirs: _Code) -> bool:
    one, other = ours.files.get(path), theirs.files.get(path)
    return one is not None and other is not None and bool(one.sha256) and one.sha256 == other.sha256


def _file_diff(path: str, before: _Code, after: _Code, left: int) -> FileDiff:
    change = FileChange.CHANGED
    if path not in before.files:
        change = FileChange.ADDED
    elif path not in after.files:
        change = FileChange.REMOVED
    try:
        was, now = _lines(before, path), _lines(after, path)
    except _NotShown as reason:
        return FileDiff(path=path, change=change, note=str(reason))
    names = (f"a/{path}" if was is not None else "/dev/null", f"b/{path}" if now is not None else "/dev/null")
    text = "\n".join(difflib.unified_diff(was or [], now or [], *names, lineterm=""))
    if len(text) > left:
        return FileDiff(path=path, change=change, diff=text[: max(left, 0)], note="cut: the differences are too long")
    return FileDiff(path=path, change=change, diff=text)


class _NotShown(Exception):
    """Why the lines of a file are not compared."""


def _lines(code: _Code, path: str) -> list[str] | None:
    if path not in code.files:
        return None
    try:
        content = read_file(code.directory, f"{_PREFIX}{path}", MAX_FILE_BYTES)
    except NotFound:
        raise _NotShown("it is no longer in the run directory") from None
    except ValueError:
        raise _NotShown(f"it is larger than {MAX_FILE_BYTES // 1024} KB") from None
    if b"\0" in content:
        raise _NotShown("it is no text")
    lines = content.decode("utf-8", errors="replace").splitlines()
    if len(lines) > MAX_FILE_LINES:
        raise _NotShown(f"it has more than {MAX_FILE_LINES} lines")
    return lines
