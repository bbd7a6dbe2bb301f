"""Statements that every run needs several times, built once: building one costs more than running it.

What changes from run to run has a bind parameter; its name stands beside the statement.
"""

from functools import cache

from sqlalchemy import bindparam, exists, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from leanboard.models.run import TRANSITIONS, BacktestStatus
from leanboard.storage.run_rows import INFO_COLUMNS
from leanboard.storage.tables import RESULT, RUN, RUN_EVENT

_TRASHED = RESULT.c.trashed_at.is_not(None)
_VISIBLE = select(*INFO_COLUMNS).where(~exists().where(RESULT.c.run_id == RUN.c.id, _TRASHED))

READ_BY_ID = _VISIBLE.where(RUN.c.id == bindparam("run_id"))
READ_BY_TIMESTAMP = _VISIBLE.where(RUN.c.timestamp == bindparam("name"))
READ_REQUEST = select(RUN.c.request).where(RUN.c.id == bindparam("run_id"))
READ_COMMITTED = select(RUN.c.committed).where(RUN.c.id == bindparam("run_id"))
INSERT_RUN = insert(RUN)
INSERT_EVENT = insert(RUN_EVENT)
INSERT_RESULT = insert(RESULT)
# By the bounds, which an index serves, not by LIKE, which reads all of it. A digit, '-' or nothing comes before a
# letter in every collation; names that only lie between are for the caller to leave out.
NAMES_BETWEEN = select(RUN.c.timestamp).where(
    RUN.c.timestamp >= bindparam("base"), RUN.c.timestamp <= bindparam("last")
)


@cache
def transition(to: BacktestStatus, *, of_attempt: bool) -> ReturningUpdate[tuple[object, ...]]:
    """Return the change of status along the table; further columns are those that its parameters name.

    Parameters: ``run_id``; ``present_attempt`` if ``of_attempt``; ``status`` and other columns of ``run`` by name.
    """
    sources = [status.value for status, targets in TRANSITIONS.items() if to in targets]
    statement = update(RUN).where(RUN.c.id == bindparam("run_id"), RUN.c.status.in_(sources))
    if of_attempt:
        statement = statement.where(RUN.c.attempt == bindparam("present_attempt"))
    return statement.values(rev=RUN.c.rev + 1).returning(*INFO_COLUMNS, RUN.c.rev)
