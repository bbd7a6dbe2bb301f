"""A strategy's ``requirements.txt``, read as pip reads it, without asking pip.

What would fail only when the run begins, or not be the same on the other side (a path of this machine), is found here:
with file and line. Options that choose an index or a kind of package are pip's business and pass.
"""

import hashlib
import re
import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement

from leanboard.models.strategies import StrategyProblem
from leanboard.strategies.source_text import BrokenSource, read_source

REQUIREMENTS_NAME = "requirements.txt"
_MAX_FILES = 20
_SMALL = 4096
_CONSTRAINTS = ("-c", "--constraint")
_INCLUDES = ("-r", "--requirement", *_CONSTRAINTS)
_PASS_ALONE = frozenset({"--pre", "--prefer-binary", "--require-hashes", "--no-index"})
_PASS_VALUE = frozenset(
    {"-i", "--index-url", "--extra-index-url", "--trusted-host", "--no-binary", "--only-binary", "--use-feature"}
)
_COMMENT = re.compile(r"(^|\s+)#.*$")
_OPTION_START = re.compile(r"\s--[a-z]")
_HASH = re.compile(r"--hash[= ](sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})")
_URL = re.compile(r"(?:[a-z0-9]+\+)?(?:https?|ssh)://", re.IGNORECASE)
_PATH = re.compile(r"[./~\\]|[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    """What a strategy asks for.

    Attributes:
        files: Relative to the strategy's folder, ``requirements.txt`` first, then what it includes; empty for nothing.
        asked: Packages, with their versions and without hashes.
        digest: Of what they ask for, whatever the comments and blanks; hex.
        problems: Why it cannot be installed; names the file.
    """

    files: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    digest: str = ""
    problems: tuple[StrategyProblem, ...] = ()


def read_requirements(folder: Path) -> RequirementsFile:
    """Read ``requirements.txt`` of a project's folder, with all that it includes.

    Args:
        folder: Of the project; there need be no such file.
    """
    reader = _Reader(folder)
    path = folder / REQUIREMENTS_NAME
    if not path.is_symlink() and (not path.exists() or _is_blank(path)):
        return RequirementsFile()
    reader.read(PurePosixPath(REQUIREMENTS_NAME))
    if not reader.asked and not reader.problems:
        return RequirementsFile()
    digest = hashlib.sha256("\n".join(reader.asked).encode()).hexdigest()
    return RequirementsFile(tuple(reader.files), tuple(reader.packages), digest, tuple(reader.problems))


def _is_blank(path: Path) -> bool:
    found = path.stat()
    return stat.S_ISREG(found.st_mode) and found.st_size < _SMALL and not path.read_bytes().strip()


class _Reader:
    """Goes through a file and what it includes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: list[str] = []
        self.asked: list[str] = []  # all that makes a difference
        self.packages: list[str] = []
        self.problems: list[StrategyProblem] = []
        self._open: list[str] = []  # the files that are being read, the outermost first

    def read(self, name: PurePosixPath, *, constrains: bool = False) -> None:
        """Take one file in; a second time it is passed over. What only constrains asks for nothing."""
        if str(name) in self.files:
            return
        self.files.append(str(name))
        try:
            text = read_source(self._folder / name)
        except BrokenSource as error:
            self.problems.append(_problem(name, error.line, error.reason))
            return
        self._open.append(str(name))
        for number, line in _logical_lines(text):
            packages = self._take(name, number, line)
            self.packages += [] if constrains else packages
        self._open.pop()

    def _take(self, name: PurePosixPath, number: int, line: str) -> list[str]:
        option, _, rest = line.partition(" ") if line.startswith("-") else ("", "", "")
        option, equals, value = option.partition("=")
        try:
            if option in _INCLUDES:
                self.asked.append(f"{name.parent} {option}")
                self._include(name, option, (value if equals else rest).strip())
                self.asked.append(f"end {option}")  # what follows is asked for in another way
            elif option:
                _check_option(option, value if equals else rest.strip())
                self.asked.append(line)
            else:
                package, hashes = _requirement(line)
                self.asked.append(" ".join((package, *hashes)))
                return [package]
        except _Refused as refusal:
            self.problems.append(_problem(name, number, str(refusal)))
        return []

    def _include(self, name: PurePosixPath, option: str, value: str) -> None:
        included = name.parent / value
        if not value or _URL.match(value) or included.is_absolute() or ".." in included.parts:
            raise _Refused(f"{value!r} is not inside of the strategy's folder; only files in it can be included")
        if str(included) in self._open:
            raise _Refused(f"{value} is included by itself: files that include each other are refused by pip")
        if len(self.files) >= _MAX_FILES:
            raise _Refused(f"more than {_MAX_FILES} files are included")
        self.read(included, constrains=option in _CONSTRAINTS)


class _Refused(Exception):
    """Why a line cannot be installed."""


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Join lines that end with a backslash and drop comments, as pip does; with the number of the first."""
    begun = 0
    parts: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        begun = begun if parts else number
        ends = not line.endswith("\\") or bool(_COMMENT.match(line))
        parts.append(line if ends else line[:-1])
        if ends:
            joined = " ".join(_COMMENT.sub("", "".join(parts)).split())
            if joined:
                yield begun, joined
            parts = []


def _check_option(option: str, value: str) -> None:
    if option in ("-e", "--editable"):
        raise _Refused("-e (--editable) is not installed: a package of the strategy's own belongs into its folder")
    if option in ("-f", "--find-links") and not _URL.match(value):
        raise _Refused(f"{option} can only name a URL: paths of this machine are not there where pip runs")
    if option not in _PASS_ALONE | _PASS_VALUE | {"-f", "--find-links"}:
        raise _Refused(f"option {option} is not supported")
    if option in _PASS_VALUE and not value:
        raise _Refused(f"option {option} needs a value")


def _requirement(line: str) -> tuple[str, tuple[str, ...]]:
    """Return a requirement as it counts, and its hashes.

    Raises:
        _Refused: It is none, or names what is on this machine.
    """
    options = _OPTION_START.search(line)
    text = line[: options.start()] if options else line
    hashes = _hashes(line[options.start() :]) if options else ()
    if _URL.match(text):
        return text, hashes
    if _PATH.match(text) or (" @ " not in text and text.endswith((".whl", ".tar.gz", ".zip"))):
        raise _Refused(f"{text!r} is a path of this machine: name a package, or a URL (https://...)")
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        raise _Refused(f"{text!r} is no requirement: {str(error).split(chr(10), 1)[0]}") from error
    if parsed.url is not None and not _URL.match(parsed.url):
        raise _Refused(f"{parsed.url!r} is a path of this machine: name a version, or a URL (https://...)")
    return str(parsed), hashes


def _hashes(options: str) -> tuple[str, ...]:
    try:
        parts = shlex.split(options)
    except ValueError as error:
        raise _Refused(f"its options cannot be read: {error}") from error
    joined = " ".join(parts)
    found = _HASH.findall(joined)
    if _HASH.sub("", joined).strip():
        raise _Refused("only --hash=sha256:..., sha384 or sha512 can follow a requirement")
    return tuple(sorted(found))


def _problem(name: PurePosixPath, line: int | None, reason: str) -> StrategyProblem:
    text = reason if reason.startswith(name.name) and str(name) == name.name else f"{name}: {reason}"
    return StrategyProblem(line=line, reason=text)
