"""Pages of finished runs."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, RowMapping, Select, func, select

from leanboard.errors import StorageError
from leanboard.models.results import ResultSummary
from leanboard.models.run import BacktestStatus
from leanboard.storage import run_rows
from leanboard.storage.database import Database
from leanboard.storage.queries import ResultQuery, ResultSort, SortOrder
from leanboard.storage.tables import RUN, RUN_TAG

_COLUMNS = {sort: RUN.c[sort.value] for sort in ResultSort}
_TERMINAL = tuple(status.value for status in BacktestStatus if status.is_terminal)


class ResultList:
    """Reads pages of runs that have ended and whose directory is committed.

    Args:
        database: Open while the list is used.
        unreadable: Told of rows that cannot be read, with the run's id and the reason; such rows are left out.
    """

    def __init__(
        self, database: Database, *, unreadable: Callable[[str, str], None] = lambda _run_id, _reason: None
    ) -> None:
        self._database = database
        self._unreadable = unreadable

    async def page(self, query: ResultQuery) -> tuple[tuple[ResultSummary, ...], int]:
        """Return one page, and how many runs there are on all pages together.

        Raises:
            StorageError: The database refused.
        """
        conditions = _conditions(query)
        async with self._database.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(RUN).where(*conditions))).scalar_one()
            rows = (await connection.execute(_page(query, conditions))).mappings().all()
        return tuple(summary for row in rows if (summary := self._summary(row)) is not None), total

    async def one(self, timestamp: str) -> ResultSummary | None:
        """Return a finished run by the name of its directory, committed or not; None when there is none.

        Raises:
            StorageError: The database refused, or the row cannot be read.
        """
        statement = select(*run_rows.SUMMARY_COLUMNS).where(RUN.c.timestamp == timestamp, RUN.c.status.in_(_TERMINAL))
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
        return None if row is None else run_rows.summary_of(row)

    def _summary(self, row: RowMapping) -> ResultSummary | None:
        try:
            return run_rows.summary_of(row)
        except StorageError as error:
            self._unreadable(str(row["id"]), error.detail)
            return None


def _conditions(query: ResultQuery) -> list[ColumnElement[bool]]:
    wanted = [status.value for status in query.status if status.is_terminal] if query.status else _TERMINAL
    conditions: list[ColumnElement[bool]] = [RUN.c.committed.is_(True), RUN.c.status.in_(wanted)]
    if query.strategy is not None:
        conditions.append(RUN.c.strategy_name == query.strategy)
    if query.tag is not None:
        conditions.append(RUN.c.id.in_(select(RUN_TAG.c.run_id).where(RUN_TAG.c.tag == query.tag)))
    if query.text:
        conditions.append(RUN.c.name.icontains(query.text, autoescape=True))
    return conditions


def _page(query: ResultQuery, conditions: list[ColumnElement[bool]]) -> Select[tuple[object, ...]]:
    column = _COLUMNS[query.sort]
    if query.order is SortOrder.DESCENDING:
        order = (column.desc().nulls_last(), RUN.c.id.desc())
    else:
        order = (column.asc().nulls_last(), RUN.c.id.asc())  # the id makes the order total: pages never overlap
    return (
        select(*run_rows.SUMMARY_COLUMNS)
        .where(*conditions)
        .order_by(*order)
        .limit(query.page_size)
        .offset((query.page - 1) * query.page_size)
    )
