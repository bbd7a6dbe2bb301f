"""Batches for tests of what came of them."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

from leanboard.models.batches import BatchDetail, BatchItem, BatchProgress, BatchStatus, KeyMetrics
from leanboard.models.run import BacktestStatus, EngineName, Reason

BEGUN = datetime(2026, 1, 31, 12, tzinfo=UTC)
BATCH_ID = "b" * 32


def item(number: int, sharpe: float | None = None, **changes: Any) -> BatchItem:
    """A completed item with a Sharpe ratio."""
    metrics = changes.pop("metrics", {})
    if sharpe is not None:
        metrics = {"sharpe_ratio": sharpe, **metrics}
    fields: dict[str, Any] = {
        "number": number,
        "run_id": f"{number:032x}",
        "strategy_name": "cross",
        "symbol": "AAPL",
        "engine": EngineName.EMBEDDED,
        "status": BacktestStatus.COMPLETED,
        "metrics": KeyMetrics(**metrics) if metrics else None,
        "start_date": date(2010, 1, 1),
        "end_date": date(2011, 12, 31),
        "code": "a" * 12,
        **changes,
    }
    return BatchItem(**fields)


def failed(number: int, reason: Reason = Reason.RUNTIME_ERROR, message: str = "boom", **changes: Any) -> BatchItem:
    return item(number, status=BacktestStatus.FAILED, reason=reason, error_message=message, **changes)


def batch(*items: BatchItem, **changes: Any) -> BatchDetail:
    ended = all(one.status.is_terminal for one in items)
    well = any(one.status is BacktestStatus.COMPLETED for one in items)
    status = (BatchStatus.COMPLETED if well else BatchStatus.FAILED) if ended else BatchStatus.RUNNING
    fields: dict[str, Any] = {
        "id": BATCH_ID,
        "name": "three by two",
        "kind": "sweep",
        "status": status,
        "state": "final" if status.is_final else "partial",
        "progress": BatchProgress(total=len(items)),
        "axes": (),
        "created_at": BEGUN,
        "started_at": BEGUN,
        "finished_at": BEGUN + timedelta(minutes=5) if ended else None,
        "items": items,
        **changes,
    }
    return BatchDetail(**fields)


def grid(surface: Any, sizes: tuple[int, ...], **changes: Any) -> list[BatchItem]:
    """Items over a grid of parameters ``a``, ``b`` ..., with the surface as their Sharpe ratio."""
    places = product(*(range(size) for size in sizes))
    names = "abcdef"
    return [
        item(
            number,
            surface(*place),
            parameters={names[at]: str(10 * value) for at, value in enumerate(place)},
            **changes,
        )
        for number, place in enumerate(places, 1)
    ]
