"""Run directory and index row as one unit, in front of everything that lasts.

Order at the end of a run: settlement.json (the outcome is durable) -> files from the slot -> run.json -> rename to
``results/`` -> the row's terminal status. Each step can be repeated, and :meth:`BacktestStorage.recover` does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leanboard.engines.base import Slot
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import (
    BacktestListResponse,
    BacktestResult,
    BacktestStatistics,
    DataProvenance,
    EquityPoint,
    ResultSummary,
)
from leanboard.models.run import Applied, BacktestRunInfo, Outcome
from leanboard.storage.layout import HomeLayout
from leanboard.storage.queries import IdempotencyClaim, Inserted, Recovered, ResultQuery, StorageProblem
from leanboard.storage.run_index import RunIndex


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a run directory's LEAN files say.

    Attributes:
        statistics: Empty where there is no result file.
        equity: Thinned to the asked number of points.
        problem: Why it is not everything; empty when it is.
    """

    statistics: BacktestStatistics = BacktestStatistics()
    equity: tuple[EquityPoint, ...] = ()
    problem: str = ""


ResultReader = Callable[[Path, int], ReadResult]
"""Reads LEAN's files of a run directory: (directory, most equity points). Blocking; never raises for bad files."""


class BacktestStorage:
    """The only way to what lasts. All errors of disk and database come as :class:`StorageError` with a remedy."""

    def __init__(
        self,
        layout: HomeLayout,
        read: ResultReader,
        *,
        engine_versions: Callable[[BacktestRunInfo], str] = lambda _run: "",
        checkpoint: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """Take collaborators; nothing is opened before :meth:`start`.

        Args:
            layout: Where everything lies.
            read: Reads LEAN's files.
            engine_versions: Names the version of the engine that executed a run, for its manifest.
            checkpoint: Called between the steps of every change, with the step's name; tests end the process there.
        """
        raise NotImplementedError

    @property
    def index(self) -> RunIndex:
        """The rows. Status changes that leave the directory alone go through it directly."""
        raise NotImplementedError

    async def start(self) -> None:
        """Lock the home, open the index, rebuild it first if it is lost.

        Raises:
            ConfigurationError: Another service works here, or the home is from a newer version.
            StorageError: The home cannot be used.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Finish what has begun, close everything, give the lock back. May be called twice."""
        raise NotImplementedError

    async def announce(self, url: str) -> None:
        """Write service.json, so that the command line finds this service."""
        raise NotImplementedError

    async def recover(self) -> Recovered:
        """Put in order what an earlier process left; once, after :meth:`start`, before runs are accepted."""
        raise NotImplementedError

    def problems(self) -> tuple[StorageProblem, ...]:
        """Return what was found wrong since the start; newest last."""
        raise NotImplementedError

    async def accept(
        self,
        run: BacktestRunInfo,
        request: BacktestRequest,
        snapshot: Callable[[Path], None],
        idempotency: IdempotencyClaim | None = None,
    ) -> Inserted:
        """Make a run durable: its directory first, then its row. On failure nothing stays.

        Args:
            run: Pending; its timestamp is a proposal (``timestamp_of(created_at)``), the answer has the reserved one.
            request: What was asked for.
            snapshot: Copies the project into the directory given, which exists and is empty. Blocking.
            idempotency: The client's key, if it sent one.

        Raises:
            IdempotencyMismatch: The key was used for another body.
            StorageError: Disk or database refused.
        """
        raise NotImplementedError

    async def prepare_slot(self, run_id: str, attempt: int) -> Slot:
        """Make the slot of one attempt, with its own copy of the snapshot; what earlier attempts left is removed."""
        raise NotImplementedError

    async def commit(
        self, run_id: str, outcome: Outcome, applied: Applied, provenance: DataProvenance
    ) -> ResultSummary:
        """Turn a run that has ended into a result. Runs to its end even if the caller is cancelled.

        Works for every run that is not settled, also one that never had a slot. A second call for a run that is
        settled already returns what there is.

        Raises:
            IllegalTransition: The outcome's status cannot follow the row's.
            StorageError: Disk or database refused; nothing is lost, and the call can be repeated.
        """
        raise NotImplementedError

    async def list(self, query: ResultQuery) -> BacktestListResponse:
        """Return one page of results."""
        raise NotImplementedError

    async def result(self, timestamp: str, points: int = 2000) -> BacktestResult:
        """Return one result; what cannot be read of it is named in ``problem``.

        Raises:
            NotFound: There is no finished run of that name.
        """
        raise NotImplementedError

    async def delete(self, timestamp: str) -> None:
        """Delete a finished run: gone from the list at once, its files soon after.

        Raises:
            NotFound: There is no such run, or no longer.
            Conflict: It has not ended.
        """
        raise NotImplementedError
