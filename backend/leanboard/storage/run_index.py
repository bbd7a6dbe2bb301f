"""The index of runs: one row a run, every change of status along the transition table in one statement."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from leanboard.errors import Conflict, IllegalTransition, NotFound, StorageError
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import TRANSITIONS, BacktestRunInfo, BacktestStatus
from leanboard.storage import run_rows
from leanboard.storage import run_statements as statements
from leanboard.storage.batch_claims import claim_item
from leanboard.storage.database import Database
from leanboard.storage.idempotency import IdempotencyKeys
from leanboard.storage.layout import RUN_ID, free_timestamp, is_of_second, timestamp_of
from leanboard.storage.queries import CommittedResult, IdempotencyClaim, Inserted, KnownRun, RunChanges
from leanboard.storage.result_rows import facts_of
from leanboard.storage.tables import IDEMPOTENCY_KEY, RUN, RUN_TAG

_ATTEMPTS = 20
_ACTIVE = tuple(status.value for status in BacktestStatus if not status.is_terminal)
_TERMINAL = tuple(status.value for status in BacktestStatus if status.is_terminal)


def utc_now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class RunIndex:
    """Rows of runs. The pages of finished ones are :class:`leanboard.storage.result_list.ResultList`'s.

    All methods raise :class:`StorageError` when the database refuses, and :class:`NotFound` for a run that is unknown
    or lies in the trash.

    Args:
        database: Open while the index is used.
        clock: Says the time, aware.
        unreadable: Told of rows that cannot be read where several are, with the run's id and the reason.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        unreadable: Callable[[str, str], None] = lambda _run_id, _reason: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._unreadable = unreadable
        self._keys = IdempotencyKeys(IDEMPOTENCY_KEY.c.run_id, clock)

    # Insert ------------------------------------------------------------------------------------------------------

    async def insert(
        self,
        run: BacktestRunInfo,
        request: BacktestRequest,
        idempotency: IdempotencyClaim | None = None,
        *,
        avoid: Collection[str] = (),
        claims_item: bool = True,
    ) -> Inserted:
        """Insert a run together with its key, or return the run that the key already stands for.

        ``run.timestamp`` is only a proposal: the first free name for ``run.created_at`` is reserved. A run of a batch
        becomes the run of its item with it; if that attempt of the item has a run already, that one is the answer.

        Args:
            run: The accepted run, pending.
            request: What was asked for.
            idempotency: The client's key, if it sent one; good for 24 hours.
            avoid: Names that are taken outside of the index.
            claims_item: False for a run of a batch that the index had lost: its batch is told later.

        Raises:
            IdempotencyMismatch: The key was used for another body.
            Conflict: There is no such batch, it has no such item, or the item waits for no run of that attempt.
        """
        # The constraints decide, not the look before: with PostgreSQL another process may have been faster.
        for _ in range(_ATTEMPTS):
            try:
                async with self._database.write() as connection:
                    return await self._insert(connection, run, request, idempotency, avoid, claims_item=claims_item)
            except IntegrityError:
                continue
        msg = f"run {run.id} could not be stored: its id is taken, or the index is under heavy contention"
        raise StorageError(msg)

    async def _insert(
        self,
        connection: AsyncConnection,
        run: BacktestRunInfo,
        request: BacktestRequest,
        claim: IdempotencyClaim | None,
        avoid: Collection[str],
        *,
        claims_item: bool,
    ) -> Inserted:
        if claim is not None:
            await self._keys.forget_old(connection)
            earlier = await self._claimed(connection, claim)
            if earlier is not None:
                return Inserted(earlier, created=False)
        base = timestamp_of(run.created_at)
        taken = await self._names(connection, base)
        stored = run.evolve(timestamp=free_timestamp(base, taken.union(avoid)))
        if request.batch is not None and claims_item:
            holder = await claim_item(connection, request.batch, stored)
            if holder is not None:
                return Inserted(await self._of_item(connection, holder), created=False)
        values = {**run_rows.row_of_request(request), "committed": False}
        await self._insert_rows(connection, [(stored, values)])
        if claim is not None:
            await self._keys.note(connection, claim, run.id)
        return Inserted(stored, created=True)

    @staticmethod
    async def _of_item(connection: AsyncConnection, run_id: str) -> BacktestRunInfo:
        try:
            return await _read(connection, run_id)
        except NotFound as error:
            msg = f"the item's run {run_id} was deleted: rerun the item"
            raise Conflict(msg) from error

    async def claimed(self, claim: IdempotencyClaim) -> BacktestRunInfo | None:
        """Return the run that a key stands for, if it does.

        Raises:
            IdempotencyMismatch: The key was used for another body.
        """
        async with self._database.read() as connection:
            return await self._claimed(connection, claim)

    async def _claimed(self, connection: AsyncConnection, claim: IdempotencyClaim) -> BacktestRunInfo | None:
        holder = await self._keys.holder(connection, claim)
        return None if holder is None else await _read(connection, holder)

    async def names(self, base: str) -> frozenset[str]:
        """Return the names that are reserved in the index for a second: ``base`` and ``base-n``."""
        async with self._database.read() as connection:
            return await self._names(connection, base)

    async def _names(self, connection: AsyncConnection, base: str) -> frozenset[str]:
        bounds = {"base": base, "last": f"{base}Z"}
        found = (await connection.execute(statements.NAMES_BETWEEN, bounds)).scalars()
        return frozenset(name for name in found if is_of_second(name, base))

    async def restore(self, run: BacktestRunInfo, request: BacktestRequest) -> None:
        """Insert the row of an accepted run that the index had lost, under the name that it had.

        Raises:
            Conflict: Its id or its name is taken.
        """
        values = {**run_rows.row_of_request(request), "committed": False}
        await self._restore([(run, values)])

    async def adopt(self, results: Iterable[CommittedResult]) -> None:
        """Insert the rows of committed run directories, all or none.

        Raises:
            Conflict: An id or a name is taken.
        """
        known = tuple(results)
        rows = [
            (one.run, {**run_rows.row_of_request(one.request), **run_rows.row_of_result(one.statistics, one.data)})
            for one in known
        ]
        await self._restore(rows, [facts_of(one) for one in known])

    async def _restore(
        self, rows: list[tuple[BacktestRunInfo, run_rows.Values]], facts: list[run_rows.Values] | None = None
    ) -> None:
        try:
            async with self._database.write() as connection:
                await self._insert_rows(connection, rows)
                if facts:
                    await connection.execute(statements.INSERT_RESULT, facts)
        except IntegrityError as error:
            msg = "a run with this id or this name is in the index already"
            raise Conflict(msg) from error

    async def _insert_rows(
        self, connection: AsyncConnection, rows: list[tuple[BacktestRunInfo, run_rows.Values]]
    ) -> None:
        stored = [{**run_rows.row_of_run(run), "rev": 1, **more} for run, more in rows]
        await connection.execute(statements.INSERT_RUN, stored)
        if tags := [{"run_id": run.id, "tag": tag} for run, _ in rows for tag in run_rows.tags_of(run)]:
            await connection.execute(insert(RUN_TAG), tags)
        await connection.execute(statements.INSERT_EVENT, [self._event(run, rev=1) for run, _ in rows])

    # Read --------------------------------------------------------------------------------------------------------

    async def get(self, run_id: str) -> BacktestRunInfo:
        """Return a run by its id."""
        async with self._database.read() as connection:
            return await _read(connection, run_id)

    async def get_by_timestamp(self, timestamp: str) -> BacktestRunInfo:
        """Return a run by the name of its directory, finished or not."""
        async with self._database.read() as connection:
            return await _found(connection, statements.READ_BY_TIMESTAMP, {"name": timestamp})

    async def find(self, reference: str) -> BacktestRunInfo:
        """Return a run by its id or by the name of its directory."""
        try:
            return await (self.get(reference) if RUN_ID.fullmatch(reference) else self.get_by_timestamp(reference))
        except NotFound as error:  # one of several may be asked for: say which
            message = f"there is no such run as {reference}, or it was deleted"
            raise NotFound(message) from error

    async def request(self, run_id: str) -> BacktestRequest:
        """Return what was asked for."""
        async with self._database.read() as connection:
            stored = (await connection.execute(statements.READ_REQUEST, {"run_id": run_id})).scalar_one_or_none()
        if stored is None:
            raise _unknown()
        return run_rows.request_of_row(run_id, stored)

    async def active(self) -> tuple[BacktestRunInfo, ...]:
        """Return what is pending or running, oldest first; rows that cannot be read are reported, not returned."""
        query = (
            select(*run_rows.INFO_COLUMNS).where(RUN.c.status.in_(_ACTIVE)).order_by(RUN.c.created_at, RUN.c.timestamp)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        runs = []
        for row in rows:
            try:
                runs.append(run_rows.run_of(row))
            except StorageError as error:
                self._unreadable(str(row["id"]), error.detail)
        return tuple(runs)

    async def known(self) -> tuple[KnownRun, ...]:
        """Return every row in short."""
        query = select(RUN.c.id, RUN.c.timestamp, RUN.c.status, RUN.c.committed)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(KnownRun(str(row.id), str(row.timestamp), str(row.status), bool(row.committed)) for row in rows)

    # Change ------------------------------------------------------------------------------------------------------

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
        values = run_rows.row_of_changes(changes) if changes is not None else {}
        async with self._database.write() as connection:
            return await self._transition(connection, run_id, to, values, attempt)

    async def _transition(
        self,
        connection: AsyncConnection,
        run_id: str,
        to: BacktestStatus,
        values: run_rows.Values,
        attempt: int | None = None,
    ) -> BacktestRunInfo:
        change = statements.transition(to, of_attempt=attempt is not None)
        parameters = {**values, "status": to.value, "run_id": run_id}
        if attempt is not None:
            parameters["present_attempt"] = attempt
        row: Any = (await connection.execute(change, parameters)).mappings().one_or_none()
        if row is None:
            present = await _read(connection, run_id)
            raise _refusal(present, to, attempt)
        changed = run_rows.run_of(row)
        await connection.execute(statements.INSERT_EVENT, self._event(changed, rev=row["rev"]))
        return changed

    def _event(self, run: BacktestRunInfo, *, rev: int) -> run_rows.Values:
        return {
            "run_id": run.id,
            "rev": rev,
            "status": run.status.value,
            "phase": run.phase.value,
            "reason": run.reason.value if run.reason is not None else None,
            "attempt": run.attempt,
            "at": run_rows.microseconds(self._clock()),
        }

    async def request_cancel(self, run_id: str, at: datetime) -> BacktestRunInfo:
        """Make the wish to cancel durable; the first time stays. Only for runs that have not ended.

        Raises:
            IllegalTransition: The run has ended.
        """
        moment = run_rows.microseconds(at)
        async with self._database.write() as connection:
            statement = update(RUN).where(
                RUN.c.id == run_id, RUN.c.status.in_(_ACTIVE), RUN.c.cancel_requested_at.is_(None)
            )
            await connection.execute(statement.values(cancel_requested_at=moment))
            run = await _read(connection, run_id)
        if run.status.is_terminal:
            raise _refusal(run, BacktestStatus.CANCELLED)
        return run

    async def update(self, run_id: str, changes: RunChanges) -> BacktestRunInfo:
        """Change fields other than the status."""
        values = run_rows.row_of_changes(changes)
        async with self._database.write() as connection:
            if values:
                await connection.execute(update(RUN).where(RUN.c.id == run_id).values(values))
            return await _read(connection, run_id)

    async def settle(self, result: CommittedResult) -> BacktestRunInfo:
        """Take over a committed result: terminal status, statistics and directory name in one transaction.

        Does nothing when the row has taken it over already.

        Raises:
            IllegalTransition: The row's status does not allow it.
            Conflict: Another run has the directory's name.
        """
        run = result.run
        values = {**run_rows.row_of_run(run), **run_rows.row_of_result(result.statistics, result.data)}
        # The row knows better who wished to cancel and when; the wish may be younger than the settlement.
        values = {name: value for name, value in values.items() if name not in _OWN_TO_THE_ROW}
        try:
            async with self._database.write() as connection:
                present = await _read(connection, run.id)
                if await self._is_settled(connection, present, run):
                    return present
                if present.status is BacktestStatus.PENDING and run.status not in TRANSITIONS[present.status]:
                    # It lags behind its directory: a damaged index may have lost its latest changes.
                    await self._transition(connection, run.id, BacktestStatus.RUNNING, {})
                settled = await self._transition(connection, run.id, run.status, values)
                await connection.execute(statements.INSERT_RESULT, facts_of(replace(result, run=settled)))
                return settled
        except IntegrityError as error:
            msg = f"another run has the name {run.timestamp} already"
            raise Conflict(msg) from error

    async def _is_settled(self, connection: AsyncConnection, present: BacktestRunInfo, run: BacktestRunInfo) -> bool:
        if present.status is not run.status or present.timestamp != run.timestamp:
            return False
        return bool((await connection.execute(statements.READ_COMMITTED, {"run_id": run.id})).scalar_one())

    async def delete(self, run_id: str) -> None:
        """Delete a finished run's row and all that hangs on it.

        Raises:
            Conflict: The run has not ended.
        """
        async with self._database.write() as connection:
            statement = delete(RUN).where(RUN.c.id == run_id, RUN.c.status.in_(_TERMINAL))
            if (await connection.execute(statement)).rowcount == 0:
                run = await _read(connection, run_id)
                raise unfinished(run)


_OWN_TO_THE_ROW = frozenset({"id", "created_at", "cancel_requested_at", "status", "attempt"})


async def _read(connection: AsyncConnection, run_id: str) -> BacktestRunInfo:
    return await _found(connection, statements.READ_BY_ID, {"run_id": run_id})


async def _found(
    connection: AsyncConnection, query: Select[tuple[object, ...]], which: run_rows.Values
) -> BacktestRunInfo:
    found: Any = (await connection.execute(query, which)).mappings().one_or_none()
    if found is None:
        raise _unknown()
    return run_rows.run_of(found)


def _unknown() -> NotFound:
    return NotFound("there is no such run, or it was deleted")


def unfinished(run: BacktestRunInfo) -> Conflict:
    """Return the refusal to delete a run that has not ended."""
    return Conflict(f"run {run.id} is {run.status.value}: cancel it first, or wait for its end")


def _refusal(run: BacktestRunInfo, to: BacktestStatus, attempt: int | None = None) -> IllegalTransition:
    if attempt is not None and run.attempt != attempt:
        return IllegalTransition(f"run {run.id} is at attempt {run.attempt}, and this was about attempt {attempt}")
    return IllegalTransition(f"run {run.id} is {run.status.value} and cannot become {to.value}")
