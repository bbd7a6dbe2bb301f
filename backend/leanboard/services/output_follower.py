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
from time import thread_time

from leanboard.engines.base import Slot
from leanboard.services.backtest_monitor import Source

CHUNK_BYTES = 1 << 18  # of one file at a time: what it takes to read them is how long other runs wait
QUEUED_CHUNKS = 8
PROMPT_LOOKS = 200  # in which files that are not there yet are asked for every time, later only SELDOM
SELDOM = 8
BUSY_SHARE = 0.05  # of the time that looking may take: with many runs it is done less often
LONGEST_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that were appended to one file of a run."""

    source: Source
    data: bytes


class Tail:
    """Read positions in the files of one run; used in one thread at a time."""

    def __init__(self, slot: Slot) -> None:
        self._paths = {
            Source.LOG: slot.output / "log.txt",
            Source.FRAMES: slot.output / "frames.ndjson",
            Source.STDOUT: slot.console / "stdout.txt",
            Source.STDERR: slot.console / "stderr.txt",
        }
        self._files: dict[Source, int] = {}
        self._looks = 0

    def read(self) -> list[Chunk]:
        """Return what was appended since the last call, at most CHUNK_BYTES a file."""
        self._looks += 1
        chunks = []
        for source, path in self._paths.items():
            data = self._read_one(source, path)
            if data:
                chunks.append(Chunk(source, data))
        return chunks

    def _read_one(self, source: Source, path: Path) -> bytes:
        try:
            if source not in self._files:
                if self._looks > PROMPT_LOOKS and self._looks % SELDOM:
                    return b""  # asking for a file that may never come costs as much as reading the others
                # A strategy can write into its output folder: only regular files are followed, never a link or FIFO.
                self._files[source] = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            return os.read(self._files[source], CHUNK_BYTES)
        except OSError:
            return b""

    def close(self) -> None:
        """Close the files; may be called again."""
        while self._files:
            os.close(self._files.popitem()[1])


class Following:
    """One run's chunks, in the order in which they were read.

    Args:
        tail: Of the run's files.
        pool: For reading.
        looking: Held during a look at all runs: what it has read must be queued before anybody reads on.
    """

    def __init__(self, tail: Tail, pool: ThreadPoolExecutor, looking: asyncio.Lock) -> None:
        self.tail = tail
        self.queue: asyncio.Queue[list[Chunk]] = asyncio.Queue(QUEUED_CHUNKS)
        self._pool = pool
        self._looking = looking

    async def next(self) -> list[Chunk]:
        """Wait for more."""
        return await self.queue.get()

    def poke(self) -> None:
        """Wake the reader without news; when the queue is full it is awake anyway."""
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait([])

    async def drain(self) -> list[Chunk]:
        """Return all that is left; for when nothing writes any more."""
        chunks: list[Chunk] = []
        async with self._looking:
            while not self.queue.empty():
                chunks += self.queue.get_nowait()
            more = await asyncio.get_running_loop().run_in_executor(self._pool, self.tail.read)
            chunks += more
        return chunks


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
        following = Following(Tail(slot), self._pool, self._looking)
        self._followed.add(following)
        self._wake.set()
        try:
            yield following
        finally:
            self._followed.discard(following)
            async with self._looking:  # not while a look reads these files
                following.tail.close()

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
            ready = [following for following in self._followed if not following.queue.full()]
            work = partial(_read_all, [following.tail for following in ready])
            read, spent = await asyncio.get_running_loop().run_in_executor(self._pool, work)
            for following, chunks in zip(ready, read, strict=True):
                if chunks:
                    following.queue.put_nowait(chunks)
        return spent


def _read_all(tails: list[Tail]) -> tuple[list[list[Chunk]], float]:
    begun = thread_time()
    return [tail.read() for tail in tails], thread_time() - begun
