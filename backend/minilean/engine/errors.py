"""How errors of the strategy are told: LEAN's wording and its form of a stack trace."""

import importlib
import re
import traceback
from pathlib import Path
from types import TracebackType

from minilean.algorithm.lean_names import lean_type_names
from minilean.algorithm.qc_algorithm import QCAlgorithm
from minilean.surface import NotSupportedError

_ENGINE = str(Path(__file__).resolve().parents[1])
_WRONG_CALL = re.compile(r"(?:QCAlgorithm|\w+Part)\.(?P<method>\w+)\(\) (?P<what>(?:missing|takes|got) .*)")
STRATEGY_ERRORS = (Exception, SystemExit)  # what a strategy's code may end a run with


class AlgorithmError(Exception):
    """An error in the strategy's code.

    Attributes:
        context: Where the engine was, e.g. ``OnData``.
        cause: What the strategy raised.
    """

    def __init__(self, context: str, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.context = context
        self.cause = cause


def reworded(error: BaseException) -> str:
    """Return an error's text as LEAN's exception interpreters put it."""
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if isinstance(error, SyntaxError):
        return syntax_error_text(error)
    if isinstance(error, KeyError) and " " not in text[:1] and not text.startswith(("This asset symbol", "'")):
        return (
            f"The key '{text}' was not found in the collection, which raises a KeyError exception. To prevent the "
            "exception, use collection.get(key), which returns None when the key is not found, or guard the access "
            "with 'if key in collection:'."
        )
    if isinstance(error, NameError) and error.name in lean_type_names():
        return _missing_type_text(text, str(error.name))
    if isinstance(error, ModuleNotFoundError):
        return f"{text}. If it is a Python package, ensure it is installed in the environment."
    return _call_text(text) if isinstance(error, TypeError) else _with_type(error, text)


def _with_type(error: BaseException, text: str) -> str:
    """Name the type of what says nothing without it."""
    if isinstance(error, MemoryError):
        return f"MemoryError: {text or 'there is no more memory for this run'}"
    return f"SystemExit: {text}" if isinstance(error, SystemExit) else text


def _missing_type_text(text: str, name: str) -> str:
    """Tell a type that this engine does not have from one whose import was forgotten."""
    if hasattr(importlib.import_module("AlgorithmImports"), name):
        return f"{text}. A strategy begins with: from AlgorithmImports import *"
    return str(NotSupportedError(name))


def _call_text(text: str) -> str:
    """Put a call that fits none of the algorithm's methods as LEAN puts it; what is wrong with it says Python."""
    match = _WRONG_CALL.fullmatch(text)
    if match is None or not hasattr(QCAlgorithm, match["method"]):
        return text
    method = "".join(part.capitalize() for part in match["method"].split("_"))
    return f"No method matches given arguments for {method}: {match['what']}"


def refuses(error: BaseException) -> bool:
    """Tell whether an error is about something of LEAN's that this engine does not have."""
    return isinstance(error, NotSupportedError) or (isinstance(error, NameError) and error.name in lean_type_names())


def syntax_error_text(error: SyntaxError) -> str:
    """Return text, file, line and code of a syntax error in one line."""
    name = Path(error.filename or "").name
    return f"{error.msg} ({name}, line {error.lineno}): {(error.text or '').strip()}"


def frames(trace: TracebackType | None) -> str:
    """Return the frames outside the engine, the innermost first: what was executed, and file and line."""
    blocks: list[str] = []
    for frame in reversed(traceback.extract_tb(trace)):
        if frame.filename.startswith((_ENGINE, "<frozen")) or frame.filename == importlib.__file__:
            continue
        code = traceback.format_list([frame])[0].partition("\n")[2]
        blocks.append(f"  at {frame.name}\n{code} in {Path(frame.filename).name}: line {frame.lineno}\n")
    return "".join(blocks)


def running_text(error: BaseException) -> str:
    """Return text and frames of an error while the algorithm runs."""
    return f"{reworded(error)}\n{frames(error.__traceback__)}"


def loading_text(error: BaseException) -> str:
    """Return text, frames and the bare text of an error before the algorithm runs."""
    if isinstance(error, SyntaxError):
        return f"{reworded(error)} {reworded(error)}"
    location = getattr(error, "lean_location", None)
    if location is not None:
        return f"{error} in {location} {error}"
    return f"{running_text(error)} {error}"


def trace_text(error: BaseException) -> str:
    """Return the bare text and Python's own frames, innermost first, for the engine's log."""
    text = str(error.args) if isinstance(error, KeyError) else str(error)
    lines = traceback.format_list(
        [f for f in reversed(traceback.extract_tb(error.__traceback__)) if not f.filename.startswith(_ENGINE)]
    )
    return "\n".join([text, *(line.rstrip("\n") for line in lines)])
