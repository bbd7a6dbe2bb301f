"""What pydantic says of values that cannot be used, for people: no regular expressions, no names of Python's types."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from leanboard.models.analytics_queries import MOMENT
from leanboard.models.batch_requests import LIST_TAG, UNION_TAGS
from leanboard.models.comparison import MAX_RUNS, MIN_RUNS, SEVERAL_PATTERN
from leanboard.models.field_names import other_names
from leanboard.models.numbers import plain_number
from leanboard.models.requests import KEY_PATTERN, STRATEGY_PATTERN
from leanboard.models.run import ID_PATTERN, REFERENCE_PATTERN, TIMESTAMP_PATTERN

_PATTERNS: Mapping[str, str] = {
    ID_PATTERN: "an id, 32 hex digits",
    TIMESTAMP_PATTERN: "the name of a result, such as 2026-01-31_12-00-00",
    REFERENCE_PATTERN: "the name of a result, such as 2026-01-31_12-00-00, or the id of a run",
    SEVERAL_PATTERN: f"names of {MIN_RUNS} to {MAX_RUNS} results with commas between them, and no spaces",
    STRATEGY_PATTERN: "the name of a strategy: letters, digits, '_', '-', '.', at most 100",
    MOMENT: "a day or a time with its zone, such as 2026-01-31 or 2026-01-31T12:00:00Z",
    KEY_PATTERN: "1 to 200 printable ASCII characters without blanks",
}
_DECIMAL = re.compile(r"Decimal\('([^']+)'\)")
_MODEL_KINDS = frozenset({"model_type", "model_attributes_type"})
_KINDS: Mapping[str, str] = {
    "extra_forbidden": "there is no field of this name here",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "dict_type": "expected names and their values",
    **dict.fromkeys(("int_parsing", "int_type"), "expected a whole number"),
    **dict.fromkeys(("float_parsing", "float_type"), "expected a number"),
    "date_from_datetime_parsing": "the calendar has no such day",
    **dict.fromkeys(_MODEL_KINDS, "expected fields and their values"),
}


_EXAMPLES: Mapping[str, str] = {
    "items": "{strategy: main}",
    "windows": "{start_date: 2008-01-01, end_date: 2008-12-31}",
    "commission": "{per_order: 1} or {fraction: 0.001}",
}
"""Of fields whose values, or each of them, are easily taken for plain ones."""


def message_of(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors says."""
    kind = error["type"]
    if kind == "string_pattern_mismatch" and (known := _PATTERNS.get(error["ctx"]["pattern"])):
        return f"expected {known}"
    if kind == "too_short":
        least = error["ctx"]["min_length"]
        return "must not be empty" if least == 1 else f"expected at least {least} values"
    if kind == "too_long":
        what = "characters" if isinstance(error["input"], str) else "values"
        return f"expected at most {error['ctx']['max_length']} {what}"
    return (
        _form_expected(error)
        or _KINDS.get(kind)
        or _DECIMAL.sub(_plain, str(error["msg"]).removeprefix("Value error, "))
    )


def _form_expected(error: Mapping[str, Any]) -> str:
    """Return what belongs where a plain value stands; nothing where that is not what is wrong."""
    kind = error["type"]
    field = next((part for part in reversed(error["loc"]) if isinstance(part, str) and part not in UNION_TAGS), "")
    if kind in _MODEL_KINDS and (example := _EXAMPLES.get(field)):
        return f"expected fields and their values, such as {example}"
    return "expected a list, or names and their values" if kind == "tuple_type" and LIST_TAG in error["loc"] else ""


def _plain(found: re.Match[str]) -> str:
    return plain_number(Decimal(found[1]))


def first_problem(error: ValidationError) -> str:
    """Return where a document is wrong first, and why, in pydantic's words."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the whole"
    return f"{where}: {first['msg']}"


def real_errors(errors: Sequence[Any]) -> Sequence[Any]:
    """Leave out what follows from other errors: a list whose items are all wrong is not called too short as well."""
    causes = [error for error in errors if not (error["type"] == "too_short" and _is_filled_list(error["input"]))]
    return causes or errors


def _is_filled_list(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value)


def wrong_fields(errors: Sequence[Any], model: type[BaseModel] | None = None) -> Iterator[tuple[str, str]]:
    """Yield the path of each field that pydantic refused, and what is wrong with it.

    Args:
        errors: Of pydantic.
        model: Where it is given, a field that there is not is told together with the one that was meant.
    """
    for error in real_errors(errors):
        path = [str(part) for part in error["loc"] if part not in UNION_TAGS]
        message = message_of(error)
        if model is not None and path and error["type"] == "extra_forbidden" and (meant := other_names(model, path)):
            message = f"{message}; {meant}"
        yield ".".join(path), message
