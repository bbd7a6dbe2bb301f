"""Builds the service and takes it down again: the only place where long-lived objects are made and closed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from leanboard.api.application import new_application
from leanboard.engine_settings import DockerFiles
from leanboard.engines.base import Engine
from leanboard.engines.docker.addresses import is_remote, known_address
from leanboard.engines.docker.carrier import SlotCarrier
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.copied import CopiedSlots
from leanboard.engines.docker.engine import DockerEngine
from leanboard.engines.docker.spec import LABEL_INSTANCE
from leanboard.engines.embedded_engine import EmbeddedEngine
from leanboard.engines.folder_cache import FolderCache
from leanboard.engines.minilean_support import MinileanSupport
from leanboard.engines.replay_engine import ReplayEngine
from leanboard.market_data.content_hashes import ContentHashes
from leanboard.market_data.folder import DataFolder, candidate_folders, prepare_data_folder, resolve_data_folder
from leanboard.models.run import EngineName
from leanboard.options import (
    docker_options,
    install_options,
    request_limits,
    retention_rules,
    runner_limits,
    warm_options,
)
from leanboard.services.analytics.run_files import RunFiles
from leanboard.services.analytics.run_results import RunResults
from leanboard.services.apprise_address import addresses
from leanboard.services.backtest_manager import BacktestManager, ManagerOptions
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batches.assembly import BatchGround, batch_parts
from leanboard.services.batches.batches import Batches
from leanboard.services.batches.estimate import BatchEstimates
from leanboard.services.batches.retries import RetryPolicy
from leanboard.services.comparison.run_comparison import Comparisons
from leanboard.services.event_hub import EventHub
from leanboard.services.health import DiskGuard, Health
from leanboard.services.housekeeping import Housekeeping
from leanboard.services.lean_runner import LeanRunner
from leanboard.services.notifier import Notifier
from leanboard.services.output_follower import OutputFollower
from leanboard.services.queue_control import QueueControl
from leanboard.services.recovery import Recovery
from leanboard.services.repeating.repetition import Repetition, RepetitionOptions
from leanboard.services.report.reports import Reports
from leanboard.services.retention import Retention
from leanboard.services.run_desk import DeskOptions, RunDesk
from leanboard.services.run_ending import RunEnding
from leanboard.services.run_evidence import read_run_directory
from leanboard.services.run_planner import RunPlanner
from leanboard.services.run_queue import RunQueue
from leanboard.services.run_summaries import RunSummaries
from leanboard.services.scenarios import Scenarios
from leanboard.services.services import Services
from leanboard.services.strategy_service import StrategyService
from leanboard.services.verdict.service import VerdictService
from leanboard.services.warm_slots import WarmSlots
from leanboard.settings import Settings
from leanboard.storage.database import postgresql_url
from leanboard.storage.installation import installation_id
from leanboard.storage.layout import HomeLayout
from leanboard.strategies.catalogue import StrategyCatalogue

MEGABYTE = 1 << 20
PROJECT = Path(__file__).resolve().parents[2]

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Return the wall clock, aware, in UTC."""
    return datetime.now(UTC)


def make_engines(
    settings: Settings, docker_client: Callable[[str | None], DockerClient] = DockerClient
) -> dict[EngineName, Engine]:
    """Return the engines of this installation, by name.

    Args:
        settings: Of this installation.
        docker_client: Makes the client of an address; for tests.
    """
    instance = installation_id(settings.home)
    client = docker_client(settings.docker_host)
    carrier = docker_carrier(settings, instance, client)
    installs = install_options(settings)
    options = replace(docker_options(settings, instance), installs=installs)
    engines: dict[EngineName, Engine] = {
        EngineName.DOCKER: DockerEngine(client, options, carrier),
        EngineName.EMBEDDED: EmbeddedEngine(instance, installs=installs),
    }
    if settings.recordings is not None:
        engines[EngineName.REPLAY] = ReplayEngine(settings.recordings, settings.replay_speed)
    return engines


