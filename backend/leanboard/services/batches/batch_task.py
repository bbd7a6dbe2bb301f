"""What makes one batch go on: starts items as there is room, carries out a cancel, tells what happens, and ends it.

It sleeps until something is due: an item has ended or begun, somebody wishes something, a retry's time has come, or it
is time to tell. Who wishes something changes the stored batch first and wakes it then; it acts on what it finds, so one
wake-up that is lost in a crash is made up for at the next start.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from leanboard.errors import LeanboardError, StorageError
from leanboard.models.run import BatchId
from leanboard.services.batches import item_changes
from leanboard.services.batches.batch_news import BatchNews
from leanboard.services.batches.batch_views import BatchViews
from leanboard.services.batches.item_course import CourseMeans, ItemCourse
from leanboard.services.batches.live_batch import LiveBatch
from leanboard.storage.batch_rows import BatchRowChanges, StoredItem

STEP = 0.1  # percent that are worth to be stored
AHEAD = 2  # runs of a batch that wait in the queue, so that a slot that gets free is not free for long

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TaskMeans:
    """What a batch's task works with.

    Attributes:
        courses: What carries items.
        workers: Runs at the same time that the queue allows anybody.
        turn: Gives the lock that a batch is changed under.
        news: Tells what happens.
        views: Says how the batch looks.
        over: Called when every item has ended; returns whether the batch is over, or has got more to do since.
    """

    courses: CourseMeans
    workers: Callable[[], int]
    turn: Callable[[BatchId], asyncio.Lock]
    news: BatchNews
    views: BatchViews
    over: Callable[[LiveBatch], Awaitable[bool]]


class BatchTask:
    """Carries one batch to its end.

    Args:
        live: The batch.
        means: What it works with.
    """

    def __init__(self, live: LiveBatch, means: TaskMeans) -> None:
        self.live = live
        self._means = means
        self._courses: dict[int, ItemCourse] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something new."""
        self._wake.set()

    async def run(self) -> None:
        """Go on until every item has ended; on any other way out the courses are ended first."""
        try:
            while True:
                self._wake.clear()
                self._start()
                await self._note_start()
                await self._cancel()
                if self.live.is_over and await self._means.over(self.live):
                    return
                await self._keep_percent()
                self._means.news.tell(self.live)
                await self._rest()
        finally:
            await self._end_courses()

    # Items -------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Give a course to every item that has a run, and to as many others as there is room for."""
        for number in self.live.with_runs():
            self._spawn(number)
        now = self._means.courses.now()
        while self._has_room and (due := self.live.take_due(now)) is not None:
            self._spawn(due)

    async def _note_start(self) -> None:
        if self.live.stored.started_at is None and self._courses:
            async with self._means.turn(self.live.id):
                changes = BatchRowChanges(started_at=self._means.courses.now())
                self.live.stored = await self._means.courses.storage.batches.change(self.live.id, changes)

    async def _keep_percent(self) -> None:
        """Make durable how far running items are, now and then: only then is it shown, so that it never goes back."""
        turn = self._means.turn(self.live.id)
        if turn.locked() or not self._means.news.is_time():
            return
        percent = self._means.views.percent(self.live)
        if percent >= self.live.stored.least_percent + STEP:
            async with turn:
                changes = BatchRowChanges(least_percent=percent)
                self.live.stored = await self._means.courses.storage.batches.change(self.live.id, changes)

    @property
    def _has_room(self) -> bool:
        # Courses, not tasks: one that has ended wakes this before its task is seen to be done.
        return self.live.may_start and len(self._courses) < self._window

    @property
    def _window(self) -> int:
        return self.workers + AHEAD

    @property
    def workers(self) -> int:
        """Runs of this batch at the same time."""
        most = self._means.workers()
        own = self.live.stored.max_workers
        return most if own is None else min(own, most)

    def _spawn(self, number: int) -> None:
        course = ItemCourse(self.live, number, self._means.courses, self.wake)
        self.live.begin(number)
        self._courses[number] = course
        task = asyncio.create_task(self._carry(course, number), name=f"batch-{self.live.id}-{number}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, course: ItemCourse, number: int) -> None:
        try:
            await course.run()
        except Exception:  # an error of our own: this item is tried again, the others go on
            log.exception("an item of a batch broke off", batch=self.live.id, item=number)
            await asyncio.sleep(self._means.courses.pause)
            await self._read_again(number)
        finally:
            self._courses.pop(number, None)
            self.live.let_go(number)
            self._wake.set()

    async def _read_again(self, number: int) -> None:
        """Go on with what is stored of an item: what was known of it may have been wrong."""
        try:
            items = await self._means.courses.storage.batches.items(self.live.id)
        except LeanboardError as error:
            log.warning("an item of a batch cannot be read again", batch=self.live.id, problem=error.detail)
        else:
            self.live.put(each for each in items if each.item.number == number)

    async def _cancel(self) -> None:
        """Carry out the wish to cancel: runs are asked to end, and what never began is marked."""
        if not self.live.cancelled:
            return
        turn = self._means.turn(self.live.id)
        for course in tuple(self._courses.values()):
            async with turn:  # no run is asked to end after the moment of a resume
                if self.live.cancelled:
                    await course.cancel()
        async with turn:  # nobody may resume it half-way
            if self.live.cancelled and (waiting := self.live.waiting()):
                await self._mark(waiting)

    async def _mark(self, waiting: tuple[StoredItem, ...]) -> None:
        storage, now = self._means.courses.storage, self._means.courses.now()
        # In a thread: there may be thousands. Nobody else changes them, as the lock is held and no course has them.
        never = await storage.in_thread(lambda: tuple(item_changes.cancelled(each, now) for each in waiting))
        try:
            await storage.batches.change_items(self.live.id, never)
        except StorageError as error:
            self.live.message = error.detail
            log.warning("a batch cannot be cancelled yet", batch=self.live.id, problem=error.detail)
        else:
            self.live.put(never)

    # Time --------------------------------------------------------------------------------------------------------

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._until_due()):
                await self._wake.wait()

    def _until_due(self) -> float | None:
        """Return the seconds until there is something to do without anything new; None for never."""
        waits = [self._means.news.due(self.live)]
        if self._has_room and (due := self.live.next_due()) is not None:
            waits.append(max(0.0, due - self._means.courses.now().timestamp()))
        if self.live.cancelled and self.live.waiting():
            waits.append(self._means.courses.pause)
        known = [wait for wait in waits if wait is not None]
        return min(known) if known else None

    async def _end_courses(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
