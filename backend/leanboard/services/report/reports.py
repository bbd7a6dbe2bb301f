"""Pages of runs, comparisons and batches, for whoever wants a file to keep or to send."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from leanboard.errors import NoResult, ResultUnreadable
from leanboard.models.batch_outcome import BatchComparisonQuery
from leanboard.models.batches import BatchDetail
from leanboard.models.comparison import CompareQuery
from leanboard.models.results import BacktestResult
from leanboard.models.verdict import Verdict
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batches.outcome import comparison as outcome
from leanboard.services.batches.outcome.matrix import matrix
from leanboard.services.comparison.compared import Compared
from leanboard.services.comparison.run_comparison import NO_LEAN_FILES, Comparisons
from leanboard.services.verdict.service import VerdictService
from leanboard.storage.result_document import ResultDocument

if TYPE_CHECKING:
    from leanboard.services.report.rendering import Page, ReportRenderer


class Reports:
    """Makes pages. Lives on the event loop; the work is done in the storage's threads.

    Args:
        storage: Has the runs.
        comparisons: Reads those that are compared.
        verdicts: Says what is to be known about a run.
        now: The wall clock, UTC.
    """

    def __init__(
        self,
        storage: BacktestStorage,
        comparisons: Comparisons,
        verdicts: VerdictService,
        now: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._verdicts = verdicts
        self._comparisons = comparisons
        self._now = now
        self._made: ReportRenderer | None = None

    async def run(self, timestamp: str) -> "Page":
        """Return the page of one run; without a result it says why.

        Raises:
            NotFound: There is no finished run of that name.
        """
        result = await self._storage.result(timestamp, NO_LEAN_FILES)
        document, problem = None, ""
        try:
            document = await self._storage.document(timestamp)
        except (NoResult, ResultUnreadable) as error:
            problem = error.detail
        verdict = await self._verdicts.verdict(timestamp)
        return await self._storage.in_thread(partial(self._run_page, result, document, problem, verdict))

    async def compare(self, query: CompareQuery) -> "Page":
        """Return the page of a comparison.

        Raises:
            NotFound: One of the runs is not there.
            IllegalTransition: One of them has not ended.
            InvalidInput: A run is named twice, or the baseline is none of them.
        """
        runs, baseline = await self._comparisons.read(query)
        return await self._storage.in_thread(partial(self._comparison_page, runs, baseline, query.points))

    async def batch(self, detail: BatchDetail, query: BatchComparisonQuery) -> "Page":
        """Return the page of a batch, as it is now.

        Raises:
            InvalidInput: An axis that there is not.
        """
        return await self._storage.in_thread(partial(self._batch_page, detail, query))

    @property
    def _renderer(self) -> "ReportRenderer":
        # Templates and numpy are imported where the first page is made: the service starts without them.
        from leanboard.services.report.rendering import ReportRenderer  # noqa: PLC0415

        if self._made is None:
            self._made = ReportRenderer(self._now)
        return self._made

    def _run_page(
        self, result: BacktestResult, document: ResultDocument | None, problem: str, verdict: Verdict
    ) -> "Page":
        from leanboard.services.report.run_report import run_report  # noqa: PLC0415  # as above

        return self._renderer.run(run_report(result, document, problem, verdict))

    def _comparison_page(self, runs: Sequence[Compared], baseline: int, points: int) -> "Page":
        from leanboard.services.comparison.side_by_side import comparison  # noqa: PLC0415  # as above
        from leanboard.services.report.comparison_report import comparison_report  # noqa: PLC0415

        return self._renderer.comparison(comparison_report(comparison(runs, baseline, points), runs))

    def _batch_page(self, detail: BatchDetail, query: BatchComparisonQuery) -> "Page":
        from leanboard.services.report.batch_report import batch_report  # noqa: PLC0415  # as above

        found = batch_report(outcome.comparison(detail, query), matrix(detail, query.metric))
        return self._renderer.batch(found)
