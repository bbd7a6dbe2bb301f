"""Reads finished runs and holds them against each other."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from leanboard.errors import IllegalTransition, InvalidInput, NoResult, ResultUnreadable
from leanboard.models.comparison import CompareQuery, Comparison
from leanboard.models.results import BacktestResult
from leanboard.models.run import BacktestRunInfo
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.comparison.compared import Compared
from leanboard.services.run_evidence import FileList, listed_files
from leanboard.storage.equity_series import series_values
from leanboard.storage.result_document import ResultDocument

NO_LEAN_FILES = 0  # points


class Comparisons:
    """Compares finished runs. Lives on the event loop; the work is done in the storage's threads.

    Args:
        storage: Has the runs.
    """

    def __init__(self, storage: BacktestStorage) -> None:
        self._storage = storage

    async def compare(self, query: CompareQuery) -> Comparison:
        """Return runs side by side.

        Raises:
            NotFound: One of them is not there.
            IllegalTransition: One of them has not ended.
            InvalidInput: A run is named twice, once by its id, or the baseline is none of them.
        """
        runs, baseline = await self.read(query)
        return await self._storage.in_thread(_side_by_side, runs, baseline, query.points)

    async def read(self, query: CompareQuery) -> tuple[tuple[Compared, ...], int]:
        """Return what a comparison is made of, and which of the runs is the baseline.

        Raises:
            NotFound: As for :meth:`compare`, with all of its errors.
        """
        infos = [await self._storage.index.find(reference) for reference in query.references]
        _check(infos)
        baseline = await self._place(query.baseline, infos)
        return tuple(await asyncio.gather(*(self._read(info) for info in infos))), baseline

    async def _place(self, baseline: str | None, runs: Sequence[BacktestRunInfo]) -> int:
        if baseline is None:
            return 0
        wanted = (await self._storage.index.find(baseline)).id
        for place, run in enumerate(runs):
            if run.id == wanted:
                return place
        raise InvalidInput("it is none of runs", field="baseline")

    async def _read(self, info: BacktestRunInfo) -> Compared:
        result = await self._storage.result(info.timestamp, NO_LEAN_FILES)
        try:
            document = await self._storage.document(info.timestamp)
        except (NoResult, ResultUnreadable) as error:
            return Compared(result, problem=error.detail)
        return await self._storage.in_thread(_compared, result, document)


def _check(runs: Sequence[BacktestRunInfo]) -> None:
    for run in runs:
        if not run.status.is_terminal:
            msg = f"run {run.id} has not ended: it is {run.status.value}"
            raise IllegalTransition(msg)
    if len({run.id for run in runs}) != len(runs):
        raise InvalidInput("a run is named twice, by its id and by its result", field="runs")


def _compared(result: BacktestResult, document: ResultDocument) -> Compared:
    files = listed_files(Path(result.directory), FileList.READ)
    return Compared(result, document.state, series_values(document.root, "Strategy Equity", "Equity"), files)


def _side_by_side(runs: Sequence[Compared], baseline: int, points: int) -> Comparison:
    # numpy takes a tenth of a second and 30 MB, and starts threads: only where somebody compares.
    from leanboard.services.comparison.side_by_side import comparison  # noqa: PLC0415

    return comparison(runs, baseline, points)
