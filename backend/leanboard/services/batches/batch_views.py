"""How a batch looks from outside: what is stored of it, and over that what is known of its runs at this moment."""

from collections.abc import Callable, Iterable, Iterator

from leanboard.models.batches import Batch, BatchDetail, BatchItem, BatchProgress
from leanboard.models.run import QueuePlace
from leanboard.services.batches import item_changes
from leanboard.services.batches.live_batch import LiveBatch
from leanboard.services.batches.standing import percent_now, progress_of, status_of
from leanboard.services.event_hub import EventHub
from leanboard.services.run_queue import RunQueue
from leanboard.storage.batch_rows import StoredBatch, StoredItem


def stored_view(stored: StoredBatch, progress: BatchProgress | None = None, message: str = "") -> Batch:
    """Return a batch from its row.

    Args:
        stored: The row.
        progress: Better known than from the row; the row's own if left out.
        message: Why it does not go on.
    """
    counts = progress or stored.progress
    status = status_of(counts, paused=stored.paused, cancelled=stored.cancelled_at is not None)
    return Batch(
        id=stored.id,
        name=stored.name,
        tags=stored.tags,
        kind=stored.kind,
        status=status,
        state="final" if status.is_final and stored.finished_at is not None else "partial",
        progress=counts,
        axes=stored.axes,
        max_workers=stored.max_workers,
        fresh=stored.request.fresh,
        message=message,
        created_at=stored.created_at,
        started_at=stored.started_at,
        finished_at=stored.finished_at,
    )


def with_items(batch: Batch, items: Iterable[BatchItem]) -> BatchDetail:
    """Return a batch together with its items."""
    # Validated values all, and a batch may have thousands of items.
    return BatchDetail.model_construct(**dict(batch), items=tuple(items))


class BatchViews:
    """How live batches look.

    Args:
        hub: Knows the runs that go on.
        queue: Knows the places of those that wait.
    """

    def __init__(self, hub: EventHub, queue: RunQueue) -> None:
        self._hub = hub
        self._queue = queue

    def batch(self, live: LiveBatch, items: Iterable[BatchItem] | None = None) -> Batch:
        """Return a live batch; ``items`` where they are known already."""
        workers = min(self._queue.max_running, live.stored.max_workers or self._queue.max_running)
        shown = self.items(live) if items is None else items
        progress = progress_of(shown, workers, live.stored.least_percent)
        held = self._queue.hold_reason if live.may_start and progress.pending else ""
        return stored_view(live.stored, progress, live.message or held)

    def percent(self, live: LiveBatch) -> float:
        """Return how far a live batch is, with what its running items have done; shown when it is stored."""
        return percent_now(self.items(live))

    def items(self, live: LiveBatch) -> tuple[BatchItem, ...]:
        """Return the items, those with a run as that looks now."""
        on_way = live.on_way
        return tuple(self._with_run(live, each) if each.item.number in on_way else each.item for each in live.items)

    def detail(self, live: LiveBatch) -> BatchDetail:
        """Return a live batch with its items; those that wait in the batch say why."""
        return self.as_it_is(live)()

    def as_it_is(self, live: LiveBatch) -> Callable[[], BatchDetail]:
        """Return what makes :meth:`detail` of this moment, in any thread: of thousands of items that takes a while."""
        items = self.items(live)
        batch = self.batch(live, items)
        waiting, why = live.without_run(), _why(live)
        return lambda: with_items(batch, _all_placed(items, waiting, why))

    def _with_run(self, live: LiveBatch, stored: StoredItem) -> BatchItem:
        run_id = stored.item.run_id
        if run_id is None or stored.item.status.is_terminal:
            return stored.item
        run = self._hub.run(run_id)
        if run is None or run.status.is_terminal:  # its end counts when it is stored
            return live.seen(stored.item.number) or stored.item
        place, progress = self._queue.place(run_id), self._hub.progress(run_id)
        return live.see(item_changes.live(stored.item, run.evolve(queue=place, progress=progress)))


def _why(live: LiveBatch) -> str:
    if live.stored.paused:
        return "the batch is paused"
    return live.message or "others of its batch are first"


def _all_placed(items: Iterable[BatchItem], waiting: Iterable[StoredItem], why: str) -> Iterator[BatchItem]:
    places = {}
    for position, each in enumerate(waiting, start=1):
        reason = "it is tried again after a pause" if each.not_before else f"{why}, position {position}"
        places[each.item.number] = QueuePlace(position=position, reason=reason)
    return (_placed(item, places.get(item.number)) for item in items)


def _placed(item: BatchItem, place: QueuePlace | None) -> BatchItem:
    return item if place is None else item.model_copy(update={"waiting": place})
