"""The list as it is asked for most, newest first: found and counted without reading every row."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LISTED = sa.text("trashed_at IS NULL")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_result_listed", "result", ["created_at", "run_id"], sqlite_where=_LISTED, postgresql_where=_LISTED
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_result_listed", "result")
