"""Alembic's entry: works on the connection that :class:`leanboard.storage.database.Database` hands over."""

from alembic import context

from leanboard.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter most things in place
)
with context.begin_transaction():
    context.run_migrations()
