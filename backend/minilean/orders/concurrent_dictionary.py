"""The order in which .NET's ``ConcurrentDictionary`` enumerates, which strategies see in their open tickets."""

from collections.abc import Iterator
from typing import Generic, TypeVar

V = TypeVar("V")
_PRIMES = (37, 89, 197, 431, 919, 1931, 4049, 8419, 17519, 36353)
"""Numbers of buckets, each the next of .NET's primes after twice the one before."""
_LOCKS = 2
"""Number of processors of the machine that LEAN runs on: a lock each."""


class ConcurrentDictionary(Generic[V]):
    """A table by whole numbers; buckets grow as .NET's when those of one lock hold too many items."""

    def __init__(self) -> None:
        self._values: dict[int, V] = {}
        self._level = 0
        self._locks = _LOCKS
        self._spread([])

    def _spread(self, keys: list[int]) -> None:
        """Put keys into empty buckets; each goes to the head of its chain."""
        size = _PRIMES[self._level]
        self._budget = max(1, size // self._locks)
        self._buckets: list[list[int]] = [[] for _ in range(size)]
        self._counts = [0] * self._locks
        for key in keys:
            self._insert(key)

    def _insert(self, key: int) -> int:
        place = key % len(self._buckets)
        self._buckets[place].insert(0, key)
        self._counts[place % self._locks] += 1
        return self._counts[place % self._locks]

    def __setitem__(self, key: int, value: V) -> None:
        is_new = key not in self._values
        self._values[key] = value
        if is_new and self._insert(key) > self._budget:
            self._grow()

    def _grow(self) -> None:
        if len(self._values) < len(self._buckets) // 4:
            self._budget *= 2
            return
        if self._level + 1 < len(_PRIMES):
            keys = list(self.keys())
            self._level += 1
            self._locks *= 2
            self._spread(keys)

    def pop(self, key: int, default: V | None = None) -> V | None:
        """Remove and return an item, or the default."""
        if key not in self._values:
            return default
        place = key % len(self._buckets)
        self._buckets[place].remove(key)
        self._counts[place % self._locks] -= 1
        return self._values.pop(key)

    def get(self, key: int) -> V | None:
        """Return an item, None where there is none."""
        return self._values.get(key)

    def keys(self) -> Iterator[int]:
        """Return the keys bucket by bucket."""
        return (key for bucket in self._buckets for key in bucket)

    def values(self) -> Iterator[V]:
        """Return the items bucket by bucket."""
        return (self._values[key] for key in self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[int]:
        return self.keys()
