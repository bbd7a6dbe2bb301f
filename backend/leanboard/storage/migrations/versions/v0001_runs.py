"""Runs, their tags, history and keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _run()
    _run_tag()
    _run_event()
    _idempotency_key()


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("timestamp", sa.String(40), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("engine", sa.String(16), nullable=False),
        sa.Column("strategy_name", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("cancel_requested_at", sa.BigInteger),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("location", sa.Text),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("partial", sa.Boolean, nullable=False),
        sa.Column("progress", sa.Text),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("committed", sa.Boolean, nullable=False),
        sa.Column("statistics", sa.Text),
        sa.Column("data", sa.Text),
        sa.Column("duration", sa.Float),
        sa.Column("net_profit", sa.Float),
        sa.Column("sharpe_ratio", sa.Float),
        sa.Column("drawdown", sa.Float),
        sa.Column("end_equity", sa.Float),
        sa.Column("total_orders", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("timestamp", name="uq_run_timestamp"),
    )
    op.create_index("ix_run_status_created", "run", ["status", "created_at"])
    op.create_index("ix_run_committed_created", "run", ["committed", "created_at"])


def _run_tag() -> None:
    op.create_table(
        "run_tag",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "tag", name="pk_run_tag"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_tag_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_run_tag_tag", "run_tag", ["tag"])


def _run_event() -> None:
    op.create_table(
        "run_event",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "rev", name="pk_run_event"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_event_run_id", ondelete="CASCADE"),
    )


def _idempotency_key() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency_key"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_idempotency_key_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_idempotency_key_run_id", "idempotency_key", ["run_id"])
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"])


def downgrade() -> None:
    """Remove them."""
    for table in ("idempotency_key", "run_event", "run_tag", "run"):
        op.drop_table(table)
