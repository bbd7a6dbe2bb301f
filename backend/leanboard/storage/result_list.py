"""Pages of finished runs."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leanboard.errors import StorageError
from leanboard.models.results import ResultSummary
from leanboard.models.run import BacktestStatus
from leanboard.storage import run_rows
from leanboard.storage.database import Database
from leanboard.storage.queries import NamedResult
from leanboard.storage.result_cursor import CursorSeal, Place
from leanboard.storage.result_filters import behind, conditions, order
from leanboard.storage.result_query import ResultQuery
from leanboard.storage.tables import RESULT, RUN

_CHUNK = 500  # fingerprints that are asked for at a time
_TERMINAL = tuple(status.value for status in BacktestStatus if status.is_terminal)


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page.

    Attributes:
        total: Of all pages together.
        next_cursor: Of the page after this one; None on the last.
    """

    items: tuple[ResultSummary, ...]
    total: int
    next_cursor: str | None


class ResultList:
    """Reads pages of runs that have ended and whose directory is committed.

    Args:
        database: Open while the list is used.
        unreadable: Told of rows that cannot be read, with the run's id and the reason; such rows are left out.
        key: That this installation's cursors are sealed with.
    """

    def __init__(
        self,
        database: Database,
        *,
        unreadable: Callable[[str, str], None] = lambda _run_id, _reason: None,
        key: bytes = b"leanboard",
    ) -> None:
        self._database = database
        self._unreadable = unreadable
        self._seal = CursorSeal(key)

    async def page(self, query: ResultQuery) -> ResultPage:
        """Return one page.

        Raises:
            InvalidInput: The cursor is none of this query's.
            StorageError: The database refused.
        """
        place = None if query.cursor is None else self._seal.open(query.cursor, query)
        async with self._database.read() as connection:
            total = (await connection.execute(_total(query))).scalar_one()
            places = (await connection.execute(_places(query, place))).all()
            rows = await _rows(connection, [run_id for run_id, _ in places[: query.page_size]])
        more = len(places) > query.page_size
        last = places[query.page_size - 1] if more else None
        return ResultPage(
            items=tuple(summary for row in rows if (summary := self._summary(row)) is not None),
            total=total,
            next_cursor=None if last is None else self._seal.close(Place(last[1], last[0]), query),
        )

    async def one(self, timestamp: str) -> ResultSummary | None:
        """Return a finished run by the name of its directory, committed or not; None when there is none.

        Raises:
            StorageError: The database refused, or the row cannot be read.
        """
        statement = _summaries().where(RUN.c.timestamp == timestamp, RUN.c.status.in_(_TERMINAL))
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
        return None if row is None else run_rows.summary_of(row)

    async def same_as(self, fingerprint: str, most: int) -> tuple[ResultSummary, ...]:
        """Return results of a fingerprint that are not in the trash, newest first.

        Args:
            fingerprint: From :mod:`leanboard.storage.fingerprint`.
            most: How many at most.

        Raises:
            StorageError: The database refused.
        """
        statement = (
            _summaries()
            .where(RESULT.c.fingerprint == fingerprint, RESULT.c.trashed_at.is_(None))
            .order_by(RESULT.c.created_at.desc(), RESULT.c.run_id)
            .limit(most)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return tuple(summary for row in rows if (summary := self._summary(row)) is not None)

    async def same_as_each(self, fingerprints: Collection[str], most: int) -> Mapping[str, tuple[NamedResult, ...]]:
        """Return results of many fingerprints, without those that there are none of; each as :meth:`same_as` does.

        Args:
            fingerprints: Any number.
            most: How many of each at most.

        Raises:
            StorageError: The database refused.
        """
        asked, found = sorted(fingerprints), defaultdict[str, list[NamedResult]](list)
        async with self._database.read() as connection:
            for start in range(0, len(asked), _CHUNK):
                for row in await connection.execute(_newest(asked[start : start + _CHUNK], most)):
                    found[row.fingerprint].append(NamedResult(row.run_id, row.timestamp))
        return {fingerprint: tuple(results) for fingerprint, results in found.items()}

    def _summary(self, row: RowMapping) -> ResultSummary | None:
        try:
            return run_rows.summary_of(row)
        except StorageError as error:
            self._unreadable(str(row["id"]), error.detail)
            return None


def _total(query: ResultQuery) -> Select[int]:
    return select(func.count()).select_from(RESULT).where(*conditions(query))


def _places(query: ResultQuery, place: Place | None) -> Select[Any]:
    """Find the page in the narrow table; one row more than asked for tells whether there is another page."""
    statement = select(RESULT.c.run_id, RESULT.c[query.sort.value]).where(*conditions(query))
    if place is not None:
        statement = statement.where(behind(place, query))
    return statement.order_by(*order(query)).limit(query.page_size + 1).offset((query.page - 1) * query.page_size)


def _newest(fingerprints: Collection[str], most: int) -> Select[Any]:
    """Find the newest results of each fingerprint that are not in the trash."""
    newest = (RESULT.c.created_at.desc(), RESULT.c.run_id)
    rank = func.row_number().over(partition_by=RESULT.c.fingerprint, order_by=newest).label("rank")
    wanted = (RESULT.c.fingerprint.in_(fingerprints), RESULT.c.trashed_at.is_(None))
    ranked = select(RESULT.c.fingerprint, RESULT.c.run_id, rank).where(*wanted).subquery()
    columns = (ranked.c.fingerprint, ranked.c.run_id, RUN.c.timestamp)
    return (
        select(*columns)
        .join_from(ranked, RUN, RUN.c.id == ranked.c.run_id)
        .where(ranked.c.rank <= most)
        .order_by(ranked.c.rank)
    )


async def _rows(connection: AsyncConnection, run_ids: list[str]) -> list[RowMapping]:
    found = (await connection.execute(_summaries().where(RUN.c.id.in_(run_ids)))).mappings().all()
    return sorted(found, key=lambda row: run_ids.index(row["id"]))


def _summaries() -> Select[Any]:
    return select(*run_rows.SUMMARY_COLUMNS).join_from(RUN, RESULT, isouter=True)
