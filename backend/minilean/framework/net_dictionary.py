"""The order in which .NET's ``Dictionary`` and ``HashSet`` enumerate: places of removed items are taken again."""

from collections.abc import Iterator
from typing import Generic, TypeVar, cast

K = TypeVar("K")
V = TypeVar("V")


class NetDictionary(Generic[K, V]):
    """A dictionary whose new items go to the place that was freed last, at the end when none is free."""

    def __init__(self) -> None:
        self._places: dict[K, int] = {}
        self._items: list[tuple[K, V] | None] = []
        self._free: list[int] = []

    def __setitem__(self, key: K, value: V) -> None:
        place = self._places.get(key)
        if place is None:
            if self._free:
                place = self._free.pop()
            else:
                place = len(self._items)
                self._items.append(None)
            self._places[key] = place
        self._items[place] = (key, value)

    def __getitem__(self, key: K) -> V:
        return cast("tuple[K, V]", self._items[self._places[key]])[1]

    def get(self, key: K) -> V | None:
        """Return an item, None where there is none."""
        return self[key] if key in self._places else None

    def pop(self, key: K) -> V | None:
        """Remove and return an item, None where there is none."""
        place = self._places.pop(key, None)
        if place is None:
            return None
        found = cast("tuple[K, V]", self._items[place])
        self._items[place] = None
        self._free.append(place)
        return found[1]

    def clear(self) -> None:
        """Remove all items."""
        self._places.clear()
        self._items.clear()
        self._free.clear()

    def items(self) -> list[tuple[K, V]]:
        """Return keys with their items."""
        return [item for item in self._items if item is not None]

    def values(self) -> list[V]:
        """Return the items."""
        return [item[1] for item in self._items if item is not None]

    def __iter__(self) -> Iterator[K]:
        return iter([item[0] for item in self._items if item is not None])

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)
