"""The verdict of a finished run, for the event loop: reading and judging in threads of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leanboard.errors import NoResult, ResultUnreadable
from leanboard.models.results import BacktestResult
from leanboard.models.verdict import Verdict
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.verdict.gather import Gatherer
from leanboard.services.verdict.verdict import judge
from leanboard.storage.result_document import ResultDocument

NO_CURVE = 0


class VerdictService:
    """Says why a run is as it is.

    Nothing is kept: the run's files do not change, but the data folder does.

    Args:
        storage: Has the results.
        data_folder: Of this service; what is there now is told where the run had read the same folder.
    """

    def __init__(self, storage: BacktestStorage, data_folder: Path) -> None:
        self._storage = storage
        self._data_folder = data_folder
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="verdict")

    def close(self) -> None:
        """Give the threads back."""
        self._pool.shutdown(wait=True)

    async def verdict(self, timestamp: str) -> Verdict:
        """Return the verdict of a finished run; what cannot be looked at is named in ``problem``.

        Raises:
            NotFound: There is no finished run of that name.
        """
        result = await self._storage.result(timestamp, NO_CURVE)
        try:
            document = await self._storage.document(timestamp)
        except NoResult:
            document = None
        except ResultUnreadable as error:
            document, result = None, _doubtful(result, error.detail)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._judged, result, document)

    def _judged(self, result: BacktestResult, document: ResultDocument | None) -> Verdict:
        return judge(Gatherer(result, document, self._data_folder).gather())


def _doubtful(result: BacktestResult, problem: str) -> BacktestResult:
    return result.evolve(problem="; ".join(filter(None, (result.problem, problem))))
