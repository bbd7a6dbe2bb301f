"""The typed state of a running service: what the API may call."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from leanboard.engines.base import Engine
from leanboard.market_data.folder import DataFolder
from leanboard.models.run import EngineName
from leanboard.services.analytics.run_files import RunFiles
from leanboard.services.analytics.run_results import RunResults
from leanboard.services.backtest_manager import BacktestManager
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batches.batches import Batches
from leanboard.services.batches.estimate import BatchEstimates
from leanboard.services.comparison.run_comparison import Comparisons
from leanboard.services.event_hub import EventHub
from leanboard.services.housekeeping import Housekeeping
from leanboard.services.queue_control import QueueControl
from leanboard.services.repeating.repetition import Repetition
from leanboard.services.report.reports import Reports
from leanboard.services.retention import Retention
from leanboard.services.run_queue import RunQueue
from leanboard.services.run_summaries import RunSummaries
from leanboard.services.scenarios import Scenarios
from leanboard.services.strategy_service import StrategyService
from leanboard.services.verdict.service import VerdictService
from leanboard.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Everything long-lived; built and closed in app.py alone."""

    settings: Settings
    manager: BacktestManager
    storage: BacktestStorage
    results: RunResults
    files: RunFiles
    strategies: StrategyService
    scenarios: Scenarios
    summaries: RunSummaries
    verdicts: VerdictService
    batches: Batches
    estimates: BatchEstimates
    repetition: Repetition
    comparisons: Comparisons
    reports: Reports
    hub: EventHub
    queue: RunQueue
    queue_control: QueueControl
    housekeeping: Housekeeping
    engines: dict[EngineName, Engine]
    data: DataFolder
    retention: Retention
    metrics: CollectorRegistry
