"""How one item changes from step to step. Pure.

Values come from other models, so copies are not validated again: a batch has thousands of items.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from leanboard.models.batches import BatchItem
from leanboard.models.results import ResultSummary
from leanboard.models.run import BacktestRunInfo, BacktestStatus, Reason
from leanboard.services.run_summary import run_summary
from leanboard.storage.batch_rows import StoredItem

_EMPTY: dict[str, Any] = {
    "run_id": None,
    "timestamp": None,
    "status": BacktestStatus.PENDING,
    "reason": None,
    "error_message": "",
    "partial": False,
    "metrics": None,
    "percent": None,
    "warnings": (),
    "started_at": None,
    "finished_at": None,
    "reused": False,
    "waiting": None,
}


def begun(stored: StoredItem, run: BacktestRunInfo) -> StoredItem:
    """Return the item with the run that it became."""
    return _with(stored, run_id=run.id, timestamp=run.timestamp)


def ended(stored: StoredItem, result: ResultSummary) -> StoredItem:
    """Return the item with what came of its run."""
    return _with(stored, **_of_result(result), reused=False)


def answered(stored: StoredItem, result: ResultSummary, now: datetime) -> StoredItem:
    """Return the item with an identical run's result: nothing was executed for it."""
    values = {**_of_result(result), "started_at": now, "finished_at": now}
    return _with(stored, **values, reused=True)


def given_up(stored: StoredItem, reason: Reason, message: str, now: datetime) -> StoredItem:
    """Return the item failed without a result."""
    values = {"status": BacktestStatus.FAILED, "reason": reason, "error_message": message, "finished_at": now}
    return _with(stored, **values)


def cancelled(stored: StoredItem, now: datetime) -> StoredItem:
    """Return an item as cancelled: it never began, or its run has failed and is not tried again for that alone."""
    values = {"status": BacktestStatus.CANCELLED, "reason": Reason.CANCELLED_BY_USER, "finished_at": now}
    return _with(stored, **values)


def again(stored: StoredItem) -> StoredItem:
    """Return the item as one that waits; a new attempt if it had a run."""
    attempt = stored.item.attempt + (stored.item.run_id is not None)
    return _with(stored, **_EMPTY, attempt=attempt, retries=0)


def retried(stored: StoredItem, not_before: datetime) -> StoredItem:
    """Return an item whose run the infrastructure failed as one that waits for its next try."""
    waits = again(stored)
    return replace(_with(waits, retries=stored.item.retries + 1), not_before=not_before)


def live(item: BatchItem, run: BacktestRunInfo) -> BatchItem:
    """Return the item as it looks while its run goes on; not for storing."""
    progress = run.progress.percent if run.progress else None
    values = {
        "status": run.status,
        "percent": progress,
        "warnings": run.warnings,
        "started_at": run.started_at,
        "waiting": run.queue,
    }
    return item.model_copy(update=values)


def _of_result(result: ResultSummary) -> dict[str, Any]:
    return {**dict(run_summary(result.run, result.statistics)), "timestamp": result.timestamp, "waiting": None}


def _with(stored: StoredItem, **values: Any) -> StoredItem:  # noqa: ANN401  # the item's own
    return StoredItem(stored.item.model_copy(update=values), stored.request, stored.code_key)
