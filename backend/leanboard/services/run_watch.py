"""Watches one sandbox from its first sign of life to its end; ends it early when somebody asks or a limit says so."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

from leanboard.engines.base import Sandbox, SandboxExit, Slot
from leanboard.errors import EngineError
from leanboard.models.results import EquityPoint
from leanboard.services.backtest_monitor import BacktestMonitor, Intent, Update
from leanboard.services.monitoring.log_reader import QUIET_SECONDS
from leanboard.services.output_follower import Chunk, Following
from leanboard.storage.result_files import ResultState, equity_curve, read_result

TICK_SECONDS = 1.0  # between two looks at the clock: stalled, time left
FILES_EVERY = 2  # ticks between two looks at the intermediate result, and at the size of what was written
SETTLE_SECONDS = QUIET_SECONDS + 0.01  # after the last byte: the last log record is whole then


@dataclass(frozen=True, slots=True)
class WatchLimits:
    """What one run is held to; seconds of wall-clock time, bytes."""

    timeout: float
    cancel_grace: float
    boot_timeout: float
    max_output: int
    overdue: bool = False  # an earlier process of the service may have asked it to end for its time


@dataclass(frozen=True, slots=True)
class Over:
    """How it ended: by itself (``exit``), or with a final result while it still ran (``settled``)."""

    exit: SandboxExit | None = None
    settled: bool = False


class RunControl:
    """How others tell a running run to end. The first word counts: a cancel after a time-out changes nothing.

    Attributes:
        intent: What was asked for.
        left: The run's sandbox goes on when the service ends now, and the next start adopts it.
    """

    def __init__(self) -> None:
        self.intent = Intent.NONE
        self.left = False
        self._asked = asyncio.Event()

    def stop(self, intent: Intent) -> None:
        """Ask the run to end early."""
        if self.intent is Intent.NONE:
            self.intent = intent
        self._asked.set()

    async def asked(self) -> None:
        """Wait until somebody asks."""
        await self._asked.wait()


class RunWatch:
    """Feeds the monitor and enforces the limits.

    Args:
        sandbox: Booted, with its job.
        slot: Its files.
        monitor: Of this run.
        control: Through which others ask the run to end early.
        publish: Gets what the monitor sees.
        limits: Of this run.
        pool: For file work.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        slot: Slot,
        *,
        monitor: BacktestMonitor,
        control: RunControl,
        publish: Callable[[Update], None],
        limits: WatchLimits,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._sandbox = sandbox
        self._slot = slot
        self._monitor = monitor
        self._control = control
        self._publish = publish
        self._limits = limits
        self._pool = pool
        self._settled = False
        self._interrupted = False
        self._alive = False
        now = monotonic()
        self._deadline = now + limits.timeout
        self._boot_deadline = now + limits.boot_timeout
        self._kill_at = float("inf")
        self._next_look = now
        self._looks = 0
        self._quiet_at = float("inf")
        self._intermediate = IntermediateResult(slot)
        self.over = Over()

    async def until_over(self, following: Following) -> None:
        """Follow until the sandbox has ended or the run is settled; ``over`` says which.

        Raises:
            EngineError: No sign of life within the boot time-out.
        """
        waiting = asyncio.create_task(self._sandbox.wait(), name=f"wait-{self._slot.id}")
        asked = asyncio.create_task(self._control.asked(), name=f"asked-{self._slot.id}")
        for task in (waiting, asked):
            task.add_done_callback(lambda _: following.poke())
        try:
            while not (waiting.done() or self._settled):
                if asked.done() and not self._interrupted:
                    await self._interrupt()
                await self._take(await self._next(following))
                await self._enforce()
            self.over = Over(waiting.result() if waiting.done() else None, self._settled)
            while chunks := await following.drain():
                await self._take(chunks)
            self._publish(self._monitor.finish())
            if self._limits.overdue and self._monitor.cut_short:
                self._control.stop(Intent.TIME_LIMIT)
        finally:
            for task in (waiting, asked):
                task.cancel()
            await asyncio.gather(waiting, asked, return_exceptions=True)

    async def _next(self, following: Following) -> list[Chunk]:
        soonest = min(self._deadline, self._kill_at, self._next_look, self._quiet_at)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, soonest - monotonic())):
                return await following.next()
        return []

    async def _take(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            await asyncio.sleep(0)  # a run that prints at full speed is one of many
            self._alive = True
            self._quiet_at = monotonic() + SETTLE_SECONDS
            update = self._monitor.feed(chunk.source, chunk.data)
            self._publish(update)
            if update.launched and self._interrupted:
                # LEAN swallows an interrupt before it has launched the strategy: now is the first moment it works.
                await self._sandbox.interrupt()
            # One that strangers stopped is followed to its exit: only that can tell who it was.
            strangers = self._monitor.cut_short and self._control.intent is Intent.NONE
            if update.settle_hint and not self._settled and not strangers:
                self._settled = (await self._result()).is_final

    async def _result(self) -> ResultState:
        work = partial(read_result, self._slot.output, self._slot.id)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _enforce(self) -> None:
        now = monotonic()
        if not self._alive and now > self._boot_deadline:
            msg = (
                f"no sign of life within {self._limits.boot_timeout:g} s; "
                "a slow machine needs a larger LEANBOARD_BOOT_TIMEOUT"
            )
            raise EngineError(msg)
        if now >= self._deadline:
            self._control.stop(Intent.TIME_LIMIT)
            await self._interrupt()
        if now >= self._kill_at:
            self._kill_at = float("inf")
            await self._sandbox.kill()
        if now >= self._quiet_at:
            self._quiet_at = float("inf")
            self._publish(self._monitor.tick())
        if now >= self._next_look:
            self._next_look = now + TICK_SECONDS
            await self._look()

    async def _look(self) -> None:
        self._publish(self._monitor.tick())
        self._looks += 1
        if self._looks % FILES_EVERY:
            return
        newest, size = await asyncio.get_running_loop().run_in_executor(self._pool, self._look_at_files)
        if newest is not None:
            self._publish(self._monitor.observe(newest))
        if size > self._limits.max_output:
            self._control.stop(Intent.OUTPUT_LIMIT)
            await self._sandbox.kill()

    def _look_at_files(self) -> tuple[EquityPoint | None, int]:
        return self._intermediate.newest(), _folder_size(self._slot.root)

    async def _interrupt(self) -> None:
        self._interrupted = True
        self._kill_at = monotonic() + self._limits.cancel_grace
        self._deadline = float("inf")
        await self._sandbox.interrupt()


class IntermediateResult:
    """LEAN's result file while the run goes on: progress for algorithms that write no frames (C#). Blocks.

    LEAN rewrites it in place, every half minute at most; it is read when it stood still from one look to the next.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._frames = slot.output / "frames.ndjson"
        self._path = slot.output / f"{slot.id}.json"
        self._seen = 0
        self._read = 0

    def newest(self) -> EquityPoint | None:
        """Return the newest equity point if the file has changed since the last time; None with frames there."""
        try:
            stamp = self._path.lstat().st_mtime_ns
        except OSError:
            return None
        still, self._seen = stamp == self._seen, stamp
        if not still or stamp == self._read or self._frames.exists():
            return None
        self._read = stamp
        points = equity_curve(self._slot.output, self._slot.id, points=2)
        return points[-1] if points else None


def _folder_size(root: Path) -> int:
    """Bytes in regular files, links not followed."""
    total, folders = 0, [str(root)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
    return total
