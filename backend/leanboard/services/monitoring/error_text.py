"""LEAN's error texts made readable: the message, the frames of the user's files, the innermost line.

LEAN wraps a strategy's error in the names of the methods that met it, and says most things twice. Python frames
look like this, innermost first, with the file's name only::

      at look_up
        return table["missing key"]
               ~~~~~^^^^^^^^^^^^^^^
     in main.py: line 19
"""

import re
from dataclasses import dataclass

from leanboard.models.run import CodeLocation
from leanboard.services.monitoring.log_parser import split_time

_MAX_MESSAGE = 4000
_MAX_TRACE = 20_000

_WRAPPERS = (
    "Runtime Error: ",
    "Algorithm.Initialize() Error: ",
    "During the algorithm initialization, the following exception has occurred: ",
)
_IMPORT_WRAPPER = re.compile(r"Loader\.\w+\(\): Unable to import python module \S+ ?")
_PYTHON_WRAPPER = "AlgorithmPythonWrapper(): "
_REPEATED = " Stack Trace: "
_FRAME_HEAD = re.compile(r"\s*at ")
_PYTHON_END = re.compile(r"\s*in (?P<file>[^\s:]+\.py): line (?P<line>\d{1,9})\s*$")
_CSHARP_END = re.compile(r"in (?P<file>\S+\.cs):line (?P<line>\d{1,9})")
_SYNTAX_ERROR = re.compile(r"\((?P<file>[^\s(),]+\.py), line (?P<line>\d{1,9})\)")
_ENGINE_PLACE = re.compile(r" in \w+\.cs:line \d+")
_PLUMBING = frozenset({"lean_run.py", "AlgorithmImports.py"})


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What a user needs of an error; see :class:`leanboard.models.run.Outcome` for the fields."""

    message: str
    trace: str
    location: CodeLocation | None


@dataclass(frozen=True, slots=True)
class _Frame:
    text: str
    function: str
    file: str = ""
    line: int = 0

    def hidden(self) -> bool:
        """Whether it is the guest's or Python's import machinery."""
        return self.file in _PLUMBING or (self.file == "__init__.py" and self.function == "import_module")


def readable(text: str, user_files: frozenset[str]) -> ErrorText:
    """Take LEAN's text apart.

    Args:
        text: ``state.RuntimeError``, or an error record of the log.
        user_files: Base names of the strategy's files; empty when they are not known.
    """
    head, frames = _frames(_unwrapped(text))
    shown = [frame for frame in frames if not frame.hidden()]
    return ErrorText(
        message=head[:_MAX_MESSAGE],
        trace="\n".join(frame.text for frame in shown)[:_MAX_TRACE],
        location=_location(shown, head, user_files),
    )


def _unwrapped(text: str) -> str:
    """Without clock, the names of the methods that met it, and the repetition after "Stack Trace:"."""
    _, text = split_time(text.strip())
    if text.startswith("Algorithm.Initialize() Error: "):
        text = text.partition(_REPEATED)[0]
    for wrapper in _WRAPPERS:
        text = text.removeprefix(wrapper)
    match = _IMPORT_WRAPPER.match(text)
    if match is None:
        return text
    return text[match.end() :].removeprefix(_PYTHON_WRAPPER)


def _frames(text: str) -> tuple[str, list[_Frame]]:
    """Split into the message and the frames; what LEAN repeats behind the frames is dropped."""
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if index and _is_frame_head(line)), len(lines))
    frames: list[_Frame] = []
    block: list[str] = []
    for line in lines[start:]:
        if _FRAME_HEAD.match(line) and block:
            frames.append(_frame(block))
            block = []
        if not block and not _FRAME_HEAD.match(line):
            continue
        block.append(line.rstrip())
        if _PYTHON_END.match(line) or _CSHARP_END.search(line):
            frames.append(_frame(block))
            block = []
    if block:
        frames.append(_frame(block[:1]))
    return _once("\n".join(lines[:start])), frames


def _is_frame_head(line: str) -> bool:
    return line.startswith(("  at ", "   at "))


def _frame(block: list[str]) -> _Frame:
    function = block[0].strip().removeprefix("at ")
    end = _PYTHON_END.match(block[-1]) or _CSHARP_END.search(block[-1])
    if end is None:
        return _Frame("\n".join(block), function)
    return _Frame("\n".join(block), function, end["file"].rpartition("/")[2], int(end["line"]))


def _once(message: str) -> str:
    """The message without LEAN's own place and without its repetition on the same line."""
    text = _ENGINE_PLACE.sub("", message).strip()
    half, odd = divmod(len(text), 2)
    if odd and text[half] in " \n" and text[:half] == text[half + 1 :]:
        return text[:half]
    return text


def _location(frames: list[_Frame], message: str, user_files: frozenset[str]) -> CodeLocation | None:
    """The innermost line of the user's own code; a syntax error says it in the message."""
    for frame in frames:
        known = frame.file in user_files if user_files else frame.file.endswith(".py")
        if frame.line and known:
            return CodeLocation(file=frame.file, line=frame.line)
    match = _SYNTAX_ERROR.search(message)
    if match is None or int(match["line"]) < 1:
        return None
    return CodeLocation(file=match["file"], line=int(match["line"]))
