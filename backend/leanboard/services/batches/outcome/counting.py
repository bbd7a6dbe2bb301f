"""How many items stand where. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from leanboard.models.batch_outcome import FailureCount, ItemCounts, State
from leanboard.models.batches import BatchItem
from leanboard.models.run import BacktestStatus, Reason


def counts(items: Sequence[BatchItem]) -> ItemCounts:
    """Return how many items stand where."""
    found = Counter(item.status for item in items)
    return ItemCounts(total=len(items), **{status.value: found[status] for status in BacktestStatus})


def state_of(items: Iterable[BatchItem]) -> State:
    """Return whether all of them have ended."""
    return "final" if all(item.status.is_terminal for item in items) else "partial"


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
