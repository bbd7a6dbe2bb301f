"""What the routers need of the service, and no more; the lifespan puts it at ``app.state.services``.

``leanboard.services`` fulfils it; tests put small fakes in its place.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from prometheus_client import CollectorRegistry

from leanboard.models.health import HealthReport
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestListResponse, BacktestResult
from leanboard.models.run import BacktestProgress, BacktestRunInfo
from leanboard.models.strategies import StrategyInfo
from leanboard.settings import Settings
from leanboard.storage.queries import ResultQuery


class SubmissionLike(Protocol):
    """Answer to a submit; ``created`` is False when the Idempotency-Key stood for this run already."""

    @property
    def run(self) -> BacktestRunInfo:
        """The run, durable."""

    @property
    def created(self) -> bool:
        """Whether this call made it."""


class RunManager(Protocol):
    """Runs: start, look, end, watch. Unknown ids raise NotFound, impossible orders IllegalTransition."""

    async def submit(self, request: BacktestRequest, *, idempotency_key: str | None = None) -> SubmissionLike:
        """Accept a run: when this returns, it is durable."""

    async def status(self, run_id: str) -> BacktestRunInfo:
        """Return a run as it stands at this moment."""

    async def progress(self, run_id: str) -> BacktestProgress:
        """Return how far a run is."""

    async def cancel(self, run_id: str) -> BacktestRunInfo:
        """Ask a run to end."""

    async def delete(self, timestamp: str) -> None:
        """Delete a finished run with its files."""

    def watch(self, run_id: str, since: int | None = None) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Give a run's events as JSON texts, from ``since`` or from a snapshot, until its ``end``."""

    async def health(self) -> HealthReport:
        """Return how the service is."""


class ResultStore(Protocol):
    """Finished runs."""

    async def list(self, query: ResultQuery) -> BacktestListResponse:
        """Return one page of results."""

    async def result(self, timestamp: str, points: int = 2000) -> BacktestResult:
        """Return one result with at most that many points of its equity curve."""


class StrategyShelf(Protocol):
    """Strategies, read as text."""

    async def list(self) -> tuple[StrategyInfo, ...]:
        """Return all by name, without source."""

    async def get(self, name: str) -> StrategyInfo:
        """Return one with its source."""


class ApiServices(Protocol):
    """Everything that lives as long as the application."""

    @property
    def settings(self) -> Settings:
        """As the service was started with."""

    @property
    def manager(self) -> RunManager:
        """Runs."""

    @property
    def storage(self) -> ResultStore:
        """Results."""

    @property
    def strategies(self) -> StrategyShelf:
        """Strategies."""

    @property
    def metrics(self) -> CollectorRegistry:
        """What the services measure themselves; shown beside the API's own."""
