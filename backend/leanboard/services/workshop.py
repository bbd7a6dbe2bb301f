"""How the storage works: blocking steps in threads, one change of a run at a time, and no change half-way."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Workshop:
    """Threads, turns, and what has begun.

    Args:
        executor: Gives the threads; raises :class:`StorageError` while the storage is not open.
    """

    def __init__(self, executor: Callable[[], Executor]) -> None:
        self._executor = executor
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._begun: set[asyncio.Task[Any]] = set()

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """Run a blocking call in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._executor(), work, *args)

    async def with_executor(self, work: Callable[[Executor], Awaitable[T]]) -> T:
        """Let work that needs the threads themselves run with them."""
        return await work(self._executor())

    async def to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for work that must not stop half-way when the one who waits goes away."""
        return await asyncio.shield(self.begin(work))

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Let work go on in the background; :meth:`finish` waits for it."""
        task = asyncio.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._begun.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, even if the one who waited is gone

    async def finish(self) -> None:
        """Wait for everything that has begun."""
        while self._begun:
            await asyncio.wait(self._begun)

    def turn(self, run_id: str) -> asyncio.Lock:
        """Return the lock that one run's directory changes under."""
        return self._turns.setdefault(run_id, asyncio.Lock())
