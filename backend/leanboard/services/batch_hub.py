"""Events of batches, for whoever watches: a channel a batch, as long as something of it is to come.

What is published in quick succession goes out together: of each item the latest, at most a few events a second, but for
what concerns more than :data:`MOST_ITEMS` items. A snapshot is always as new as what was published last.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from leanboard.models.batch_events import (
    BatchEndEvent,
    BatchEvent,
    BatchItemsEvent,
    BatchProgressEvent,
    BatchSnapshotEvent,
)
from leanboard.models.batches import Batch, BatchItem
from leanboard.services.event_channel import Channels

RING = 256  # events held per batch
RING_BYTES = 8 << 20  # of memory that these take at most: one can carry hundreds of items
MOST_ITEMS = 500  # in one event; of more, each part goes out by itself, so that the event loop does not stand still
INTERVAL = 0.5  # seconds between two that carry what came meanwhile
GATHERING = 0.02  # seconds that the first of several waits for the others


@dataclass(slots=True)
class BatchView:
    """What a page of a batch that opens now must know."""

    batch: Batch
    items: dict[int, BatchItem]

    def take(self, event: BatchEvent, /) -> None:
        """Bring it up to date."""
        match event:
            case BatchProgressEvent() | BatchEndEvent():
                self.batch = event.batch
            case BatchItemsEvent():
                self.items.update((item.number, item) for item in event.items)
            case BatchSnapshotEvent():
                pass

    def snapshot(self, seq: int, time: datetime, *, reset: bool) -> BatchSnapshotEvent:
        """Return all of it as an event, items by number."""
        items = tuple(self.items[number] for number in sorted(self.items))
        return BatchSnapshotEvent(
            seq=seq, batch_id=self.batch.id, time=time, reset=reset, batch=self.batch, items=items
        )


@dataclass(slots=True)
class _News:
    """What was published and has not gone out."""

    items: dict[int, BatchItem] = field(default_factory=dict)
    batch: Batch | None = None
    timer: asyncio.TimerHandle | None = None
    sent: float = 0.0  # monotonic

    @property
    def waits(self) -> bool:
        """Whether something has to go out."""
        return bool(self.items) or self.batch is not None


class BatchHub(Channels[BatchEvent, BatchView]):
    """Channels of the batches that are not final, by the batch's id.

    Args:
        now: The wall clock, UTC.
        interval: Seconds between two events that carry what came meanwhile.
    """

    def __init__(self, now: Callable[[], datetime], *, interval: float = INTERVAL) -> None:
        super().__init__(RING, now, most_bytes=RING_BYTES)
        self._interval = interval
        self._news: dict[str, _News] = {}

    def open(self, batch: Batch, items: Iterable[BatchItem], *, continued: bool = False) -> None:
        """Make the channel of a batch, as it stands now; ``continued`` when it had one before, also in this process."""
        if not self.is_open(batch.id):
            self._add(batch.id, BatchView(batch, {item.number: item for item in items}), continued=continued)
            self._news[batch.id] = _News()

    def publish(self, event: BatchEvent) -> None:
        """Hand an event to the readers: the end at once, the others soon, and only what they change."""
        view, news = self._view(event.batch_id), self._news.get(event.batch_id)
        if view is None or news is None:
            return
        match event:
            case BatchItemsEvent():
                changed = {item.number: item for item in event.items if view.items.get(item.number) != item}
                news.items.update(changed)
            case BatchProgressEvent() if event.batch != view.batch:
                news.batch = event.batch
            case BatchEndEvent():
                self._flush_all(event.batch_id, news)
                self._append(event.batch_id, event)
                return
        view.take(event)
        if news.timer is None and (news.items or news.batch is not None):
            pause = max(GATHERING, news.sent + self._interval - monotonic())
            news.timer = asyncio.get_running_loop().call_later(pause, self._flush, event.batch_id, news)

    def batch(self, batch_id: str) -> Batch | None:
        """Return a batch as last published."""
        view = self._view(batch_id)
        return view.batch if view else None

    def close(self, batch_id: str) -> None:
        """Forget a batch that is final; readers go on to the end of what they hold."""
        news = self._news.pop(batch_id, None)
        if news is not None:
            self._flush_all(batch_id, news)
        super().close(batch_id)

    async def drain(self, batch_id: str) -> None:
        """Send out what was published, now and part by part; what is published then goes out without delay."""
        news = self._news.get(batch_id)
        while news is not None and news.waits:
            self._flush(batch_id, news)
            await asyncio.sleep(0)

    def _flush_all(self, batch_id: str, news: _News) -> None:
        while news.waits:
            self._flush(batch_id, news)
        self._rest(news)

    def _flush(self, batch_id: str, news: _News) -> None:
        """Send a part of what waits; the rest follows at once, with the loop's other work in between."""
        self._rest(news)
        news.sent = monotonic()
        numbers = sorted(news.items)[:MOST_ITEMS]
        if numbers:
            items = tuple(news.items.pop(number) for number in numbers)
            event = BatchItemsEvent(batch_id=batch_id, time=self._now(), items=items)
            self._append(batch_id, event)
        if news.items:
            news.timer = asyncio.get_running_loop().call_later(0, self._flush, batch_id, news)
        elif news.batch is not None:
            batch, news.batch = news.batch, None
            self._append(batch_id, BatchProgressEvent(batch_id=batch_id, time=self._now(), batch=batch))

    @staticmethod
    def _rest(news: _News) -> None:
        if news.timer is not None:
            news.timer.cancel()
            news.timer = None
