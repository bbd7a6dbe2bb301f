"""The conditions of a query on the list of results, and its order. Pure; every value goes in as a parameter."""

from sqlalchemy import ColumnElement, UnaryExpression, and_, false, or_, select

from leanboard.models.run import BacktestStatus
from leanboard.storage.result_bounds import BOUNDED
from leanboard.storage.result_cursor import Place
from leanboard.storage.result_query import ResultQuery, SortOrder
from leanboard.storage.result_rows import folded
from leanboard.storage.run_rows import microseconds
from leanboard.storage.tables import RESULT, RUN, RUN_TAG

Condition = ColumnElement[bool]
_TERMINAL = {status.value for status in BacktestStatus if status.is_terminal}


def conditions(query: ResultQuery) -> list[Condition]:
    """Return what must hold for a row of the table ``result``."""
    return [_place(query), *_kinds(query), *_marks(query), *_times(query), *_numbers(query), *_texts(query)]


def _place(query: ResultQuery) -> Condition:
    return RESULT.c.trashed_at.is_not(None) if query.trashed else RESULT.c.trashed_at.is_(None)


def _kinds(query: ResultQuery) -> list[Condition]:
    found: list[Condition] = []
    if query.status:
        found.append(RESULT.c.status.in_(sorted(_TERMINAL.intersection(query.status))))
    for column, wanted in (
        (RESULT.c.reason, query.reason),
        (RESULT.c.engine, query.engine),
        (RESULT.c.data_kind, query.data_kind),
    ):
        if wanted:
            found.append(column.in_(sorted(str(value) for value in wanted)))
    for column, text in (
        (RESULT.c.strategy_name, query.strategy),
        (RESULT.c.lowest_capacity_asset, query.lowest_capacity_asset),
    ):
        if text is not None:
            found.append(column == text)
    return found


def _marks(query: ResultQuery) -> list[Condition]:
    pairs = ((RESULT.c.starred, query.starred), (RESULT.c.partial, query.partial))
    return [column.is_(wanted) for column, wanted in pairs if wanted is not None]


def _times(query: ResultQuery) -> list[Condition]:
    found: list[Condition] = []
    for column, after, before in (
        (RESULT.c.created_at, query.created_after, query.created_before),
        (RESULT.c.finished_at, query.finished_after, query.finished_before),
    ):
        if after is not None:
            found.append(column >= microseconds(after))
        if before is not None:
            found.append(column < microseconds(before))
    return found


def _numbers(query: ResultQuery) -> list[Condition]:
    found: list[Condition] = []
    for name in BOUNDED:
        least, most = query.bounds(name)
        if least is not None:
            found.append(RESULT.c[name] >= least)
        if most is not None:
            found.append(RESULT.c[name] <= most)
    return found


def _texts(query: ResultQuery) -> list[Condition]:
    found: list[Condition] = []
    if query.batch is not None:
        found.append(RESULT.c.run_id.in_(select(RUN.c.id).where(RUN.c.batch_id == query.batch)))
    if query.tag is not None:
        found.append(RESULT.c.run_id.in_(select(RUN_TAG.c.run_id).where(RUN_TAG.c.tag == query.tag)))
    if query.text is not None:
        found += [RESULT.c.text.contains(word, autoescape=True) for word in folded(query.text).split()]
    return found


def order(query: ResultQuery) -> tuple[UnaryExpression[object], UnaryExpression[object]]:
    """Return the order: runs without the value last; the id makes it total, so that pages never overlap."""
    column, run_id = RESULT.c[query.sort.value], RESULT.c.run_id
    if query.order is SortOrder.DESCENDING:
        return column.desc().nulls_last(), run_id.desc()
    return column.asc().nulls_last(), run_id.asc()


def behind(place: Place, query: ResultQuery) -> Condition:
    """Return the condition that a row comes after a place in that order."""
    column, run_id = RESULT.c[query.sort.value], RESULT.c.run_id
    descending = query.order is SortOrder.DESCENDING
    later_id = run_id < place.run_id if descending else run_id > place.run_id
    if place.value is None:
        return and_(column.is_(None), later_id)
    later = column < place.value if descending else column > place.value
    absent = column.is_(None) if column.nullable else false()
    return or_(later, and_(column == place.value, later_id), absent)
