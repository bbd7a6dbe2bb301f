"""Events of runs, for whoever watches: a ring of the latest per run, numbered, and readers with a cursor on it.

The hub never calls back and never waits for a reader. A reader that falls off the ring's end has lost events and is
told so. Events are rendered to JSON once, however many read them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from leanboard.errors import LeanboardError, NotFound
from leanboard.models.events import (
    EndEvent,
    EquityEvent,
    LogEvent,
    LogLine,
    ProgressEvent,
    ResultEvent,
    RunEvent,
    SnapshotEvent,
    StatusEvent,
)
from leanboard.models.results import BacktestStatistics, EquityPoint
from leanboard.models.run import BacktestProgress, BacktestRunInfo

SNAPSHOT_POINTS = 2000
SNAPSHOT_LINES = 200
BEHIND = 32  # a reader this many events late gets only the latest progress


class SlowReaderError(LeanboardError):
    """The reader fell so far behind that events it has not seen were dropped."""

    code = "slow_reader"


@dataclass(frozen=True, slots=True)
class _Rendered:
    seq: int
    is_progress: bool
    text: str


@dataclass(slots=True)
class _View:
    """What a page that opens now must know."""

    run: BacktestRunInfo
    progress: BacktestProgress | None = None
    equity: list[EquityPoint] = field(default_factory=list)
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=SNAPSHOT_LINES))
    statistics: BacktestStatistics | None = None

    def take(self, event: RunEvent) -> None:
        match event:
            case StatusEvent() | EndEvent():
                self.run = event.run
            case ProgressEvent():
                self.progress = event.progress
            case EquityEvent():
                self._extend(event.points)
            case LogEvent():
                self.log.extend(event.lines)
            case ResultEvent():
                self.statistics = event.statistics
            case SnapshotEvent():
                pass

    def _extend(self, points: tuple[EquityPoint, ...]) -> None:
        self.equity.extend(points)
        if len(self.equity) > SNAPSHOT_POINTS:
            last = self.equity[-1]
            self.equity = self.equity[::2]
            if self.equity[-1] is not last:
                self.equity.append(last)


class _Channel:
    def __init__(self, run: BacktestRunInfo, first_seq: int, size: int) -> None:
        self.view = _View(run)
        self.ring: deque[_Rendered] = deque(maxlen=size)
        self.next_seq = first_seq
        self.ended = False
        self.readers: set[Subscription] = set()
        self.last_progress_seq = 0

    def append(self, event: RunEvent) -> None:
        seq, self.next_seq = self.next_seq, self.next_seq + 1
        self.view.take(event)
        is_progress = isinstance(event, ProgressEvent)
        if is_progress:
            self.last_progress_seq = seq
        # The number comes first in every event; a copy of the event for its sake alone would cost more than the rest.
        self.ring.append(_Rendered(seq, is_progress, f'{{"seq":{seq},{event.model_dump_json().partition(",")[2]}'))
        self.ended = self.ended or isinstance(event, EndEvent)
        for reader in self.readers:
            reader.wake()

    def holds(self, since: int) -> bool:
        """Whether every event after ``since`` is still in the ring."""
        if since >= self.next_seq:
            return False
        oldest = self.ring[0].seq if self.ring else self.next_seq
        return since >= oldest - 1


class Subscription:
    """The events of one run as JSON texts; ends after the ``end`` event.

    Raises:
        SlowReaderError: From ``__anext__``, when events were dropped that this reader had not seen.
    """

    def __init__(self, channel: _Channel, snapshot: str | None, after: int) -> None:
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


class EventHub:
    """Channels of the runs that are not over yet. Lives on the event loop.

    Args:
        ring: Events held per run.
        now: The wall clock, UTC.
    """

    def __init__(self, ring: int, now: Callable[[], datetime]) -> None:
        self._ring = ring
        self._now = now
        self._channels: dict[str, _Channel] = {}

    @property
    def readers(self) -> int:
        """How many watch at this moment."""
        return sum(len(channel.readers) for channel in self._channels.values())

    def open(self, run: BacktestRunInfo, *, continued: bool = False) -> None:
        """Make the channel of a run.

        Args:
            run: As it stands now.
            continued: An earlier process of the service has numbered events of this run. Its last number is not
                known, so numbers go on from the clock (milliseconds): no number is ever used twice.
        """
        first = int(self._now().timestamp() * 1000) if continued else 1
        self._channels.setdefault(run.id, _Channel(run, first, self._ring))

    def is_open(self, run_id: str) -> bool:
        """Whether the run has a channel."""
        return run_id in self._channels

    def publish(self, event: RunEvent) -> None:
        """Number an event and hand it to the readers; events of runs without a channel vanish."""
        channel = self._channels.get(event.run_id)
        if channel is not None:
            channel.append(event)

    def is_watched(self, run_id: str) -> bool:
        """Whether anybody reads this run's events now."""
        channel = self._channels.get(run_id)
        return channel is not None and bool(channel.readers)

    def progress(self, run_id: str) -> BacktestProgress | None:
        """Return the latest progress."""
        channel = self._channels.get(run_id)
        return channel.view.progress if channel else None

    def run(self, run_id: str) -> BacktestRunInfo | None:
        """Return the run as last published: with its phase, which the index does not keep from moment to moment."""
        channel = self._channels.get(run_id)
        return channel.view.run if channel else None

    def close(self, run_id: str) -> None:
        """Forget a run that is over; readers go on to the end of what they hold."""
        channel = self._channels.pop(run_id, None)
        if channel is not None:
            channel.ended = True
            for reader in channel.readers:
                reader.wake()

    @contextmanager
    def subscribe(self, run_id: str, since: int | None) -> Iterator[Subscription]:
        """Watch a run: from ``since`` exactly, or from a snapshot.

        Raises:
            NotFound: The run has no channel: it is unknown or over.
        """
        channel = self._channels.get(run_id)
        if channel is None:
            msg = f"no live run {run_id}"
            raise NotFound(msg)
        if since is not None and channel.holds(since):
            subscription = Subscription(channel, None, since)
        else:
            snapshot = self._snapshot(channel, reset=since is not None)
            subscription = Subscription(channel, snapshot.model_dump_json(), snapshot.seq)
        channel.readers.add(subscription)
        try:
            yield subscription
        finally:
            channel.readers.discard(subscription)

    def _snapshot(self, channel: _Channel, *, reset: bool) -> SnapshotEvent:
        view = channel.view
        return SnapshotEvent(
            seq=channel.next_seq - 1,
            run_id=view.run.id,
            time=self._now(),
            reset=reset,
            run=view.run,
            progress=view.progress,
            equity=tuple(view.equity),
            log=tuple(view.log),
            statistics=view.statistics,
        )
