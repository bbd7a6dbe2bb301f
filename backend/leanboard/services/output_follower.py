"""Follows the files of all running sandboxes: reads what was appended, in its own thread, a bounded amount at a time.

One look at all files every ``interval`` costs one hop into the pool however many runs there are. A run whose reader
is slow is passed over until there is room again: the file holds what was not read, so nothing is lost and nothing
grows. Every engine's output is followed by this same code (see engines/base.py).
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, thread_time, time
from typing import TypeVar

import structlog

from leanboard.engines.slot import Slot
from leanboard.services.backtest_monitor import Source
from leanboard.services.slot_survey import Survey, Surveyor

CHUNK_BYTES = 1 << 18  # of one file at a time: what it takes to read them is how long other runs wait
QUEUED = 8  # looks that a slow reader may be behind
POKES = 8  # more places: nothing else may take the place of what was read
ABSENT_SECONDS = 0.5  # between two looks for a file that is not there; the console waits longer for log.txt
BUSY_SHARE = 0.02  # of the time that looking may take: with many runs it is done less often
LONGEST_PAUSE = 0.25
SURVEY_SECONDS = 2.0  # between two surveys of a slot
SURVEYS_SECONDS = 0.5  # between two looks for slots whose survey is due

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that were appended to one file of a run.

    Attributes:
        age: Seconds since the last of them was written, when they were read.
    """

    source: Source
    data: bytes
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class News:
    """What was found of a run; nothing at all when somebody only woke the reader."""

    chunks: tuple[Chunk, ...] = ()
    survey: Survey | None = None


class Tail:
    """Read positions in the files of one slot. Blocks; only the follower's threads use it."""

    def __init__(self, slot: Slot) -> None:
        self._paths = {
            Source.LOG: slot.output / "log.txt",
            Source.FRAMES: slot.output / "frames.ndjson",
            Source.STDOUT: slot.console / "stdout.txt",
            Source.STDERR: slot.console / "stderr.txt",
        }
        self._files: dict[Source, int] = {}
        self._asked_at = float("-inf")

    def read(self) -> tuple[Chunk, ...]:
        """Return what was appended since the last call, at most CHUNK_BYTES a file."""
        return self._read_these(self._paths)

    def look(self) -> tuple[Chunk, ...]:
        """As :meth:`read`, but files that are not there are not asked for each time: it costs as much as to read.

        That of frames is: who watches sees the first of them as soon as the later ones.
        """
        now = monotonic()
        if now - self._asked_at >= ABSENT_SECONDS:
            self._asked_at = now
            return self.read()
        return self._read_these([each for each in self._paths if each in self._files or each is Source.FRAMES])

    def _read_these(self, sources: Iterable[Source]) -> tuple[Chunk, ...]:
        chunks = (self._read_one(source, self._paths[source]) for source in sources)
        return tuple(chunk for chunk in chunks if chunk is not None)

    def _read_one(self, source: Source, path: Path) -> Chunk | None:
        try:
            if source not in self._files:
                # A strategy can write into its output folder: only regular files are followed, never a link or FIFO.
                self._files[source] = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            data = os.read(self._files[source], CHUNK_BYTES)
            if not data:
                return None
            if len(data) == CHUNK_BYTES:
                return Chunk(source, data)  # more follows: how old these bytes are is not known
            # Asked for after reading: bytes that came in between make these look younger, never older.
            return Chunk(source, data, time() - os.fstat(self._files[source]).st_mtime)
        except OSError:
            return None

    def close(self) -> None:
        """Close the files."""
        while self._files:
            os.close(self._files.popitem()[1])


