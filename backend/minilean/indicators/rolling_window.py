"""Rolling windows: the last values, newest first."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from minilean.surface import Surface

T = TypeVar("T")


class RollingWindow(Surface, Generic[T]):
    """The last ``size`` items; ``window[0]`` is the newest.

    Reading beyond the size enlarges the window, as LEAN does, and gives None.
    """

    __slots__ = ("_items", "_mark", "_removed", "_ring", "_room", "_size", "samples")

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
        self._ring: _Ring | None = None
        self.samples = 0
        self._note()

    def _note(self) -> None:
        """Remember how many items fit before the first one is overwritten."""
        self._mark = self.samples
        self._room = self._size - len(self._items)

    @classmethod
    def of_recent(cls, newest_first: tuple[T, T], removed: T, samples: int) -> "RollingWindow[T]":
        """Return a window of two items to which a number of items were added, these as the last."""
        window: RollingWindow[T] = cls(len(newest_first))
        window._items.extend(newest_first[: min(samples, window._size)])
        window._removed = removed
        window.samples = samples
        return window

    def __class_getitem__(cls, item: Any) -> Any:  # noqa: ANN401 - `RollingWindow[float](3)` as in LEAN
        return cls

    @property
    def size(self) -> int:
        """How many items are kept."""
        return self._size

    @size.setter
    def size(self, value: int) -> None:
        ring = self._ring
        if ring is None and value > len(self._items):
            overwritten = self.samples - self._mark - self._room
            if overwritten > 0 and overwritten % self._size:
                ring = self._ring = _Ring(self._items, overwritten % self._size)
        if ring is not None:
            ring.resize(value)
        elif value != self._size:
            self._items = deque(islice(self._items, value), maxlen=value)
        unchanged, self._size = value == self._size, value
        if ring is not None:
            self._items = deque(ring.newest_first(), maxlen=value)
        elif not unchanged:
            self._note()

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
        self.samples += 1
        if self._ring is not None:
            self._add_to_ring(self._ring, item)
            return
        if len(items) == self._size:
            self._removed = items[-1]
        items.appendleft(item)

    def _add_to_ring(self, ring: "_Ring", item: T) -> None:
        if len(ring.items) == self._size:
            self._removed = ring.items[ring.tail]
        ring.add(item, self._size)
        self._items = deque(ring.newest_first(), maxlen=self._size)

    def reset(self) -> None:
        """Drop everything."""
        self._items.clear()
        self._removed = None
        self._ring = None
        self.samples = 0
        self._note()

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
        if self._ring is not None:
            self._ring.put(index, item)

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)


class RecentItems(Generic[T]):
    """What a window of two items holds, without the window until somebody looks at it.

    Attributes:
        samples: How many items were added.
        newest: The last one; this and the next two only as long as the window is not used.
        before: The one before it.
        removed: The one that has fallen out of the window.
        window_is_used: Whether the window has taken over.
    """

    __slots__ = ("_window", "before", "newest", "removed", "samples", "window_is_used")

    def __init__(self) -> None:
        self.samples = 0
        self.newest: Any = None
        self.before: Any = None
        self.removed: Any = None
        self._window: RollingWindow[T] | None = None
        self.window_is_used = False

    def add(self, item: T) -> None:
        """Add an item."""
        if self._window is not None:
            self._window.add(item)
            return
        self.samples += 1
        self.removed = self.before
        self.before = self.newest
        self.newest = item

    @property
    def window(self) -> RollingWindow[T]:
        """The window, which takes over from now on."""
        if self._window is None:
            self.window_is_used = True
            self._window = RollingWindow.of_recent((self.newest, self.before), self.removed, self.samples)
        return self._window

    def reset(self) -> None:
        """Drop everything."""
        self.samples = 0
        self.newest = self.before = self.removed = None
        if self._window is not None:
            self._window.reset()


class _Ring:
    """LEAN's own storage, for windows that grew after they had begun to overwrite: their order is broken there.

    LEAN appends to the list while it is not full, without regard to where the newest item lies.
    """

    def __init__(self, newest_first: Iterable[Any], tail: int) -> None:
        """Take the items and the place of the oldest, which is overwritten next."""
        ordered = list(newest_first)[::-1]
        self.tail = tail
        self.items = ordered[len(ordered) - tail :] + ordered[: len(ordered) - tail]

    def _place(self, index: int) -> int:
        return (len(self.items) + self.tail - index - 1) % len(self.items)

    def newest_first(self) -> list[Any]:
        """Return the items in LEAN's order of reading."""
        return [self.items[self._place(index)] for index in range(len(self.items))]

    def put(self, index: int, item: Any) -> None:  # noqa: ANN401
        """Replace an item."""
        self.items[self._place(index)] = item

    def add(self, item: Any, size: int) -> None:  # noqa: ANN401
        """Add an item."""
        if len(self.items) == size:
            self.items[self.tail] = item
            self.tail = (self.tail + 1) % size
        else:
            self.items.append(item)

    def resize(self, size: int) -> None:
        """Drop the oldest items where there is no room for them."""
        if size < len(self.items):
            self.items = self.items[self.tail :] + self.items[: self.tail]
            self.tail = 0
            self.items = self.items[len(self.items) - size :]
