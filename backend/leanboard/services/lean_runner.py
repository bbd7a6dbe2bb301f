"""One run: slot -> sandbox -> follow -> settle. Touches neither the database nor a run's status.

A run is settled when LEAN's result file is final and its log says that everything is written. The sandbox is ended
then: real LEAN spends seconds on its Python shutdown after that, and its exit code no longer matters.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

import structlog

from leanboard.engines.base import Engine, Limits, Sandbox, SandboxExit, SandboxSpec, Slot
from leanboard.errors import EngineError, LeanboardError
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import Applied, BacktestProgress, Outcome
from leanboard.services.applied import applied, read_guest_account
from leanboard.services.backtest_monitor import BacktestMonitor, Evidence, Intent, Update
from leanboard.services.lean_config import job, lean_config
from leanboard.services.output_follower import OutputFollower
from leanboard.services.run_evidence import read_small
from leanboard.services.run_watch import Over, RunControl, RunWatch, WatchLimits
from leanboard.services.strategy_service import Prepared
from leanboard.storage.result_files import ResultState, read_result
from leanboard.storage.statistics_text import statistics

MEGABYTE = 1 << 20
END_SECONDS = 15.0  # after a kill; a process in uninterruptible sleep must not hold a slot of the queue for ever

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunnerLimits:
    """What every run is held to; times in seconds, sizes in bytes."""

    memory: int
    cpu_seconds: float | None
    cancel_grace: float
    boot_timeout: float
    stall_after: float
    max_output: int


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What to run.

    Attributes:
        slot: Unused, its folders made and the project copied into ``code``.
        prepared: What was read from that copy.
        timeout: Wall-clock seconds.
    """

    run_id: str
    slot: Slot
    prepared: Prepared
    request: BacktestRequest
    name: str
    data_folder: Path
    timeout: float


@dataclass(frozen=True, slots=True)
class Settled:
    """A run that is over, its sandbox still held until everything is durable.

    Attributes:
        output: LEAN's results folder, still in the slot.
        release: Lets go of the sandbox; the last step.
    """

    outcome: Outcome
    progress: BacktestProgress
    result: ResultState
    applied: Applied
    output: Path
    release: Callable[[], Awaitable[None]]


