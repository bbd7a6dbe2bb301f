"""Which fields there are where somebody gave one that there is not."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

FEW = 6  # names that are all told where none of them is near


def other_names(model: type[BaseModel], path: Sequence[str]) -> str:
    """Return what might have been meant: ``did you mean symbol?``, ``there are: min, max, step``, or nothing.

    Args:
        model: Of the whole.
        path: Of the field that it has not, from the whole's top; not empty.
    """
    *parents, wrong = path
    names = _names_at(model, parents)
    near = difflib.get_close_matches(wrong.lower(), names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are: {', '.join(names)}" if 0 < len(names) <= FEW else ""


def _names_at(model: type[BaseModel], parents: Sequence[str]) -> list[str]:
    whole = _schema(model)
    level = list(_forms(whole, whole))
    for part in parents:
        level = [form for above in level for below in _children(above, part) for form in _forms(below, whole)]
    return list(dict.fromkeys(name for form in level for name in form.get("properties", ())))


@cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return a model's JSON schema; making it takes milliseconds, and the same may be wrong in thousands of items."""
    return model.model_json_schema()


def _forms(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a JSON schema with its references followed, each of its alternatives by itself."""
    if "$ref" in schema:
        yield from _forms(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
        return
    yield schema
    for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _forms(alternative, whole)


def _children(schema: Mapping[str, Any], part: str) -> Iterator[Mapping[str, Any]]:
    """Yield what lies below a form of a JSON schema, by a name or by an index."""
    named = schema.get("properties", {}).get(part, schema.get("additionalProperties"))
    for below in (named, schema.get("items") if part.isdecimal() else None):
        if isinstance(below, Mapping):
            yield below
