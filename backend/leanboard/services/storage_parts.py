"""What the storage is made of between start and close."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from leanboard.services.batch_restoring import BatchRestoring
from leanboard.services.batch_storage import BatchStorage
from leanboard.services.reindexing import Reindexing
from leanboard.services.result_keeper import Indexes, ResultKeeper
from leanboard.services.scenario_storage import ScenarioStorage
from leanboard.services.workshop import Workshop
from leanboard.storage.batch_files import BatchFiles
from leanboard.storage.batch_index import BatchIndex
from leanboard.storage.catching_up import CatchingUp, Ground
from leanboard.storage.database import Database
from leanboard.storage.layout import HomeLayout
from leanboard.storage.queries import StorageProblem
from leanboard.storage.reconciliation import Reconciler
from leanboard.storage.result_index import ResultIndex
from leanboard.storage.result_list import ResultList
from leanboard.storage.run_directory import RunDirectories
from leanboard.storage.run_index import RunIndex
from leanboard.storage.scenario_files import ScenarioFiles
from leanboard.storage.scenario_index import ScenarioIndex
from leanboard.storage.settling import ResultReader, Settler
from leanboard.storage.trash import Trash
from leanboard.storage.work_directory import WorkDirectories


@dataclass(frozen=True, slots=True)
class Means:
    """What is there before the index is open.

    Attributes:
        read: Reads LEAN's files.
        clock: Says the time, aware.
        checkpoint: Called between the steps of every change, with the step's name.
        report: Told of every problem.
        forget: Told the name of a result whose files are not there any more.
        keeps_trash: Whether deleted results can be restored.
    """

    layout: HomeLayout
    work: WorkDirectories
    directories: RunDirectories
    trash: Trash
    batches: BatchFiles
    scenarios: ScenarioFiles
    workshop: Workshop
    read: ResultReader
    clock: Callable[[], datetime]
    checkpoint: Callable[[str], None]
    report: Callable[[StorageProblem], None]
    forget: Callable[[str], None]
    keeps_trash: bool


@dataclass(frozen=True, slots=True)
class StorageParts:
    """What exists between start and close."""

    executor: ThreadPoolExecutor
    database: Database
    indexes: Indexes
    settler: Settler
    keeper: ResultKeeper
    catching_up: CatchingUp
    reindexing: Reindexing
    batches: BatchStorage
    restoring: BatchRestoring
    scenarios: ScenarioStorage


def assemble(
    means: Means,
    executor: ThreadPoolExecutor,
    database: Database,
    *,
    key: bytes,
    unreadable: Callable[[str, str], None],
) -> StorageParts:
    """Put the parts together.

    Args:
        means: What is there already.
        executor: For blocking work.
        database: Open.
        key: Of this installation; seals cursors.
        unreadable: Told of rows that cannot be read, with the id of the run or batch and the reason.
    """
    runs = RunIndex(database, clock=means.clock, unreadable=unreadable)
    indexes = Indexes(runs, ResultIndex(database), ResultList(database, unreadable=unreadable, key=key))
    ground = Ground(means.layout, means.directories, means.trash, runs, indexes.results)
    batches = BatchIndex(database, clock=means.clock, run=means.workshop.run, unreadable=unreadable)
    scenarios = _scenarios(means, ScenarioIndex(database, clock=means.clock, unreadable=unreadable))
    restoring = _restoring(means, batches)
    catching_up = CatchingUp(ground, executor, means.report, means.workshop.turn)
    return StorageParts(
        executor=executor,
        database=database,
        indexes=indexes,
        settler=_settler(means, runs, executor),
        keeper=_keeper(means, indexes),
        catching_up=catching_up,
        reindexing=Reindexing(
            ground, catching_up, (restoring, scenarios), workshop=means.workshop, clock=means.clock, report=means.report
        ),
        batches=BatchStorage(batches, means.batches, means.workshop, means.checkpoint),
        restoring=restoring,
        scenarios=scenarios,
    )


def reconciler(means: Means, parts: StorageParts) -> Reconciler:
    """Return what puts runs in order after a start."""
    return Reconciler(
        index=parts.indexes.runs,
        work=means.work,
        directories=means.directories,
        trash=means.trash,
        catching_up=parts.catching_up,
        settler=parts.settler,
        executor=parts.executor,
        clock=means.clock,
        report=means.report,
    )


def _restoring(means: Means, batches: BatchIndex) -> BatchRestoring:
    return BatchRestoring(index=batches, files=means.batches, workshop=means.workshop, report=means.report)


def _scenarios(means: Means, index: ScenarioIndex) -> ScenarioStorage:
    return ScenarioStorage(
        index=index,
        files=means.scenarios,
        workshop=means.workshop,
        checkpoint=means.checkpoint,
        report=means.report,
    )


def _settler(means: Means, runs: RunIndex, executor: ThreadPoolExecutor) -> Settler:
    return Settler(
        layout=means.layout,
        index=runs,
        work=means.work,
        directories=means.directories,
        read=means.read,
        executor=executor,
        checkpoint=means.checkpoint,
        report=means.report,
    )


def _keeper(means: Means, indexes: Indexes) -> ResultKeeper:
    return ResultKeeper(
        indexes=indexes,
        layout=means.layout,
        trash=means.trash,
        workshop=means.workshop,
        clock=means.clock,
        checkpoint=means.checkpoint,
        forget=means.forget,
        keeps_trash=means.keeps_trash,
    )
