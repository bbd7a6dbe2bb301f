"""What a process does with a home that is killed at a checkpoint."""

import asyncio
from pathlib import Path

from leanboard.models.labels import ResultChanges
from leanboard.services.backtest_storage import BacktestStorage
from storage.homes import APPLIED, CANCELLED, COMPLETED, DATA, NOON, accepted, dying_at, finished, opened, started


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


async def recover(storage: BacktestStorage) -> None:
    await storage.recover()


SCENARIOS = {work.__name__: work for work in (accept, commit, cancel, delete, delete_for_good, restore, label, recover)}


def die(home: Path, scenario: str, checkpoint: str, after: int) -> None:
    async def work() -> None:
        async with opened(home, checkpoint=dying_at(checkpoint, after)) as storage:
            await SCENARIOS[scenario](storage)

    asyncio.run(work())
