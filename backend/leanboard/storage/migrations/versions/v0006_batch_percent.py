"""How far a batch was shown to be, running items included, so that it does not go back when the service dies."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of batches that are there nothing beyond their counts was shown."""
    op.add_column("batches", sa.Column("percent", sa.Float))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("batches", "percent")
