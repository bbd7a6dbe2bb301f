"""Batches with their items, scenarios, and Idempotency-Keys that can stand for either."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; runs get a place for their batch, and no run that is there already is of one."""
    op.add_column("run", sa.Column("batch_id", sa.String(32)))
    op.create_index("ix_run_batch_id", "run", ["batch_id"])
    _batches()
    _batch_items()
    op.create_table(
        "scenarios",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("scenario", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scenarios"),
        sa.UniqueConstraint("folded", name="uq_scenarios_folded"),
    )
    with op.batch_alter_table("idempotency_key") as keys:
        keys.alter_column("run_id", existing_type=sa.String(32), nullable=True)
        for other, table in (("batch", "batches"), ("scenario", "scenarios")):
            keys.add_column(sa.Column(f"{other}_id", sa.String(32)))
            name = f"fk_idempotency_key_{other}_id"
            keys.create_foreign_key(name, table, [f"{other}_id"], ["id"], ondelete="CASCADE")
            keys.create_index(f"ix_idempotency_key_{other}_id", [f"{other}_id"])


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("axes", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("max_workers", sa.Integer),
        sa.Column("cancelled_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("token", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_created_id", "batches", ["created_at", "id"])


def _batch_items() -> None:
    op.create_table(
        "batch_items",
        sa.Column("batch_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reused", sa.Boolean, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String(32)),
        sa.Column("timestamp", sa.String(40)),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("code_key", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_batch_items"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_batch_items_batch_id", ondelete="CASCADE"),
    )
    op.create_index("ix_batch_items_status", "batch_items", ["batch_id", "status", "reused"])


def downgrade() -> None:
    """Remove them; keys that stood for a batch or a scenario are forgotten."""
    op.execute(sa.text("DELETE FROM idempotency_key WHERE run_id IS NULL"))
    with op.batch_alter_table("idempotency_key") as keys:
        for other in ("batch", "scenario"):
            keys.drop_index(f"ix_idempotency_key_{other}_id")
            keys.drop_constraint(f"fk_idempotency_key_{other}_id", type_="foreignkey")
            keys.drop_column(f"{other}_id")
        keys.alter_column("run_id", existing_type=sa.String(32), nullable=False)
    for table in ("scenarios", "batch_items", "batches"):
        op.drop_table(table)
    op.drop_index("ix_run_batch_id", "run")
    op.drop_column("run", "batch_id")
