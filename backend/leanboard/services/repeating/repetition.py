"""Runs that repeat a finished run: the same again, or the same on the other engine."""

import asyncio
import platform
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from leanboard import __version__
from leanboard.engines.base import Engine
from leanboard.errors import Conflict, IllegalTransition, NotFound
from leanboard.market_data.content_hashes import ContentHashes
from leanboard.models.requests import BacktestRequest, EngineChoice
from leanboard.models.results import BacktestResult, Versions
from leanboard.models.run import EngineName
from leanboard.models.strategies import StrategyLanguage
from leanboard.models.verification import Verification
from leanboard.services.backtest_manager import BacktestManager, ReadyToRun, Submission, no_code
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.engine_choice import choose_engine
from leanboard.services.health import Health
from leanboard.services.repeating.code_copy import code_copier
from leanboard.services.repeating.data_changes import UNKNOWN, data_changes
from leanboard.services.repeating.same_image import same_image
from leanboard.services.repeating.verifications import Verifications
from leanboard.services.request_limits import RequestLimits, check_request
from leanboard.services.strategy_service import StrategyService
from leanboard.storage.layout import CODE

T = TypeVar("T")
_THREADS = 2
_OTHER = {EngineName.DOCKER: EngineName.EMBEDDED, EngineName.EMBEDDED: EngineName.DOCKER}


@dataclass(frozen=True, slots=True)
class RepetitionOptions:
    """Settings that a repetition depends on."""

    data_folder: Path
    limits: RequestLimits


class Repetition:
    """Starts runs from the code, parameters and image of finished ones. Lives on the event loop.

    Args:
        manager: Accepts them.
        storage: Has the finished ones.
        strategies: Judges whether an engine supports the code.
        health: Says which engines are there.
        engines: By name.
        hashes: Of the data files' contents.
        options: Settings.
    """

    def __init__(
        self,
        *,
        manager: BacktestManager,
        storage: BacktestStorage,
        strategies: StrategyService,
        health: Health,
        engines: Mapping[EngineName, Engine],
        hashes: ContentHashes,
        options: RepetitionOptions,
    ) -> None:
        self._manager = manager
        self._storage = storage
        self._strategies = strategies
        self._health = health
        self._engines = engines
        self._hashes = hashes
        self._options = options
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="repetition")
        self._verifications = Verifications(storage, self._pool)

    def close(self) -> None:
        """Give the threads back."""
        self._pool.shutdown(wait=True)

    async def rerun(self, reference: str, *, idempotency_key: str | None = None) -> Submission:
        """Run a finished run again: its code, parameters, engine and image. What is known to differ becomes a warning.

        Args:
            reference: Id of the run, or name of its directory.
            idempotency_key: The client's, if it sent one.

        Raises:
            NotFound: There is no such run.
            IllegalTransition: It has not ended.
            Conflict: Its code is gone or was edited.
            ImageNotAllowed: The service no longer runs its image.
            EngineUnavailable: Its engine is not there.
            StrategyUnsupported: Its engine no longer supports it.
            InvalidInput: It was allowed more memory or cores than runs are allowed now.
        """
        result = await self._finished(reference)
        return await self._again(result, result.run.engine, idempotency_key)

    async def verify(self, reference: str, *, idempotency_key: str | None = None) -> Submission:
        """Run a finished run on the other engine.

        Args:
            reference: As for :meth:`rerun`.
            idempotency_key: The client's, if it sent one.

        Raises:
            Conflict: It has no other engine (a recording), or as for :meth:`rerun`, with all of its errors.
        """
        result = await self._finished(reference)
        other = _OTHER.get(result.run.engine)
        if other is None:
            msg = f"a run of engine {result.run.engine.value} cannot be verified: it played a recording, no code ran"
            raise Conflict(msg)
        return await self._again(result, other, idempotency_key)

    async def verification(self, reference: str) -> Verification:
        """Hold a run that repeats another against it.

        Args:
            reference: Id of the run that repeats, or name of its directory.

        Raises:
            NotFound: One of the two is not there.
            Conflict: It repeats no other run.
            ResultUnreadable: LEAN's result of one of them is damaged.
        """
        return await self._verifications.of(await self._storage.index.find(reference))

    async def _finished(self, reference: str) -> BacktestResult:
        run = await self._storage.index.find(reference)
        if not run.status.is_terminal:
            msg = f"run {run.id} has not ended: it is {run.status.value}"
            raise IllegalTransition(msg)
        return await self._storage.result(run.timestamp, 0)

    async def _again(self, result: BacktestResult, engine: EngineName, key: str | None) -> Submission:
        directory = Path(result.directory)
        plain = _request(result, engine)
        check_request(plain.evolve(image=None), self._options.limits)
        request, doubts = self._with_image(plain, result.versions) if engine is result.run.engine else (plain, ())
        available = await self._health.availability()
        if engine is EngineName.REPLAY:
            choose_engine(plain.engine, plain.engine, available, None)
            return await self._manager.accept(request, ReadyToRun(engine, no_code), idempotency_key=key)
        strategy = await self._strategies.copied(result.run.strategy_name, directory / CODE)
        choose_engine(plain.engine, plain.engine, available, strategy)
        ready = ReadyToRun(
            engine=engine,
            snapshot=code_copier(directory, result.files),
            waits_in_guest=strategy.language is StrategyLanguage.PYTHON,
            warnings=(*doubts, *await self._warnings(result, engine)),
        )
        return await self._manager.accept(request, ready, idempotency_key=key)

    def _with_image(self, request: BacktestRequest, versions: Versions) -> tuple[BacktestRequest, tuple[str, ...]]:
        if request.engine is not EngineChoice.DOCKER:
            return request, ()
        image = same_image(versions, self._options.limits.images)
        return request.evolve(image=image.reference), (image.warning,) if image.warning else ()

    async def _warnings(self, result: BacktestResult, engine: EngineName) -> tuple[str, ...]:
        """Say what is known beforehand to be another than it was."""
        name = result.run.strategy_name
        found = []
        try:
            await self._strategies.get(name)
        except NotFound:
            found.append(f"there is no strategy {name} any more; the copy in the run's directory is executed")
        if engine is result.run.engine is EngineName.EMBEDDED:
            found.extend(_other_versions(result.versions))
        return (*found, *await self._data_changes(result, engine))

    async def _data_changes(self, result: BacktestResult, engine: EngineName) -> tuple[str, ...]:
        other = self._engines[engine].other_data
        if other:
            return (f"{UNKNOWN}it is on another machine ({other})",)
        ended_at = result.run.finished_at or result.run.created_at
        folder = self._options.data_folder
        work = partial(data_changes, Path(result.directory), result.data, ended_at, folder, self._hashes)
        return await self._in_thread(work)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _request(result: BacktestResult, engine: EngineName) -> BacktestRequest:
    run = result.run
    return result.request.evolve(
        engine=EngineChoice(engine.value),
        image=None,
        name=run.name if run.name != run.strategy_name else None,
        tags=run.tags,
        rerun_of=run.id,
        batch=None,
    )


def _other_versions(then: Versions) -> tuple[str, ...]:
    now = {"minilean": __version__, "Python": platform.python_version()}
    was = {"minilean": then.engine.removeprefix("minilean "), "Python": then.python}
    return tuple(
        f"the run was made with {name} {was[name]}, this one is with {now[name]}"
        for name in now
        if was[name] and was[name] != now[name]
    )
