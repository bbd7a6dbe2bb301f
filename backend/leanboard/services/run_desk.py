"""Executes what the queue lets through: from a pending row to a settled result, several at a time.

One named task a running run, one dispatcher. Whatever happens in a run's task, the run ends in exactly one terminal
status, or, when the service is shutting down, goes back to pending with its snapshot intact.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from time import monotonic

import structlog

from leanboard.engines.base import Engine
from leanboard.engines.sandbox_exit import LossCause
from leanboard.errors import EngineUnavailable, LeanboardError
from leanboard.models.events import EquityEvent, LogEvent, ProgressEvent, StatusEvent
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import (
    BacktestRunInfo,
    BacktestStatus,
    EngineName,
    Outcome,
    Phase,
    Reason,
)
from leanboard.services.backtest_monitor import Intent, Update
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.event_hub import EventHub
from leanboard.services.lean_runner import LeanRunner
from leanboard.services.run_ending import RunEnding
from leanboard.services.run_plan import RunPlan, Settled
from leanboard.services.run_planner import AcceptedWith, RunPlanner
from leanboard.services.run_queue import RunQueue
from leanboard.services.run_watch import RunControl
from leanboard.services.warm_slots import Waiting, WarmSlots
from leanboard.storage.queries import RunChanges

RETRY_SECONDS = 2.0  # between two looks at a full disk, or at an engine that does not answer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """Settings of the execution.

    Attributes:
        hold_reason: Says why nobody may start now (disk full); empty when they may. Cheap.
        restarts: How often a run whose engine died under it is started again.
    """

    hold_reason: Callable[[], str]
    restarts: int = 0


class RunDesk:
    """Starts waiting runs as slots become free.

    Args:
        storage: Makes everything durable.
        planner: Says what to run where.
        engines: By name.
        runner: Runs one plan.
        queue: Who is next.
        hub: Gets the events.
        warm: Has slots that booted ahead.
        ending: Makes ends durable.
        options: Settings.
        now: The wall clock, UTC.
    """

    def __init__(
        self,
        *,
        storage: BacktestStorage,
        planner: RunPlanner,
        engines: Mapping[EngineName, Engine],
        runner: LeanRunner,
        queue: RunQueue,
        hub: EventHub,
        warm: WarmSlots,
        ending: RunEnding,
        options: DeskOptions,
        now: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._planner = planner
        self._engines = engines
        self._runner = runner
        self._queue = queue
        self._hub = hub
        self._warm = warm
        self._ending = ending
        self._options = options
        self._now = now
        self._controls: dict[str, RunControl] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._changed = False  # limits or holds of the queue, which those that wait are to be told
        self._dispatcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to start runs."""
        line = Waiting(
            self._heads, self._planner.request_ahead, self._planner.slot_ahead, lambda: len(self._queue.running)
        )
        await self._warm.start(line)
        self._dispatcher = asyncio.create_task(self._dispatch(), name="dispatcher")

    async def close(self) -> None:
        """Stop starting runs. Those that run go on where their engine outlives us, else back to pending."""
        tasks = [*self._tasks, *([self._dispatcher] if self._dispatcher else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._ending.close()

    def enqueue(self, run: BacktestRunInfo, accepted: AcceptedWith | None = None, *, continued: bool = False) -> None:
        """Put an accepted run in the line.

        Args:
            run: Pending.
            accepted: What it was accepted with; read from index and snapshot when its turn comes if left out.
            continued: An earlier process had announced it.
        """
        self._hub.open(run, continued=continued)
        if accepted is not None:
            self._planner.remember(run.id, accepted)
        self._queue.add(run.id, run.engine.value, _owner(run))
        self._announce(run)
        self._wake.set()

    def resume(self, run: BacktestRunInfo, gone: Callable[[BacktestRunInfo], Awaitable[None]]) -> None:
        """Take over a running run of an earlier process of the service; ``gone`` gets it if its sandbox is not there.

        It holds a slot of the queue at once, whatever the limit says.
        """
        self._hub.open(run, continued=True)
        self._queue.occupy(run.id, _owner(run))
        self._controls[run.id] = RunControl()
        self._spawn(run.id, partial(self._adopt, run, gone))

    def wake(self) -> None:
        """Look again who may start: somebody has changed limits or holds of the queue."""
        self._changed = True
        self._wake.set()

    def stop(self, run_id: str, intent: Intent) -> None:
        """Ask a running run to end; one that is being settled already is left alone."""
        control = self._controls.get(run_id)
        if control is not None:
            control.stop(intent)

    async def cancel_waiting(self, run: BacktestRunInfo) -> None:
        """End a run that has left the queue and never had a slot."""
        request = (await self._planner.accepted(run.id)).request
        await self._warm.discard(run.id)
        outcome = Outcome(status=BacktestStatus.CANCELLED, reason=Reason.CANCELLED_BY_USER)
        await self._ending.commit(run, outcome, request)
        self._wake.set()

    async def _dispatch(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            try:
                self._start_next()
            except Exception:  # the next look may be better; without any, no run would ever start again
                log.exception("waiting runs could not be started")

    def _start_next(self) -> None:
        """Start whoever may start now."""
        changed = self._hold() or self._changed
        self._changed = False
        while run_id := self._queue.take():
            changed = True
            self._controls[run_id] = RunControl()
            self._spawn(run_id, partial(self._run, run_id))
        if changed:
            self._announce_places()

    def _hold(self) -> bool:
        """Note who may not start now; returns whether that has changed."""
        if not self._queue.waiting_count:
            return self._queue.hold("")
        changed = self._queue.hold(self._options.hold_reason())
        for name, engine in self._engines.items():
            changed |= self._queue.hold_lane(name.value, engine.hold_reason())
        return changed

    def _spawn(self, run_id: str, work: Callable[[], Awaitable[float | None]]) -> None:
        task = asyncio.create_task(self._execute(run_id, work), name=f"run-{run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _announce_places(self) -> None:
        for run_id in self._queue.waiting:
            run = self._hub.run(run_id)
            if run is not None and self._hub.is_watched(run_id):
                self._announce(run)

    def _announce(self, run: BacktestRunInfo) -> None:
        self._hub.publish(
            StatusEvent(run_id=run.id, time=self._now(), run=run.evolve(queue=self._queue.place(run.id))),
        )

    async def _execute(self, run_id: str, work: Callable[[], Awaitable[float | None]]) -> None:
        seconds = None
        try:
            seconds = await work()
        except asyncio.CancelledError:
            raise
        except Exception:  # one run's trouble must not end the service
            log.exception("a run broke off", run=run_id)
            await self._give_up(run_id)
        finally:
            self._controls.pop(run_id, None)
            self._queue.release(run_id, seconds)
            self._wake.set()

    async def _give_up(self, run_id: str) -> None:
        """Fail a run that an error of our own broke off; housekeeping removes its sandbox."""
        try:
            run, request = await self._storage.index.get(run_id), await self._storage.index.request(run_id)
            message = "an error in the service; its log says more"
            outcome = Outcome(status=BacktestStatus.FAILED, reason=Reason.ENGINE_ERROR, message=message)
            await self._warm.discard(run_id)
            if run.status.is_terminal:
                self._hub.close(run_id)  # who watches looks again, and finds the result
            else:
                await self._ending.commit(run, outcome, request)
        except Exception:  # the next start settles it
            log.exception("a run could not be settled", run=run_id)
            self._hub.close(run_id)

    async def _run(self, run_id: str) -> float | None:
        control = self._controls[run_id]
        accepted = await self._planner.accepted(run_id)
        request = accepted.request
        run = await self._storage.index.transition(
            run_id,
            BacktestStatus.RUNNING,
            changes=RunChanges(started_at=self._now(), phase=Phase.BOOTING),
        )
        self._announce(run)
        if run.cancel_requested_at is not None:  # the wish came between the queue and the row
            control.stop(Intent.CANCEL)
        try:
            settled = await self._settled(run, accepted, control)
        except asyncio.CancelledError:
            if not control.left:
                # Shutting down: nothing of this attempt counts, the snapshot is untouched.
                await asyncio.shield(self._back_to_pending(run, run.attempt))
            raise
        except EngineUnavailable as error:
            await self._wait_again(run, error)
            return None
        except LeanboardError as error:
            outcome = Outcome(status=BacktestStatus.FAILED, reason=Reason.ENGINE_ERROR, message=error.detail)
            await self._ending.commit(run, outcome, request)
            return None
        return await self._end(run, request, settled)

    async def _settled(self, run: BacktestRunInfo, accepted: AcceptedWith, control: RunControl) -> Settled:
        """Run it; once more, with a boot of its own, where the slot that had booted ahead was dead."""
        engine, publish = self._engines[run.engine], partial(self._publish, run.id)
        settled = await self._runner.run(await self._planner.planned(run, accepted), engine, control, publish)
        if not settled.stillborn:
            return settled
        log.warning("a slot that had booted ahead died before its job; the run boots its own", run=run.id)
        control.left = False  # nothing goes on without us: should we end now, the run waits again
        await settled.release()
        return await self._runner.run(await self._planner.planned_anew(run, accepted), engine, control, publish)

    async def _adopt(self, run: BacktestRunInfo, gone: Callable[[BacktestRunInfo], Awaitable[None]]) -> float | None:
        control = self._controls[run.id]
        request = await self._storage.index.request(run.id)
        if run.cancel_requested_at is not None:
            control.stop(Intent.CANCEL)
        settled = None
        try:
            plan = await self._planner.planned_there(run, AcceptedWith(request))
            settled = await self._resumed(plan, self._engines[run.engine], control)
        except LeanboardError as error:  # its slot was not finished, or is damaged
            log.warning("a running run cannot be taken over", run=run.id, problem=error.detail)
        if settled is None:
            self._queue.release(run.id)
            self._hub.close(run.id)
            await gone(await self._storage.index.get(run.id))  # somebody may have cancelled it in the meantime
            return None
        return await self._end(run, request, settled)

    async def _resumed(self, plan: RunPlan, engine: Engine, control: RunControl) -> Settled | None:
        """Adopt as soon as the engine answers: until then nobody knows how the run is, and nothing is concluded."""
        begun, told = monotonic(), False
        while True:
            now = replace(plan, elapsed=plan.elapsed + monotonic() - begun)
            try:
                return await self._runner.resume(now, engine, control, partial(self._publish, plan.run_id))
            except EngineUnavailable as error:
                if not told:
                    log.warning("a running run cannot be looked at yet", run=plan.run_id, problem=error.detail)
                told = True
                await asyncio.sleep(RETRY_SECONDS)

    async def _wait_again(self, run: BacktestRunInfo, why: EngineUnavailable) -> None:
        """Put a run back to the head of the line: its engine could not start it now."""
        log.warning("a run has to wait for its engine", run=run.id, problem=why.detail)
        pending = await self._back_to_pending(run, run.attempt)
        if pending.cancel_requested_at is not None:
            await self.cancel_waiting(pending)
            return
        self._queue.put_back(run.id, run.engine.value, _owner(run))
        self._queue.hold_lane(run.engine.value, why.detail)
        self._announce(pending)

    async def _back_to_pending(self, run: BacktestRunInfo, attempt: int) -> BacktestRunInfo:
        return await self._storage.index.transition(
            run.id,
            BacktestStatus.PENDING,
            changes=RunChanges(attempt=attempt, phase=Phase.QUEUED, started_at=None),
        )

    async def _end(self, run: BacktestRunInfo, request: BacktestRequest, settled: Settled) -> float | None:
        if settled.lost is LossCause.ENGINE_RESTART and run.attempt <= self._options.restarts:
            await settled.release()
            again = await self._back_to_pending(run, run.attempt + 1)
            log.warning("the engine died under a run; it is started again", run=run.id, attempt=again.attempt)
            self._hub.close(run.id)  # who watches gets a reset and a new snapshot: this curve begins again
            self._hub.open(again, continued=True)
            if again.cancel_requested_at is not None:  # the wish came too late for the attempt that was lost
                await self.cancel_waiting(again)
                return None
            self._queue.put_back(run.id, run.engine.value, _owner(run))
            self._announce(again)
            return None
        seconds = (self._now() - (run.started_at or run.created_at)).total_seconds()
        if settled.ended:  # the next run begins while this one becomes durable
            self._queue.vacate(run.id)
            self._wake.set()
        await self._ending.commit(run, settled.outcome, request, settled)
        return seconds if settled.outcome.status is BacktestStatus.COMPLETED else None

    def _heads(self, engine: EngineName, count: int) -> tuple[str, ...]:
        return self._queue.heads(engine.value, count)

    def _publish(self, run_id: str, update: Update) -> None:
        run = self._hub.run(run_id)
        if run is None:
            return
        now = self._now()
        phase = update.phase or run.phase
        if update.phase is not None and update.phase is not run.phase:
            self._hub.publish(StatusEvent(run_id=run_id, time=now, run=run.evolve(phase=phase)))
        if update.equity:
            self._hub.publish(EquityEvent(run_id=run_id, time=now, points=update.equity))
        if update.progress is not None:
            self._hub.publish(ProgressEvent(run_id=run_id, time=now, phase=phase, progress=update.progress))
        if update.lines or update.skipped:
            self._hub.publish(LogEvent(run_id=run_id, time=now, lines=update.lines, skipped=update.skipped))


def _owner(run: BacktestRunInfo) -> str:
    """Return whose turn in the queue a run takes: its batch's, or that of all runs of their own."""
    return run.batch.id if run.batch is not None else ""
