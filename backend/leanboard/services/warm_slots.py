"""Slots that boot before anybody asks: what a run then waits for is its job alone.

A warm slot is a slot like any other: it is booted for one run, by the id of that run, and used once. For a run that
waits in the line the id is known; else it is made up, and the next run that fits gets it as its own. So everything
that finds a run's slot by its id (recovery, housekeeping, adoption) knows nothing of warm slots::

    made up -> booting -> ready -> claimed by a run -> taken when the run starts
                  |         |            |
                  +---------+------------+--> dead, too old, or not wanted: removed, and another one boots

Booting gives way to runs: one slot at a time, none while memory is short, and for runs to come only while no run waits
and a core is free.
"""

import asyncio
import contextlib
import os
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic

import structlog

from leanboard.engines.base import AllBut, Engine, Sandbox, SandboxSpec, Slot
from leanboard.engines.slot_files import STREAMS
from leanboard.errors import EngineError
from leanboard.models.health import WarmSlotsHealth
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import EngineName
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.lean_config import lean_config
from leanboard.services.run_evidence import read_small
from leanboard.services.run_plan import RunnerLimits, sandbox_spec

LOOK_SECONDS = 2.0  # between two looks at what is missing, if nothing happens
CLOSE_SECONDS = 10.0
FIRST_WAIT = 1.0  # after a boot that failed; doubles with each one that follows
LONGEST_WAIT = 300.0
NAME = "Leanboard"
LAST_WORDS = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WarmOptions:
    """Settings of warm slots.

    Attributes:
        sizes: How many may be booted ahead, by engine; engines that are not named have none.
        max_age: Seconds after which one that nobody wanted is replaced.
        min_free_memory: Bytes that must be available before another one boots.
        boot_timeout: Seconds until one must be ready.
        data_folder: Market data of all runs.
        limits: Of all runs.
        cores: Runs that keep the machine busy.
    """

    sizes: Mapping[EngineName, int]
    max_age: float
    min_free_memory: int
    boot_timeout: float
    data_folder: Path
    limits: RunnerLimits
    cores: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The line of runs, as far as booting ahead needs it.

    Attributes:
        heads: The ids of an engine's next runs, as many as asked for or as there are.
        slot_of: Makes the slot of a waiting run, with its code; None where it cannot boot ahead.
        running: How many runs have a sandbox.
    """

    heads: Callable[[EngineName, int], tuple[str, ...]]
    slot_of: Callable[[str], Awaitable[tuple[Slot, BacktestRequest] | None]]
    running: Callable[[], int]


@dataclass(eq=False, slots=True)
class _Warm:
    """One slot on its way.

    Attributes:
        claimed: A run has it, which has not started yet.
        made_up: No run has its id: its folder is ours to remove.
        ready: The guest waits for its job.
        over: It has died, or is being removed.
        booted: Set when ``sandbox`` is known, or will not be.
    """

    run_id: str
    engine: Engine
    spec: SandboxSpec | None = None
    sandbox: Sandbox | None = None
    claimed: bool = False
    made_up: bool = False
    ready: bool = False
    over: bool = False
    booted: asyncio.Event = field(default_factory=asyncio.Event)
    begun: float = field(default_factory=monotonic)
    life: asyncio.Task[None] | None = None


@dataclass(slots=True)
class _Count:
    """What happened with an engine's slots since the start.

    Attributes:
        unfit: Its waiting runs that cannot boot ahead.
    """

    hits: int = 0
    misses: int = 0
    boots: int = 0
    boot_seconds: float | None = None
    failures: int = 0
    unfit: set[str] = field(default_factory=set)
    not_before: float = 0.0


class WarmSlots:
    """Boots slots ahead and hands them out.

    Args:
        engines: Started; those whose sandboxes start with their job have no warm slots.
        storage: Makes the slots.
        options: Settings.
    """

    def __init__(self, engines: Mapping[EngineName, Engine], storage: BacktestStorage, options: WarmOptions) -> None:
        self._engines = {name: engine for name, engine in engines.items() if options.sizes.get(name) and engine.warms}
        self._storage = storage
        self._options = options
        self._slots: dict[str, _Warm] = {}
        self._counts = {name: _Count() for name in self._engines}
        self._wake = asyncio.Event()
        self._filler: asyncio.Task[None] | None = None

    async def recover(self) -> None:
        """Remove what an earlier process had booted ahead and could not remove."""
        left = await self._storage.reserved_slots()
        if left:
            doomed = AllBut(frozenset(slot.id for slot in left))
            for engine in self._engines.values():
                await engine.sweep(doomed)

    async def start(self, line: Waiting) -> None:
        """Begin to boot."""
        if self._engines:
            self._filler = asyncio.create_task(self._fill(line), name="warm-slots")

    async def close(self) -> None:
        """End and remove every slot that no run has taken."""
        lives = [warm.life for warm in self._slots.values() if warm.life is not None]
        tasks = [*lives, *([self._filler] if self._filler is not None else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)

    def holds(self, slot_id: str) -> bool:
        """Tell whether a slot is one of these, and no run has taken it."""
        return any(f"{run_id}-1" == slot_id for run_id in self._slots)

    def health(self) -> tuple[WarmSlotsHealth, ...]:
        """Say how many there are and what they were good for."""
        return tuple(
            WarmSlotsHealth(
                engine=name.value,
                size=self._options.sizes[name],
                ready=sum(warm.ready and not warm.over for warm in self._of(engine)),
                booting=sum(not warm.ready for warm in self._of(engine)),
                hits=self._counts[name].hits,
                misses=self._counts[name].misses,
                boot_seconds=self._counts[name].boot_seconds,
            )
            for name, engine in self._engines.items()
        )

    # --- handing out ---------------------------------------------------------------------------------------------

    def claim(self, engine: EngineName, request: BacktestRequest) -> str | None:
        """Return the id of a run to come whose slot fits a request, for this one to take; None without any.

        The caller gives it back with `discard` if the run does not come to be.
        """
        free = (warm for warm in self._slots.values() if warm.ready and not (warm.claimed or warm.over))
        fitting = [warm for warm in free if self._fits(warm, engine, request)]
        if not fitting:
            return None
        chosen = fitting[0]
        chosen.claimed, chosen.made_up = True, False
        self._wake.set()
        return chosen.run_id

    def _fits(self, warm: _Warm, engine: EngineName, request: BacktestRequest) -> bool:
        if warm.engine.name is not engine or warm.spec is None:
            return False
        return replace(self._spec(warm.spec.slot, warm.run_id, request), project="") == replace(warm.spec, project="")

    def _spec(self, slot: Slot, run_id: str, request: BacktestRequest) -> SandboxSpec:
        options = self._options
        return sandbox_spec(slot, run_id, request, data_folder=options.data_folder, limits=options.limits)

    async def take(self, run_id: str, attempt: int, engine: EngineName) -> Sandbox | None:
        """Hand out the sandbox of a run that starts now, None when none has booted for it or it has died."""
        counts = self._counts.get(engine)
        if counts is None:
            return None
        warm = self._slots.get(run_id) if attempt == 1 else None
        if warm is not None:
            await warm.booted.wait()
        if warm is None or warm.sandbox is None or warm.over:
            counts.misses += 1
            await self.discard(run_id)
            return None
        self._slots.pop(run_id, None)  # from here on its life ends without removing it; no await until it is returned
        if warm.life is not None:
            warm.life.cancel()
        counts.hits += 1
        self._wake.set()
        return warm.sandbox

    async def discard(self, run_id: str, *, unused: bool = False) -> None:
        """Remove the sandbox of a run that does not start, if there is one.

        Args:
            run_id: Of the run.
            unused: The run has not come to be: its slot goes as well.
        """
        warm = self._slots.get(run_id)
        if warm is not None:
            warm.made_up = unused
            await _over(warm)

    # --- booting -------------------------------------------------------------------------------------------------

    def _of(self, engine: Engine) -> list[_Warm]:
        return [warm for warm in self._slots.values() if warm.engine is engine]

    async def _fill(self, line: Waiting) -> None:
        while True:
            for name, engine in self._engines.items():
                try:
                    await self._look(name, engine, line)
                except Exception:  # the next look may be better; runs boot by themselves meanwhile
                    log.exception("slots could not be booted ahead", engine=name.value)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    async def _look(self, name: EngineName, engine: Engine, line: Waiting) -> None:
        """Boot one more where one is missing and nothing speaks against it."""
        counts = self._counts[name]
        heads = line.heads(name, self._options.sizes[name])
        counts.unfit.intersection_update(heads)
        ahead = next((run_id for run_id in heads if run_id not in self._slots and run_id not in counts.unfit), None)
        if ahead is not None:
            await self._make_way(name, engine)
        mine = self._of(engine)
        if len(mine) >= self._options.sizes[name] or not all(warm.ready for warm in mine):
            return
        if monotonic() < counts.not_before or available_memory() < self._options.min_free_memory:
            return
        if not (await engine.availability()).ready:  # an image that is not there is not fetched for this
            return
        if ahead is not None and ahead in line.heads(name, self._options.sizes[name]):
            self._begin(_Warm(ahead, engine, claimed=True), partial(line.slot_of, ahead))
        elif ahead is None and not heads and line.running() < self._options.cores:
            warm = _Warm(uuid.uuid4().hex, engine, made_up=True)
            self._begin(warm, partial(self._reserve, warm.run_id))

    async def _make_way(self, name: EngineName, engine: Engine) -> None:
        """Give up a slot for a run to come where a run that waits has no place: it cannot become that run's."""
        mine = self._of(engine)
        spare = next((warm for warm in mine if warm.made_up and not warm.over), None)
        if spare is not None and len(mine) >= self._options.sizes[name]:
            await self.discard(spare.run_id, unused=True)

    async def _reserve(self, run_id: str) -> tuple[Slot, BacktestRequest]:
        return await self._storage.reserve_slot(run_id), BacktestRequest(strategy_name=NAME)

    def _begin(self, warm: _Warm, make: Callable[[], Awaitable[tuple[Slot, BacktestRequest] | None]]) -> None:
        self._slots[warm.run_id] = warm
        warm.life = asyncio.create_task(self._live(warm, make), name=f"warm-{warm.run_id}")

    async def _live(self, warm: _Warm, make: Callable[[], Awaitable[tuple[Slot, BacktestRequest] | None]]) -> None:
        """Boot and wait; whatever ends this, the slot is gone then, unless a run has taken it."""
        counts = self._counts[warm.engine.name]
        try:
            sandbox = await self._booted(warm, make)
            if sandbox is not None:
                await self._ready(warm, sandbox)
                self._wake.set()
                await self._until_over(warm, sandbox)
                counts.failures = 0
        except Exception as error:  # noqa: BLE001  # whatever it is, runs boot by themselves meanwhile
            counts.failures += 1
            counts.not_before = monotonic() + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(counts.failures - 1, 16))
            log.warning("a slot could not be booted ahead", engine=warm.engine.name.value, problem=str(error))
        finally:
            if self._slots.get(warm.run_id) is warm:
                warm.over = True
                warm.booted.set()
                await asyncio.shield(self._remove(warm))
                self._wake.set()

    async def _booted(
        self, warm: _Warm, make: Callable[[], Awaitable[tuple[Slot, BacktestRequest] | None]]
    ) -> Sandbox | None:
        """Boot; when cancelled, only after it is known what there is to be removed."""
        boot = asyncio.create_task(self._boot(warm, make), name=f"boot-{warm.run_id}")
        try:
            return await asyncio.shield(boot)
        except asyncio.CancelledError:
            _, late = await asyncio.wait({boot}, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            raise

    async def _boot(
        self, warm: _Warm, make: Callable[[], Awaitable[tuple[Slot, BacktestRequest] | None]]
    ) -> Sandbox | None:
        made = await make()
        if made is None:
            self._counts[warm.engine.name].unfit.add(warm.run_id)
            return None
        slot, request = made
        spec = self._spec(slot, warm.run_id, request)
        config = lean_config(warm.engine.paths(slot, spec.data_folder), algorithm_id=slot.id, name=NAME)
        await asyncio.to_thread(slot.config.write_bytes, config)
        warm.sandbox = await warm.engine.boot(spec)
        warm.spec = spec
        warm.booted.set()
        return warm.sandbox

    async def _ready(self, warm: _Warm, sandbox: Sandbox) -> None:
        if not await sandbox.wait_ready(self._options.boot_timeout):
            printed = await asyncio.to_thread(_last_words, warm.spec.slot) if warm.spec is not None else ""
            msg = f"sandbox {sandbox.id} ended, or was not ready in {self._options.boot_timeout:g} s: {printed}"
            raise EngineError(msg)
        warm.ready = True
        counts = self._counts[warm.engine.name]
        counts.boots += 1
        counts.boot_seconds = round(monotonic() - warm.begun, 3)

    async def _until_over(self, warm: _Warm, sandbox: Sandbox) -> None:
        """Wait until it has ended by itself, or is too old and nobody has claimed it."""
        ended = asyncio.ensure_future(sandbox.wait())
        try:
            done, _ = await asyncio.wait({ended}, timeout=self._options.max_age)
            if not done and warm.claimed:
                done, _ = await asyncio.wait({ended})
        finally:
            ended.cancel()
        if done:
            msg = f"sandbox {sandbox.id} died while it waited"
            raise EngineError(msg)

    async def _remove(self, warm: _Warm) -> None:
        """Remove sandbox and, where no run has it, the slot."""
        try:
            if warm.sandbox is not None:
                await warm.sandbox.remove()
            if warm.made_up:
                await self._storage.drop_reserved(warm.run_id)
        except Exception as error:  # noqa: BLE001  # housekeeping and the next start look again
            log.warning("a slot that had booted ahead is left", run=warm.run_id, problem=str(error))
        finally:
            self._slots.pop(warm.run_id, None)


async def _over(warm: _Warm) -> None:
    """End a slot's life and wait until its sandbox is removed; a removal that has begun is not to be cancelled.

    The next sandbox of the same slot has the same name.
    """
    if warm.life is not None:
        if not warm.over:
            warm.over = True  # nobody claims it from here on
            warm.life.cancel()
        await asyncio.wait({warm.life})


def _last_words(slot: Slot) -> str:
    """Return the end of what a sandbox printed."""
    found = [read_small(slot.console, name).decode(errors="replace")[-LAST_WORDS:].strip() for name in STREAMS]
    return "\n".join(found).strip() or "it printed nothing"


def available_memory() -> int:
    """Return the bytes that this machine can give without swapping; all there is where it does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
