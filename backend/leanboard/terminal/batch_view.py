"""What is known of a batch while its events come in."""

from dataclasses import dataclass, field

from leanboard.models.batch_events import (
    BatchEndEvent,
    BatchEvent,
    BatchItemsEvent,
    BatchProgressEvent,
    BatchSnapshotEvent,
)
from leanboard.models.batches import Batch, BatchDetail, BatchItem


@dataclass(slots=True)
class BatchView:
    """The present state of a batch, from the events so far.

    Attributes:
        items: By number.
    """

    batch: Batch
    items: dict[int, BatchItem] = field(default_factory=dict)

    @classmethod
    def of(cls, detail: BatchDetail) -> "BatchView":
        """Return the state before the first event."""
        return cls(detail, {item.number: item for item in detail.items})

    def apply(self, event: BatchEvent) -> tuple[BatchItem, ...]:
        """Take an event in; returns the items that have ended with it."""
        match event:
            case BatchSnapshotEvent():
                self.batch = event.batch
                return self._take(event.items)
            case BatchItemsEvent():
                return self._take(event.items)
            case BatchProgressEvent() | BatchEndEvent():
                self.batch = event.batch
        return ()

    def _take(self, items: tuple[BatchItem, ...]) -> tuple[BatchItem, ...]:
        before = {item.number: self.items.get(item.number) for item in items}
        self.items.update((item.number, item) for item in items)
        return tuple(item for item in items if item.status.is_terminal and _is_news(before[item.number], item))

    def in_order(self) -> list[BatchItem]:
        """Return the items by number."""
        return [self.items[number] for number in sorted(self.items)]


def _is_news(before: BatchItem | None, item: BatchItem) -> bool:
    return before is None or not before.status.is_terminal or before.attempt != item.attempt
