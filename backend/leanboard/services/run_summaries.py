"""Runs in short, live or finished."""

from collections.abc import Awaitable, Callable

from leanboard.models.batches import RunSummary
from leanboard.models.run import BacktestRunInfo
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.run_summary import run_summary


class RunSummaries:
    """Answers about any run, live or finished.

    Args:
        storage: Of finished ones.
        status: Says how a run stands at this moment, by its id.
    """

    def __init__(self, storage: BacktestStorage, status: Callable[[str], Awaitable[BacktestRunInfo]]) -> None:
        self._storage = storage
        self._status = status

    async def get(self, reference: str) -> RunSummary:
        """Return a run in short.

        Args:
            reference: Its id, or the name of its result directory.

        Raises:
            NotFound: There is no such run, or it was deleted.
        """
        found = await self._storage.index.find(reference)
        run = await self._status(found.id)
        if not run.status.is_terminal:
            return run_summary(run)
        result = await self._storage.keeper.summary(run.timestamp)
        return run_summary(result.run, result.statistics)
