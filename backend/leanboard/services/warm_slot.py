"""One slot that boots before anybody asks: its life, from boot to end, without a word on who gets it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from leanboard.engines.base import Engine, Sandbox
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.engines.slot_files import STREAMS
from leanboard.errors import EngineError
from leanboard.models.results import Versions
from leanboard.models.run import EngineName
from leanboard.services.lean_config import lean_config
from leanboard.services.run_evidence import read_small

CLOSE_SECONDS = 10.0
LAST_WORDS = 500
NAME = "Leanboard"

MakeSlot = Callable[[], Awaitable[tuple[Slot, SandboxSpec] | None]]


@dataclass(frozen=True, slots=True)
class WarmKind:
    """What is booted ahead.

    Attributes:
        image: Empty for the engine's own.
    """

    engine: EngineName
    image: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a slot is booted from, and has for ever.

    Attributes:
        versions: Of engine and image: a name may mean another image later.
        data: The data folder itself, as `identity` tells it: another may be put in its place.
    """

    versions: Versions
    data: tuple[int, int] | None


@dataclass(eq=False, slots=True)
class WarmSlot:
    """One slot on its way.

    Attributes:
        ground: Known before it is booted.
        claimed: A run has it, which has not started yet.
        made_up: No run has its id: its folder is the pool's to remove.
        ready: The guest waits for its job.
        over: It has died, or is being removed.
        booted: Set when ``sandbox`` is known, or will not be.
        life: The task that does all this.
    """

    run_id: str
    kind: WarmKind
    engine: Engine
    ground: Ground
    spec: SandboxSpec | None = None
    sandbox: Sandbox | None = None
    claimed: bool = False
    made_up: bool = False
    ready: bool = False
    over: bool = False
    booted: asyncio.Event = field(default_factory=asyncio.Event)
    begun: float = field(default_factory=monotonic)
    life: asyncio.Task[None] | None = None

    async def boot(self, make: MakeSlot) -> Sandbox | None:
        """Boot; when cancelled, return only after it is known what there is to be removed.

        Args:
            make: Makes the slot and says what to boot; None where it cannot boot ahead.
        """
        boot = asyncio.create_task(self._boot(make), name=f"boot-{self.run_id}")
        try:
            return await asyncio.shield(boot)
        except asyncio.CancelledError:
            _, late = await asyncio.wait({boot}, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            raise

    async def _boot(self, make: MakeSlot) -> Sandbox | None:
        made = await make()
        if made is None:
            return None
        slot, spec = made
        config = lean_config(self.engine.paths(slot, spec.data_folder), algorithm_id=slot.id, name=NAME)
        await asyncio.to_thread(slot.config.write_bytes, config)
        self.sandbox = await self.engine.boot(spec)
        self.spec = spec
        self.booted.set()
        return self.sandbox

    async def until_ready(self, within: float) -> float:
        """Wait until the guest waits for its job; returns the seconds since it was begun.

        Raises:
            EngineError: It ended, or was not ready ``within`` that many seconds.
        """
        assert self.sandbox is not None
        if not await self.sandbox.wait_ready(within):
            printed = await asyncio.to_thread(_last_words, self.spec.slot) if self.spec is not None else ""
            msg = f"sandbox {self.sandbox.id} ended, or was not ready in {within:g} s: {printed}"
            raise EngineError(msg)
        self.ready = True
        return monotonic() - self.begun

    async def until_over(self, max_age: float) -> None:
        """Wait until it is too old and nobody has claimed it.

        Raises:
            EngineError: It has ended by itself.
        """
        assert self.sandbox is not None
        ended = asyncio.ensure_future(self.sandbox.wait())
        try:
            done, _ = await asyncio.wait({ended}, timeout=max_age)
            if not done and self.claimed:
                done, _ = await asyncio.wait({ended})
        finally:
            ended.cancel()
        if done:
            msg = f"sandbox {self.sandbox.id} died while it waited"
            raise EngineError(msg)

    async def end(self) -> None:
        """End its life and wait until its sandbox is removed; a removal that has begun is not to be cancelled.

        The next sandbox of the same slot has the same name.
        """
        if self.life is not None:
            if not self.over:
                self.over = True  # nobody claims it from here on
                self.life.cancel()
            await asyncio.wait({self.life})


def _last_words(slot: Slot) -> str:
    """Return the end of what a sandbox printed."""
    found = [read_small(slot.console, name).decode(errors="replace")[-LAST_WORDS:].strip() for name in STREAMS]
    return "\n".join(found).strip() or "it printed nothing"


def identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from another one of its name; None where there is none. Blocks."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def available_memory() -> int:
    """Return the bytes that this machine can give without swapping; all there is where it does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