def docker_carrier(settings: Settings, instance: str, client: DockerClient) -> SlotCarrier | None:
    """Return how files reach the docker engine's machine; None for its own way, by mounts."""
    address = known_address(settings.docker_host)
    wanted = settings.docker_files
    if wanted is DockerFiles.MOUNT or (wanted is DockerFiles.AUTO and not is_remote(address)):
        return None
    labels = {LABEL_INSTANCE: instance}
    return CopiedSlots(client, settings.docker_data, settings.max_output * MEGABYTE, labels)


def find_data_folder(settings: Settings) -> DataFolder:
    """Decide which market data is used."""
    return resolve_data_folder(settings.data, candidate_folders(PROJECT, Path.cwd()), settings.home)


@asynccontextmanager
async def running_services(
    settings: Settings,
    *,
    engines: dict[EngineName, Engine] | None = None,
    checkpoint: Callable[[str], None] = lambda _name: None,
) -> AsyncIterator[Services]:
    """Build everything, put the past in order, and take runs until the block ends.

    Args:
        settings: Of this installation.
        engines: Others than :func:`make_engines` gives; for tests.
        checkpoint: Called between the storage's steps; for tests that end the process there.

    Raises:
        ConfigurationError: Another service works in the same home, or a setting cannot work.
    """
    layout = HomeLayout(settings.home)
    async with AsyncExitStack() as stack:
        storage = BacktestStorage(
            layout,
            read_run_directory,
            checkpoint=checkpoint,
            documents_capacity=settings.result_cache * MEGABYTE * 2 // 3,
            keeps_trash=settings.trash_days > 0,
            server=None if settings.database is None else postgresql_url(settings.database.get_secret_value()),
        )
        stack.push_async_callback(storage.close)
        await storage.start()
        await asyncio.to_thread(clear_half_made, layout)
        data = find_data_folder(settings)
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, partial(prepare_data_folder, data, utc_now))
        strategies = StrategyService(StrategyCatalogue(settings.strategies, support=MinileanSupport()))
        stack.callback(strategies.close)
        engines = make_engines(settings) if engines is None else engines
        for engine in engines.values():
            stack.push_async_callback(engine.close)
            await engine.start()
        yield await _pipeline(stack, settings, _Ground(storage, strategies, engines, data))


