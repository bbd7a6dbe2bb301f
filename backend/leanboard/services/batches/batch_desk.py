"""The batches that are not over: a supervised task each, from recovery or acceptance to the end.

What breaks off one batch's task does not touch the others: it is started again from what is stored, after a pause.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakValueDictionary

import structlog

from leanboard.errors import LeanboardError
from leanboard.models.run import BatchId
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batch_hub import BatchHub
from leanboard.services.batches.batch_news import BatchNews
from leanboard.services.batches.batch_task import BatchTask, TaskMeans
from leanboard.services.batches.batch_views import BatchViews
from leanboard.services.batches.item_course import CourseMeans
from leanboard.services.batches.live_batch import LiveBatch
from leanboard.services.notifier import Notifier
from leanboard.services.run_queue import RunQueue
from leanboard.storage.batch_rows import BatchRowChanges

PAUSED = "its batch is paused"
CANCELLED = "its batch is cancelled"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Going:
    live: LiveBatch
    task: BatchTask
    news: BatchNews
    over: asyncio.Event = field(default_factory=asyncio.Event)
    work: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class DeskMeans:
    """What the desk works with.

    Attributes:
        storage: Has the batches.
        courses: What carries items.
        queue: Knows how many runs there may be at the same time, and holds back those of paused batches.
        look: Called when the queue has to be looked at: a hold or a limit has changed.
        hub: Gets the events.
        views: Says how batches look.
        notifier: Told when a batch has ended.
        now: The wall clock, UTC.
    """

    storage: BacktestStorage
    courses: CourseMeans
    queue: RunQueue
    look: Callable[[], None]
    hub: BatchHub
    views: BatchViews
    notifier: Notifier
    now: Callable[[], datetime]


class BatchDesk:
    """Keeps batches going. Lives on the event loop.

    Args:
        means: What it works with.
    """

    def __init__(self, means: DeskMeans) -> None:
        self._means = means
        self._going: dict[BatchId, _Going] = {}
        self._turns: WeakValueDictionary[BatchId, asyncio.Lock] = WeakValueDictionary()
        self._working = False

    async def recover(self) -> None:
        """Take up what an earlier process left: limits and holds at once, items not before :meth:`start`.

        Call it before any run starts: a paused batch has runs in the queue, too.
        """
        await self.restore()

    async def restore(self) -> None:
        """Take up what is not over and does not go on yet; while the service works, that is what a reindex has found.

        Raises:
            StorageError: The index cannot be read.
        """
        for stored in await self._means.storage.batches.unfinished():
            try:
                await self._restored(stored.id)
            except LeanboardError as error:  # the others go on; the next start tries again
                log.warning("a batch cannot be taken up", batch=stored.id, problem=error.detail)

    async def _restored(self, batch_id: BatchId) -> None:
        async with self.turn(batch_id):  # it may just be ending, or be deleted
            live = await self.opened(batch_id)
            if live.stored.finished_at is None:
                self.go(live)

    def start(self) -> None:
        """Let items begin."""
        self._working = True
        for going in self._going.values():
            self._spawn(going)

    async def close(self) -> None:
        """Stop; runs are left to themselves, and the next start goes on."""
        self._working = False
        tasks = [going.work for going in self._going.values() if going.work is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # One batch ---------------------------------------------------------------------------------------------------

    def turn(self, batch_id: BatchId) -> asyncio.Lock:
        """Return the lock that a batch is changed under, its end included."""
        return self._turns.setdefault(batch_id, asyncio.Lock())

    def live(self, batch_id: BatchId) -> LiveBatch | None:
        """Return a batch that is not over; None for all others."""
        going = self._going.get(batch_id)
        return going.live if going else None

    async def opened(self, batch_id: BatchId) -> LiveBatch:
        """Return a batch to be changed, also one that is over; call it under its lock.

        Raises:
            NotFound: There is no such batch.
        """
        live = self.live(batch_id)
        if live is not None:
            return live
        batches = self._means.storage.batches
        return LiveBatch(await batches.get(batch_id), await batches.items(batch_id))

    def go(self, live: LiveBatch, *, new: bool = False) -> None:
        """Let a batch go on with what is stored of it now; one that was over begins again."""
        going = self._going.get(live.id)
        if going is None:
            going = self._take_up(live, continued=not new)
        held = CANCELLED if live.cancelled else PAUSED if live.stored.paused else ""
        self._restrain(live.id, live.stored.max_workers, held)
        going.task.wake()

    def _restrain(self, batch_id: BatchId, workers: int | None, reason: str) -> None:
        limited = self._means.queue.limit_owner(batch_id, workers)
        held = self._means.queue.hold_owner(batch_id, reason)
        if limited or held:
            self._means.look()

    def _take_up(self, live: LiveBatch, *, continued: bool) -> _Going:
        news = BatchNews(self._means.hub, self._means.views, self._means.now)
        task = BatchTask(
            live, TaskMeans(self._means.courses, self._workers, self.turn, news, self._means.views, self._over)
        )
        going = self._going[live.id] = _Going(live, task, news)
        news.open(live, continued=continued)
        if self._working:
            self._spawn(going)
        return going

    def wake(self) -> None:
        """Something that concerns all batches has changed, such as the number of runs at the same time."""
        for going in self._going.values():
            going.task.wake()

    async def until_over(self, batch_id: BatchId, within: float) -> None:
        """Wait until a batch is over, at most some seconds."""
        going = self._going.get(batch_id)
        if going is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await going.over.wait()

    # Its task ----------------------------------------------------------------------------------------------------

    def _workers(self) -> int:
        return self._means.queue.max_running

    def _spawn(self, going: _Going) -> None:
        going.work = asyncio.create_task(self._supervised(going), name=f"batch-{going.live.id}")

    async def _supervised(self, going: _Going) -> None:
        while True:
            try:
                return await going.task.run()
            except LeanboardError as error:
                log.warning("a batch cannot go on now", batch=going.live.id, problem=error.detail)
                going.live.message = error.detail
            except Exception:  # an error of our own: this batch begins anew, no other notices
                log.exception("a batch broke off; it goes on in a moment", batch=going.live.id)
                going.live.message = "an error in the service; its log says more"
            await asyncio.sleep(self._means.courses.pause)
            await self._reload(going.live)

    async def _reload(self, live: LiveBatch) -> None:
        try:
            async with self.turn(live.id):
                live.stored = await self._means.storage.batches.get(live.id)
                live.put(await self._means.storage.batches.items(live.id))
        except LeanboardError as error:
            log.warning("a batch cannot be read again", batch=live.id, problem=error.detail)

    async def _over(self, live: LiveBatch) -> bool:
        """End a batch, unless it has got more to do meanwhile."""
        async with self.turn(live.id):
            if not live.is_over:
                return False
            live.stored = await self._means.storage.batches.change(
                live.id, BatchRowChanges(finished_at=self._means.now())
            )
            live.message = ""
            going = self._going[live.id]
            await going.news.rest(live)
            del self._going[live.id]
            self._restrain(live.id, None, "")
            going.news.end(live)
            going.over.set()
        detail = self._means.views.detail(live)
        log.info("batch ended", batch=live.id, status=detail.status.value, total=detail.progress.total)
        self._means.notifier.batch_ended(detail)
        return True
