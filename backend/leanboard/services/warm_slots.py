"""Slots that boot before anybody asks: what a run then waits for is its job alone.

A warm slot is a slot like any other: it is booted for one run, by the id of that run, and used once. For a run that
waits in the line the id is known; else it is made up, and the next run that fits gets it as its own. So everything
that finds a run's slot by its id (recovery, housekeeping, adoption) knows nothing of warm slots::

    made up -> booting -> ready -> claimed by a run -> taken when the run starts
                  |         |            |
                  +---------+------------+--> dead, too old, or not wanted: removed, and another one boots

Booting gives way to runs: one slot at a time, none while memory is short, and for runs to come only while no run waits,
a core is free, and none was handed out a moment ago.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic

import structlog

from leanboard.engines.base import AllBut, Engine, Sandbox
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.models.health import WarmSlotsHealth
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import EngineName
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.run_plan import RunnerLimits, sandbox_spec
from leanboard.services.warm_slot import (
    CLOSE_SECONDS,
    NAME,
    Ground,
    MakeSlot,
    WarmKind,
    WarmSlot,
    available_memory,
    identity,
)

LOOK_SECONDS = 2.0  # between two looks at what is missing, if nothing happens
FIRST_WAIT = 1.0  # after a boot that failed; doubles with each one that follows
LONGEST_WAIT = 300.0
SHORT_RUN = 5.0  # seconds that a run which was given a slot has the machine to itself
GROUND_SECONDS = 5.0  # between two looks at what slots are booted from

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WarmOptions:
    """Settings of warm slots.

    Attributes:
        sizes: How many may be booted ahead, of each kind; of others there are none.
        image: What an engine's own image is called.
        max_age: Seconds after which one that nobody wanted is replaced.
        min_free_memory: Bytes that must be available before another one boots.
        boot_timeout: Seconds until one must be ready.
        data_folder: Market data of all runs.
        limits: Of all runs.
        cores: Runs that keep the machine busy.
    """

    sizes: Mapping[WarmKind, int]
    image: str
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
        request_of: What a waiting run asks for; None where it cannot boot ahead.
        slot_of: Makes the slot of a waiting run, with its code; None where it boots with its job.
        running: How many runs have a sandbox.
    """

    heads: Callable[[EngineName, int], tuple[str, ...]]
    request_of: Callable[[str], Awaitable[BacktestRequest | None]]
    slot_of: Callable[[str], Awaitable[Slot | None]]
    running: Callable[[], int]


@dataclass(slots=True)
class _Count:
    """What happened with the slots of one kind since the start.

    Attributes:
        ground: What one would be booted from now; None where none could be, or while the engine does not say.
        ground_until: Monotonic time at which it is looked at again.
        unfit: Waiting runs of its engine that cannot be given one.
        not_before: Monotonic time before which none is booted.
    """

    hits: int = 0
    misses: int = 0
    boot_seconds: float | None = None
    failures: int = 0
    unfit: set[str] = field(default_factory=set)
    not_before: float = 0.0
    ground: Ground | None = None
    ground_until: float = 0.0


