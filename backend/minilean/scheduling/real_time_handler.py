"""Fires scheduled events in LEAN's order."""

from bisect import bisect_left
from collections.abc import Callable
from operator import attrgetter

from minilean.scheduling.scheduled_event import NEVER, ScheduledEvent

_next_of = attrgetter("next_utc")


class RealTimeHandler:
    """Events of a run, the next one first.

    Events of the same instant fire in the order they were created; after firing, an event goes behind one that is due
    at the same instant, which a binary search finds, as in LEAN.

    Attributes:
        due_utc: No event is due before this instant; 0 while it is not known.
    """

    def __init__(self, set_time: Callable[[int], None]) -> None:
        """Take what moves the algorithm's clock when an event lies before the current slice."""
        self._set_time = set_time
        self._events: dict[int, ScheduledEvent] = {}
        self._sorted: list[ScheduledEvent] = []
        self._needs_sorting = False
        self.due_utc = 0
        self._count = 0
        self._now: Callable[[], int] | None = None

    def start(self, now: Callable[[], int]) -> None:
        """Begin: events before the current time are skipped."""
        self._now = now
        for event in self._in_order():
            event.skip_until(now())
        self._needs_sorting = True
        self.due_utc = 0

    def add(self, event: ScheduledEvent) -> None:
        """Add an event."""
        if self._now is not None:
            event.skip_until(self._now())
        self._count += 1
        self._events[self._count] = event
        self._needs_sorting = True
        self.due_utc = 0

    def remove(self, event: ScheduledEvent) -> None:
        """Drop an event."""
        self._events = {number: each for number, each in self._events.items() if each is not event}
        self._needs_sorting = True
        self.due_utc = 0

    def _in_order(self) -> list[ScheduledEvent]:
        if self._needs_sorting:
            self._needs_sorting = False
            pairs = sorted(self._events.items(), key=lambda pair: (pair[1].next_utc, pair[0]))
            self._sorted = [event for _, event in pairs]
        return self._sorted

    def next_utc(self) -> int | None:
        """Return the instant of the next event."""
        events = self._in_order()
        return events[0].next_utc if events else None

    def scan_past_events(self, utc: int) -> None:
        """Fire what was due before an instant, each with the clock at its own time."""
        events = self._in_order()
        while events and events[0].next_utc < utc:
            event = events[0]
            self._set_time(event.next_utc)
            event.fire()
            _sort_first(events)
        self._note_due(events)

    def set_time(self, utc: int) -> None:
        """Fire what is due at an instant or before."""
        events = self._in_order()
        while events and events[0].next_utc <= utc:
            events[0].fire()
            _sort_first(events)
        self._note_due(events)

    def _note_due(self, events: list[ScheduledEvent]) -> None:
        if not self._needs_sorting:
            self.due_utc = events[0].next_utc if events else NEVER


def _sort_first(events: list[ScheduledEvent]) -> None:
    """Move the first event to its new place; the others are in order."""
    event = events[0]
    due = event.next_utc
    if len(events) < 2 or due <= events[1].next_utc:
        return
    events.pop(0)
    position = _binary_search(events, due)
    events.insert(position + 1 if position is not None else bisect_left(events, due, key=_next_of), event)


def _binary_search(events: list[ScheduledEvent], due: int) -> int | None:
    """Return the place that a plain binary search finds for an equal time, None when there is none."""
    low, high = 0, len(events) - 1
    while low <= high:
        middle = low + (high - low) // 2
        found = events[middle].next_utc
        if found == due:
            return middle
        if found < due:
            low = middle + 1
        else:
            high = middle - 1
    return None
