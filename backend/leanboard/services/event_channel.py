"""Events for whoever watches: a ring of the latest, numbered, and readers with a cursor on it.

A channel never calls back and never waits for a reader. A reader that falls off the ring's end has lost events and is
told so. Events are rendered to JSON once, however many read them. What the events are about, a run or a batch, is known
to the channel's view alone: from it come the snapshots that a reader begins with.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf
from sys import getsizeof
from typing import Any, Final, Generic, Protocol, TypeVar

from leanboard.errors import LeanboardError, NotFound

BEHIND = 32  # a reader this many events late gets only the latest progress
PROGRESS: Final = "progress"  # the type of events of which only the latest matters, in every stream
END: Final = "end"  # the type of the event after which nothing follows, in every stream


class SlowReaderError(LeanboardError):
    """The reader fell so far behind that events it has not seen were dropped."""

    code = "slow_reader"


class Event(Protocol):
    """A model whose first field is its number."""

    @property
    def type(self) -> str:
        """What happened."""

    def model_dump_json(self) -> str:
        """Return the event as it goes over the wire."""


EventT = TypeVar("EventT", bound=Event)
_Event_contra = TypeVar("_Event_contra", bound=Event, contravariant=True)


class View(Protocol[_Event_contra]):
    """What a page that opens now must know."""

    def take(self, event: _Event_contra, /) -> None:
        """Bring it up to date."""

    def snapshot(self, seq: int, time: datetime, *, reset: bool) -> Event:
        """Return all of it as an event.

        Args:
            seq: Of the latest event that it includes.
            time: Now, UTC.
            reset: The reader wanted to go on from an event that is no longer held.
        """


ViewT = TypeVar("ViewT", bound=View[Any])


@dataclass(frozen=True, slots=True)
class _Rendered:
    seq: int
    is_progress: bool
    text: str


@dataclass(frozen=True, slots=True)
class RingBounds:
    """What a channel holds of the past.

    Attributes:
        events: The latest so many.
        bytes: Of their texts, in memory; the latest event is held however large it is.
    """

    events: int
    bytes: float


class Channel(Generic[EventT, ViewT]):
    """The events of one thing.

    Args:
        view: Of that thing.
        first_seq: Number of the first event.
        bounds: Of what is held.
    """

    def __init__(self, view: ViewT, first_seq: int, bounds: RingBounds) -> None:
        self.view = view
        self.ring: deque[_Rendered] = deque()
        self._bounds = bounds
        self._bytes = 0
        self.next_seq = first_seq
        self.ended = False
        self.closed = asyncio.Event()
        self.readers: set[Subscription] = set()
        self.last_progress_seq = 0

    def append(self, event: EventT) -> None:
        """Number an event and hand it to the readers."""
        seq, self.next_seq = self.next_seq, self.next_seq + 1
        self.view.take(event)
        is_progress = event.type == PROGRESS
        if is_progress:
            self.last_progress_seq = seq
        # The number comes first in every event; a copy of the event for its sake alone would cost more than the rest.
        self._hold(_Rendered(seq, is_progress, f'{{"seq":{seq},{event.model_dump_json().partition(",")[2]}'))
        self.ended = self.ended or event.type == END
        for reader in self.readers:
            reader.wake()

    def _hold(self, event: _Rendered) -> None:
        self.ring.append(event)
        self._bytes += getsizeof(event.text)
        while len(self.ring) > self._bounds.events or (len(self.ring) > 1 and self._bytes > self._bounds.bytes):
            self._bytes -= getsizeof(self.ring.popleft().text)

    def close(self) -> None:
        """Take no more events; readers go on to the end of what is held."""
        self.ended = True
        self.closed.set()
        for reader in self.readers:
            reader.wake()

    def holds(self, since: int) -> bool:
        """Whether every event after ``since`` is still in the ring."""
        if since >= self.next_seq:
            return False
        oldest = self.ring[0].seq if self.ring else self.next_seq
        return since >= oldest - 1

    def subscription(self, since: int | None, now: datetime) -> "Subscription":
        """Return the events after ``since``; where they are not held, those after a snapshot."""
        if since is not None and self.holds(since):
            return Subscription(self, None, since)
        seq = self.next_seq - 1
        return Subscription(self, self.view.snapshot(seq, now, reset=since is not None).model_dump_json(), seq)


class Subscription:
    """The events of one channel as JSON texts; ends after the ``end`` event.

    Raises:
        SlowReaderError: From ``__anext__``, when events were dropped that this reader had not seen.
    """

    def __init__(self, channel: Channel[Any, Any], snapshot: str | None, after: int) -> None:
        self._channel = channel
        self._first = snapshot
        self._after = after
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There is something new."""
        self._news.set()

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> str:
        """Return the next event's JSON."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        while True:
            rendered = self._next()
            if rendered is not None:
                self._after = rendered.seq
                return rendered.text
            if self._channel.ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()

    def _next(self) -> _Rendered | None:
        ring = self._channel.ring
        while ring and self._after + 1 < self._channel.next_seq:
            offset = self._after + 1 - ring[0].seq
            if offset < 0:
                msg = "the connection was too slow: events were dropped; come back without ?since= for a snapshot"
                raise SlowReaderError(msg)
            rendered = ring[offset]
            if not self._superseded(rendered):
                return rendered
            self._after = rendered.seq
        return None

    def _superseded(self, rendered: _Rendered) -> bool:
        behind = self._channel.next_seq - rendered.seq > BEHIND
        return behind and rendered.is_progress and rendered.seq < self._channel.last_progress_seq


class Channels(Generic[EventT, ViewT]):
    """Channels of the things that are not over yet, by id. Lives on the event loop.

    Args:
        ring: Events held per channel.
        now: The wall clock, UTC.
        most_bytes: Of their texts.
    """

    def __init__(self, ring: int, now: Callable[[], datetime], *, most_bytes: float = inf) -> None:
        self._ring = RingBounds(ring, most_bytes)
        self._now = now
        self._channels: dict[str, Channel[EventT, ViewT]] = {}

    @property
    def readers(self) -> int:
        """How many watch at this moment."""
        return sum(len(channel.readers) for channel in self._channels.values())

    def _add(self, key: str, view: ViewT, *, continued: bool) -> None:
        """Make a channel where there is none.

        Args:
            key: Id of what it is about.
            view: As things stand now.
            continued: An earlier process of the service has numbered events of this. Its last number is not known, so
                numbers go on from the clock (milliseconds): no number is ever used twice.
        """
        first = int(self._now().timestamp() * 1000) if continued else 1
        if key not in self._channels:
            self._channels[key] = Channel(view, first, self._ring)

    def _view(self, key: str) -> ViewT | None:
        """Return what a page that opens now must know; None where there is no channel."""
        channel = self._channels.get(key)
        return channel.view if channel is not None else None

    def _append(self, key: str, event: EventT) -> None:
        """Number an event and hand it to the readers; events without a channel vanish."""
        channel = self._channels.get(key)
        if channel is not None:
            channel.append(event)

    def is_open(self, key: str) -> bool:
        """Whether there is a channel."""
        return key in self._channels

    def is_watched(self, key: str) -> bool:
        """Whether anybody reads these events now."""
        channel = self._channels.get(key)
        return channel is not None and bool(channel.readers)

    def close(self, key: str) -> None:
        """Forget what is over; readers go on to the end of what they hold."""
        channel = self._channels.pop(key, None)
        if channel is not None:
            channel.close()

    async def ended(self, key: str) -> None:
        """Wait until the channel is closed; at once where there is none."""
        channel = self._channels.get(key)
        if channel is not None:
            await channel.closed.wait()

    @contextmanager
    def subscribe(self, key: str, since: int | None) -> Iterator[Subscription]:
        """Watch: from ``since`` exactly, or from a snapshot.

        Raises:
            NotFound: There is no channel: what is asked for is unknown or over.
        """
        channel = self._channels.get(key)
        if channel is None:
            msg = f"no live events of {key}"
            raise NotFound(msg)
        subscription = channel.subscription(since, self._now())
        channel.readers.add(subscription)
        try:
            yield subscription
        finally:
            channel.readers.discard(subscription)
