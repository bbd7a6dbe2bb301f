"""Batches as the tests store them."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from leanboard.models.batch_requests import BatchRequest
from leanboard.models.batches import BatchItem, KeyMetrics
from leanboard.models.commission import Commission
from leanboard.models.requests import BacktestRequest, EngineChoice
from leanboard.models.run import BacktestStatus, BatchPlace, EngineName
from leanboard.storage.batch_rows import StoredBatch, StoredItem
from storage.homes import NOON, make_request, run_id

KEY = "main-0123456789ab"


def make_batch(number: int = 1, **changes: object) -> StoredBatch:
    values: dict[str, object] = {
        "id": run_id(number),
        "request": BatchRequest.model_validate(
            {
                "name": f"batch {number}",
                "sweep": {
                    "strategies": ["main"],
                    "symbols": ["AAPL", "IBM"],
                    "windows": [{"start_date": "2013-10-07", "end_date": "2013-10-11", "label": "one"}],
                    "parameters": {"fast": {"min": Decimal("1E-7"), "max": 10, "step": 1}, "step": ["1E+2", "2"]},
                },
                "initial_cash": 1e-7,
                "commission": {"fraction": 1e-9},
                "cpus": 2,
                "timeout": 60,
                "parameters": {"initial_cash": "1E+5", "max": "7"},
            }
        ),
        "name": f"batch {number}",
        "tags": ("b", "a"),
        "kind": "sweep",
        "axes": ("symbol", "window", "fast", "step"),
        "created_at": NOON,
        "max_workers": 3,
    }
    return StoredBatch(**{**values, **changes})  # type: ignore[arg-type]


def make_item(
    number: int = 1,
    *,
    code_key: str = KEY,
    not_before: datetime | None = None,
    request: BacktestRequest | None = None,
    **changes: object,
) -> StoredItem:
    item = BatchItem(
        number=number,
        strategy_name="main",
        label=f"item {number}",
        symbol="AAPL",
        parameters={"fast": "1E+1"},
        initial_cash=Decimal("2500.50"),
        commission=Commission(fraction=Decimal("1E-9")),
        choice=EngineChoice.EMBEDDED,
        code="0123456789ab",
    )
    return StoredItem(item.evolve(**changes), request or make_request(), code_key, not_before)


def make_items(count: int = 3) -> tuple[StoredItem, ...]:
    return tuple(make_item(number) for number in range(1, count + 1))


def ended(number: int = 1, **changes: object) -> StoredItem:
    values: dict[str, object] = {
        "status": BacktestStatus.COMPLETED,
        "run_id": run_id(100 + number),
        "timestamp": "2026-01-31_12-00-00",
        "engine": EngineName.EMBEDDED,
        "metrics": KeyMetrics(sharpe_ratio=1.5, total_fees=Decimal("1.10"), total_orders=3),
        "warnings": ("one",),
        "started_at": NOON,
        "finished_at": NOON,
    }
    return make_item(number, **{**values, **changes})


def of_item(number: int = 1, attempt: int = 1, *, batch: int = 1, **changes: object) -> BacktestRequest:
    """The request of an item's run."""
    return make_request(batch=BatchPlace(id=run_id(batch), item=number, attempt=attempt), **changes)


def snapshots(source: str = "class Main: pass\n", key: str = KEY) -> dict[str, Callable[[Path], None]]:
    def copy(folder: Path) -> None:
        (folder / "main.py").write_text(source)

    return {key: copy}
