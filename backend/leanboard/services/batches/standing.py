"""Where a batch stands: what follows from its counts and the two wishes. Pure; nothing of it is stored."""

from collections import Counter
from collections.abc import Iterable
from statistics import median

from leanboard.models.batches import BatchItem, BatchProgress, BatchStatus
from leanboard.models.run import BacktestStatus
from leanboard.storage.batch_rows import percent_of

RECENT = 50  # ended runs that an estimate rests on


def status_of(progress: BatchProgress, *, paused: bool, cancelled: bool) -> BatchStatus:
    """Return a batch's status.

    Args:
        progress: Its counts.
        paused: Somebody wished that nothing more of it starts.
        cancelled: Somebody wished that it ends.
    """
    if progress.running + progress.pending == 0:
        return _ended(progress, cancelled=cancelled)
    if paused and not cancelled:
        return BatchStatus.PAUSED
    begun = progress.pending < progress.total
    return BatchStatus.RUNNING if begun or cancelled else BatchStatus.PENDING


def _ended(progress: BatchProgress, *, cancelled: bool) -> BatchStatus:
    if cancelled and progress.cancelled:
        return BatchStatus.CANCELLED
    if progress.completed:
        return BatchStatus.COMPLETED
    return BatchStatus.FAILED if progress.failed else BatchStatus.CANCELLED


def progress_of(items: Iterable[BatchItem], workers: int, least: float = 0.0) -> BatchProgress:
    """Count items.

    Args:
        items: As they are at this moment.
        workers: Runs of the batch at the same time, for the estimate.
        least: Percent that was shown, with what running items had done then: it never goes back.
    """
    all_of_it = tuple(items)
    counts = _counts(all_of_it)
    total = len(all_of_it)
    open_ones = counts[BacktestStatus.PENDING] + counts[BacktestStatus.RUNNING]
    return BatchProgress(
        total=total,
        completed=counts[BacktestStatus.COMPLETED],
        failed=counts[BacktestStatus.FAILED],
        running=counts[BacktestStatus.RUNNING],
        pending=counts[BacktestStatus.PENDING],
        cancelled=counts[BacktestStatus.CANCELLED],
        reused=sum(item.reused for item in all_of_it),
        percent=max(least, percent_of(total, _done(counts))),
        eta=_eta(all_of_it, max(1, workers), open_ones - _running(all_of_it)) if open_ones else None,
    )


def percent_now(items: Iterable[BatchItem]) -> float:
    """Return how much is done, with what running items have done of theirs."""
    all_of_it = tuple(items)
    return percent_of(len(all_of_it), _done(_counts(all_of_it)) + _running(all_of_it))


def _counts(items: tuple[BatchItem, ...]) -> Counter[BacktestStatus]:
    return Counter(item.status for item in items)


def _done(counts: Counter[BacktestStatus]) -> int:
    # What was cancelled is not done: it counts when the batch is resumed, and the number need not go back then.
    return counts[BacktestStatus.COMPLETED] + counts[BacktestStatus.FAILED]


def _running(items: tuple[BatchItem, ...]) -> float:
    return sum((item.percent or 0.0) / 100 for item in items if item.status is BacktestStatus.RUNNING)


def _eta(items: tuple[BatchItem, ...], workers: int, runs_left: float) -> float | None:
    lengths = [
        (item.finished_at - item.started_at).total_seconds()
        for item in items
        if item.started_at and item.finished_at and not item.reused and item.status is not BacktestStatus.CANCELLED
    ]
    if not lengths:
        return None
    return round(median(lengths[-RECENT:]) * runs_left / min(workers, max(1.0, runs_left)), 1)
