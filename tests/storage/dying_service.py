"""What a process does with a home that is killed at a checkpoint."""

import asyncio
from dataclasses import replace
from pathlib import Path

from leanboard.models.labels import ResultChanges
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.batch_rows import BatchRowChanges
from leanboard.storage.queries import IdempotencyClaim
from storage.batches import make_batch, make_item, make_items, of_item, snapshots
from storage.homes import (
    APPLIED,
    CANCELLED,
    COMPLETED,
    DATA,
    NOON,
    accepted,
    dying_at,
    finished,
    make_run,
    opened,
    run_id,
    snapshot,
    started,
)
from storage.scenarios import make_scenario

CLAIM = IdempotencyClaim("key", "a" * 64)
NEW_KEY = "main-ba9876543210"


async def accept(storage: BacktestStorage) -> None:
    await accepted(storage)


async def commit(storage: BacktestStorage) -> None:
    run = await started(storage)
    await storage.commit(run.id, COMPLETED, APPLIED, DATA)


async def cancel(storage: BacktestStorage) -> None:
    run = await started(storage)
    await storage.index.request_cancel(run.id, NOON)
    await storage.commit(run.id, CANCELLED, APPLIED, DATA)


async def delete(storage: BacktestStorage) -> None:
    run = await finished(storage)
    await storage.keeper.delete(run.timestamp)


async def delete_for_good(storage: BacktestStorage) -> None:
    run = await finished(storage)
    await storage.keeper.delete(run.timestamp)
    await storage.keeper.purge(run.timestamp)


async def restore(storage: BacktestStorage) -> None:
    run = await finished(storage)
    await storage.keeper.delete(run.timestamp)
    await storage.keeper.restore(run.timestamp)


async def label(storage: BacktestStorage) -> None:
    run = await finished(storage)
    await storage.keeper.label(run.timestamp, ResultChanges(name="new", tags=("a", "b"), starred=True))


async def create_batch(storage: BacktestStorage) -> None:
    await storage.batches.create(make_batch(), make_items(), snapshots(), CLAIM)


async def rewrite_batch(storage: BacktestStorage) -> None:
    await create_batch(storage)
    batch = replace(await storage.batches.get(run_id(1)), name="new")
    await storage.batches.rewrite(batch, (make_item(2, attempt=2), make_item(4)), snapshots("new = 1\n", NEW_KEY))


async def cancel_batch(storage: BacktestStorage) -> None:
    await create_batch(storage)
    await storage.batches.change(run_id(1), BatchRowChanges(cancelled_at=NOON))


async def delete_batch(storage: BacktestStorage) -> None:
    await create_batch(storage)
    await storage.batches.delete(run_id(1))


async def run_item(storage: BacktestStorage) -> None:
    await create_batch(storage)
    await storage.accept(make_run(7), of_item(2), snapshot)


async def create_scenario(storage: BacktestStorage) -> None:
    await storage.scenarios.create(make_scenario(), CLAIM)


async def replace_scenario(storage: BacktestStorage) -> None:
    await storage.scenarios.create(make_scenario())
    await storage.scenarios.replace(make_scenario(name="new"))


async def delete_scenario(storage: BacktestStorage) -> None:
    await storage.scenarios.create(make_scenario())
    await storage.scenarios.delete(run_id(1))


async def recover(storage: BacktestStorage) -> None:
    await storage.recover()


SCENARIOS = {
    work.__name__: work
    for work in (
        accept, commit, cancel, delete, delete_for_good, restore, label, recover,
        create_batch, rewrite_batch, cancel_batch, delete_batch, run_item,
        create_scenario, replace_scenario, delete_scenario,
    )
}  # fmt: skip


def die(home: Path, scenario: str, checkpoint: str, after: int) -> None:
    async def work() -> None:
        async with opened(home, checkpoint=dying_at(checkpoint, after)) as storage:
            await SCENARIOS[scenario](storage)

    asyncio.run(work())
