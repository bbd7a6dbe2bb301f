"""The end of a run: made durable, told, and only then is its sandbox let go of."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from leanboard.engines.base import Engine
from leanboard.errors import StorageError
from leanboard.market_data.content_hashes import ContentHashes
from leanboard.models.events import EndEvent, ResultEvent
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import DataProvenance, ResultSummary
from leanboard.models.run import Applied, BacktestProgress, BacktestRunInfo, BacktestStatus, EngineName, Outcome
from leanboard.services.applied import applied
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.event_hub import EventHub
from leanboard.services.notifier import Notifier
from leanboard.services.run_evidence import provenance
from leanboard.services.run_plan import Settled
from leanboard.storage.queries import RunChanges
from leanboard.storage.result_files import AlgorithmConfiguration

CLOSE_SECONDS = 5.0  # for results that are being made durable when the service shuts down
RETRY_SECONDS = 2.0  # between two tries to make a result durable

log = structlog.get_logger(__name__)


class RunEnding:
    """Makes outcomes durable and tells them.

    Args:
        storage: Makes everything durable.
        engines: By name.
        hub: Gets the events.
        hashes: Of the data files' contents.
        data_folder: Market data of every run.
        pool: For work on a run's files.
        notifier: Tells the operator of failures.
        now: The wall clock, UTC.
    """

    def __init__(
        self,
        *,
        storage: BacktestStorage,
        engines: Mapping[EngineName, Engine],
        hub: EventHub,
        hashes: ContentHashes,
        data_folder: Path,
        pool: Executor,
        notifier: Notifier,
        now: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._engines = engines
        self._hub = hub
        self._hashes = hashes
        self._data_folder = data_folder
        self._pool = pool
        self._notifier = notifier
        self._now = now
        self._commits: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Wait a moment for what is being made durable."""
        if self._commits:
            _, late = await asyncio.wait(self._commits, timeout=CLOSE_SECONDS)
            for task in late:  # the next start finds the settlement and finishes it
                task.cancel()

    async def commit(
        self,
        run: BacktestRunInfo,
        outcome: Outcome,
        request: BacktestRequest,
        settled: Settled | None = None,
    ) -> None:
        """Make an outcome durable, let go of the sandbox, and tell it; goes on when the caller is cancelled.

        Args:
            run: As it was when it began to run, or still waits.
            outcome: How it ended.
            request: What was asked for.
            settled: What came of it; None where it never ran.
        """
        task = asyncio.create_task(self._whole(run, outcome, request, settled), name=f"commit-{run.id}")
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)
        await asyncio.shield(task)

    async def _whole(
        self,
        run: BacktestRunInfo,
        outcome: Outcome,
        request: BacktestRequest,
        settled: Settled | None,
    ) -> None:
        warned = outcome.evolve(warnings=(*run.warnings, *outcome.warnings))
        try:
            used = settled.applied if settled else _nothing_applied(request)
            source = await self._provenance(run, settled) if settled else DataProvenance()
            summary = await self._durable(run.id, settled.progress if settled else None, (warned, used, source))
        finally:
            if settled is not None:
                await _let_go(run, settled)
        now = self._now()
        self._hub.publish(
            ResultEvent(run_id=run.id, time=now, timestamp=summary.timestamp, statistics=summary.statistics),
        )
        self._hub.publish(EndEvent(run_id=run.id, time=now, run=summary.run, outcome=warned))
        self._hub.close(run.id)
        if outcome.status is BacktestStatus.FAILED:
            self._notifier.run_failed(summary.run, warned)
        log.info("ended", run=run.id, status=outcome.status.value, reason=outcome.reason and outcome.reason.value)

    async def _provenance(self, run: BacktestRunInfo, settled: Settled) -> DataProvenance:
        other = self._engines[run.engine].other_data
        work = partial(provenance, self._data_folder, settled.output, settled.result, self._hashes, other)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _durable(
        self,
        run_id: str,
        progress: BacktestProgress | None,
        ending: tuple[Outcome, Applied, DataProvenance],
    ) -> ResultSummary:
        """Try until it is durable: a full disk is waited out, nothing is thrown away for it."""
        while True:
            try:
                if progress is not None:
                    await self._storage.index.update(run_id, RunChanges(progress=progress))
                return await self._storage.commit(run_id, *ending)
            except StorageError as error:
                log.warning("the result is not durable yet", run=run_id, problem=error.detail)
                await asyncio.sleep(RETRY_SECONDS)


async def _let_go(run: BacktestRunInfo, settled: Settled) -> None:
    try:
        await settled.release()
    except Exception:  # its end is told all the same; a later sweep ends the sandbox
        log.exception("a sandbox could not be let go of", run=run.id)


def _nothing_applied(request: BacktestRequest) -> Applied:
    return applied(request, {}, AlgorithmConfiguration(), None, None)
