"""The index of runs: one row a run, every change of status along the transition table in one statement."""

from collections.abc import Collection
from datetime import datetime

from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestStatistics, DataProvenance, ResultSummary
from leanboard.models.run import BacktestRunInfo, BacktestStatus
from leanboard.storage.database import Database
from leanboard.storage.queries import IdempotencyClaim, Inserted, ResultQuery, RunChanges


class RunIndex:
    """Rows of runs, and the pages of finished ones.

    All methods raise :class:`StorageError` when the database refuses, and :class:`NotFound` for an unknown run.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(
        self,
        run: BacktestRunInfo,
        request: BacktestRequest,
        idempotency: IdempotencyClaim | None = None,
        *,
        avoid: Collection[str] = (),
    ) -> Inserted:
        """Insert a run together with its key, or return the run that the key already stands for.

        ``run.timestamp`` is only a proposal: the first free name for ``run.created_at`` is reserved.

        Args:
            run: The accepted run, pending.
            request: What was asked for.
            idempotency: The client's key, if it sent one; good for 24 hours.
            avoid: Names that are taken outside of the index.

        Raises:
            IdempotencyMismatch: The key was used for another body.
        """
        raise NotImplementedError

    async def get(self, run_id: str) -> BacktestRunInfo:
        """Return a run by its id."""
        raise NotImplementedError

    async def get_by_timestamp(self, timestamp: str) -> BacktestRunInfo:
        """Return a run by the name of its directory, finished or not."""
        raise NotImplementedError

    async def request(self, run_id: str) -> BacktestRequest:
        """Return what was asked for."""
        raise NotImplementedError

    async def active(self) -> tuple[BacktestRunInfo, ...]:
        """Return what is pending or running, oldest first."""
        raise NotImplementedError

    async def transition(
        self,
        run_id: str,
        to: BacktestStatus,
        *,
        attempt: int | None = None,
        changes: RunChanges | None = None,
    ) -> BacktestRunInfo:
        """Change the status along the table, in one statement, and note it in the run's history.

        Args:
            run_id: Which run.
            to: The new status.
            attempt: Only if the row is at this attempt: an old attempt's late news then changes nothing.
            changes: Further fields, in the same transaction.

        Raises:
            IllegalTransition: The present status or attempt does not allow it; nothing was changed.
        """
        raise NotImplementedError

    async def request_cancel(self, run_id: str, at: datetime) -> BacktestRunInfo:
        """Make the wish to cancel durable; the first time stays. Only for runs that have not ended.

        Raises:
            IllegalTransition: The run has ended.
        """
        raise NotImplementedError

    async def update(self, run_id: str, changes: RunChanges) -> BacktestRunInfo:
        """Change fields other than the status."""
        raise NotImplementedError

    async def settle(
        self, run: BacktestRunInfo, statistics: BacktestStatistics, data: DataProvenance
    ) -> BacktestRunInfo:
        """Take over a committed result: terminal status, statistics and directory name in one transaction.

        Does nothing when the row is settled already in the same way.

        Raises:
            IllegalTransition: The row's status does not allow it.
        """
        raise NotImplementedError

    async def list(self, query: ResultQuery) -> tuple[tuple[ResultSummary, ...], int]:
        """Return one page of the finished runs whose directory is committed, and how many there are in all."""
        raise NotImplementedError

    async def delete(self, run_id: str) -> None:
        """Delete a finished run's row and all that hangs on it.

        Raises:
            Conflict: The run has not ended.
        """
        raise NotImplementedError
