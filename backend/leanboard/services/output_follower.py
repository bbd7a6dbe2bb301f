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
from pathlib import Path

from leanboard.engines.base import Slot
from leanboard.services.backtest_monitor import Source

CHUNK_BYTES = 1 << 18  # of one file at a time: what it takes to read them is how long other runs wait
QUEUED_CHUNKS = 8


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

    def read(self) -> list[Chunk]:
        """Return what was appended since the last call, at most CHUNK_BYTES a file."""
        chunks = []
        for source, path in self._paths.items():
            data = self._read_one(source, path)
            if data:
                chunks.append(Chunk(source, data))
        return chunks

    def _read_one(self, source: Source, path: Path) -> bytes:
        try:
            if source not in self._files:
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
    """One run's chunks, in the order in which they were read."""

    def __init__(self, tail: Tail, pool: ThreadPoolExecutor) -> None:
        self.tail = tail
        self.queue: asyncio.Queue[list[Chunk]] = asyncio.Queue(QUEUED_CHUNKS)
        self.lock = asyncio.Lock()
        self._pool = pool

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
        async with self.lock:
            while not self.queue.empty():
                chunks += self.queue.get_nowait()
            more = await asyncio.get_running_loop().run_in_executor(self._pool, self.tail.read)
            chunks += more
        return chunks


class OutputFollower:
    """Looks at all followed runs every ``interval`` seconds.

    Args:
        interval: Seconds between two looks; bounds the delay of live events.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="follow")
        self._followed: set[Following] = set()
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
        following = Following(Tail(slot), self._pool)
        self._followed.add(following)
        self._wake.set()
        try:
            yield following
        finally:
            self._followed.discard(following)
            async with following.lock:  # not while a look reads these files
                following.tail.close()

    async def _look(self) -> None:
        while True:
            if not self._followed:
                self._wake.clear()
                await self._wake.wait()
            await self._look_once()
            await asyncio.sleep(self._interval)

    async def _look_once(self) -> None:
        ready = [f for f in self._followed if not f.queue.full() and not f.lock.locked()]
        async with contextlib.AsyncExitStack() as locks:
            for following in ready:
                await locks.enter_async_context(following.lock)
            tails = [f.tail for f in ready]
            read = await asyncio.get_running_loop().run_in_executor(self._pool, _read_all, tails)
            for following, chunks in zip(ready, read, strict=True):
                if chunks:
                    following.queue.put_nowait(chunks)


def _read_all(tails: list[Tail]) -> list[list[Chunk]]:
    return [tail.read() for tail in tails]
