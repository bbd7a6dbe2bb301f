"""A model in a file, YAML or JSON: what is wrong is said with its line."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from leanboard.errors import Problem
from leanboard.models.wrong_values import wrong_fields
from leanboard.terminal.failure import CommandError, ExitCode, wrong_input

M = TypeVar("M", bound=BaseModel)
MAX_BYTES = 1 << 20
MAX_VALUES = 50_000  # as many as the service takes
STDIN = "-"


class _PlainLoader(yaml.SafeLoader):
    """YAML 1.2's plain values alone: ``ON`` is a ticker, ``5:30:5`` a text, ``2008-01-01`` is left to the model."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # of the parent


_NUMBER = "-+.0123456789"
for tag, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]{0,300})", _NUMBER),  # 09 is a text: nobody writes a number so
    ("float", r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", _NUMBER),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))
_PlainLoader.add_constructor(
    "tag:yaml.org,2002:int",
    lambda loader, node: int(str(loader.construct_scalar(node))),  # type: ignore[arg-type]
)


@dataclass(frozen=True, slots=True)
class YamlFile(Generic[M]):
    """A model that was read from a file.

    Attributes:
        name: Of the file, for messages.
        value: What it says.
        root: Where everything stands in it.
    """

    name: str
    value: M
    root: yaml.Node

    def located(self, error: CommandError) -> CommandError:
        """Return a refusal of the service with the lines of the fields that it names."""
        return _located(self.name, self.root, error) if error.problems else error


@dataclass(frozen=True, slots=True)
class Expected(Generic[M]):
    """What a file shall hold.

    Attributes:
        model: The model.
        words: What that is, for messages, such as ``a batch: items, sweep or scenarios``.
        hint: Where to look for an example.
        shorter: What to do with a file that is too large; empty for nothing.
    """

    model: type[M]
    words: str
    hint: str
    shorter: str = ""


def read_yaml(path: str, expected: Expected[M]) -> YamlFile[M]:
    """Read a model; ``-`` is standard input.

    Raises:
        CommandError: It cannot be read, or is something else; names file, line and field.
    """
    name = "standard input" if path == STDIN else path
    root = _compose(_text_of(path, expected.shorter), name)
    if not isinstance(root, yaml.MappingNode):
        raise wrong_input(f"{name}: expected {expected.words}", field="FILE", hint=expected.hint)
    _check_nodes(root, name)
    content = _PlainLoader("").construct_document(root)
    try:
        value = expected.model.model_validate(content)
    except ValidationError as error:
        problems = tuple(Problem(*found) for found in wrong_fields(error.errors(), expected.model))
        refusal = CommandError("", exit_code=ExitCode.USAGE, code="invalid_input", problems=problems)
        raise _located(name, root, refusal) from error
    return YamlFile(name, value, root)


def _text_of(path: str, shorter: str) -> str:
    try:
        if path == STDIN:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).expanduser().open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise wrong_input(f"cannot read {path}: {(error.strerror or str(error)).lower()}", field="FILE") from error
    except UnicodeDecodeError as error:
        raise wrong_input(f"{path} is not text in UTF-8", field="FILE") from error
    if len(raw) > MAX_BYTES:
        raise wrong_input(f"{path} is larger than {MAX_BYTES >> 10} KB", field="FILE", hint=shorter)
    return text.expandtabs(2) if path.endswith(".json") else text  # JSON is YAML, but for tabs between its parts


def _compose(text: str, name: str) -> yaml.Node | None:
    try:
        root = yaml.compose(text, _PlainLoader)
    except yaml.MarkedYAMLError as error:
        raise wrong_input(f"{name}: {_syntax_words(error)}", field="FILE") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise wrong_input(f"{name}: no YAML: {str(error).splitlines()[0]}", field="FILE") from error
    return root


_IN_PLAIN_WORDS: Mapping[str, str] = {
    "mapping values are not allowed here": "a second ': ' where one is allowed: text with a colon needs \"quotes\"",
    r"found character '\t' that cannot start any token": "a tab: indent with spaces",
    "expected <block end>, but found '<block mapping start>'": "indented otherwise than the lines that it belongs to",
    "expected <block end>, but found '<block sequence start>'": "indented otherwise than the lines that it belongs to",
    "found unexpected end of stream": "the file ends here",
}
"""Of PyYAML's texts those that name what nobody has written; the others are told as they are."""


def _syntax_words(error: yaml.MarkedYAMLError) -> str:
    """Return where the text is no YAML, why, and where that began."""
    text = str(error.problem or error.context)
    words = _IN_PLAIN_WORDS.get(text, text).replace("'<stream end>'", "the end of the file")
    mark, begun = error.problem_mark, error.context_mark
    if mark is None:
        return words
    since = f", in what begins on line {begun.line + 1}" if begun is not None and begun.line != mark.line else ""
    return f"line {mark.line + 1}: {words}{since}"


def _check_nodes(root: yaml.Node, name: str) -> None:
    """Refuse what is said twice, and what grows when it is read: anchors that are used again and again."""
    seen = 0
    level = [root]
    while level:
        seen += len(level)
        if seen > MAX_VALUES:
            raise wrong_input(f"{name}: more than {MAX_VALUES} values", field="FILE")
        for node in level:
            if isinstance(node, yaml.MappingNode):
                _check_keys(node, name)
            if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rpartition(":")[2] not in _KNOWN:
                raise wrong_input(f"{name}: line {_line(node)}: {node.tag} means nothing here", field="FILE")
        level = [child for node in level for child in _children(node)]


_KNOWN = frozenset({"map", "seq", "str", "int", "float", "bool", "null"})


def _check_keys(node: yaml.MappingNode, name: str) -> None:
    keys = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise wrong_input(f"{name}: line {_line(key)}: the name of a field is expected", field="FILE")
        if key.value in keys:
            raise wrong_input(f"{name}: line {_line(key)}: {key.value} stands here for the second time", field="FILE")
        keys.add(key.value)


def _children(node: yaml.Node) -> Sequence[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else ()


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _line_of(root: yaml.Node, field: str) -> int:
    """Return the line of a field; of the innermost part of its path that is there."""
    node = root
    parts = field.split(".")
    while parts:
        child = _step(node, parts)
        if child is None:
            break
        node = child
    return _line(node)


def _step(node: yaml.Node, parts: list[str]) -> yaml.Node | None:
    """Go down one level, and take off the parts of the path that lead there: a key may have dots in it."""
    if isinstance(node, yaml.SequenceNode):
        index = parts.pop(0)
        children = _children(node)
        return children[int(index)] if index.isdecimal() and int(index) < len(children) else None
    children = _children(node)
    for key, value in zip(children[::2], children[1::2], strict=True):
        words = str(key.value).split(".")
        if parts[: len(words)] == words:
            del parts[: len(words)]
            return key if not parts and isinstance(value, yaml.ScalarNode) else value
    return None


def _located(name: str, root: yaml.Node, error: CommandError) -> CommandError:
    placed = sorted(((_line_of(root, p.field) if p.field else 0, p) for p in error.problems), key=itemgetter(0))
    lines = [f"{name}: line {line}: {p.field}: {p.message}" if line else f"{name}: {p.message}" for line, p in placed]
    problems = tuple(problem for _, problem in placed)
    return CommandError(
        "\n".join(lines), exit_code=error.exit_code, code=error.code, problems=problems, hint=error.hint
    )
