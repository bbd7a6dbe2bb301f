"""What pip's output says. Pure."""

import re
from collections.abc import Iterable

from leanboard.errors import RequirementsFailed

NO_PIP = 96  # as in guest/install_requirements.py
_SHOWN = 8  # lines in the message
_MAX_LINE = 400
_MAX_DOING = 100
_KILLED = 137

_ORIGIN = re.compile(r" \(from (?:-r )?.*")
_SOURCE = re.compile(r"\(from -r (?P<file>[^()]{1,200}?) \(line (?P<line>\d{1,6})\)\)")
_NAMED = re.compile(r"(?:requirement|distribution found for|package in) (?P<name>[A-Za-z0-9][\w.-]{0,100})")
_NO_WAY = ("Retrying (Retry(", "Could not fetch URL", "NewConnectionError", "ProxyError", "SSLError")
_CONFLICT = "The conflict is caused by:"
_BROKEN_OFF = "ERROR: Exception:"  # of pip itself; what follows is not indented
_BUILD_HEAD = "\N{MULTIPLICATION SIGN}"
_BUILD_END = "[end of output]"
_NO_DISK = "No space left on device"


def doing(output: str) -> str:
    """Return what pip does at the moment, from the end of what it has printed; empty while it has said nothing."""
    lines = [line for line in output.split("\n") if line.strip()]
    last = lines[-1] if lines else ""
    package = next((line for line in reversed(lines) if not line[0].isspace()), "") if last[:1].isspace() else ""
    return ", ".join(_ORIGIN.sub("", part.strip())[:_MAX_DOING] for part in (package, last) if part)


def install_failure(output: str, exit_code: int, files: Iterable[tuple[str, str]], folder: str) -> RequirementsFailed:
    """Return why an installation failed, in pip's own last lines.

    Args:
        output: All that it printed.
        exit_code: Of its sandbox.
        files: The requirements files, names and texts.
        folder: Where they were in the sandbox.
    """
    lines = [line.rstrip()[:_MAX_LINE] for line in output.replace(f"{folder}/", "").split("\n") if line.strip()]
    errors = [*_block(lines, _CONFLICT), *_block(lines, "ERROR:")]
    errors = [] if _BROKEN_OFF in errors else errors
    shown = "\n".join((errors or _of_build(lines) or lines)[-_SHOWN:]) or "it said nothing"
    parts = ("requirements.txt could not be installed; pip says:", shown, _hint(output, exit_code))
    message = "\n".join(part for part in parts if part)
    return RequirementsFailed(message, place=_place("\n".join(errors), tuple(files)), output=output)


def _block(lines: list[str], head: str) -> list[str]:
    """Return the lines that begin so, each with the indented ones behind it."""
    found, inside = [], False
    for line in lines:
        inside = line.startswith(head) or (inside and line[0].isspace())
        if inside:
            found.append(line)
    return found


def _of_build(lines: list[str]) -> list[str]:
    """Return what a package's own build said before it failed; pip frames it."""
    if _BUILD_END not in (stripped := [line.strip(" │") for line in lines]):
        return []
    end = len(stripped) - 1 - stripped[::-1].index(_BUILD_END)
    begin = next((place for place in range(end, -1, -1) if stripped[place].startswith(_BUILD_HEAD)), 0)
    head, said = stripped[begin], stripped[begin + 1 : end]
    said = [line for line in said if not line.startswith(("╰", "exit code"))]
    return [head, *said[-_SHOWN + 1 :]]


def _hint(output: str, exit_code: int) -> str:
    if exit_code == NO_PIP:
        return "This Python cannot install packages: take one that has pip (Debian: apt-get install python3-venv)."
    if exit_code == _KILLED:
        return "It was ended for its memory: raise LEANBOARD_MEMORY."
    if _NO_DISK in output:
        return "The disk is full."
    if any(mark in output for mark in _NO_WAY):
        return (
            "The package index was not reached: check LEANBOARD_REQUIREMENTS_NETWORK, or name your index or proxy in "
            'LEANBOARD_REQUIREMENTS_ENV, such as {"PIP_INDEX_URL": "https://pypi.example.org/simple"}.'
        )
    return ""


def _place(errors: str, files: tuple[tuple[str, str], ...]) -> tuple[str, int] | None:
    """Find the line that pip is about: it names it, or the package."""
    source = _SOURCE.search(errors)
    if source is not None and source["file"] in dict(files):
        return source["file"], int(source["line"])
    for match in _NAMED.finditer(errors):
        for name, text in files:
            for number, line in enumerate(text.split("\n"), start=1):
                if re.match(rf"\s*{re.escape(match['name'])}(?![\w.-])", line, re.IGNORECASE):
                    return name, number
    return None
