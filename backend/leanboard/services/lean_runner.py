"""One run: slot -> sandbox -> follow -> settle. Touches neither the database nor a run's status.

A run is settled when LEAN's result file is final and its log says that everything is written. The sandbox is ended
then: real LEAN spends seconds on its Python shutdown after that, and its exit code no longer matters.
"""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

import structlog

from leanboard.engines.base import Engine, Fetching, Sandbox
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.errors import (
    BuildFailed,
    EngineError,
    EngineUnavailable,
    LeanboardError,
    RequirementsFailed,
)
from leanboard.models.run import Applied, BacktestProgress, Reason
from leanboard.services.applied import applied, csharp_account, read_guest_account
from leanboard.services.backtest_monitor import BacktestMonitor, Evidence, Intent, Source, Update
from leanboard.services.lean_config import config_of, job
from leanboard.services.output_follower import OutputFollower
from leanboard.services.run_evidence import read_small
from leanboard.services.run_plan import RunnerLimits, RunPlan, Settled, sandbox_spec
from leanboard.services.run_preparation import RunPreparation
from leanboard.services.run_watch import Over, RunControl, RunWatch, WatchLimits
from leanboard.storage.result_files import ResultState, read_result
from leanboard.storage.statistics_text import statistics

ADOPTION_SECONDS = 5.0  # that an adopted run has at least: to see whether it has ended long since
END_SECONDS = 15.0  # after a kill; a process in uninterruptible sleep must not hold a slot of the queue for ever