class LeanRunner:
    """Runs plans on engines.

    Args:
        limits: For every run.
        follower: Reads the slots' files.
        now: The wall clock, UTC.
    """

    def __init__(self, limits: RunnerLimits, follower: OutputFollower, now: Callable[[], datetime]) -> None:
        self._limits = limits
        self._follower = follower
        self._now = now
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="run-files")

    @property
    def pool(self) -> ThreadPoolExecutor:
        """Threads for work on a run's files."""
        return self._pool

    def close(self) -> None:
        """Give the threads back."""
        self._pool.shutdown(wait=True)

    async def run(
        self,
        plan: RunPlan,
        engine: Engine,
        control: RunControl,
        publish: Callable[[Update], None],
    ) -> Settled:
        """Run to the end, whatever end it is; only cancellation of the task gets out.

        Args:
            plan: What to run.
            engine: On what.
            control: Through which the run is told to end early.
            publish: Gets everything that the monitor sees, in order; must not block.
        """
        monitor = BacktestMonitor(
            plan.slot.id,
            (plan.request.start_date, plan.request.end_date),
            now=self._now,
            monotonic=monotonic,
            stall_after=self._limits.stall_after,
        )
        sandbox: Sandbox | None = None
        watch: RunWatch | None = None
        problem = ""
        try:
            sandbox = await self._boot(plan, engine)
            watch = RunWatch(
                sandbox,
                plan.slot,
                monitor=monitor,
                control=control,
                publish=publish,
                limits=self._watch_limits(plan),
                pool=self._pool,
            )
            async with self._follower.follow(plan.slot) as following:
                await watch.until_over(following)
        except LeanboardError as error:
            problem = error.detail
            log.warning("engine problem", run=plan.run_id, problem=problem)
        except BaseException:
            if sandbox is not None:
                await asyncio.shield(sandbox.remove())
            raise
        ended = await _end(sandbox) if sandbox is not None else None
        over = watch.over if watch is not None else Over()
        evidence = await self._evidence(plan, control, over if over.exit or over.settled else Over(exit=ended), problem)
        outcome = monitor.resolve(evidence)
        guest = read_guest_account(await self._in_thread(partial(read_small, plan.slot.output, "applied.json")))
        return Settled(
            outcome=outcome,
            progress=_at_the_end(monitor.final_progress(outcome), evidence.result),
            result=evidence.result,
            applied=applied(plan.request, guest, evidence.result.configuration, plan.prepared.readable),
            output=plan.slot.output,
            release=sandbox.remove if sandbox is not None else _nothing,
        )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _watch_limits(self, plan: RunPlan) -> WatchLimits:
        return WatchLimits(
            timeout=plan.timeout,
            cancel_grace=self._limits.cancel_grace,
            boot_timeout=self._limits.boot_timeout,
            max_output=self._limits.max_output,
        )

    def _sandbox_limits(self, request: BacktestRequest) -> Limits:
        memory = request.memory * MEGABYTE if request.memory is not None else self._limits.memory
        return Limits(memory=memory, cpu_seconds=self._limits.cpu_seconds, cpus=request.cpus)

    async def _boot(self, plan: RunPlan, engine: Engine) -> Sandbox:
        paths = engine.paths(plan.slot, plan.data_folder)
        config = lean_config(paths, algorithm_id=plan.slot.id, name=plan.name)
        try:
            await self._in_thread(partial(plan.slot.config.write_bytes, config))
        except OSError as error:
            msg = f"config.json could not be written: {error.strerror or error}"
            raise EngineError(msg) from error
        sandbox = await engine.boot(
            SandboxSpec(
                slot=plan.slot,
                algorithm_id=plan.slot.id,
                data_folder=plan.data_folder,
                limits=self._sandbox_limits(plan.request),
                project=plan.request.strategy_name,
                image=plan.request.image or "",
                labels={"leanboard.run": plan.run_id},
            ),
        )
        try:
            await sandbox.assign(
                job(
                    paths,
                    plan.request,
                    module=plan.prepared.module,
                    class_name=plan.prepared.class_name,
                    defaults=plan.prepared.parameters,
                ),
            )
        except BaseException:
            await asyncio.shield(sandbox.remove())
            raise
        return sandbox

    async def _evidence(self, plan: RunPlan, control: RunControl, over: Over, problem: str) -> Evidence:
        return Evidence(
            exit=over.exit,
            intent=control.intent,
            result=await self._in_thread(partial(read_result, plan.slot.output, plan.slot.id)),
            settled=over.settled,
            engine_problem=problem,
            user_files=frozenset(await self._in_thread(partial(_file_names, plan.slot.code))),
            limit=self._limit_text(plan, control.intent),
        )

    def _limit_text(self, plan: RunPlan, intent: Intent) -> str:
        if intent is Intent.TIME_LIMIT:
            return f"{plan.timeout:g} s"
        if intent is Intent.OUTPUT_LIMIT:
            return f"{self._limits.max_output >> 20} MB"
        return ""


def _at_the_end(progress: BacktestProgress, result: ResultState) -> BacktestProgress:
    """The last frame is older than the end; of a final result the end's own figures are known."""
    found = statistics(result)
    if not result.is_final or found.end_equity is None:
        return progress
    return progress.evolve(
        equity=float(found.end_equity),
        orders=found.total_orders,
        cash=None,
        holdings=None,
        unrealised=None,
    )


async def _end(sandbox: Sandbox) -> SandboxExit | None:
    with contextlib.suppress(LeanboardError, TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            await sandbox.kill()
            return await sandbox.wait()
    return None


async def _nothing() -> None:
    return


def _file_names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}
