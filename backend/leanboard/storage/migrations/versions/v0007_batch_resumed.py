"""When a batch was last resumed: runs that were asked to end before that are run again, also after a crash."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of batches that are there it is not known."""
    op.add_column("batches", sa.Column("resumed_at", sa.BigInteger))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("batches", "resumed_at")
