"""The index of batches: a row for each, and one for each of their items."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import bindparam, case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from leanboard.errors import Conflict, IdempotencyMismatch, NotFound, StorageError
from leanboard.models.batches import BatchProgress
from leanboard.storage import batch_rows, run_rows
from leanboard.storage.batch_rows import BatchRowChanges, InsertedBatch, StoredBatch, StoredItem
from leanboard.storage.database import Database
from leanboard.storage.idempotency import IdempotencyKeys
from leanboard.storage.queries import BatchRun, IdempotencyClaim
from leanboard.storage.run_index import utc_now
from leanboard.storage.run_rows import Values
from leanboard.storage.tables import BATCH, BATCH_ITEM, IDEMPOTENCY_KEY, RUN

T = TypeVar("T")
_ATTEMPTS = 20
_CHUNK = 500


class InThread(Protocol):
    """Runs a blocking call in a thread."""

    async def __call__(self, work: Callable[..., T], /, *args: Any) -> T:  # noqa: ANN401  # the call's own
        """Return what the call returns."""


class BatchIndex:
    """Rows of batches. A batch of thousands of items is converted in a thread, not in the event loop.

    All methods raise :class:`StorageError` when the database refuses, and :class:`NotFound` for a batch that is
    unknown or was deleted.

    Args:
        database: Open while the index is used.
        clock: Says the time, aware.
        run: Runs blocking work.
        unreadable: Told of rows that cannot be read where several are, with the batch's id and the reason.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        run: InThread = asyncio.to_thread,
        unreadable: Callable[[str, str], None] = lambda _batch_id, _reason: None,
    ) -> None:
        self._database = database
        self._run = run
        self._unreadable = unreadable
        self._keys = IdempotencyKeys(IDEMPOTENCY_KEY.c.batch_id, clock)

    # Read --------------------------------------------------------------------------------------------------------

    async def get(self, batch_id: str) -> StoredBatch:
        """Return a batch."""
        async with self._database.read() as connection:
            return await _read(connection, batch_id)

    async def page(self, page: int, page_size: int) -> tuple[tuple[StoredBatch, ...], int]:
        """Return one page of batches, newest first, and how many there are on all pages."""
        query = select(BATCH).order_by(BATCH.c.created_at.desc(), BATCH.c.id.desc())
        async with self._database.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(BATCH))).scalar_one()
            found = await self._all(connection, query.limit(page_size).offset((page - 1) * page_size))
        return found, total

    async def unfinished(self) -> tuple[StoredBatch, ...]:
        """Return the batches that were not final when they were last written, oldest first."""
        query = select(BATCH).where(BATCH.c.finished_at.is_(None)).order_by(BATCH.c.created_at, BATCH.c.id)
        async with self._database.read() as connection:
            return await self._all(connection, query)

    async def _all(self, connection: AsyncConnection, query: Any) -> tuple[StoredBatch, ...]:  # noqa: ANN401
        rows = (await connection.execute(query)).mappings().all()
        progress = await _progress(connection, [row["id"] for row in rows])
        batches = []
        for row in rows:
            try:
                batches.append(batch_rows.batch_of(row, progress[row["id"]]))
            except StorageError as error:
                self._unreadable(str(row["id"]), error.detail)
        return tuple(batches)

    async def items(self, batch_id: str) -> tuple[StoredItem, ...]:
        """Return the items of a batch, by number; those that cannot be read are reported, not returned."""
        item, last = BATCH_ITEM.c, 0
        found: list[StoredItem] = []
        async with self._database.read() as connection:
            await _check(connection, batch_id)
            while True:  # in parts, or the event loop would stand still while thousands of rows are fetched
                query = select(BATCH_ITEM).where(item.batch_id == batch_id, item.number > last)
                rows = (await connection.execute(query.order_by(item.number).limit(_CHUNK))).mappings().all()
                found += await self._run(self._items, rows)
                if len(rows) < _CHUNK:
                    return tuple(found)
                last = rows[-1]["number"]

    def _items(self, rows: Sequence[Any]) -> tuple[StoredItem, ...]:
        items = []
        for row in rows:
            try:
                items.append(batch_rows.item_of(row))
            except StorageError as error:
                self._unreadable(str(row["batch_id"]), error.detail)
        return tuple(items)

    async def runs(self, batch_id: str) -> tuple[BatchRun, ...]:
        """Return the runs that name a batch, whether it is there or not, in order of their item and its attempts.

        Those that cannot be read are reported, not returned.
        """
        query = select(*run_rows.INFO_COLUMNS, RUN.c.statistics).where(RUN.c.batch_id == batch_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return await self._run(self._runs, rows)

    def _runs(self, rows: Sequence[Any]) -> tuple[BatchRun, ...]:
        runs = []
        for row in rows:
            try:
                runs.append(BatchRun(run_rows.run_of(row), run_rows.statistics_of(row)))
            except StorageError as error:
                self._unreadable(str(row["id"]), error.detail)
        return tuple(sorted((one for one in runs if one.run.batch is not None), key=lambda one: one.order))

    async def tokens(self) -> dict[str, str]:
        """Return the token of the latest change of every batch, by its id."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(BATCH.c.id, BATCH.c.token))).all()
        return {str(row.id): str(row.token) for row in rows}

    async def claimed(self, claim: IdempotencyClaim) -> StoredBatch | None:
        """Return the batch that a key stands for, if it does.

        Raises:
            IdempotencyMismatch: The key was used for another body.
        """
        async with self._database.read() as connection:
            holder = await self._keys.holder(connection, claim)
            return None if holder is None else await _read(connection, holder)

    # Change ------------------------------------------------------------------------------------------------------

    async def insert(
        self,
        batch: StoredBatch,
        items: Sequence[StoredItem],
        claim: IdempotencyClaim | None = None,
        *,
        token: str = "",
    ) -> InsertedBatch:
        """Insert a batch with its items and its key, or return the batch that the key already stands for.

        Args:
            batch: Its progress is counted from the items.
            items: All of them.
            claim: The client's key, if it sent one; good for 24 hours.
            token: Of this change.

        Raises:
            IdempotencyMismatch: The key was used for another body.
        """
        rows = await self._run(_rows, batch.id, items)
        # The constraints decide, not the look before: with PostgreSQL another process may have been faster.
        for _ in range(_ATTEMPTS):
            try:
                async with self._database.write() as connection:
                    return await self._insert(connection, batch, rows, claim, token)
            except IntegrityError:
                continue
        msg = f"batch {batch.id} could not be stored: its id or one of its items' numbers is taken"
        raise StorageError(msg)

    async def _insert(
        self,
        connection: AsyncConnection,
        batch: StoredBatch,
        rows: list[Values],
        claim: IdempotencyClaim | None,
        token: str,
    ) -> InsertedBatch:
        if claim is not None:
            await self._keys.forget_old(connection)
            holder = await self._keys.holder(connection, claim)
            if holder is not None:
                return InsertedBatch(await _read(connection, holder), created=False)
        await connection.execute(insert(BATCH).values({**batch_rows.row_of_batch(batch), "token": token}))
        await _add(connection, rows)
        if claim is not None:
            await self._keys.note(connection, claim, batch.id)
        return InsertedBatch(await _read(connection, batch.id), created=True)

    async def change(self, batch_id: str, changes: BatchRowChanges, *, token: str | None = None) -> StoredBatch:
        """Change some of a batch's own values.

        Args:
            batch_id: Which batch.
            changes: New values.
            token: Of this change, where a file says the same.
        """
        values = batch_rows.row_of_changes(changes) | ({} if token is None else {"token": token})
        async with self._database.write() as connection:
            if values:
                await connection.execute(update(BATCH).where(BATCH.c.id == batch_id).values(values))
            return await _read(connection, batch_id)

    async def change_items(self, batch_id: str, items: Sequence[StoredItem]) -> None:
        """Store items anew; all or none. A run that was claimed for the same attempt meanwhile stays the item's.

        Raises:
            Conflict: There is no such item, or it is at a later attempt.
        """
        rows = await self._run(_rows, batch_id, items)
        async with self._database.write() as connection:
            present = await _attempts(connection, batch_id, [row["number"] for row in rows])
            if unknown := [row["number"] for row in rows if row["number"] not in present]:
                await _check(connection, batch_id)
                msg = f"the batch has no item {unknown[0]}"
                raise Conflict(msg)
            await _replace(connection, rows, present)

    async def rewrite(
        self, batch: StoredBatch, items: Sequence[StoredItem], claim: IdempotencyClaim | None = None, *, token: str
    ) -> StoredBatch:
        """Store a batch's own values anew, and items: those whose number is there are changed, others are added.

        Args:
            batch: With its new values.
            items: Only those that changed, and new ones.
            claim: The client's key, if it sent one, which :meth:`claimed` has found to be free.
            token: Of this change.

        Raises:
            IdempotencyMismatch: The key was used meanwhile.
            Conflict: An item is at a later attempt.
        """
        rows = await self._run(_rows, batch.id, items)
        try:
            async with self._database.write() as connection:
                return await self._rewrite(connection, batch, rows, claim, token)
        except IntegrityError as error:
            msg = "this Idempotency-Key was used for another request at the same time: use a new key"
            raise IdempotencyMismatch(msg) from error

    async def _rewrite(
        self,
        connection: AsyncConnection,
        batch: StoredBatch,
        rows: list[Values],
        claim: IdempotencyClaim | None,
        token: str,
    ) -> StoredBatch:
        await _check(connection, batch.id)
        if claim is not None:
            await self._keys.forget_old(connection)
            await self._keys.note(connection, claim, batch.id)
        values = {**batch_rows.row_of_batch(batch), "token": token}
        await connection.execute(update(BATCH).where(BATCH.c.id == batch.id).values(values))
        present = await _attempts(connection, batch.id, [row["number"] for row in rows])
        await _replace(connection, [row for row in rows if row["number"] in present], present)
        await _add(connection, [row for row in rows if row["number"] not in present])
        return await _read(connection, batch.id)

    async def delete(self, batch_id: str) -> None:
        """Forget a batch with its items and its key; its runs stay."""
        async with self._database.write() as connection:
            if (await connection.execute(delete(BATCH).where(BATCH.c.id == batch_id))).rowcount == 0:
                raise _unknown()


def _rows(batch_id: str, items: Sequence[StoredItem]) -> list[Values]:
    return [batch_rows.row_of_item(batch_id, item) for item in items]


async def _read(connection: AsyncConnection, batch_id: str) -> StoredBatch:
    row = (await connection.execute(select(BATCH).where(BATCH.c.id == batch_id))).mappings().one_or_none()
    if row is None:
        raise _unknown()
    return batch_rows.batch_of(row, (await _progress(connection, [batch_id]))[batch_id])


async def _check(connection: AsyncConnection, batch_id: str) -> None:
    if (await connection.execute(select(BATCH.c.id).where(BATCH.c.id == batch_id))).one_or_none() is None:
        raise _unknown()


async def _progress(connection: AsyncConnection, batch_ids: Collection[str]) -> dict[str, BatchProgress]:
    item = BATCH_ITEM.c
    query = select(item.batch_id, item.status, item.reused, func.count().label("items"))
    query = query.where(item.batch_id.in_(batch_ids)).group_by(item.batch_id, item.status, item.reused)
    counts: defaultdict[str, dict[tuple[str, bool], int]] = defaultdict(dict)
    for row in await connection.execute(query):
        counts[row.batch_id][row.status, row.reused] = row.items
    return {batch_id: batch_rows.progress_of(counts[batch_id]) for batch_id in batch_ids}


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


async def _attempts(connection: AsyncConnection, batch_id: str, numbers: Sequence[int]) -> dict[int, int]:
    item = BATCH_ITEM.c
    found: dict[int, int] = {}
    for chunk in _chunks(numbers):
        query = select(item.number, item.attempt).where(item.batch_id == batch_id, item.number.in_(chunk))
        found.update({row.number: row.attempt for row in await connection.execute(query)})
    return found


async def _add(connection: AsyncConnection, rows: Sequence[Values]) -> None:
    for chunk in _chunks(rows):
        await connection.execute(insert(BATCH_ITEM), list(chunk))


async def _replace(connection: AsyncConnection, rows: Sequence[Values], attempts: dict[int, int]) -> None:
    for row in rows:
        if row["attempt"] < (present := attempts[row["number"]]):
            msg = f"item {row['number']} of the batch is at attempt {present}, and this is about {row['attempt']}"
            raise Conflict(msg)
    for chunk in _chunks(rows):
        await connection.execute(_REPLACE, [{f"new_{name}": value for name, value in row.items()} for row in chunk])


def _new(name: str) -> Any:  # noqa: ANN401
    return bindparam(f"new_{name}", type_=BATCH_ITEM.c[name].type)


def _claimed_or_new(name: str) -> Any:  # noqa: ANN401
    """Keep what a claim wrote while the writer did not know of it yet: an attempt's run is never taken from it."""
    column = BATCH_ITEM.c[name]
    return case((BATCH_ITEM.c.attempt == _new("attempt"), func.coalesce(_new(name), column)), else_=_new(name))


_OWN = {"batch_id", "number", "run_id", "timestamp"}
_REPLACE = (
    update(BATCH_ITEM)
    .where(BATCH_ITEM.c.batch_id == _new("batch_id"), BATCH_ITEM.c.number == _new("number"))
    .values(
        {
            **{column.name: _new(column.name) for column in BATCH_ITEM.c if column.name not in _OWN},
            **{name: _claimed_or_new(name) for name in ("run_id", "timestamp")},
        }
    )
)


def _unknown() -> NotFound:
    return NotFound("there is no such batch, or it was deleted")
