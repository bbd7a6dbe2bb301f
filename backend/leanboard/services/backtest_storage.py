"""Run directory and index row as one unit, in front of everything that lasts.

Order at the end of a run: settlement.json (the outcome is durable) -> files from the slot -> run.json -> rename to
``results/`` -> the row's terminal status. Each step can be repeated, and :meth:`BacktestStorage.recover` does.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL

from leanboard.engines.slot import Slot
from leanboard.errors import IllegalTransition, NoResult, ResultUnreadable, StorageError
from leanboard.models.code import CodeDigest, CopyCode
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestListResponse, BacktestResult, DataProvenance, ResultSummary
from leanboard.models.run import TRANSITIONS, Applied, BacktestRunInfo, Outcome
from leanboard.services.batch_storage import BatchStorage
from leanboard.services.problem_log import ProblemLog
from leanboard.services.reindexing import Reindexing
from leanboard.services.result_keeper import ResultKeeper
from leanboard.services.scenario_storage import ScenarioStorage
from leanboard.services.storage_parts import Means, StorageParts, assemble, reconciler
from leanboard.services.workshop import Workshop
from leanboard.storage.batch_files import BatchFiles
from leanboard.storage.database import Database
from leanboard.storage.installation import installation_id
from leanboard.storage.layout import HomeLayout, timestamp_of
from leanboard.storage.lock import HomeLock
from leanboard.storage.manifest import Settlement
from leanboard.storage.past_runs import PastRuns
from leanboard.storage.queries import IdempotencyClaim, Inserted, Recovered, StorageProblem
from leanboard.storage.rebuild import open_index, open_server
from leanboard.storage.reconciliation import final_run
from leanboard.storage.result_document import DEFAULT_CAPACITY, ResultDocument, ResultDocuments
from leanboard.storage.result_list import ResultList
from leanboard.storage.result_query import ResultQuery
from leanboard.storage.result_view import ResultView
from leanboard.storage.run_directory import RunDirectories
from leanboard.storage.run_index import RunIndex, utc_now
from leanboard.storage.scenario_files import ScenarioFiles
from leanboard.storage.settling import ReadResult, ResultReader
from leanboard.storage.trash import Trash
from leanboard.storage.work_directory import WorkDirectories

__all__ = ["BacktestStorage", "ReadResult", "ResultReader"]

T = TypeVar("T")
_THREADS = 4
MARK_SECONDS = 0.1  # until a run's directory is marked: its sync must not be in the way of the run that starts now


class BacktestStorage:
    """The only way to what lasts. All errors of disk and database come as :class:`StorageError` with a remedy."""

    def __init__(
        self,
        layout: HomeLayout,
        read: ResultReader,
        *,
        clock: Callable[[], datetime] = utc_now,
        checkpoint: Callable[[str], None] = lambda _name: None,
        documents_capacity: int = DEFAULT_CAPACITY,
        keeps_trash: bool = True,
        server: URL | None = None,
    ) -> None:
        """Take collaborators; nothing is opened before :meth:`start`.

        Args:
            layout: Where everything lies.
            read: Reads LEAN's files.
            clock: Says the time, aware.
            checkpoint: Called between the steps of every change, with the step's name; tests end the process there.
            documents_capacity: Bytes of memory for parsed results.
            keeps_trash: Whether deleted results can be restored.
            server: Of the index; None for a file in the home.
        """
        self._layout = layout
        self._clock = clock
        self._checkpoint = checkpoint
        self._lock = HomeLock(layout)
        self._work = WorkDirectories(layout)
        self._directories = RunDirectories(layout, checkpoint)
        self._trash = Trash(layout, checkpoint)
        self._batches = BatchFiles(layout)
        self._scenarios = ScenarioFiles(layout)
        self._server = server
        self._workshop = Workshop(lambda: self._parts.executor)
        self._run = self._workshop.run
        self._view = ResultView(layout, self._directories, read)
        self._documents = ResultDocuments(layout, self._run, documents_capacity)
        self._opened: StorageParts | None = None
        self._problems = ProblemLog()
        self._means = Means(
            layout=layout,
            work=self._work,
            directories=self._directories,
            trash=self._trash,
            batches=self._batches,
            scenarios=self._scenarios,
            workshop=self._workshop,
            read=read,
            clock=clock,
            checkpoint=checkpoint,
            report=self._problems.report,
            forget=self._documents.forget,
            keeps_trash=keeps_trash,
        )

    # Life --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Lock the home, open the index, rebuild it first if it is lost.

        Raises:
            ConfigurationError: Another service works here, or the home is from a newer version.
            StorageError: The home cannot be used.
        """
        executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage")
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(executor, self._lock.acquire)
            for folders in (self._directories, self._batches, self._scenarios):
                await loop.run_in_executor(executor, folders.prepare)
            key = await loop.run_in_executor(executor, installation_id, self._layout.home)
            database = await self._open_index(executor, key)
        except BaseException:
            self._lock.release()
            executor.shutdown()
            raise
        self._opened = assemble(self._means, executor, database, key=key.encode(), unreadable=self._problems.report_row)

    async def _open_index(self, executor: ThreadPoolExecutor, installation: str) -> Database:
        if self._server is not None:
            return await open_server(self._server, installation)
        return await open_index(self._layout, self._directories, self._trash, executor, self._problems.report)

    async def close(self) -> None:
        """Finish what has begun, close everything, give the lock back. May be called twice."""
        await self._workshop.finish()
        await self._documents.close()
        opened, self._opened = self._opened, None
        if opened is None:
            return
        try:
            await opened.database.close()
        finally:
            opened.executor.shutdown()
            self._lock.release()

    async def announce(self, url: str) -> None:
        """Write service.json, so that the command line finds this service."""
        await self._run(self._lock.announce, url)

    @property
    def index(self) -> RunIndex:
        """The rows. Status changes that leave the directory alone go through it directly."""
        return self._parts.indexes.runs

    @property
    def batches(self) -> BatchStorage:
        """Batches with their items and their code."""
        return self._parts.batches

    @property
    def scenarios(self) -> ScenarioStorage:
        """Saved configurations."""
        return self._parts.scenarios

    @property
    def documents(self) -> ResultDocuments:
        """LEAN's own results, parsed; :meth:`document` asks the index first whether there is such a run."""
        return self._documents

    @property
    def _parts(self) -> StorageParts:
        if self._opened is None:
            msg = "the storage is not open: the service is starting or shutting down"
            raise StorageError(msg)
        return self._opened

    async def in_thread(self, work: Callable[..., T], *args: object) -> T:
        """Do blocking work that belongs to results in one of the storage's threads."""
        return await self._run(work, *args)

    # Problems ----------------------------------------------------------------------------------------------------

    def problems(self) -> tuple[StorageProblem, ...]:
        """Return what was found wrong since the start; newest last."""
        return self._problems.all()

    async def recover(self) -> Recovered:
        """Put in order what an earlier process left; once, after :meth:`start`, before runs are accepted.

        Raises:
            StorageError: The home as a whole cannot be read.
        """
        parts = self._parts
        found = await self._workshop.to_the_end(reconciler(self._means, parts).run())
        await self._workshop.to_the_end(parts.restoring.recover())
        await self._workshop.to_the_end(parts.scenarios.recover())
        return Recovered(found.pending, found.interrupted, found.settled, self.problems())

    # A run's way -------------------------------------------------------------------------------------------------

    async def accept(
        self,
        run: BacktestRunInfo,
        request: BacktestRequest,
        snapshot: CopyCode,
        idempotency: IdempotencyClaim | None = None,
    ) -> Inserted:
        """Make a run durable: its directory first, then its row. On failure nothing stays.

        Args:
            run: Pending; its timestamp is a proposal (``timestamp_of(created_at)``), the answer has the reserved one.
            request: What was asked for.
            snapshot: Copies the project.
            idempotency: The client's key, if it sent one.

        Raises:
            IdempotencyMismatch: The key was used for another body.
            StorageError: Disk or database refused.
        """
        return await self._workshop.to_the_end(self._accept(run, request, snapshot, idempotency))

    async def _accept(
        self,
        run: BacktestRunInfo,
        request: BacktestRequest,
        snapshot: CopyCode,
        idempotency: IdempotencyClaim | None,
    ) -> Inserted:
        if idempotency is not None and (earlier := await self.index.claimed(idempotency)) is not None:
            return Inserted(earlier, created=False)
        avoid, code = await self._run(self._make_directory, run, request, snapshot)
        self._checkpoint("after_dir")
        try:
            inserted = await self.index.insert(run, request, idempotency, avoid=avoid)
        except BaseException:
            await self._run(self._work.remove, run.id)
            raise
        self._checkpoint("after_row")
        if not inserted.created:
            await self._run(self._work.remove, run.id)
            return inserted
        self._workshop.begin(self._mark_accepted(run.id))
        return replace(inserted, code=code)

    def _make_directory(
        self, run: BacktestRunInfo, request: BacktestRequest, snapshot: CopyCode
    ) -> tuple[frozenset[str], CodeDigest | None]:
        """Make a run's directory; also returns the names under ``results/`` that its own must not be. Blocking."""
        avoid = self._directories.names_like(timestamp_of(run.created_at))
        return avoid, self._work.create(run, request, snapshot)

    async def _mark_accepted(self, run_id: str) -> None:
        await asyncio.sleep(MARK_SECONDS)
        async with self._workshop.turn(run_id):  # not beside its settling
            with suppress(StorageError):  # the mark only matters if the index is lost; the run itself is safe
                await self._run(self._work.mark_accepted, run_id)
            self._checkpoint("after_accepted")

    async def prepare_slot(self, run_id: str, attempt: int) -> Slot:
        """Make the slot of one attempt, with its own copy of the snapshot; what earlier attempts left is removed."""
        await self._run(self._work.prepare_slot, run_id, attempt)
        return self.slot(run_id, attempt)

    async def reserve_slot(self, run_id: str) -> Slot:
        """Make a slot for a run to come, whose id this will be; without code."""
        await self._run(self._work.reserve, run_id)
        return self.slot(run_id, 1)

    async def reserved_slots(self) -> tuple[Slot, ...]:
        """Return the slots of runs that never came."""
        return tuple(self.slot(run_id, 1) for run_id in await self._run(self._work.reserved))

    async def drop_reserved(self, run_id: str) -> None:
        """Remove the slot of a run that never came."""
        await self._run(self._work.remove, run_id)

    def slot(self, run_id: str, attempt: int) -> Slot:
        """Name the slot of one attempt, whether it is there or not."""
        return Slot(f"{run_id}-{attempt}", self._layout.slot(run_id, attempt))

    async def commit(
        self, run_id: str, outcome: Outcome, applied: Applied, provenance: DataProvenance
    ) -> ResultSummary:
        """Turn a run that has ended into a result. Runs to its end even if the caller is cancelled.

        Works for every run that is not settled, also one that never had a slot. A second call for a run that is
        settled already returns what there is.

        Raises:
            IllegalTransition: The outcome's status cannot follow the row's.
            StorageError: Disk or database refused; nothing is lost, and the call can be repeated.
        """
        return await self._workshop.to_the_end(self._commit(run_id, outcome, applied, provenance))

    async def _commit(
        self, run_id: str, outcome: Outcome, applied: Applied, provenance: DataProvenance
    ) -> ResultSummary:
        async with self._workshop.turn(run_id):
            run = await self.index.get(run_id)
            if not run.status.is_terminal:
                if outcome.status not in TRANSITIONS[run.status]:
                    msg = f"run {run_id} is {run.status.value} and cannot become {outcome.status.value}"
                    raise IllegalTransition(msg)
                settlement = Settlement(
                    run=final_run(run, outcome, self._clock()),
                    request=await self.index.request(run_id),
                    outcome=outcome,
                    applied=applied,
                    data=provenance,
                )
                run = await self._parts.settler.settle(settlement)
            return await self.keeper.summary(run.timestamp)

    # Results -----------------------------------------------------------------------------------------------------

    async def list(self, query: ResultQuery) -> BacktestListResponse:
        """Return one page of results.

        Raises:
            InvalidInput: The cursor is none of this query's.
        """
        found = await self.listed.page(query)
        return BacktestListResponse(
            items=found.items,
            total=found.total,
            page=query.page if query.cursor is None else None,
            page_size=query.page_size,
            next_cursor=found.next_cursor,
        )

    async def result(self, timestamp: str, points: int = 2000) -> BacktestResult:
        """Return one result; what cannot be read of it is named in ``problem``.

        Args:
            timestamp: Name of the run directory.
            points: Most points of the equity curve; 0 leaves LEAN's files unread.

        Raises:
            NotFound: There is no finished run of that name.
        """
        summary = await self.keeper.summary(timestamp)
        request = None
        with suppress(StorageError):  # the manifest may still have it
            request = await self.index.request(summary.run.id)
        document = None
        with suppress(NoResult, ResultUnreadable):
            document = await self._documents.get(timestamp) if points else None
        return await self._run(partial(self._view.read, summary, request, points, document))

    async def document(self, timestamp: str) -> ResultDocument:
        """Return LEAN's own result, parsed; from memory when it was asked for lately.

        Raises:
            NotFound: There is no finished run of that name.
            NoResult: The run ended before LEAN wrote a result.
            ResultUnreadable: The result is cut off, too large, or something else.
        """
        await self.keeper.summary(timestamp)
        return await self._documents.get(timestamp)

    async def directory(self, timestamp: str) -> Path:
        """Return where a finished run's files lie; open them with safe_files alone.

        Raises:
            NotFound: There is no finished run of that name.
        """
        await self.keeper.summary(timestamp)
        return self._layout.result_directory(timestamp)

    @property
    def listed(self) -> ResultList:
        """Finds results by what they are."""
        return self._parts.indexes.listed

    def result_place(self, timestamp: str) -> Path:
        """Return where a finished run's files lie, whether they are there or not; open them with safe_files alone."""
        return self._layout.result_directory(timestamp)

    @property
    def past_runs(self) -> PastRuns:
        """What earlier runs took."""
        return PastRuns(self._parts.database)

    @property
    def keeper(self) -> ResultKeeper:
        """Changes finished runs."""
        return self._parts.keeper

    @property
    def reindexing(self) -> Reindexing:
        """Makes the index say what the run directories say."""
        return self._parts.reindexing
