"""One scheduled event: a callback and the instants at which it is due."""

from collections.abc import Callable, Iterator

from minilean.surface import Surface

NEVER = 1 << 62


class ScheduledEvent(Surface):
    """Fires a callback at each of a sequence of instants.

    The instants are computed when they are first needed, so that rules see the clock of the running algorithm.
    """

    def __init__(self, name: str, instants: Iterator[int], callback: Callable[[int], object]) -> None:
        self.name = name
        self.enabled = True
        self._instants = instants
        self._callback = callback
        self._next: int | None = None

    @property
    def next_utc(self) -> int:
        """Instant of the next firing, `NEVER` when there is none."""
        if self._next is None:
            self._next = next(self._instants, NEVER)
        return self._next

    def fire(self) -> None:
        """Call back once and move on."""
        due = self.next_utc
        try:
            if self.enabled:
                self._callback(due)
        finally:
            self._next = None

    def skip_until(self, utc: int) -> None:
        """Drop the instants before a time."""
        while self.next_utc < utc:
            self._next = None

    def __str__(self) -> str:
        return self.name
