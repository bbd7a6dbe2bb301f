"""Submit, cancel, delete, watch: the only writer of a run's status.

Every change of status goes through :meth:`RunIndex.transition` or :meth:`BacktestStorage.commit`, which hold the
transition table. Intent is durable before it acts: a cancel is a row before it is a signal.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from leanboard.errors import (
    IllegalTransition,
    InvalidInput,
    NotFound,
    ServiceUnavailable,
    StrategyUnsupported,
)
from leanboard.models.code import CodeDigest, CopyCode
from leanboard.models.health import HealthReport
from leanboard.models.requests import BacktestRequest, EngineChoice
from leanboard.models.run import (
    BacktestProgress,
    BacktestRunInfo,
    BacktestStatus,
    EngineName,
    Phase,
)
from leanboard.models.strategies import StrategyInfo, StrategyLanguage
from leanboard.services.backtest_monitor import Intent
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.claims import claim_of
from leanboard.services.engine_choice import choose_engine
from leanboard.services.event_hub import EventHub
from leanboard.services.finished_run import finished_events
from leanboard.services.health import Health
from leanboard.services.request_limits import RequestLimits, check_request
from leanboard.services.run_desk import RunDesk
from leanboard.services.run_planner import AcceptedWith
from leanboard.services.run_queue import RunQueue
from leanboard.services.strategy_service import StrategyService
from leanboard.services.warm_slots import WarmSlots
from leanboard.storage.layout import timestamp_of
from leanboard.storage.queries import IdempotencyClaim, Inserted

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Submission:
    """Answer to a submit; ``created`` is False when the Idempotency-Key stood for this run already."""

    run: BacktestRunInfo
    created: bool


@dataclass(frozen=True, slots=True)
class ReadyToRun:
    """What a run needs beside its request.

    Attributes:
        engine: Executes it; has been found ready, or takes runs that wait for it.
        snapshot: Copies the code.
        waits_in_guest: Whether the guest loads the code, so that a slot that booted ahead will do.
        warnings: What is known already to be worth saying about the result.
    """

    engine: EngineName
    snapshot: CopyCode
    waits_in_guest: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ManagerOptions:
    """Settings that a submission depends on."""

    default_engine: EngineChoice
    max_queued: int
    limits: RequestLimits


class BacktestManager:
    """What the API calls. Lives on the event loop.

    Args:
        storage: Directory and row as one unit.
        strategies: What can be run.
        health: Says which engines are there.
        desk: Executes what the queue lets through.
        queue: Who is next.
        hub: Events of live runs.
        warm: Slots that booted before anybody asked.
        options: Settings.
        now: The wall clock, UTC.
    """

    def __init__(
        self,
        *,
        storage: BacktestStorage,
        strategies: StrategyService,
        health: Health,
        desk: RunDesk,
        queue: RunQueue,
        hub: EventHub,
        warm: WarmSlots,
        options: ManagerOptions,
        now: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._strategies = strategies
        self._health = health
        self._desk = desk
        self._queue = queue
        self._hub = hub
        self._warm = warm
        self._options = options
        self._now = now
        self._accepting = False
        self._arriving = 0  # accepted, and not in the line yet

    @property
    def accepting(self) -> bool:
        """Whether new runs are taken."""
        return self._accepting

    def open(self) -> None:
        """Take new runs from now on."""
        self._accepting = True

    def refuse(self) -> None:
        """Take no new runs: the service is shutting down."""
        self._accepting = False

    async def health(self) -> HealthReport:
        """Say how the service is."""
        return await self._health.report(accepting=self._accepting)

    async def submit(self, request: BacktestRequest, *, idempotency_key: str | None = None) -> Submission:
        """Accept a run: when this returns, it is durable.

        Raises:
            InvalidInput: There is no such strategy, it is broken, or the request asks for more than there is.
            ImageNotAllowed: The image is none of those that the service may run.
            EngineUnavailable: No engine is there that could run it.
            StrategyUnsupported: The engine does not support the strategy; names what.
            IdempotencyMismatch: The key was used for another body.
            ServiceUnavailable: Shutting down, or too many wait already.
        """
        self._check_open()
        if request.rerun_of is not None:
            raise InvalidInput("it is set by POST rerun and POST verify alone", field="rerun_of")
        if request.batch is not None:
            raise InvalidInput("it is set by batches alone", field="batch")
        self.check_limits(request)
        return await self.accept(request, await self.prepare(request), idempotency_key=idempotency_key)

    async def accept(
        self, request: BacktestRequest, ready: ReadyToRun, *, idempotency_key: str | None = None
    ) -> Submission:
        """Accept a run whose engine is chosen and whose code is found: when this returns, it is durable.

        Raises:
            IdempotencyMismatch: The key was used for another body.
            ServiceUnavailable: Shutting down, or too many wait already.
        """
        self._check_open()
        created_at = self._now()
        run = BacktestRunInfo(
            id=uuid.uuid4().hex,
            timestamp=timestamp_of(created_at),
            strategy_name=request.strategy_name,
            name=request.name or request.strategy_name,
            tags=request.tags,
            engine=ready.engine,
            status=BacktestStatus.PENDING,
            phase=Phase.QUEUED,
            warnings=(*_warnings(request), *ready.warnings),
            rerun_of=request.rerun_of,
            batch=request.batch,
            created_at=created_at,
        )
        # Shielded as one: a client that hangs up between row and queue must not leave a run that waits for ever.
        claim = claim_of(request, idempotency_key)
        self._arriving += 1
        inserted = await asyncio.shield(self._accepted(run, request, ready, claim))
        return Submission(await self.status(inserted.run.id), inserted.created)

    async def _accepted(
        self,
        run: BacktestRunInfo,
        request: BacktestRequest,
        ready: ReadyToRun,
        claim: IdempotencyClaim | None,
    ) -> Inserted:
        warm, created = None, False
        try:
            warm = self._warm.claim(run.engine, request) if ready.waits_in_guest else None
            run = run if warm is None else run.evolve(id=warm)
            inserted = await self._storage.accept(run, request, ready.snapshot, claim)
            created = inserted.created
        finally:
            self._arriving -= 1
            if warm is not None and not created:
                await self._warm.discard(warm, unused=True)
        if inserted.created:
            log.info("accepted", run=inserted.run.id, strategy=request.strategy_name, engine=run.engine.value)
            self._desk.enqueue(inserted.run, AcceptedWith(request, inserted.code))
        return inserted

    def _check_open(self) -> None:
        if not self._accepting:
            msg = "the service is starting or shutting down; try again in a moment"
            raise ServiceUnavailable(msg)
        waiting = self._queue.waiting_count + max(0, self._arriving - self._queue.free)
        if waiting >= self._options.max_queued:
            msg = f"{waiting} runs wait already (LEANBOARD_MAX_QUEUED); try again when some have ended"
            raise ServiceUnavailable(msg)

    def check_limits(self, request: BacktestRequest) -> None:
        """Refuse what asks for more than there is.

        Raises:
            ImageNotAllowed: The image is none of those that the service may run.
            InvalidInput: Too much memory or too many cores.
        """
        check_request(request, self._options.limits)

    async def prepare(self, request: BacktestRequest) -> ReadyToRun:
        """Choose the engine and find the code.

        Raises:
            InvalidInput: There is no such strategy.
            EngineUnavailable: No engine is there that could run it.
            StrategyUnsupported: It is broken, or the engine does not support it; names what.
        """
        if request.engine is EngineChoice.REPLAY:
            # Recordings are not in the catalogue; the engine finds them by name.
            available = await self._health.availability()
            engine = choose_engine(request.engine, self._options.default_engine, available, None)
            return ReadyToRun(engine, no_code)
        available, strategy = await asyncio.gather(self._health.availability(), self._strategy(request.strategy_name))
        engine = choose_engine(request.engine, self._options.default_engine, available, strategy)
        is_python = strategy.language is StrategyLanguage.PYTHON
        return ReadyToRun(engine, self._strategies.snapshot(strategy.name), is_python)

    async def _strategy(self, name: str) -> StrategyInfo:
        try:
            strategy = await self._strategies.get(name)
        except NotFound as error:
            raise InvalidInput(error.detail, field="strategy_name") from error
        if not strategy.valid:
            found = "; ".join(
                f"line {problem.line}: {problem.reason}" if problem.line else problem.reason
                for problem in strategy.problems
            )
            msg = f"strategy {name} cannot be run: {found}"
            raise StrategyUnsupported(msg, field="strategy_name")
        return strategy

    async def status(self, run_id: str) -> BacktestRunInfo:
        """Return a run as it stands at this moment.

        Raises:
            NotFound: There is no such run, or it was deleted.
        """
        live = self._hub.run(run_id)
        if live is None:
            return await self._storage.index.get(run_id)
        return live.evolve(queue=self._queue.place(run_id), progress=self._hub.progress(run_id))

    async def wait_for_end(self, run_id: str, within: float) -> BacktestRunInfo:
        """Wait for a run's end, and return it as it stands then, or when the time is up.

        Args:
            run_id: Of the run.
            within: Seconds.

        Raises:
            NotFound: There is no such run, or it was deleted.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._hub.is_open(run_id):  # again, if it is started once more
                    await self._hub.ended(run_id)
        return await self.status(run_id)

    async def progress(self, run_id: str) -> BacktestProgress:
        """Return how far a run is; empty while nothing is known.

        Raises:
            NotFound: There is no such run.
        """
        return (await self.status(run_id)).progress or BacktestProgress()

    async def cancel(self, run_id: str) -> BacktestRunInfo:
        """Ask a run to end; returns when the wish is durable, not when the run has ended.

        Raises:
            NotFound: There is no such run.
            IllegalTransition: It has ended already.
        """
        # Shielded as one: a client that hangs up must not leave a wish that nobody acts on.
        await asyncio.shield(self._cancelled(run_id))
        return await self.status(run_id)

    async def _cancelled(self, run_id: str) -> None:
        run = await self._storage.index.request_cancel(run_id, self._now())
        log.info("cancel asked", run=run_id)
        if self._queue.discard(run_id):
            await self._desk.cancel_waiting(run)
        else:
            self._desk.stop(run_id, Intent.CANCEL)

    async def delete(self, timestamp: str) -> None:
        """Delete a finished run with its files.

        Raises:
            NotFound: There is no such run.
            IllegalTransition: It has not ended; cancel it first.
        """
        await self._storage.keeper.delete(timestamp)

    @contextlib.asynccontextmanager
    async def watch(self, run_id: str, since: int | None = None) -> AsyncIterator[AsyncIterator[str]]:
        """Give the events of a run as JSON texts, live or finished; ends after the ``end`` event.

        Raises:
            NotFound: There is no such run.
        """
        if self._hub.is_open(run_id):
            with self._hub.subscribe(run_id, since) as subscription:
                yield subscription
            return
        run = await self._storage.index.get(run_id)
        if not run.status.is_terminal:
            msg = f"run {run_id} has no live events; the service is still starting"
            raise IllegalTransition(msg)
        yield finished_events(self._storage, run, self._now, reset=since is not None)


def no_code(_target: Path) -> CodeDigest:
    """A recording brings its code along."""
    return CodeDigest(())


def _warnings(request: BacktestRequest) -> tuple[str, ...]:
    if request.start_date is not None and request.start_date == request.end_date:
        return ("LEAN computes no statistics for a single day: they will read 0",)
    return ()