def clear_half_made(layout: HomeLayout) -> None:
    """Remove what a killed process was about to compile or install; only under the home's lock."""
    for folder in (layout.builds, layout.packages):
        FolderCache(folder).clear_work()


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the pipeline stands on."""

    storage: BacktestStorage
    strategies: StrategyService
    engines: dict[EngineName, Engine]
    data: DataFolder


async def _pipeline(stack: AsyncExitStack, settings: Settings, ground: _Ground) -> Services:
    hub = EventHub(settings.stream_ring, utc_now)
    queue = RunQueue(settings.max_running)
    disk = DiskGuard(settings.home, settings.min_free_disk)
    follower = OutputFollower(settings.poll_interval)
    stack.push_async_callback(follower.close)
    await follower.start()
    runner = LeanRunner(runner_limits(settings), follower, utc_now)
    stack.callback(runner.close)
    warm = WarmSlots(ground.engines, ground.storage, warm_options(settings, ground.data.path))
    await warm.recover()
    stack.push_async_callback(warm.close)
    hashes = ContentHashes(HomeLayout(settings.home).data_hashes)
    notifier = Notifier(addresses(settings.notify_urls), settings.notify_on)
    stack.push_async_callback(notifier.close)
    ending = RunEnding(
        storage=ground.storage,
        engines=ground.engines,
        hub=hub,
        hashes=hashes,
        data_folder=ground.data.path,
        pool=runner.pool,
        notifier=notifier,
        now=utc_now,
    )
    planner = RunPlanner(
        storage=ground.storage,
        strategies=ground.strategies,
        warm=warm,
        timeout=settings.timeout,
        data_folder=ground.data.path,
        now=utc_now,
    )
    desk = RunDesk(
        storage=ground.storage,
        planner=planner,
        engines=ground.engines,
        runner=runner,
        queue=queue,
        hub=hub,
        warm=warm,
        ending=ending,
        options=DeskOptions(disk.hold_reason, settings.restart_attempts),
        now=utc_now,
    )
    stack.push_async_callback(desk.close)
    health = Health(ground.engines, queue, disk, warm)
    manager = BacktestManager(
        storage=ground.storage,
        strategies=ground.strategies,
        health=health,
        desk=desk,
        queue=queue,
        hub=hub,
        warm=warm,
        options=ManagerOptions(settings.engine, settings.max_queued, request_limits(settings)),
        now=utc_now,
    )
    stack.callback(manager.refuse)
    repetition = Repetition(
        manager=manager,
        storage=ground.storage,
        strategies=ground.strategies,
        health=health,
        engines=ground.engines,
        hashes=hashes,
        options=RepetitionOptions(ground.data.path, request_limits(settings)),
    )
    stack.callback(repetition.close)
    recovery = Recovery(
        storage=ground.storage,
        desk=desk,
        engines=ground.engines,
        data_folder=ground.data.path,
        hashes=hashes,
        restarts=settings.restart_attempts,
        notifier=notifier,
        now=utc_now,
    )
    await recovery.run()
    parts = batch_parts(
        BatchGround(
            storage=ground.storage,
            strategies=ground.strategies,
            engines=ground.engines,
            data_folder=ground.data.path,
            hashes=hashes,
            manager=manager,
            desk=desk,
            queue=queue,
            hub=hub,
            notifier=notifier,
            retries=RetryPolicy(settings.batch_tries, settings.batch_retry_pause),
            most=settings.max_batch,
            now=utc_now,
        )
    )
    batches = Batches(parts)
    stack.push_async_callback(batches.close)
    await batches.recover()
    told, wish = (desk.wake, batches.wake), HomeLayout(settings.home).queue
    control = QueueControl(queue=queue, told=told, hub=hub, storage=ground.storage, wish=wish)
    await control.restore()
    await desk.start()
    housekeeping = Housekeeping(
        storage=ground.storage,
        engines=ground.engines,
        work=HomeLayout(settings.home).work,
        grace=settings.docker_orphan_grace,
        is_warm=warm.holds,
    )
    stack.push_async_callback(housekeeping.close)
    await housekeeping.start()
    verdicts = VerdictService(ground.storage, ground.data.path)
    stack.callback(verdicts.close)
    retention = Retention(
        keeper=ground.storage.keeper,
        rules=retention_rules(settings),
        trash_days=settings.trash_days,
        now=utc_now,
    )
    stack.push_async_callback(retention.close)
    await retention.start()
    manager.open()
    batches.open()
    comparisons = Comparisons(ground.storage)
    return Services(
        settings=settings,
        manager=manager,
        storage=ground.storage,
        results=RunResults(ground.storage, ground.data.path, settings.result_cache * MEGABYTE // 3),
        files=RunFiles(ground.storage),
        strategies=ground.strategies,
        scenarios=Scenarios(ground.storage.scenarios, ground.strategies, utc_now),
        summaries=RunSummaries(ground.storage, manager.status),
        verdicts=verdicts,
        batches=batches,
        estimates=BatchEstimates(
            plan=batches.plan,
            engines=parts.acceptance.engines,
            reuse=parts.reuse.of,
            past=ground.storage.past_runs,
            queue=queue,
            disk=disk,
        ),
        repetition=repetition,
        comparisons=comparisons,
        reports=Reports(ground.storage, comparisons, verdicts, utc_now),
        hub=hub,
        queue=queue,
        queue_control=control,
        housekeeping=housekeeping,
        engines=ground.engines,
        data=ground.data,
        retention=retention,
        metrics=CollectorRegistry(),
    )


def create_app(
    settings: Settings | None = None,
    *,
    engines: dict[EngineName, Engine] | None = None,
    checkpoint: Callable[[str], None] = lambda _name: None,
) -> FastAPI:
    """Return the application; its lifespan builds the services and puts them at ``app.state.services``.

    Args:
        settings: Of this installation; from the environment if left out.
        engines: As in :func:`running_services`.
        checkpoint: As in :func:`running_services`.
    """
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running_services(chosen, engines=engines, checkpoint=checkpoint) as services:
            app.state.services = services
            yield

    return new_application(chosen, lifespan)
