"""Generic collections of .NET: ``Dictionary[String, String]()`` and ``List[T]()``."""

# ruff: noqa: ANN401, N999 - .NET's names and its generic values

from typing import Any


class Dictionary:
    """A .NET dictionary; ``Dictionary[String, String]`` makes one."""

    is_dot_net_dictionary = True

    def __class_getitem__(cls, _types: Any) -> type["Dictionary"]:
        return cls

    def __init__(self) -> None:
        self._items: dict[Any, Any] = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        self._items[key] = value

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __len__(self) -> int:
        return len(self._items)

    def add(self, key: Any, value: Any) -> None:
        """Add an entry.

        Raises:
            ValueError: The key is there.
        """
        if key in self._items:
            raise ValueError(f"An item with the same key has already been added. Key: {key}")
        self._items[key] = value

    Add = add

    def contains_key(self, key: Any) -> bool:
        """Tell whether a key is there."""
        return key in self._items

    ContainsKey = contains_key

    def pairs(self) -> list[tuple[Any, Any]]:
        """Return the entries."""
        return list(self._items.items())


class List(list[Any]):
    """A .NET list; ``List[T]`` makes one."""

    def __class_getitem__(cls, _type: Any) -> Any:
        return cls

    def add(self, item: Any) -> None:
        """Add an item."""
        self.append(item)

    Add = add
