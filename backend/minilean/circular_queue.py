"""LEAN's queue that begins again."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from minilean.indicators.base import EventHandlers
from minilean.surface import Surface


class CircularQueue(Surface):
    """Gives its items one after the other, and the first again after the last.

    Attributes:
        circle_completed: Event of each time that the first item is given; handlers take sender and nothing.
    """

    def __init__(self, *items: Any) -> None:  # noqa: ANN401 - items, or a list of them
        listed = items[0] if len(items) == 1 and isinstance(items[0], Iterable) else items
        self._items = deque(listed)
        self._head = self._items[0] if self._items else None
        self.circle_completed = EventHandlers()

    def __class_getitem__(cls, _kind: Any) -> Any:  # noqa: ANN401 - `CircularQueue[int](items)` as in LEAN
        return cls

    def dequeue(self) -> Any:  # noqa: ANN401 - an item
        """Return the next item.

        Raises:
            IndexError: There are none.
        """
        item = self._items.popleft()
        if item == self._head:
            self.circle_completed.fire(self, None)
        self._items.append(item)
        return item
