"""Puts the batches together; called by app.py alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leanboard.engines.base import Engine
from leanboard.market_data.content_hashes import ContentHashes
from leanboard.models.run import EngineName
from leanboard.services.backtest_manager import BacktestManager
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batch_hub import BatchHub
from leanboard.services.batches.acceptance import Acceptance
from leanboard.services.batches.batch_code import BatchCode
from leanboard.services.batches.batch_desk import BatchDesk, DeskMeans
from leanboard.services.batches.batch_views import BatchViews
from leanboard.services.batches.batches import BatchParts
from leanboard.services.batches.code_copies import CodeCopies
from leanboard.services.batches.identical import IdenticalRuns
from leanboard.services.batches.item_course import CourseMeans
from leanboard.services.batches.retries import RetryPolicy
from leanboard.services.batches.reuse import Reuse
from leanboard.services.event_hub import EventHub
from leanboard.services.notifier import Notifier
from leanboard.services.run_desk import RunDesk
from leanboard.services.run_queue import RunQueue
from leanboard.services.scenarios import Scenarios
from leanboard.services.strategy_service import StrategyService

PAUSE = 1.0  # seconds until a batch asks again for what the service refuses at the moment


@dataclass(frozen=True, slots=True)
class BatchGround:
    """What batches stand on.

    Attributes:
        retries: Which failures are worth another try.
        most: Items that a batch may have.
        now: The wall clock, UTC.
    """

    storage: BacktestStorage
    strategies: StrategyService
    engines: Mapping[EngineName, Engine]
    data_folder: Path
    hashes: ContentHashes
    manager: BacktestManager
    desk: RunDesk
    queue: RunQueue
    hub: EventHub
    notifier: Notifier
    retries: RetryPolicy
    most: int
    now: Callable[[], datetime]


def batch_parts(ground: BatchGround) -> BatchParts:
    """Return what batches are made of."""
    views, hub = BatchViews(ground.hub, ground.queue), BatchHub(ground.now)
    copies = CodeCopies(ground.strategies)
    identical = IdenticalRuns(
        storage=ground.storage, engines=ground.engines, hashes=ground.hashes, data_folder=ground.data_folder
    )
    desk = BatchDesk(
        DeskMeans(
            storage=ground.storage,
            courses=_courses(ground, identical),
            queue=ground.queue,
            look=ground.desk.wake,
            hub=hub,
            views=views,
            notifier=ground.notifier,
            now=ground.now,
        )
    )
    ground.storage.reindexing.also(desk)
    return BatchParts(
        storage=ground.storage,
        desk=desk,
        acceptance=Acceptance(ground.manager, copies),
        reuse=Reuse(copies, identical),
        hub=hub,
        views=views,
        scenarios=Scenarios(ground.storage.scenarios, ground.strategies, ground.now).chosen,
        most=ground.most,
        now=ground.now,
    )


def _courses(ground: BatchGround, identical: IdenticalRuns) -> CourseMeans:
    return CourseMeans(
        storage=ground.storage,
        manager=ground.manager,
        hub=ground.hub,
        code=BatchCode(ground.storage),
        identical=identical,
        retries=ground.retries,
        pause=PAUSE,
        now=ground.now,
    )
