"""Results in a narrow table of their own, with every statistic as a column; a note and a star for each run."""

import json
import math
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNTS = ("total_orders", "drawdown_recovery")
_NUMBERS = (
    "average_win", "average_loss", "compounding_annual_return", "drawdown", "expectancy", "start_equity", "end_equity",
    "net_profit", "sharpe_ratio", "sortino_ratio", "probabilistic_sharpe_ratio", "loss_rate", "win_rate",
    "profit_loss_ratio", "alpha", "beta", "annual_standard_deviation", "annual_variance", "information_ratio",
    "tracking_error", "treynor_ratio", "total_fees", "capacity", "portfolio_turnover",
)  # fmt: skip
_OLD_TWINS = ("duration", "net_profit", "sharpe_ratio", "drawdown", "end_equity", "total_orders")
_READ = (
    "id", "created_at", "started_at", "finished_at", "status", "reason", "engine", "strategy_name", "partial", "name",
    "tags", "message", "statistics", "data",
)  # fmt: skip
_BATCH = 500
_LARGEST = 2**63 - 1


def upgrade() -> None:
    """Make the table, fill it from the rows of committed runs, and drop the columns that it takes the place of."""
    op.add_column("run", sa.Column("note", sa.Text, nullable=False, server_default=""))
    op.add_column("run", sa.Column("starred", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "owner",
        sa.Column("installation", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("installation", name="pk_owner"),
    )
    _make()
    _fill()
    for name in _OLD_TWINS:
        op.drop_column("run", name)


def _make() -> None:
    op.create_table(
        "result",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("duration", sa.Float),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("engine", sa.String(16), nullable=False),
        sa.Column("strategy_name", sa.Text, nullable=False),
        sa.Column("data_kind", sa.String(16), nullable=False),
        sa.Column("partial", sa.Boolean, nullable=False),
        sa.Column("starred", sa.Boolean, nullable=False),
        sa.Column("trashed_at", sa.BigInteger),
        sa.Column("labelled", sa.BigInteger),
        sa.Column("size", sa.BigInteger),
        *(sa.Column(name, sa.BigInteger) for name in _COUNTS),
        *(sa.Column(name, sa.Float) for name in _NUMBERS),
        sa.Column("lowest_capacity_asset", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_result"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_result_run_id", ondelete="CASCADE"),
    )


def _fill() -> None:
    connection = op.get_bind()
    run = sa.table("run", sa.column("committed", sa.Boolean), *(sa.column(name) for name in _READ))
    names = [column["name"] for column in sa.inspect(connection).get_columns("result")]
    result = sa.table("result", *(sa.column(name) for name in names))
    query = sa.select(*(run.c[name] for name in _READ)).where(run.c.committed.is_(True)).order_by(run.c.id)
    last = ""
    while rows := connection.execute(query.where(run.c.id > last).limit(_BATCH)).mappings().all():
        values = [_row(row) for row in rows]
        connection.execute(sa.insert(result), [{name: one.get(name) for name in names} for one in values])
        last = rows[-1]["id"]


def _row(run: Any) -> dict[str, Any]:  # noqa: ANN401  # a row of whatever driver there is
    statistics, data = _object(run["statistics"]), _object(run["data"])
    began, ended = run["started_at"], run["finished_at"]
    return {
        "run_id": run["id"],
        **{name: run[name] for name in ("created_at", "finished_at", "status", "reason", "engine", "strategy_name")},
        "duration": (ended - began) / 1e6 if began is not None and ended is not None else None,
        "data_kind": str(data.get("kind", "unknown")),
        "partial": bool(run["partial"]),
        "starred": False,
        **{name: _count(statistics.get(name)) for name in _COUNTS},
        **{name: _number(statistics.get(name)) for name in _NUMBERS},
        "lowest_capacity_asset": statistics.get("lowest_capacity_asset"),
        "text": _text(run),
    }


def _object(stored: str | None) -> dict[str, Any]:
    try:
        value = json.loads(stored or "{}")
    except ValueError:  # a damaged row stays one row
        return {}
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and abs(value) <= _LARGEST else None


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]  # money is stored as text
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _text(run: Any) -> str:  # noqa: ANN401
    try:
        tags = [str(tag) for tag in json.loads(run["tags"])]
    except (ValueError, TypeError):
        tags = []
    words = "\n".join((run["name"], *tags, run["strategy_name"], run["message"][:2000]))
    return unicodedata.normalize("NFKC", words).casefold()


def downgrade() -> None:
    """Remove what was added; the columns that it took the place of come back empty."""
    op.drop_table("result")
    op.drop_table("owner")
    for name in _OLD_TWINS:
        op.add_column("run", sa.Column(name, sa.BigInteger if name == "total_orders" else sa.Float))
    for name in ("starred", "note"):
        op.drop_column("run", name)
