"""lean-cli's project file, ``config.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leanboard.models.strategies import StrategyProblem
from leanboard.strategies.source_text import BrokenSource, clean, read_source

CONFIG_NAME = "config.json"


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """What Leanboard reads of config.json.

    Attributes:
        language: ``algorithm-language`` as written; "" when it is not given.
        class_name: ``algorithm-type-name``; None when it is not given.
        description: For people.
        parameters: Values as LEAN hands them to the strategy: text.
        problems: Why LEAN or lean-cli would refuse the file.
    """

    language: str = ""
    class_name: str | None = None
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[StrategyProblem, ...] = ()


def read_config(path: Path) -> ProjectConfig:
    """Read a project's config.json; what is wrong with it is in ``problems``.

    Args:
        path: The file; a missing one is an empty one.
    """
    if not path.is_symlink() and not path.exists():
        return ProjectConfig()
    try:
        document = _parse(read_source(path))
    except BrokenSource as error:
        return ProjectConfig(problems=(_problem(error.reason, error.line),))
    parameters, problems = _parameters(document.get("parameters", {}))
    return ProjectConfig(
        language=_text(document, "algorithm-language"),
        class_name=_text(document, "algorithm-type-name") or None,
        description=_text(document, "description"),
        parameters=parameters,
        problems=problems,
    )


def _parse(text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise BrokenSource(f"{CONFIG_NAME} is not JSON: {error.msg}", error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise BrokenSource(f"{CONFIG_NAME} is not usable JSON") from error
    if not isinstance(document, dict):
        raise BrokenSource(f"{CONFIG_NAME} must hold an object")
    return document


def _parameters(given: object) -> tuple[dict[str, str], tuple[StrategyProblem, ...]]:
    if not isinstance(given, dict):
        return {}, (_problem("parameters must be an object of names and texts"),)
    texts = {clean(name): _lean_text(value) for name, value in given.items()}
    problems = [
        _problem(f"parameter {name!r} must be text, a number, true or false") for name in texts if texts[name] is None
    ]
    return {name: text for name, text in texts.items() if text is not None}, tuple(problems)


def _lean_text(value: object) -> str | None:
    """A JSON scalar as LEAN turns it into text; None for what it cannot read."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            return repr(value)
        except ValueError:  # more digits than Python turns into text
            return None
    return clean(value) if isinstance(value, str) else None


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    return clean(value) if isinstance(value, str) else ""


def _problem(reason: str, line: int | None = None) -> StrategyProblem:
    return StrategyProblem(line=line, reason=reason if reason.startswith(CONFIG_NAME) else f"{CONFIG_NAME}: {reason}")
