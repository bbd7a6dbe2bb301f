"""Parameters as LEAN sees them: texts, converted by the type of the default that the strategy gives."""

import math
import re
from collections.abc import Mapping

from leanboard.models.strategies import ParameterDefault, ParameterType
from leanboard.strategies.source_text import clean

MAX_WHOLE = 2**63
MAX_NUMBER_TEXT = 400
_INT32 = range(-(2**31), 2**31)
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,20}\s*", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?\s*", re.ASCII)
_TYPES: Mapping[type, ParameterType] = {
    bool: ParameterType.BOOLEAN,
    int: ParameterType.INTEGER,
    float: ParameterType.NUMBER,
    str: ParameterType.TEXT,
}


def type_of(default: ParameterDefault) -> ParameterType:
    """Return the type that a default asks for; text without one."""
    return _TYPES.get(type(default), ParameterType.TEXT)


def portable(value: object) -> ParameterDefault:
    """Return the value if JSON can carry it, else None."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool | int):
        return value if abs(value) < MAX_WHOLE else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def convert(text: str, kind: ParameterType) -> ParameterDefault:
    """Return what LEAN's ``get_parameter`` makes of the text; None where the text does not fit and its default stands.

    A whole number is a .NET Int32: "10.0" and "3000000000" do not fit.
    """
    if kind is ParameterType.TEXT:
        return text
    if len(text) > MAX_NUMBER_TEXT:
        return None
    if kind is ParameterType.BOOLEAN:
        return {"true": True, "false": False}.get(text.lower())
    if kind is ParameterType.INTEGER:
        return int(text) if _WHOLE.fullmatch(text) and int(text) in _INT32 else None
    return portable(float(text)) if _NUMBER.fullmatch(text) else None


def guess_type(text: str) -> ParameterType:
    """Return the narrowest type that the text fits, for a parameter that the source does not read."""
    kinds = (ParameterType.INTEGER, ParameterType.NUMBER, ParameterType.BOOLEAN)
    return next((kind for kind in kinds if convert(text, kind) is not None), ParameterType.TEXT)
