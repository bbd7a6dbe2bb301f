"""A fingerprint of each result, by which one is found that a request would give again; filled by the next reindex."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index."""
    op.add_column("result", sa.Column("fingerprint", sa.String(64)))
    op.create_index("ix_result_fingerprint", "result", ["fingerprint"])


def downgrade() -> None:
    """Remove both."""
    op.drop_index("ix_result_fingerprint", "result")
    op.drop_column("result", "fingerprint")
