"""Follows the files of all running sandboxes: reads what was appended, in its own thread, a bounded amount at a time.

One look at all files every ``interval`` costs one hop into the pool however many runs there are. A run whose reader
is slow is passed over until there is room again: the file holds what was not read, so nothing is lost and nothing
grows. Every engine's output is followed by this same code (see engines/base.py).
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, thread_time, time

import structlog

from leanboard.engines.base import Slot
from leanboard.services.backtest_monitor import Source
from leanboard.services.slot_survey import Survey, Surveyor

CHUNK_BYTES = 1 << 18  # of one file at a time: what it takes to read them is how long other runs wait
QUEUED = 8  # looks that a slow reader may be behind
POKES = 4  # more places: whoever wakes a reader must not take the place of news
PROMPT_LOOKS = 200  # in which files that are not there yet are asked for every time, later only SELDOM
SELDOM = 8
BUSY_SHARE = 0.02  # of the time that looking may take: with many runs it is done less often
LONGEST_PAUSE = 0.25
SURVEY_SECONDS = 2.0  # between two surveys of a slot

log = structlog.get_logger(__name__)


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
    """What one look at a run has found; nothing at all when somebody only woke the reader."""

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
        self._looks = 0

    def read(self) -> tuple[Chunk, ...]:
        """Return what was appended since the last call, at most CHUNK_BYTES a file."""
        self._looks += 1
        chunks = (self._read_one(source, path) for source, path in self._paths.items())
        return tuple(chunk for chunk in chunks if chunk is not None)

    def _read_one(self, source: Source, path: Path) -> Chunk | None:
        try:
            if source not in self._files:
                if self._looks > PROMPT_LOOKS and self._looks % SELDOM:
                    return None  # asking for a file that may never come costs as much as reading the others
                # A strategy can write into its output folder: only regular files are followed, never a link or FIFO.
                self._files[source] = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            data = os.read(self._files[source], CHUNK_BYTES)
            # Asked for after reading: bytes that came in between make these look younger, never older.
            return Chunk(source, data, time() - os.fstat(self._files[source]).st_mtime) if data else None
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
        self._tail = Tail(slot)
        self._surveyor = Surveyor(slot)
        self._survey_at = monotonic() + SURVEY_SECONDS
        self._pool = pool
        self._looking = looking

    @property
    def is_behind(self) -> bool:
        """Whether the reader has enough to do."""
        return self.queue.qsize() >= QUEUED

    def look(self) -> News | None:
        """Look at the files; None when nothing is new. Blocks, as only the follower's threads may."""
        chunks, survey = self._tail.read(), None
        if monotonic() >= self._survey_at:
            survey = self._surveyor.look()
            self._survey_at = monotonic() + SURVEY_SECONDS
        return News(chunks, survey) if chunks or survey is not None else None

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
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._look(), name="output-follower")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
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
            found, spent = await asyncio.get_running_loop().run_in_executor(self._pool, partial(_look_at_all, ready))
            for following, news in zip(ready, found, strict=True):
                if news is not None:
                    following.queue.put_nowait(news)
        return spent


def _look_at_all(followed: list[Following]) -> tuple[list[News | None], float]:
    begun = thread_time()
    return [_look_at(following) for following in followed], thread_time() - begun


def _look_at(following: Following) -> News | None:
    try:
        return following.look()
    except Exception:  # whatever is wrong with one slot, the others are followed
        log.exception("a look at a run's files failed")
        return None
