"""The tables of the index. Values are stored plainly and converted row by row, so that one bad row stays one."""

from types import NoneType
from typing import Any, get_args

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from leanboard.models.results import BacktestStatistics

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# Times are microseconds since 1970 UTC; objects are JSON text of the models of that name.
RUN = Table(
    "run",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("timestamp", String(40), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("reason", String(32)),
    Column("engine", String(16), nullable=False),
    Column("strategy_name", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("starred", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("cancel_requested_at", BigInteger),
    Column("message", Text, nullable=False),
    Column("location", Text),
    Column("warnings", Text, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("progress", Text),
    Column("request", Text, nullable=False),
    Column("committed", Boolean, nullable=False),  # the run directory is complete: the run is listed
    Column("statistics", Text),
    Column("data", Text),
    Column("batch_id", String(32), index=True),  # the request names it, too; the batch itself may have been forgotten
    Index("ix_run_status_created", "status", "created_at"),
    Index("ix_run_committed_created", "committed", "created_at"),
)


def _statistic(name: str) -> Column[Any]:
    annotation = BacktestStatistics.model_fields[name].annotation
    kinds = set(get_args(annotation)) - {NoneType}
    kind = BigInteger if kinds == {int} else Text if kinds == {str} else Float
    return Column(name, kind)


STATISTICS = tuple(name for name in BacktestStatistics.model_fields if name not in {"lean", "runtime"})
"""LEAN's statistics, each a column: fractions, account currency, days as in :class:`BacktestStatistics`."""

_LISTED = text("trashed_at IS NULL")

# What lists filter and sort by, one row a committed result, written together with the run's row. Apart from that one,
# which is ten times as wide: a list reads all of these rows, and only a page of those.
RESULT = Table(
    "result",
    METADATA,
    Column("run_id", String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("duration", Float),  # seconds
    Column("status", String(16), nullable=False),
    Column("reason", String(32)),
    Column("engine", String(16), nullable=False),
    Column("strategy_name", Text, nullable=False),
    Column("data_kind", String(16), nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("starred", Boolean, nullable=False),
    Column("trashed_at", BigInteger),
    Column("labelled", BigInteger),  # when the file with the run's labels was written, as the file system says
    Column("size", BigInteger),  # bytes
    Column("fingerprint", String(64)),  # of all that determines a result; none where it answers no other request
    *(_statistic(name) for name in STATISTICS),
    Column("text", Text, nullable=False),  # what a search for words looks at, folded
    # Measured with ten thousand rows: the list as it is asked for most takes 0.5 ms with it and 7 without. Any other
    # order or condition reads all rows, in 4 to 9 ms; an index for each column would save little of that.
    Index("ix_result_fingerprint", "fingerprint"),
    Index("ix_result_listed", "created_at", "run_id", sqlite_where=_LISTED, postgresql_where=_LISTED),
)

# Whose runs these are: a server's database can be named by two installations, and must not be used by both.
OWNER = Table("owner", METADATA, Column("installation", String(16), primary_key=True))

RUN_TAG = Table(
    "run_tag",
    METADATA,
    Column("run_id", String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Index("ix_run_tag_tag", "tag"),
)

RUN_EVENT = Table(
    "run_event",
    METADATA,
    Column("run_id", String(32), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("rev", Integer, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("reason", String(32)),
    Column("attempt", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# What can be made of a request, all its items included; batch.json holds the same, so that it can be made again.
BATCH = Table(
    "batches",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("axes", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("max_workers", Integer),
    Column("cancelled_at", BigInteger),
    Column("resumed_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("percent", Float),  # that was shown, what running items had done included; null for none beyond the counts
    Column("token", String(32), nullable=False),  # of the latest change, which a file says, too
    Index("ix_batches_created_id", "created_at", "id"),
)

BATCH_ITEM = Table(
    "batch_items",
    METADATA,
    Column("batch_id", String(32), ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("status", String(16), nullable=False),
    Column("reused", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("run_id", String(32)),  # may outlive the run
    Column("timestamp", String(40)),
    Column("not_before", BigInteger),
    Column("code_key", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("item", Text, nullable=False),  # the rest of what the item says
    Index("ix_batch_items_status", "batch_id", "status", "reused"),  # progress is counted from it alone
)

SCENARIO = Table(
    "scenarios",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("folded", Text, nullable=False, unique=True),  # the name, upper and lower case alike
    Column("updated_at", BigInteger, nullable=False),
    Column("scenario", Text, nullable=False),
)

# Of the three, exactly one is not null.
IDEMPOTENCY_KEY = Table(
    "idempotency_key",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("body_sha256", String(64), nullable=False),
    Column("run_id", String(32), ForeignKey("run.id", ondelete="CASCADE"), index=True),
    Column("batch_id", String(32), ForeignKey("batches.id", ondelete="CASCADE"), index=True),
    Column("scenario_id", String(32), ForeignKey("scenarios.id", ondelete="CASCADE"), index=True),
    Column("created_at", BigInteger, nullable=False, index=True),
)
