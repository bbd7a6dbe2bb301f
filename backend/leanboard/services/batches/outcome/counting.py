"""How many items stand where. Pure."""

from collections.abc import Iterable, Sequence

from leanboard.models.batch_outcome import FailureCount, ItemCounts, State
from leanboard.models.batches import BatchItem
from leanboard.models.run import BacktestStatus, Reason

_STATUSES = tuple((status.value, status) for status in BacktestStatus)


def counts(items: Sequence[BatchItem]) -> ItemCounts:
    """Return how many items stand where."""
    standing = [item.status for item in items]
    return ItemCounts(total=len(items), **{name: standing.count(status) for name, status in _STATUSES})


def state_of(items: Iterable[BatchItem]) -> State:
    """Return whether all of them have ended."""
    return "final" if all(map(has_ended, items)) else "partial"


def has_ended(item: BatchItem) -> bool:
    """Whether nothing of it goes on."""
    return item.status is not BacktestStatus.PENDING and item.status is not BacktestStatus.RUNNING


def failures(items: Iterable[BatchItem]) -> tuple[FailureCount, ...]:
    """Return how many failed for which reason, the most frequent first; each with its first message."""
    found: dict[Reason | None, list[BatchItem]] = {}
    for item in items:
        if item.status is BacktestStatus.FAILED:
            found.setdefault(item.reason, []).append(item)
    return tuple(_failure(reason, failed) for reason, failed in sorted(found.items(), key=lambda pair: -len(pair[1])))


def _failure(reason: Reason | None, failed: Sequence[BatchItem]) -> FailureCount:
    example = next((item for item in failed if item.error_message), failed[0])
    return FailureCount(reason=reason, count=len(failed), message=example.error_message, item=example.number)
