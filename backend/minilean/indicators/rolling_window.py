"""Rolling windows: the last values, newest first."""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from minilean.surface import Surface

T = TypeVar("T")


class RollingWindow(Surface, Generic[T]):
    """The last ``size`` items; ``window[0]`` is the newest.

    Reading beyond the size enlarges the window, as LEAN does, and gives None.
    """

    __slots__ = ("_items", "_removed", "_size", "samples")

    def __init__(self, size: int) -> None:
        """Make an empty window.

        Raises:
            ValueError: The size is less than 1.
        """
        if size < 1:
            raise ValueError("RollingWindow must have size of at least 1.")
        self._size = size
        self._items: deque[T] = deque(maxlen=size)
        self._removed: T | None = None
        self.samples = 0

    def __class_getitem__(cls, item: Any) -> Any:  # noqa: ANN401 - `RollingWindow[float](3)` as in LEAN
        return cls

    @property
    def size(self) -> int:
        """How many items are kept."""
        return self._size

    @size.setter
    def size(self, value: int) -> None:
        self._size = value
        self._items = deque(islice(self._items, value), maxlen=value)

    @property
    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    @property
    def is_ready(self) -> bool:
        """Whether the window is full."""
        return self.samples >= self._size

    @property
    def most_recently_removed(self) -> T:
        """The item that fell out last.

        Raises:
            ValueError: None has.
        """
        if self.samples <= self._size:
            raise ValueError("No items have been removed yet!")
        return self._removed  # type: ignore[return-value]

    def add(self, item: T) -> None:
        """Add an item; the oldest falls out when the window is full."""
        items = self._items
        if len(items) == self._size:
            self._removed = items[-1]
        items.appendleft(item)
        self.samples += 1

    def reset(self) -> None:
        """Drop everything."""
        self._items.clear()
        self._removed = None
        self.samples = 0

    def __getitem__(self, index: int) -> Any:  # noqa: ANN401 - an item or None
        if isinstance(index, slice):
            return list(self._items)[index]
        items = self._items
        if index < 0:
            if self._size + index < 0:
                raise IndexError("Specified argument was out of the range of valid values. (Parameter 'i')")
            return items[index] if len(items) + index >= 0 else None
        if index >= self._size:
            self.size = index + 1
            return None
        return items[index] if index < len(items) else None

    def __setitem__(self, index: int, item: T) -> None:
        """Replace an item; places that have none yet are filled with None, and the window grows when it is too small.

        Raises:
            IndexError: The index is before the window's first place.
        """
        if index < 0:
            if self._size + index < 0:
                raise IndexError("Specified argument was out of the range of valid values. (Parameter 'i')")
            index += self._size
        if index >= self._size:
            self.size = index + 1
        for _ in range(index + 1 - len(self._items)):
            self.add(None)  # type: ignore[arg-type]
        self._items[index] = item

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)
