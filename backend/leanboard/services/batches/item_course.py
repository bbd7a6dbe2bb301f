"""The way of one item: answered by an identical run or accepted as one of its own, followed to its end, noted.

Every step can be repeated, and what is stored says which comes next: an item that names a run is followed, one that
does not is accepted. Accepting names the run in the item's row in the same transaction, so no item has two
runs by accident. Events are hints; that a run has ended is what the index says.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from leanboard.errors import Conflict, IllegalTransition, LeanboardError, NotFound, ServiceUnavailable, StorageError
from leanboard.models.results import ResultSummary
from leanboard.models.run import BacktestRunInfo, BacktestStatus, BatchPlace, Reason, RunId
from leanboard.services.backtest_manager import BacktestManager
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batches import item_changes
from leanboard.services.batches.batch_code import BatchCode
from leanboard.services.batches.identical import IdenticalRuns
from leanboard.services.batches.live_batch import LiveBatch
from leanboard.services.batches.retries import RetryPolicy
from leanboard.services.event_hub import EventHub
from leanboard.storage.batch_rows import StoredItem

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CourseMeans:
    """What carries items.

    Attributes:
        storage: Has items and results.
        manager: Accepts runs.
        hub: Says when to look whether a run has ended.
        code: Of the batches' strategies.
        identical: Finds finished runs that answer an item.
        retries: Which failures are worth another try.
        pause: Seconds between two tries at what the service itself refuses at the moment.
        now: The wall clock, UTC.
    """

    storage: BacktestStorage
    manager: BacktestManager
    hub: EventHub
    code: BatchCode
    identical: IdenticalRuns
    retries: RetryPolicy
    pause: float
    now: Callable[[], datetime]


class ItemCourse:
    """Carries one item of a batch, once.

    Args:
        live: The batch.
        number: Of the item.
        means: What carries it.
        wake: Called when there is something new about the item.
    """

    def __init__(self, live: LiveBatch, number: int, means: CourseMeans, wake: Callable[[], None]) -> None:
        self._live = live
        self._number = number
        self._means = means
        self._wake = wake

    async def run(self) -> None:
        """Go as far as the item goes now: to its end, to its next try, or nowhere while its batch may not start."""
        if self._item.item.run_id is None and not await self._begun():
            return
        run_id = self._item.item.run_id
        assert run_id is not None
        self._wake()
        await self._noted(await self._followed(run_id))

    @property
    def _item(self) -> StoredItem:
        item = self._live.item(self._number)
        assert item is not None
        return item

    # Begin -------------------------------------------------------------------------------------------------------

    async def _begun(self) -> bool:
        """Make the item a run; False where there is none to follow."""
        while self._live.may_start:
            try:
                async with self._live.feeding:
                    if not self._live.may_start:
                        return False
                    done = await asyncio.shield(self._answered_or_accepted())
            except (ServiceUnavailable, StorageError) as error:  # the queue is full, the disk is: that passes
                self._live.message = error.detail
                self._wake()
                await asyncio.sleep(self._means.pause)
            except Conflict:  # what is stored is not what is known here
                raise
            except LeanboardError as error:
                now = self._means.now()
                await self._store(item_changes.given_up(self._item, Reason.ENGINE_ERROR, error.detail, now))
                return False
            else:
                self._live.message = ""
                return done
        self._live.message = ""
        return False

    async def _answered_or_accepted(self) -> bool:
        stored, batch = self._item, self._live.stored
        engine = stored.item.engine
        assert engine is not None, "chosen when the item was accepted"
        if stored.item.attempt == 1 and not batch.request.fresh and stored.code_key:
            code = await self._means.code.digest(batch.id, stored.code_key)
            found = await self._means.identical.find(stored.request, engine, code)
            if found is not None:
                await self._store(item_changes.answered(stored, found, self._means.now()))
                return False
        ready = await self._means.code.ready(batch.id, stored.code_key, engine)
        place = BatchPlace(id=batch.id, item=self._number, attempt=stored.item.attempt)
        submission = await self._means.manager.accept(stored.request.evolve(batch=place), ready)
        # The row names the run already: it was written together with it.
        self._live.put((item_changes.begun(stored, submission.run),))
        return True

    # Follow ------------------------------------------------------------------------------------------------------

    async def _followed(self, run_id: RunId) -> ResultSummary | None:
        """Wait until the index says that the run has ended; None where there is none any more."""
        while True:
            await self._means.hub.ended(run_id)
            if self._means.hub.is_open(run_id):  # it is started once more
                continue
            try:
                return await self._result(run_id)
            except IllegalTransition:  # its end is not durable yet, or the service is about to start it again
                pass
            except NotFound:
                return None
            except StorageError as error:
                log.warning("a run of a batch cannot be looked at", run=run_id, problem=error.detail)
            await asyncio.sleep(self._means.pause)

    async def _result(self, run_id: RunId) -> ResultSummary:
        timestamp = self._item.item.timestamp
        if timestamp is not None:
            with suppress(NotFound):  # it may have another name, or none yet
                result = await self._means.storage.keeper.summary(timestamp)
                if result.run.id == run_id:
                    return result
        run = await self._means.storage.index.get(run_id)
        if not run.status.is_terminal:
            raise IllegalTransition(run.status.value)
        return await self._means.storage.keeper.summary(run.timestamp)

    async def _noted(self, result: ResultSummary | None) -> None:
        while True:
            try:
                return await asyncio.shield(self._note(result))
            except StorageError as error:
                self._live.message = error.detail
                log.warning("the end of an item is not durable yet", batch=self._live.id, problem=error.detail)
                self._wake()
                await asyncio.sleep(self._means.pause)

    async def _note(self, result: ResultSummary | None) -> None:
        await self._store(self._next(result))
        if result is not None and self._item.item.status is BacktestStatus.CANCELLED and self._is_missing(result.run):
            await self._store(item_changes.again(self._item))  # resumed while that was written

    def _next(self, result: ResultSummary | None) -> StoredItem:
        """Return the item with what came of its run, or as one that is tried again."""
        stored, now = self._item, self._means.now()
        if result is None:
            message = "its result was deleted before the batch had noted it; run it again"
            return item_changes.given_up(stored, Reason.LOST, message, now)
        run = result.run
        if run.status is BacktestStatus.CANCELLED and self._is_missing(run):
            return item_changes.again(stored)
        next_try = self._means.retries.next_try(run.status, run.reason, stored.item.retries, now)
        if next_try is not None and self._live.goes_on:
            log.info("an item is tried again", batch=self._live.id, item=self._number, problem=run.message)
            return item_changes.retried(stored, next_try)
        ended = item_changes.ended(stored, result)
        return ended if next_try is None else item_changes.cancelled(ended, now)  # nobody waits for another try

    def _is_missing(self, run: BacktestRunInfo) -> bool:
        """Whether the batch goes on and has to run the item again: its cancel has ended the run, or would have."""
        if run.status is BacktestStatus.CANCELLED:
            return self._live.takes_back(self._number, run.cancel_requested_at)
        return self._live.goes_on

    async def _store(self, item: StoredItem) -> None:
        await self._means.storage.batches.change_items(self._live.id, (item,))
        self._live.put((item,))
        self._live.message = ""
        self._wake()

    async def cancel(self) -> None:
        """Ask the item's run to end, if it has one; may be repeated."""
        run_id = self._item.item.run_id
        if run_id is None or self._live.is_asked(self._number):
            return
        self._live.ask(self._number)
        with suppress(IllegalTransition, NotFound):  # it has ended by itself
            await self._means.manager.cancel(run_id)
