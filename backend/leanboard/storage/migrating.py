"""Brings the tables up to this version, with Alembic in this process. Imported only when there is something to do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from leanboard.errors import ConfigurationError

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str | None:
    """Return the name of the newest change among the files."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def upgrade(connection: Connection) -> None:
    """Apply all changes that the database does not have yet.

    Raises:
        ConfigurationError: It has changes of a newer version.
    """
    try:
        command.upgrade(_config(connection), "head")
    except CommandError as error:
        msg = (
            "the index was written by a newer version of Leanboard: use that version, or move index.db aside "
            "(it is then rebuilt from the run directories)"
        )
        raise ConfigurationError(msg) from error