log = structlog.get_logger(__name__)
T = TypeVar("T")


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
        """Run to the end, whatever end it is.

        When the task is cancelled (the service shuts down) the sandbox is removed, or left to go on where the engine
        outlives the service: ``control.left`` says so.

        Args:
            plan: What to run.
            engine: On what.
            control: Through which the run is told to end early.
            publish: Gets everything that the monitor sees, in order; must not block.

        Raises:
            EngineUnavailable: Nothing was started; ask again later.
        """
        begun: Sandbox | None = None
        problem: LeanboardError | None = None
        try:
            if plan.warm is not None:
                begun = await self._warm(plan, engine, control, plan.warm, publish)
            elif await RunPreparation(engine, self._spec(plan), control, publish).before_boot():
                begun = await self._boot(plan, engine, control)
        except EngineUnavailable:
            raise
        except LeanboardError as error:
            problem = _told(plan, error)
        return await self._to_the_end(plan, engine, begun, control, publish, problem=problem)

    async def resume(
        self,
        plan: RunPlan,
        engine: Engine,
        control: RunControl,
        publish: Callable[[Update], None],
    ) -> Settled | None:
        """Follow a run that an earlier process of the service started; None when its sandbox is not there.

        Everything that the slot's files hold is read again from the beginning.

        Raises:
            EngineUnavailable: Nobody can tell at this moment whether it is there.
        """
        found = await engine.adopt(self._spec(plan))
        if found is None:
            return None
        if engine.outlives:
            control.left = True
        if not plan.slot.job.exists():  # killed before it was assigned, and perhaps before it was installed
            await engine.install(self._spec(plan), _unheard)
        await found.assign(self._job(plan, engine))  # killed between boot and assign; else the same again
        return await self._to_the_end(replace(plan, adopted=True), engine, found, control, publish)

    async def _to_the_end(
        self,
        plan: RunPlan,
        engine: Engine,
        sandbox: Sandbox | None,
        control: RunControl,
        publish: Callable[[Update], None],
        *,
        problem: LeanboardError | None = None,
    ) -> Settled:
        monitor = self._monitor(plan)
        if isinstance(problem, EngineError) and problem.output:
            publish(monitor.feed(Source.STDOUT, problem.output.encode()))
            publish(monitor.finish())
        over, ending = Over(), None
        if sandbox is not None:
            try:
                over = await self._follow(plan, sandbox, monitor, control, publish)
            except LeanboardError as error:
                problem = _told(plan, error)
            except BaseException:
                if not engine.outlives:
                    await asyncio.shield(sandbox.remove())
                raise
            ending = asyncio.create_task(_end(sandbox), name=f"end-{plan.slot.id}")
            if not (over.exit or over.settled):
                over = Over(exit=await ending)
        evidence = await self._evidence(plan, control, over, problem)  # of a settled run, while it is being ended
        if ending is not None:
            # Nothing writes in the slot from here on. A child killed for memory is known now, if LEAN's end is not.
            ended = await ending
            evidence = replace(evidence, exit=evidence.exit or ended)
        return await self._settled(plan, monitor, evidence, engine, sandbox)

    async def _follow(
        self,
        plan: RunPlan,
        sandbox: Sandbox,
        monitor: BacktestMonitor,
        control: RunControl,
        publish: Callable[[Update], None],
    ) -> Over:
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
        return watch.over

    async def _settled(
        self,
        plan: RunPlan,
        monitor: BacktestMonitor,
        evidence: Evidence,
        engine: Engine,
        sandbox: Sandbox | None,
    ) -> Settled:
        outcome = monitor.resolve(evidence)
        return Settled(
            outcome=outcome,
            progress=_at_the_end(monitor.final_progress(outcome), evidence.result),
            result=evidence.result,
            applied=await self._applied(plan, evidence.result, engine if sandbox is not None else None),
            output=plan.slot.output,
            release=sandbox.remove if sandbox is not None else _nothing,
            lost=evidence.exit.lost if evidence.exit is not None and outcome.reason is Reason.LOST else None,
            stillborn=_is_stillborn(plan, monitor, evidence),
            ended=sandbox is None or evidence.exit is not None,
        )

    async def _applied(self, plan: RunPlan, result: ResultState, booted: Engine | None) -> Applied:
        csharp, readable = plan.prepared.csharp is not None, plan.prepared.readable
        if csharp:
            account = csharp_account(plan.request, result.configuration, readable)
        else:
            account = read_guest_account(await self._in_thread(partial(read_small, plan.slot.output, "applied.json")))
        name = booted.name if booted is not None else None
        return applied(plan.request, account, result.configuration, readable, name, csharp=csharp)

    def _monitor(self, plan: RunPlan) -> BacktestMonitor:
        return BacktestMonitor(
            plan.slot.id,
            (plan.request.start_date, plan.request.end_date),
            now=self._now,
            monotonic=monotonic,
            stall_after=self._limits.stall_after,
        )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _watch_limits(self, plan: RunPlan) -> WatchLimits:
        left = plan.timeout - plan.elapsed
        return WatchLimits(
            timeout=max(ADOPTION_SECONDS if plan.adopted else 0.0, left),
            overdue=plan.adopted and left <= 0,
            cancel_grace=self._limits.cancel_grace,
            boot_timeout=self._limits.boot_timeout,
            max_output=self._limits.max_output,
        )

    async def _boot(self, plan: RunPlan, engine: Engine, control: RunControl) -> Sandbox:
        paths = engine.paths(plan.slot, plan.data_folder)
        config = config_of(paths, plan.request, plan.prepared, algorithm_id=plan.slot.id, name=plan.name)
        try:
            await self._in_thread(partial(plan.slot.config.write_bytes, config))
        except OSError as error:
            msg = f"config.json could not be written: {error.strerror or error}"
            raise EngineError(msg) from error
        control.left = engine.outlives  # from here on there may be a sandbox that goes on without us
        try:
            sandbox = await engine.boot(self._spec(plan))
        except LeanboardError:
            control.left = False
            raise
        return await self._given(plan, engine, control, sandbox)

    async def _warm(
        self,
        plan: RunPlan,
        engine: Engine,
        control: RunControl,
        sandbox: Sandbox,
        publish: Callable[[Update], None],
    ) -> Sandbox | None:
        """Give a sandbox that booted ahead its job; None when somebody asked for the end before."""
        wanted = False
        try:
            if control.intent is Intent.NONE:
                wanted = await RunPreparation(engine, self._spec(plan), control, publish).before_job()
        finally:
            if not wanted:
                await asyncio.shield(sandbox.remove())
        return await self._given(plan, engine, control, sandbox) if wanted else None

    async def _given(self, plan: RunPlan, engine: Engine, control: RunControl, sandbox: Sandbox) -> Sandbox:
        """Give a booted sandbox its job."""
        control.left = engine.outlives
        try:
            await sandbox.assign(self._job(plan, engine))
        except BaseException as error:
            if not engine.outlives or isinstance(error, LeanboardError):
                await asyncio.shield(sandbox.remove())
            raise
        return sandbox

    def _spec(self, plan: RunPlan) -> SandboxSpec:
        build = plan.prepared.csharp.build if plan.prepared.csharp else None
        limits, folder = self._limits, plan.data_folder
        return sandbox_spec(
            plan.slot,
            plan.run_id,
            plan.request,
            data_folder=folder,
            limits=limits,
            build=build,
            requirements=plan.prepared.requirements,
        )

    def _job(self, plan: RunPlan, engine: Engine) -> bytes:
        return job(
            engine.paths(plan.slot, plan.data_folder),
            plan.request,
            module=plan.prepared.module,
            class_name=plan.prepared.class_name,
            name=plan.name,
            defaults=plan.prepared.parameters,
            packages=plan.prepared.requirements is not None,
        )

    async def _evidence(
        self, plan: RunPlan, control: RunControl, over: Over, problem: LeanboardError | None
    ) -> Evidence:
        return Evidence(
            exit=over.exit,
            intent=control.intent,
            result=await self._in_thread(partial(read_result, plan.slot.output, plan.slot.id)),
            settled=over.settled,
            engine_problem=problem.detail if problem is not None else "",
            engine_reason=_reason(problem),
            problem_place=problem.place if isinstance(problem, EngineError) else None,
            user_files=frozenset(await self._in_thread(partial(_file_names, plan.slot.code))),
            limit=self._limit_text(plan, control.intent),
        )

    def _limit_text(self, plan: RunPlan, intent: Intent) -> str:
        if intent is Intent.TIME_LIMIT:
            return f"{plan.timeout:g} s"
        if intent is Intent.OUTPUT_LIMIT:
            return f"{self._limits.max_output >> 20} MB"
        return ""


def _is_stillborn(plan: RunPlan, monitor: BacktestMonitor, evidence: Evidence) -> bool:
    """Say whether a sandbox that had booted ahead was dead already when it was handed out, or died at once."""
    by_itself = evidence.exit is not None and evidence.intent is Intent.NONE and not evidence.engine_problem
    return plan.warm is not None and by_itself and not monitor.has_job


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


def _told(plan: RunPlan, error: LeanboardError) -> LeanboardError:
    log.warning("engine problem", run=plan.run_id, problem=error.detail)
    return error


def _reason(problem: LeanboardError | None) -> Reason:
    if isinstance(problem, BuildFailed):
        return Reason.BUILD_FAILED
    return Reason.REQUIREMENTS_FAILED if isinstance(problem, RequirementsFailed) else Reason.ENGINE_ERROR


def _unheard(_: Fetching) -> None:
    """A run that is taken over is past what could be told."""


async def _nothing() -> None:
    return


def _file_names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}
