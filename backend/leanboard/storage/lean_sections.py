"""A large JSON object whose sections are parsed when somebody asks for them.

Telling the sections of a result from each other costs a tenth of parsing it: the parser finds where each begins and
ends, and makes no values. A result has megabytes of rolling windows and charts that few ask for.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from leanboard.storage.lean_json import lookup

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ROWS = (
    msgspec.json.Decoder(list[tuple[float, float]]),
    msgspec.json.Decoder(list[tuple[float, float, float, float, float]]),
)


class Sections(Mapping[str, object]):
    """The object, read like any other mapping; each section is parsed once.

    Args:
        content: Standard JSON in UTF-8.

    Raises:
        ValueError: It is not an object, or no JSON.
        RecursionError: It is nested too deeply.
    """

    def __init__(self, content: bytes) -> None:
        self._raw = _OBJECT.decode(content)
        self._parsed: dict[str, object] = {}
        self._levels: dict[tuple[str, ...], Mapping[str, msgspec.Raw]] = {(): self._raw}

    def __getitem__(self, key: str) -> object:
        """Return a section's value.

        Raises:
            KeyError: There is none of that name.
        """
        if key not in self._parsed:
            self._parsed[key] = _parsed(self._raw[key])
        return self._parsed[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._raw)

    def __len__(self) -> int:
        """Count the sections."""
        return len(self._raw)

    def part(self, path: tuple[str, ...]) -> object:
        """Return what lies at a path, without parsing what lies beside it; None when there is nothing."""
        if path[0] in self._parsed:
            return _below(self, path)
        found = _either_case(self._level(path[:-1]), path[-1])
        return None if found is None else _parsed(found)

    def rows(self, path: tuple[str, ...]) -> Sequence[tuple[float, ...]] | None:
        """Return a list of pairs, or of fives, of numbers; None where something else lies at the path."""
        found = _either_case(self._level(path[:-1]), path[-1])
        if found is None:
            return None
        for decoder in _ROWS:
            with suppress(ValueError):
                return decoder.decode(found)
        return None

    def _level(self, path: tuple[str, ...]) -> Mapping[str, msgspec.Raw]:
        """Return what an object inside holds, unparsed; nothing where there is no object."""
        if path not in self._levels:
            found = _either_case(self._level(path[:-1]), path[-1])
            try:
                self._levels[path] = {} if found is None else _OBJECT.decode(found)
            except (ValueError, RecursionError):
                return {}
        return self._levels[path]


def part(root: Mapping[str, object], *path: str) -> object:
    """Return what lies at a path of keys, either casing; None when there is nothing."""
    return root.part(path) if isinstance(root, Sections) else _below(root, path)


def rows(root: Mapping[str, object], *path: str) -> Sequence[tuple[float, ...]] | None:
    """Return a list of pairs, or of fives, of numbers, without parsing what lies beside it; None for all else."""
    return root.rows(path) if isinstance(root, Sections) else None


def _below(root: Mapping[str, object], path: tuple[str, ...]) -> object:
    value: object = root
    for name in path:
        value = lookup(value, name) if isinstance(value, Mapping) else None
    return value


def _either_case(raw: Mapping[str, msgspec.Raw], name: str) -> msgspec.Raw | None:
    found = raw.get(name)
    return raw.get(name[:1].swapcase() + name[1:]) if found is None else found


def _parsed(raw: msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(raw)
    except ValueError:  # all else was checked when the sections were told apart
        return json.loads(bytes(raw))  # numbers beyond a double, which the slow parser takes for infinite
