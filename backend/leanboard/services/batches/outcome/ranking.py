"""The ranked table. Pure."""

from collections.abc import Iterator, Sequence

from leanboard.models.batch_outcome import RankedItem
from leanboard.models.batches import BatchItem
from leanboard.services.batches.outcome.metrics import Scored


def ranking(items: Sequence[BatchItem], scored: Scored) -> tuple[RankedItem, ...]:
    """Return all items: those with a value best first, then the others by number."""
    return (*_ranked(scored), *_others(items, scored))


def _ranked(scored: Scored) -> Iterator[RankedItem]:
    for rank, value, item in zip(scored.ranks(), scored.values, scored.items, strict=True):
        yield RankedItem(rank=rank, value=value, item=item)


def _others(items: Sequence[BatchItem], scored: Scored) -> Iterator[RankedItem]:
    known = {item.number for item in scored.items}
    for item in items:
        if item.number not in known:
            yield RankedItem(item=item)
