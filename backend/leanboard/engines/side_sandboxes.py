"""Programs that make something for runs (a compiler, pip), each in a sandbox and a slot of its own.

So what they do is held, watched and cleaned up like a run: the slot has what they need under ``code`` and gets what
they make under ``output``; only the command is another.
"""

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from leanboard.engines.base import Sandbox
from leanboard.engines.folder_cache import MEGABYTE, EntryTooLarge, FolderCache, size_of
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.engines.slot_files import STREAMS, read_beginning

LEAST_MEMORY = 1024 * MEGABYTE  # what a compiler needs does not depend on the strategy
LOOK_SECONDS = 2.0  # between two looks at how much it has written
SPACE = 3  # times what may be kept: for archives, and what is made on the way
MAX_OUTPUT = 1 << 20  # bytes of each stream that are kept
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SideCommand:
    """What a sandbox runs instead of LEAN.

    Attributes:
        arguments: The program and what follows.
        environment: On top of a run's.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


class StartSide(Protocol):
    """Starts a sandbox with another command."""

    def __call__(self, spec: SandboxSpec, command: SideCommand) -> Awaitable[Sandbox]:
        """Create and start it; errors as of an engine's ``boot``."""
        ...


class SideSandboxes:
    """Slots for such programs, and their life.

    Args:
        kind: Names the slots and their label: ``build``, ``install``.
        cache: In which what is made will be kept.
        start: Starts a sandbox.
        pool: For file work.
    """

    def __init__(self, kind: str, cache: FolderCache, start: StartSide, pool: ThreadPoolExecutor) -> None:
        self._kind = kind
        self._cache = cache
        self._start = start
        self._pool = pool
        self._slots: set[str] = set()

    @property
    def slots(self) -> frozenset[str]:
        """Ids of the slots that are in use now; no run knows them."""
        return frozenset(self._slots)

    @contextlib.asynccontextmanager
    async def slot(self, key: str) -> AsyncIterator[Slot]:
        """Make a slot with empty folders; it is gone when the block ends.

        Raises:
            EngineError: The disk refused.
        """
        name = f"{self._kind}-{key[:12]}-{secrets.token_hex(4)}"
        slot = Slot(name, await self._in_thread(partial(self._cache.work, name)))
        self._slots.add(name)
        try:
            await self._in_thread(partial(_make_folders, slot))
            yield slot
        finally:
            self._slots.discard(name)
            await asyncio.shield(self._in_thread(partial(shutil.rmtree, slot.root, ignore_errors=True)))

    async def run(self, spec: SandboxSpec, slot: Slot, command: SideCommand, seconds: float) -> SandboxExit:
        """Run a program to its end.

        Args:
            spec: Of the run that needs it, whose image and limits it gets.
            slot: Made here, filled by the caller.
            command: What to run.
            seconds: After which it is ended.

        Raises:
            TimeoutError: It took longer.
            EntryTooLarge: It writes more than could be kept.
            EngineError: The sandbox could not be made.
        """
        limits = replace(spec.limits, memory=max(spec.limits.memory, LEAST_MEMORY), cpu_seconds=None)
        labels = {f"leanboard.{self._kind}": slot.id}
        own = replace(spec, slot=slot, algorithm_id=slot.id, labels=labels, limits=limits)
        sandbox = await self._start(replace(own, build=None, requirements=None, sees_data=False), command)
        try:
            async with asyncio.timeout(seconds):
                return await self._ended(sandbox, slot)
        finally:
            await asyncio.shield(sandbox.remove())

    async def _ended(self, sandbox: Sandbox, slot: Slot) -> SandboxExit:
        most = SPACE * self._cache.limits.entry_bytes
        ending = asyncio.ensure_future(sandbox.wait())
        try:
            while not (await asyncio.wait({ending}, timeout=LOOK_SECONDS))[0]:
                if await self._in_thread(partial(size_of, slot.output)) > most:
                    msg = f"it has written more than {most / MEGABYTE:g} MB"
                    raise EntryTooLarge(msg)
            return ending.result()
        finally:
            ending.cancel()

    async def printed(self, slot: Slot) -> str:
        """Return the beginning of both streams, one after the other."""
        return await self._in_thread(partial(_printed, slot))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _make_folders(slot: Slot) -> None:
    for folder in (slot.code, slot.output, slot.console, slot.storage):
        folder.mkdir()
    slot.config.write_text("{}")


def _printed(slot: Slot) -> str:
    parts = (read_beginning(Path(slot.console, name), MAX_OUTPUT) for name in STREAMS)
    return "".join(part.decode("utf-8", "replace") for part in parts)
