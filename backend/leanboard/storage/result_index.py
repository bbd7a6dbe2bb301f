"""Changes of rows whose run directory is committed: labels, trash, and what a look at the directories found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from leanboard.errors import NotFound
from leanboard.models.run import BacktestRunInfo
from leanboard.storage import run_rows
from leanboard.storage.database import Database
from leanboard.storage.queries import CommittedResult
from leanboard.storage.result_rows import facts_of, labels_of
from leanboard.storage.tables import IDEMPOTENCY_KEY, RESULT, RUN, RUN_TAG


@dataclass(frozen=True, slots=True)
class KnownResult:
    """A committed result in short.

    Attributes:
        finished_at: Microseconds since 1970 UTC; when it was accepted, for a run that never started.
        size: Bytes; None when an earlier version stored it.
        labelled: When labels.json was written, nanoseconds as the file system says; None without such a file.
        trashed_at: None for what is not in the trash.
    """

    run_id: str
    timestamp: str
    finished_at: int
    size: int | None
    starred: bool
    labelled: int | None
    trashed_at: datetime | None


class ResultIndex:
    """Rows of committed results.

    All methods raise :class:`StorageError` when the database refuses.

    Args:
        database: Open while the index is used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, *, trashed: bool | None = None, run_id: str | None = None) -> tuple[KnownResult, ...]:
        """Return committed results in short, newest first.

        Args:
            trashed: Only those in the trash, or only the others.
            run_id: Only this one, if there is such a result.
        """
        columns = (RESULT.c.run_id, RUN.c.timestamp, RESULT.c.created_at, RESULT.c.finished_at, RESULT.c.size)
        marks = (RESULT.c.starred, RESULT.c.labelled, RESULT.c.trashed_at)
        query = select(*columns, *marks).join_from(RESULT, RUN).order_by(RESULT.c.created_at.desc(), RESULT.c.run_id)
        if trashed is not None:
            query = query.where(RESULT.c.trashed_at.is_not(None) if trashed else RESULT.c.trashed_at.is_(None))
        if run_id is not None:
            query = query.where(RESULT.c.run_id == run_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            KnownResult(
                run_id=row.run_id,
                timestamp=row.timestamp,
                finished_at=row.created_at if row.finished_at is None else row.finished_at,
                size=row.size,
                starred=row.starred,
                labelled=row.labelled,
                trashed_at=run_rows.moment(row.trashed_at),
            )
            for row in rows
        )

    async def trashed_run(self, timestamp: str) -> str:
        """Return the id of a run that lies in the trash.

        Raises:
            NotFound: No run of that name does.
        """
        query = (
            select(RUN.c.id)
            .join_from(RUN, RESULT)
            .where(RUN.c.timestamp == timestamp, RESULT.c.trashed_at.is_not(None))
        )
        async with self._database.read() as connection:
            found = (await connection.execute(query)).scalar_one_or_none()
        if found is None:
            msg = f"there is no result {timestamp[:40]!r} in the trash"
            raise NotFound(msg)
        return str(found)

    async def mark_trashed(self, run_id: str, at: datetime | None) -> None:
        """Note that a run lies in the trash since then, or no longer (None).

        A key that stood for a deleted run is free again.
        """
        values = {"trashed_at": run_rows.microseconds(at)}
        async with self._database.write() as connection:
            await connection.execute(delete(IDEMPOTENCY_KEY).where(IDEMPOTENCY_KEY.c.run_id == run_id))
            await connection.execute(update(RESULT).where(RESULT.c.run_id == run_id).values(values))

    async def label(self, run: BacktestRunInfo, labelled: int) -> None:
        """Take over the labels that a run has now.

        Args:
            run: With its new labels.
            labelled: When labels.json was written, nanoseconds.
        """
        facts = {**labels_of(run), "labelled": labelled}
        async with self._database.write() as connection:
            await connection.execute(update(RUN).where(RUN.c.id == run.id).values(run_rows.row_of_labels(run)))
            await connection.execute(update(RESULT).where(RESULT.c.run_id == run.id).values(facts))
            await _replace_tags(connection, [run])

    async def refresh(self, results: Iterable[CommittedResult]) -> int:
        """Make rows say again what the run directories say; all or none. Rows that are not there stay so.

        Returns:
            How many said something else.
        """
        known = {one.run.id: one for one in results}
        if not known:
            return 0
        async with self._database.write() as connection:
            stale = await _stale(connection, known)
            if stale:
                await _write(connection, stale)
        return len(stale)


async def _stale(connection: AsyncConnection, known: dict[str, CommittedResult]) -> list[CommittedResult]:
    """Compare before writing: reading a row costs a fifth of writing it, and nearly all are right."""
    runs = (await connection.execute(select(RUN).where(RUN.c.id.in_(known), RUN.c.committed.is_(True)))).mappings()
    facts = (await connection.execute(select(RESULT).where(RESULT.c.run_id.in_(known)))).mappings()
    stored = {row["run_id"]: dict(row) for row in facts}
    pairs = ((row, known[row["id"]]) for row in runs)
    return [one for row, one in pairs if _differs(row, _whole_row(one)) or stored.get(one.run.id) != facts_of(one)]


def _differs(row: RowMapping, values: run_rows.Values) -> bool:
    return any(row[name] != value for name, value in values.items())


async def _write(connection: AsyncConnection, stale: list[CommittedResult]) -> None:
    rows = [{"of": one.run.id, **_whole_row(one)} for one in stale]
    names = [name for name in rows[0] if name != "of"]
    statement = update(RUN).where(RUN.c.id == bindparam("of"))
    await connection.execute(statement.values({name: bindparam(name) for name in names}), rows)
    await connection.execute(delete(RESULT).where(RESULT.c.run_id.in_([one.run.id for one in stale])))
    await connection.execute(insert(RESULT), [facts_of(one) for one in stale])
    await _replace_tags(connection, [one.run for one in stale])


def _whole_row(result: CommittedResult) -> run_rows.Values:
    row = {
        **run_rows.row_of_run(result.run),
        **run_rows.row_of_request(result.request),
        **run_rows.row_of_result(result.statistics, result.data),
    }
    # The row knows better who wished to cancel: the wish may be younger than what was stored.
    return {name: value for name, value in row.items() if name not in {"id", "timestamp", "cancel_requested_at"}}


async def _replace_tags(connection: AsyncConnection, runs: list[BacktestRunInfo]) -> None:
    await connection.execute(delete(RUN_TAG).where(RUN_TAG.c.run_id.in_([run.id for run in runs])))
    if tags := [{"run_id": run.id, "tag": tag} for run in runs for tag in run_rows.tags_of(run)]:
        await connection.execute(insert(RUN_TAG), tags)
