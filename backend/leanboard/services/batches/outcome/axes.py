"""What the items of a batch differ in. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any

from leanboard.models.batch_outcome import AxisKind, BatchAxis, Metric
from leanboard.models.batches import BatchItem

MAX_PARAMETERS = 40  # of them that differ; a sweep has 20 at most
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?")


def _window(read: tuple[str | None, date | None, date | None]) -> str | None:
    label, start, end = read
    if label:
        return label
    return None if start is None and end is None else f"{start or ''}..{end or ''}"


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is read of each of thousands of items, and how each different value is written."""

    read: Callable[[BatchItem], Hashable]
    write: Callable[[Any], str | None] = str


_READERS = {
    "strategy": _Reader(attrgetter("strategy_name")),
    "symbol": _Reader(attrgetter("symbol")),
    "window": _Reader(attrgetter("window", "start_date", "end_date"), _window),
    "scenario": _Reader(attrgetter("scenario")),
    "engine": _Reader(attrgetter("choice")),
    "initial_cash": _Reader(attrgetter("initial_cash"), lambda cash: format(cash, "f")),
    "commission": _Reader(attrgetter("commission")),
}
_TAKEN = frozenset((*_READERS, *Metric))
_NAMES = frozenset(_READERS) - {"initial_cash"}  # texts also where they look like numbers: ticker 0005 is not 5


@dataclass(frozen=True)
class Column:
    """One thing in which items differ, with the text of each item, in the items' order; None where it has none."""

    name: str
    texts: tuple[str | None, ...]
    is_parameter: bool = False

    @cached_property
    def numbers(self) -> tuple[float | None, ...] | None:
        """The texts as numbers; None where one of them is no number, and of names."""
        if self.name in _NAMES:
            return None
        known = {text for text in self.texts if text is not None}
        if not all(_NUMBER.fullmatch(text) for text in known):
            return None
        values: dict[str | None, float | None] = {text: float(text) for text in known}
        return tuple(values.get(text) for text in self.texts)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The different texts: numbers in ascending order, others as they come."""
        known = tuple(dict.fromkeys(text for text in self.texts if text is not None))
        return known if self.numbers is None else tuple(sorted(known, key=lambda text: (float(text), text)))

    @cached_property
    def indices(self) -> tuple[int | None, ...]:
        """Where in the values each item's text is."""
        places: dict[str | None, int] = {text: index for index, text in enumerate(self.values)}
        return tuple(places.get(text) for text in self.texts)

    def axis(self) -> BatchAxis:
        """Return the axis."""
        is_number = self.numbers is not None
        return BatchAxis(
            name=self.name,
            kind=AxisKind.NUMBER if is_number else AxisKind.CATEGORY,
            values=self.values,
            min=float(self.values[0]) if is_number and self.values else None,
            max=float(self.values[-1]) if is_number and self.values else None,
        )


def columns(items: Sequence[BatchItem]) -> tuple[Column, ...]:
    """Return everything in which items differ: strategy, symbol, window and so on, then parameters."""
    found = (_column(name, reader, items) for name, reader in _READERS.items())
    every = (*(column for column in found if column is not None), *_parameters(items))
    return tuple(column for column in every if len(set(column.texts)) > 1)


def _column(name: str, reader: _Reader, items: Sequence[BatchItem]) -> Column | None:
    values = list(map(reader.read, items))
    different = set(values)
    if len(different) < 2:
        return None
    texts = {value: None if value is None else reader.write(value) for value in different}
    return Column(name, tuple(map(texts.__getitem__, values)))


def left_out(items: Sequence[BatchItem]) -> int:
    """Return how many parameters are not looked at, because there are too many."""
    return max(len(differing_parameters(items)) - MAX_PARAMETERS, 0)


def _parameters(items: Sequence[BatchItem]) -> Iterator[Column]:
    for name in differing_parameters(items)[:MAX_PARAMETERS]:
        texts = tuple(item.parameters.get(name) for item in items)
        if any(text != item.symbol for text, item in zip(texts, items, strict=True)):  # else it is the symbol's own
            yield Column(parameter_axis(name), texts, is_parameter=True)


def differing_parameters(items: Sequence[BatchItem]) -> list[str]:
    """Return the names of the parameters that are not the same in all items."""
    # One pass: items may have different names each, and names times items would be too many.
    counts = Counter(name for item in items for name in item.parameters)
    first: dict[str, str] = {}
    changing = {
        name for item in items for name, text in item.parameters.items() if first.setdefault(name, text) != text
    }
    return [name for name, count in counts.items() if count < len(items) or name in changing]


def parameter_axis(name: str) -> str:
    """Return the name of a parameter's axis: the parameter's own, but for one that is called as another axis is."""
    return f"parameters.{name}" if name in _TAKEN else name