class WarmSlots:
    """Boots slots ahead and hands them out.

    Args:
        engines: Started; those whose sandboxes start with their job have no warm slots.
        storage: Makes the slots.
        options: Settings.
    """

    def __init__(self, engines: Mapping[EngineName, Engine], storage: BacktestStorage, options: WarmOptions) -> None:
        self._all_engines = tuple(engines.values())  # also those that have none any more
        self._engines = {
            kind: engines[kind.engine]
            for kind, size in options.sizes.items()
            if size and kind.engine in engines and engines[kind.engine].warms
        }
        self._storage = storage
        self._options = options
        self._slots: dict[str, WarmSlot] = {}
        self._counts = {kind: _Count() for kind in self._engines}
        self._taken = 0.0  # when the last was handed out, monotonic
        self._wake = asyncio.Event()
        self._filler: asyncio.Task[None] | None = None

    async def recover(self) -> None:
        """Remove what an earlier process had booted ahead and could not remove."""
        left = await self._storage.reserved_slots()
        if left:
            doomed = AllBut(frozenset(slot.id for slot in left))
            for engine in self._all_engines:
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
                engine=kind.engine.value,
                image=kind.image,
                size=self._options.sizes[kind],
                ready=sum(warm.ready and not warm.over for warm in self._of(kind)),
                booting=sum(not warm.ready for warm in self._of(kind)),
                hits=counts.hits,
                misses=counts.misses,
                boot_seconds=counts.boot_seconds,
            )
            for kind, counts in self._counts.items()
        )

    def _kind_of(self, engine: EngineName, request: BacktestRequest) -> WarmKind:
        image = request.image or ""
        return WarmKind(engine, "" if image == self._options.image else image)

    def _spec(self, slot: Slot, run_id: str, request: BacktestRequest) -> SandboxSpec:
        options = self._options
        return sandbox_spec(slot, run_id, request, data_folder=options.data_folder, limits=options.limits)

    # --- handing out ---------------------------------------------------------------------------------------------

    def claim(self, engine: EngineName, request: BacktestRequest) -> str | None:
        """Return the id of a run to come whose slot fits a request, for this one to take; None without any.

        The caller gives it back with `discard` if the run does not come to be.
        """
        kind = self._kind_of(engine, request)
        free = (warm for warm in self._of(kind) if warm.ready and not (warm.claimed or warm.over))
        chosen = next((warm for warm in free if self._fits(warm, request)), None)
        if chosen is None:
            return None
        chosen.claimed, chosen.made_up = True, False
        self._wake.set()
        return chosen.run_id

    def _fits(self, warm: WarmSlot, request: BacktestRequest) -> bool:
        """Compare what was booted with what would be; that both are of one kind is known."""
        if warm.spec is None:
            return False
        wanted = self._spec(warm.spec.slot, warm.run_id, request)
        return replace(wanted, project="", image="") == replace(warm.spec, project="", image="")

    async def take(self, run_id: str, attempt: int, engine: EngineName, request: BacktestRequest) -> Sandbox | None:
        """Hand out the sandbox of a run that starts now, None when none has booted for it or it has died."""
        counts = self._counts.get(self._kind_of(engine, request))
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
        counts.hits, counts.failures = counts.hits + 1, 0
        self._taken = monotonic()
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
            await warm.end()

    # --- booting -------------------------------------------------------------------------------------------------

    def _of(self, kind: WarmKind) -> list[WarmSlot]:
        return [warm for warm in self._slots.values() if warm.kind == kind]

    async def _fill(self, line: Waiting) -> None:
        while True:
            for kind, engine in self._engines.items():
                try:
                    await self._look(kind, engine, line)
                except Exception:  # the next look may be better; runs boot by themselves meanwhile
                    log.exception("slots could not be booted ahead", engine=kind.engine.value, image=kind.image)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    async def _look(self, kind: WarmKind, engine: Engine, line: Waiting) -> None:
        """Boot one more where one is missing and nothing speaks against it."""
        size = self._options.sizes[kind]
        ground = await self._ground(kind, engine)
        await self._give_up_stale(kind, ground)
        ahead = await self._ahead(kind, line)
        if ahead is not None:
            await self._make_way(kind)
        mine = self._of(kind)
        if ground is None or len(mine) >= size or not all(warm.ready for warm in mine) or not self._may_boot(kind):
            return
        heads = line.heads(kind.engine, size)
        if ahead is not None and ahead in heads:
            self._begin(WarmSlot(ahead, kind, engine, ground, claimed=True), partial(self._waiting, ahead, line))
        elif ahead is None and not heads and self._has_time(line):
            run_id = uuid.uuid4().hex
            self._begin(WarmSlot(run_id, kind, engine, ground, made_up=True), partial(self._reserve, run_id, kind))

    def _has_time(self, line: Waiting) -> bool:
        """Tell whether a boot for a run to come would be in nobody's way: a short run is over in a moment."""
        running = line.running()
        return not running or (running < self._options.cores and monotonic() > self._taken + SHORT_RUN)

    async def _ahead(self, kind: WarmKind, line: Waiting) -> str | None:
        """Return the first of the next runs that has no slot and could have one of this kind."""
        heads = line.heads(kind.engine, self._options.sizes[kind])
        unfit = self._counts[kind].unfit
        unfit.intersection_update(heads)
        for run_id in heads:
            if run_id in self._slots or run_id in unfit:
                continue
            request = await line.request_of(run_id)
            if request is not None and self._kind_of(kind.engine, request) == kind:
                return run_id
            unfit.add(run_id)
        return None

    def _may_boot(self, kind: WarmKind) -> bool:
        return monotonic() >= self._counts[kind].not_before and available_memory() >= self._options.min_free_memory

    async def _ground(self, kind: WarmKind, engine: Engine) -> Ground | None:
        """Return what one would be booted from; an image that is not there is not fetched for this."""
        counts = self._counts[kind]
        if monotonic() >= counts.ground_until:
            versions = None if engine.hold_reason() else await engine.versions(kind.image)
            data = await asyncio.to_thread(identity, self._options.data_folder)
            counts.ground = None if versions is None else Ground(versions, data)
            counts.ground_until = monotonic() + GROUND_SECONDS
        return counts.ground

    async def _give_up_stale(self, kind: WarmKind, ground: Ground | None) -> None:
        """Give up what was booted from another image than the name means now, or has another data folder mounted."""
        for warm in self._of(kind):
            if ground is not None and warm.ground != ground and not warm.over:
                log.info("image or data have changed; a slot that had booted ahead is given up", run=warm.run_id)
                await self.discard(warm.run_id, unused=warm.made_up)

    async def _make_way(self, kind: WarmKind) -> None:
        """Give up a slot for a run to come where a run that waits has no place: it cannot become that run's."""
        mine = self._of(kind)
        spare = next((warm for warm in mine if warm.made_up and not warm.over), None)
        if spare is not None and len(mine) >= self._options.sizes[kind]:
            await self.discard(spare.run_id, unused=True)

    async def _reserve(self, run_id: str, kind: WarmKind) -> tuple[Slot, SandboxSpec]:
        slot = await self._storage.reserve_slot(run_id)
        return slot, self._spec(slot, run_id, BacktestRequest(strategy_name=NAME, image=kind.image or None))

    async def _waiting(self, run_id: str, line: Waiting) -> tuple[Slot, SandboxSpec] | None:
        request = await line.request_of(run_id)
        slot = None if request is None else await line.slot_of(run_id)
        if request is None or slot is None:
            for counts in self._counts.values():
                counts.unfit.add(run_id)
            return None
        return slot, self._spec(slot, run_id, request)

    def _begin(self, warm: WarmSlot, make: MakeSlot) -> None:
        self._slots[warm.run_id] = warm
        warm.life = asyncio.create_task(self._live(warm, make), name=f"warm-{warm.run_id}")

    async def _live(self, warm: WarmSlot, make: MakeSlot) -> None:
        """Boot and wait; whatever ends this, the slot is gone then, unless a run has taken it."""
        counts = self._counts[warm.kind]
        try:
            if await warm.boot(make) is not None:
                counts.boot_seconds = round(await warm.until_ready(self._options.boot_timeout), 3)
                self._wake.set()
                await warm.until_over(self._options.max_age)
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

    async def _remove(self, warm: WarmSlot) -> None:
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
