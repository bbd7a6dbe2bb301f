"""Work that several ask for at the same time, and that is done once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedWork(Generic[T]):
    """Work by key: begun by the first who asks, given up with the last who waits."""

    def __init__(self) -> None:
        self._running: dict[str, _Shared[T]] = {}

    async def once(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, or wait for the one who does it; its error is everybody's."""
        shared = self._running.get(key)
        if shared is None or shared.is_over:
            shared = self._running[key] = _Shared(asyncio.ensure_future(work()))
        try:
            return await shared.wait()
        finally:
            if shared.is_over and self._running.get(key) is shared:
                del self._running[key]

    async def close(self) -> None:
        """End what goes on."""
        for shared in tuple(self._running.values()):
            await shared.end()


class _Shared(Generic[T]):
    """One piece of work; it is given up when the last who waits gives up."""

    def __init__(self, task: asyncio.Future[T]) -> None:
        self._task = task
        self._task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may wait any more
        self._waiting = 0

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is being given up."""
        return self._task.done() or self._waiting == 0

    async def wait(self) -> T:
        self._waiting += 1
        try:
            return await asyncio.shield(self._task)
        finally:
            self._waiting -= 1
            if self._waiting == 0 and not self._task.done():
                await self.end()

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})
