"""The database behind the index: one engine, durable commits, writers that wait instead of failing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, Connection, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from leanboard.errors import ConfigurationError, StorageError
from leanboard.storage.sqlite_connection import BEGIN, BEGIN_IMMEDIATE, connect
from leanboard.storage.tables import METADATA

BUSY_TIMEOUT = 5.0
HEAD_REVISION = "0007"  # the newest in migrations/versions; a test holds it to that
_WRITES = "leanboard_writes"
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a commit that was reported survives a power cut, not only a killed process
    f"busy_timeout={int(BUSY_TIMEOUT * 1000)}",
    "foreign_keys=ON",
    "wal_autocheckpoint=1000",
    "journal_size_limit=67108864",
)
_REMEDIES = {
    "full": "The disk is full: free some space (old results can be deleted), then try again.",
    "readonly": "The database is read-only: results can be read, but nothing new can be stored.",
    "unable to open": "The database cannot be opened: check that LEANBOARD_HOME exists and is writable.",
    "locked": "The database is locked by another program: close it (a database browser, perhaps), then try again.",
    "Connect call failed": "Check that the server of LEANBOARD_DATABASE runs and can be reached.",
    "authentication failed": "Check user and password in LEANBOARD_DATABASE.",
    "does not exist": "Make the database that LEANBOARD_DATABASE names (createdb), and the user.",
    "malformed": "The database is damaged: restart the service, which rebuilds it from the run directories.",
    "not a database": "The database is damaged: restart the service, which rebuilds it from the run directories.",
}


_POSTGRESQL = ("postgresql", "postgres", "postgresql+asyncpg")


def postgresql_url(text: str) -> URL:
    """Read the address of a PostgreSQL database.

    Args:
        text: Such as ``postgresql://user:password@host:5432/name``.

    Raises:
        ConfigurationError: It is none, or the driver is not installed.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in _POSTGRESQL or not url.database:
        msg = "LEANBOARD_DATABASE is no address such as postgresql://user:password@host:5432/leanboard"
        raise ConfigurationError(msg)
    if find_spec("asyncpg") is None:
        msg = "LEANBOARD_DATABASE names PostgreSQL, and its driver is missing: pip install 'leanboard[postgresql]'"
        raise ConfigurationError(msg)
    return url.set(drivername="postgresql+asyncpg")


def sqlite_url(path: Path) -> URL:
    """Return the address of a SQLite file."""
    return URL.create("sqlite+aiosqlite", database=str(path))


def _set_up_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself: it would begin them as readers, and a reader that turns
        # into a writer beside another writer fails at once, whatever busy_timeout says.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql(BEGIN_IMMEDIATE if writes else BEGIN)


def _refusals(engine: AsyncEngine) -> tuple[type[Exception], ...]:
    """What a driver raises when the database refuses; asyncpg's own errors are not translated while it connects."""
    if engine.dialect.name == "sqlite":
        return (SQLAlchemyError,)
    import asyncpg  # noqa: PLC0415  # only there where it is wanted

    return (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def _storage_error(error: Exception) -> StorageError:
    cause = str(getattr(error, "orig", None) or error)
    remedy = next((remedy for word, remedy in _REMEDIES.items() if word in cause), "See the service's log.")
    return StorageError(f"the database refused: {cause[:300]}. {remedy}")


class Database:
    """One engine with its pool. Works with SQLite and with PostgreSQL; only the set-up of the engine differs.

    Args:
        url: Such as ``sqlite+aiosqlite:///…`` (see :func:`sqlite_url`) or ``postgresql+asyncpg://…``.
    """

    def __init__(self, url: URL) -> None:
        is_sqlite = url.get_backend_name() == "sqlite"
        # A server may be restarted while nobody asks: what is left of a connection is tried before it is used.
        own = {"async_creator": partial(connect, url.database or "")} if is_sqlite else {"pool_pre_ping": True}
        self._engine = create_async_engine(url, **own)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        self._reader = self._engine if is_sqlite else self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._refusals = _refusals(self._engine)
        self._one_writer = asyncio.Lock()
        if is_sqlite:
            _set_up_sqlite(self._engine)

    async def open(self) -> None:
        """Bring the tables up to this version.

        Raises:
            ConfigurationError: They are from a newer version.
            StorageError: The database refused.
        """
        async with self.write() as connection:
            await connection.run_sync(_migrate)

    async def close(self) -> None:
        """Close every connection; may be called twice."""
        await self._engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction that sees one state of the database.

        Raises:
            StorageError: The database refused.
        """
        try:
            async with self._reader.begin() as connection:
                yield connection
        except self._refusals as error:
            raise _storage_error(error) from error

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction that may write; committed at the end, rolled back on any error.

        Writers of this process queue here, in order, instead of polling SQLite's lock.

        Raises:
            IntegrityError: A constraint was violated; which one is for the caller to know.
            StorageError: The database refused.
        """
        try:
            async with self._one_writer, self._writer.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except self._refusals as error:
            raise _storage_error(error) from error


def _migrate(connection: Connection) -> None:
    if _stored_revision(connection) == HEAD_REVISION:
        return
    if not inspect(connection).get_table_names():
        _create(connection)
        return
    # Alembic takes a third of a second to import, and is wanted only where there is something to change.
    from leanboard.storage.migrating import upgrade  # noqa: PLC0415

    upgrade(connection)


def _create(connection: Connection) -> None:
    """Make all tables of an empty database at once, as the migrations would one after the other."""
    METADATA.create_all(connection, checkfirst=False)
    key = "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)"  # Alembic's own table
    connection.execute(text(f"CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, {key})"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": HEAD_REVISION})


def _stored_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