class Following:
    """One run's news, in the order in which they were found.

    Args:
        slot: Of the run.
        pool: For reading.
        looking: Held during a look at all runs: what it has read must be queued before anybody reads on.
    """

    def __init__(self, slot: Slot, pool: ThreadPoolExecutor, looking: asyncio.Lock) -> None:
        self.queue: asyncio.Queue[News] = asyncio.Queue(QUEUED + POKES)
        self.survey_at = monotonic() + SURVEY_SECONDS
        self._tail = Tail(slot)
        self._surveyor = Surveyor(slot)
        self._pool = pool
        self._looking = looking

    @property
    def is_behind(self) -> bool:
        """Whether the reader has enough to do."""
        return self.queue.qsize() >= QUEUED

    def look(self) -> News | None:
        """Look at what is followed; None when nothing is new. Blocks, as only the follower's threads may."""
        chunks = self._tail.look()
        return News(chunks) if chunks else None

    def survey(self) -> News:
        """Look at all that is there. Blocks, as :meth:`look`."""
        self.survey_at = monotonic() + SURVEY_SECONDS
        return News(survey=self._surveyor.look())

    async def next(self, within: float) -> News:
        """Wait for more; after ``within`` seconds there are none."""
        alarm = asyncio.get_running_loop().call_later(within, self.poke)
        try:
            return await self.queue.get()
        finally:
            alarm.cancel()

    def poke(self) -> None:
        """Wake the reader without news; when the queue is full it is awake anyway."""
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait(News())

    async def drain(self) -> list[Chunk]:
        """Return all that is left; for when nothing writes any more."""
        chunks: list[Chunk] = []
        async with self._looking:
            while not self.queue.empty():
                chunks += self.queue.get_nowait().chunks
            chunks += await asyncio.get_running_loop().run_in_executor(self._pool, self._tail.read)
        return chunks

    async def close(self) -> None:
        """Close the files."""
        async with self._looking:  # not while a look reads them
            self._tail.close()


class OutputFollower:
    """Looks at all followed runs every ``interval`` seconds.

    Args:
        interval: Seconds between two looks; bounds the delay of live events, unless there are so many runs that
            looking would take more than BUSY_SHARE of the time.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="follow")
        self._followed: set[Following] = set()
        self._looking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    async def start(self) -> None:
        """Begin to look."""
        self._tasks = (
            asyncio.create_task(self._look(), name="output-follower"),
            asyncio.create_task(self._survey(), name="slot-surveys"),
        )

    async def close(self) -> None:
        """Stop looking."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._pool.shutdown(wait=True)

    @contextlib.asynccontextmanager
    async def follow(self, slot: Slot) -> AsyncIterator[Following]:
        """Follow the files of ``slot``, from their beginning, while the block runs."""
        following = Following(slot, self._pool, self._looking)
        self._followed.add(following)
        self._wake.set()
        try:
            yield following
        finally:
            self._followed.discard(following)
            await following.close()

    async def _look(self) -> None:
        while True:
            if not self._followed:
                self._wake.clear()
                await self._wake.wait()
            spent = await self._look_once()
            await asyncio.sleep(max(self._interval, min(spent / BUSY_SHARE, LONGEST_PAUSE)))

    async def _look_once(self) -> float:
        """Read all; returns the seconds of CPU time that it took."""
        async with self._looking:
            ready = [following for following in self._followed if not following.is_behind]
            found, spent = await self._in_thread(partial(_looks, ready))
            _hand_out(ready, found)
        return spent

    async def _survey(self) -> None:
        """Apart from the looks: a slot with very many files takes long, and only other surveys may wait for it."""
        while True:
            await asyncio.sleep(SURVEYS_SECONDS)
            now = monotonic()
            due = [found for found in self._followed if found.survey_at <= now and not found.is_behind]
            if due:
                _hand_out(due, await self._in_thread(partial(_surveys, due)))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _hand_out(followed: list[Following], found: list[News | None]) -> None:
    for following, news in zip(followed, found, strict=True):
        if news is not None:
            with contextlib.suppress(asyncio.QueueFull):  # of surveys alone: the next one says the same
                following.queue.put_nowait(news)


def _looks(followed: list[Following]) -> tuple[list[News | None], float]:
    begun = thread_time()
    return [_guarded(following.look) for following in followed], thread_time() - begun


def _surveys(followed: list[Following]) -> list[News | None]:
    return [_guarded(following.survey) for following in followed]


def _guarded(look: Callable[[], News | None]) -> News | None:
    try:
        return look()
    except Exception:  # whatever is wrong with one slot, the others are followed
        log.exception("a look at a run's files failed")
        return None
