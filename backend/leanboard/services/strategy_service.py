"""The strategies, for the event loop: the catalogue's blocking work in threads of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from leanboard.models.code import CodeDigest, CopyCode
from leanboard.models.strategies import StrategyInfo
from leanboard.services.code_reader import CodeReader, Prepared
from leanboard.strategies.catalogue import Snapshot, StrategyCatalogue
from leanboard.strategies.folder_scan import snapshot_project

T = TypeVar("T")


class StrategyService:
    """Lists, shows, copies and reads strategies.

    Args:
        catalogue: Does the work; its methods block.
    """

    def __init__(self, catalogue: StrategyCatalogue) -> None:
        self._catalogue = catalogue
        self._reader = CodeReader()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="strategies")

    def close(self) -> None:
        """Give the threads back."""
        self._pool.shutdown(wait=True)

    async def list(self) -> tuple[StrategyInfo, ...]:
        """Return all strategies by name, the broken ones with their problems, without source."""
        return tuple(await self.in_thread(self._catalogue.strategies))

    async def get(self, name: str) -> StrategyInfo:
        """Return one strategy with its source.

        Raises:
            NotFound: There is no such strategy.
        """
        return await self.in_thread(partial(self._catalogue.detail, name))

    def snapshot(self, name: str) -> CopyCode:
        """Return what copies the strategy into the folder it is given; that call blocks.

        Raises (from the call):
            NotFound: There is no such strategy.
            InvalidInput: It is broken, or too large.
        """

        def copy(target: Path) -> CodeDigest:
            return self._catalogue.snapshot(name, target, self._reader.read).digest

        return copy

    async def take(self, name: str, target: Path) -> Snapshot:
        """Copy a strategy into a folder that is empty or missing, and read the copy; raises as :meth:`snapshot`'s."""
        return await self.in_thread(partial(self._catalogue.snapshot, name, target, self._reader.read))

    async def prepared(self, name: str, code: Path, digest: CodeDigest | None = None) -> Prepared:
        """Read a run's snapshot, as it will be executed.

        Args:
            name: Of the strategy.
            code: The snapshot.
            digest: Its own, where it is known: what was read of the same bytes before is then the answer.
        """
        known = self._reader.known(name, digest) if digest is not None else None
        if known is not None:
            return known
        return await self.in_thread(partial(self._reader.prepared, name, code, digest))

    async def copied(self, name: str, code: Path) -> StrategyInfo:
        """Describe the copy of a strategy that a finished run was executed from; without source."""
        return await self.in_thread(lambda: self._catalogue.describe(snapshot_project(code, name)))

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Do blocking work on strategies' files in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
