"""A home with runs in it, made through the storage itself."""

import json
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestStatistics, DataProvenance, EquityPoint
from leanboard.models.run import Applied, BacktestRunInfo, BacktestStatus, EngineName, Outcome, Phase, Reason
from leanboard.services.backtest_storage import BacktestStorage, ReadResult
from leanboard.storage.layout import HomeLayout, timestamp_of
from leanboard.storage.queries import Inserted, RunChanges

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
COMPLETED = Outcome(status=BacktestStatus.COMPLETED)
CANCELLED = Outcome(status=BacktestStatus.CANCELLED, reason=Reason.CANCELLED_BY_USER)
APPLIED = Applied(effective={"start_date": "2013-10-07"}, ignored={"symbols": "the strategy does not read it"})
DATA = DataProvenance(kind="simulated", folder="data", sources=("simulated minute bars",), requests=5)
SOURCE = "class Main: pass\n"


def run_id(number: int) -> str:
    return f"{number:032x}"


def make_run(number: int = 1, **changes: object) -> BacktestRunInfo:
    created = changes.pop("created_at", NOON)
    assert isinstance(created, datetime)
    run = BacktestRunInfo(
        id=run_id(number),
        timestamp=timestamp_of(created),
        strategy_name="main",
        name=f"run {number}",
        engine=EngineName.EMBEDDED,
        status=BacktestStatus.PENDING,
        phase=Phase.QUEUED,
        created_at=created,
    )
    return run.evolve(**changes)


def make_request(**changes: object) -> BacktestRequest:
    return BacktestRequest.model_validate({"strategy_name": "main", "initial_cash": "2500.50", **changes})


def snapshot(folder: Path) -> None:
    (folder / "main.py").write_text(SOURCE)


def read_result(directory: Path, points: int) -> ReadResult:
    """What the tests' sandboxes write: one small JSON file."""
    try:
        value = json.loads((directory / "algorithm.json").read_text())
    except (OSError, ValueError) as error:
        return ReadResult(problem=f"algorithm.json: {error}")
    statistics = BacktestStatistics(
        lean={"Total Orders": str(value["orders"])},
        total_orders=value["orders"],
        net_profit=value["profit"],
        end_equity=Decimal(str(value["equity"])),
    )
    return ReadResult(statistics, tuple(EquityPoint(time=NOON, value=1.0) for _ in range(min(points, 3))))


def write_output(slot: Path, orders: int = 7) -> None:
    (slot / "output" / "algorithm.json").write_text(json.dumps({"orders": orders, "profit": 0.25, "equity": 125000}))
    (slot / "output" / "log.txt").write_text("first line\nlast line\n")
    (slot / "output" / "frames.ndjson").write_text("{}\n")
    (slot / "console" / "stdout.txt").write_text("printed\n")
    (slot / "console" / "stderr.txt").write_text("")
    (slot / "config.json").write_text('{"algorithm-id": "algorithm"}')
    (slot / "job.json").write_text("{}")


def make_storage(home: Path, **options: object) -> BacktestStorage:
    return BacktestStorage(HomeLayout(home), read_result, **options)  # type: ignore[arg-type]


@asynccontextmanager
async def opened(home: Path, **options: object) -> AsyncIterator[BacktestStorage]:
    storage = make_storage(home, **options)
    await storage.start()
    try:
        yield storage
    finally:
        await storage.close()


async def accepted(storage: BacktestStorage, number: int = 1, **changes: object) -> Inserted:
    run = make_run(number, **changes)
    return await storage.accept(run, make_request(strategy_name=run.strategy_name), snapshot)


async def started(storage: BacktestStorage, number: int = 1, **changes: object) -> BacktestRunInfo:
    """A running run whose sandbox has written everything."""
    run = (await accepted(storage, number, **changes)).run
    return await executed(storage, run)


async def executed(storage: BacktestStorage, run: BacktestRunInfo) -> BacktestRunInfo:
    slot = await storage.prepare_slot(run.id, run.attempt)
    begun = RunChanges(phase=Phase.TRADING, started_at=run.created_at + timedelta(seconds=1))
    running = await storage.index.transition(run.id, BacktestStatus.RUNNING, changes=begun)
    write_output(slot.root)
    return running


async def finished(storage: BacktestStorage, number: int = 1, **changes: object) -> BacktestRunInfo:
    run = await started(storage, number, **changes)
    return (await storage.commit(run.id, COMPLETED, APPLIED, DATA)).run


def dying_at(name: str, after: int = 0) -> Callable[[str], None]:
    """A checkpoint that ends the process as kill -9 would, the given number of passes later."""
    passes = 0

    def checkpoint(reached: str) -> None:
        nonlocal passes
        if reached == name:
            passes += 1
            if passes > after:
                os._exit(137)

    return checkpoint


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def shuffled(numbers: range, seed: int) -> list[int]:
    order = list(numbers)
    random.Random(seed).shuffle(order)
    return order
