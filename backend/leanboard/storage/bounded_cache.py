"""A cache that forgets what was not asked for longest, once its contents weigh too much."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps values while the sum of their weights is within the capacity. Of one thread.

    Args:
        capacity: Most that all values may weigh together; 0 keeps nothing.
        weigh: What a value weighs, in the capacity's unit.
    """

    def __init__(self, capacity: int, weigh: Callable[[V], int]) -> None:
        self._capacity = capacity
        self._weigh = weigh
        self._values: OrderedDict[K, V] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        """Count the values."""
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return a value, which thereby becomes the last to be forgotten; None when it is not kept."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: K, value: V) -> None:
        """Keep a value in place of the key's former one, unless it alone is too heavy."""
        self.drop(key)
        weight = self._weigh(value)
        if weight > self._capacity:
            return
        self._values[key] = value
        self.weight += weight
        while self.weight > self._capacity:
            _, forgotten = self._values.popitem(last=False)
            self.weight -= self._weigh(forgotten)

    def drop(self, key: K) -> None:
        """Forget a value, if it is kept."""
        if key in self._values:
            self.weight -= self._weigh(self._values.pop(key))
