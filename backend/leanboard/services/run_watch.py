"""Watches one sandbox from its first sign of life to its end; ends it early when somebody asks or a limit says so."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from time import monotonic

from leanboard.engines.base import Sandbox
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.slot import Slot
from leanboard.errors import EngineError
from leanboard.services.backtest_monitor import BacktestMonitor, Intent, Update
from leanboard.services.monitoring.log_reader import QUIET_SECONDS
from leanboard.services.output_follower import Chunk, Following, News
from leanboard.services.slot_survey import Survey
from leanboard.storage.result_files import ResultState, read_result

TICK_SECONDS = 1.0  # between two looks at the clock: stalled, time left
SLACK_SECONDS = 0.5  # that a tick may be late: the next news, which come anyway, then make it unnecessary
SETTLE_SECONDS = QUIET_SECONDS + 0.01  # after the last byte: the last log record is whole then
LARGE_BYTES = 1 << 12


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
        self._tick_at = now
        self._quiet_at = float("inf")
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
                news = await self._next(following)
                await self._take(news.chunks)
                if news.survey is not None:
                    await self._heed(news.survey)
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

    async def _next(self, following: Following) -> News:
        soonest = min(self._deadline, self._kill_at, self._tick_at + SLACK_SECONDS, self._quiet_at)
        return await following.next(max(0.0, soonest - monotonic()))

    async def _take(self, chunks: Sequence[Chunk]) -> None:
        for chunk in chunks:
            if len(chunk.data) > LARGE_BYTES:
                await asyncio.sleep(0)  # a run that prints at full speed is one of many
            self._monitor.take(chunk.source, chunk.data, chunk.age)
            self._alive = True
        if chunks:
            await self._tick()

    async def _tick(self) -> None:
        update = self._monitor.tick()
        self._tick_at = monotonic() + TICK_SECONDS
        self._quiet_at = monotonic() + SETTLE_SECONDS if self._monitor.waits else float("inf")
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
        if now >= min(self._quiet_at, self._tick_at):
            await self._tick()

    async def _heed(self, survey: Survey) -> None:
        if survey.newest is not None:
            self._publish(self._monitor.observe(survey.newest))
        if survey.size > self._limits.max_output:
            self._control.stop(Intent.OUTPUT_LIMIT)
            await self._sandbox.kill()

    async def _interrupt(self) -> None:
        self._interrupted = True
        self._kill_at = monotonic() + self._limits.cancel_grace
        self._deadline = float("inf")
        await self._sandbox.interrupt()
