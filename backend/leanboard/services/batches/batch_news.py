"""Tells whoever watches what happens to a batch: a few times a second, and only of items that may have changed."""

import time
from collections.abc import Callable
from datetime import datetime

from leanboard.models.batch_events import BatchEndEvent, BatchItemsEvent, BatchProgressEvent
from leanboard.services.batch_hub import BatchHub
from leanboard.services.batches.batch_views import BatchViews
from leanboard.services.batches.live_batch import LiveBatch

INTERVAL = 0.25  # seconds between two events about the same batch
LOOK = 1.0  # seconds between two looks at how far its runs are


class BatchNews:
    """The events of one batch.

    Args:
        hub: Gets them.
        views: Says how the batch looks.
        now: The wall clock, UTC.
        monotonic: Seconds, for the pace.
    """

    def __init__(
        self,
        hub: BatchHub,
        views: BatchViews,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._views = views
        self._now = now
        self._monotonic = monotonic
        self._at = float("-inf")
        self._late = False

    def open(self, live: LiveBatch, *, continued: bool) -> None:
        """Begin; the first who watches gets everything."""
        items = self._views.items(live)
        self._hub.open(self._views.batch(live, items), items, continued=continued)

    def tell(self, live: LiveBatch) -> None:
        """Tell what has changed, unless something was told a moment ago."""
        self._late = not self.is_time()
        if not self._late:
            self._publish(live)

    def is_time(self) -> bool:
        """Whether nothing was told a moment ago."""
        return self._monotonic() - self._at >= INTERVAL

    async def rest(self, live: LiveBatch) -> None:
        """Tell what has changed until now, and let it go out; thousands of items do not stop the loop."""
        self._publish(live)
        await self._hub.drain(live.id)

    def end(self, live: LiveBatch) -> None:
        """Tell the rest, and that nothing follows."""
        self._publish(live)
        self._hub.publish(BatchEndEvent(batch_id=live.id, time=self._now(), batch=self._views.batch(live)))
        self._hub.close(live.id)

    def due(self, live: LiveBatch) -> float | None:
        """Return the seconds until there is something to tell without anything new; None for never."""
        if self._late:
            return max(0.0, self._at + INTERVAL - self._monotonic())
        return LOOK if live.on_way else None

    def _publish(self, live: LiveBatch) -> None:
        self._at = self._monotonic()
        items = self._views.items(live)
        numbers = live.take_changed() | live.on_way
        changed = tuple(item for item in items if item.number in numbers)
        if changed:
            self._hub.publish(BatchItemsEvent(batch_id=live.id, time=self._now(), items=changed))
        batch = self._views.batch(live, items)
        self._hub.publish(BatchProgressEvent(batch_id=live.id, time=self._now(), batch=batch))
