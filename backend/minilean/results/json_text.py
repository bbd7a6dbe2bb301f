"""JSON text as Newtonsoft writes it for LEAN: indented or compact, decimals with their scale, own string escapes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias, Union

from minilean.numbers import decimal_text, double_text

JsonValue: TypeAlias = Union[
    str, int, float, bool, Decimal, "Raw", Mapping[str, "JsonValue"], Sequence["JsonValue"], None
]
"""What can be written; mappings keep their order."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMED_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ESCAPES = {ord(char): text for char, text in _NAMED_ESCAPES.items()}
_ESCAPES |= {code: f"\\u{code:04x}" for code in (*range(32), 0x85, 0x2028, 0x2029) if code not in _ESCAPES}


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that is already JSON and goes out as it is (a series on one line within an indented file)."""

    text: str


def quoted(text: str) -> str:
    """Write a string; all but control characters, quote and backslash stay as they are."""
    return f'"{text.translate(_ESCAPES)}"'


def number(value: Decimal) -> str:
    """Write a decimal with its scale; a whole number gets ``.0``."""
    text = decimal_text(value)
    return text if "." in text else text + ".0"


def double(value: float) -> str:
    """Write a double: shortest round trip, with ``.0`` where neither point nor exponent shows."""
    text = double_text(value)
    return text if any(char in text for char in ".EN") else text + ".0"


def iso_time(time: int) -> str:
    """Write microseconds UTC as ``2013-10-07T13:31:00Z``, with a fraction (no trailing zeros) where there is one."""
    text = (_EPOCH + timedelta(microseconds=time)).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{time % 1_000_000:06d}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def _scalar(value: object) -> str | None:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    writer = _SCALARS.get(type(value))
    return writer(value) if writer else None


_SCALARS: dict[type, Callable[..., str]] = {
    int: str,
    str: quoted,
    Decimal: number,
    float: double,
    Raw: lambda raw: raw.text,
}


def dumps(value: JsonValue) -> str:
    """Write without any white space.

    Raises:
        TypeError: A value of a kind that has no JSON form.
    """
    scalar = _scalar(value)
    if scalar is not None:
        return scalar
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{quoted(key)}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join(dumps(item) for item in value) + "]"
    raise TypeError(f"no JSON for {type(value).__name__}")


def dumps_indented(value: JsonValue, indent: str = "") -> str:
    """Write with one member per line, two blanks deeper each level; empty containers stay ``{}`` and ``[]``.

    Raises:
        TypeError: A value of a kind that has no JSON form.
    """
    scalar = _scalar(value)
    if scalar is not None:
        return scalar
    deeper = indent + "  "
    if isinstance(value, Mapping):
        lines = [f"{deeper}{quoted(key)}: {dumps_indented(item, deeper)}" for key, item in value.items()]
        return _block("{", lines, "}", indent)
    if isinstance(value, Sequence):
        return _block("[", [deeper + dumps_indented(item, deeper) for item in value], "]", indent)
    raise TypeError(f"no JSON for {type(value).__name__}")


def _block(opening: str, lines: Sequence[str], closing: str, indent: str) -> str:
    body = ",\n".join(lines)
    return f"{opening}\n{body}\n{indent}{closing}" if lines else opening + closing
