import asyncio
import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from leanboard.errors import ConfigurationError, StorageError
from leanboard.storage.database import HEAD_REVISION, Database, sqlite_url
from leanboard.storage.durable_files import names_in
from leanboard.storage.migrating import upgrade
from leanboard.storage.tables import METADATA


async def test_commits_are_durable_and_writers_wait(database: Database) -> None:
    async with database.read() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1}


async def migrated_step_by_step(path: Path) -> Database:
    database = Database(sqlite_url(path))
    async with database.write() as connection:
        await connection.run_sync(upgrade)
    return database


async def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    database = await migrated_step_by_step(tmp_path / "index.db")
    async with database.read() as connection:
        differences = await connection.run_sync(
            lambda bare: compare_metadata(MigrationContext.configure(bare), METADATA)
        )
        stored = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    await database.close()
    assert differences == []
    assert stored == HEAD_REVISION


async def test_an_empty_database_gets_at_once_what_the_migrations_would_make(tmp_path: Path) -> None:
    await (await migrated_step_by_step(tmp_path / "steps.db")).close()
    database = Database(sqlite_url(tmp_path / "once.db"))
    await database.open()
    await database.close()
    assert shape(tmp_path / "once.db") == shape(tmp_path / "steps.db")


def shape(path: Path) -> dict[str, object]:
    """All that a database promises of its rows; the order of columns and the defaults of old rows are no part of it."""
    found: dict[str, object] = {}
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in tables:
            columns = {row[1]: (row[2], row[3], row[5]) for row in connection.execute(f"PRAGMA table_info({name})")}
            keys = {row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({name})")}
            unique = {
                (row[2], row[3], row[4], tuple(part[2] for part in connection.execute(f"PRAGMA index_info({row[1]})")))
                for row in connection.execute(f"PRAGMA index_list({name})")
            }
            (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            found[name] = columns, keys, unique, set(re.findall(r"CONSTRAINT (\w+)", sql))
        rest = connection.execute("SELECT name, sql FROM sqlite_master WHERE type != 'table' AND sql IS NOT NULL")
        return found | dict(rest)


async def test_read_modify_write_of_two_engines_loses_nothing(tmp_path: Path) -> None:
    first, second = (Database(sqlite_url(tmp_path / "index.db")) for _ in range(2))
    await first.open()
    await second.open()
    async with first.write() as connection:
        await connection.execute(text("CREATE TABLE counter (value INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))

    async def count(database: Database) -> None:
        for _ in range(25):
            async with database.write() as connection:
                value = (await connection.execute(text("SELECT value FROM counter"))).scalar_one()
                await connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    await asyncio.gather(*(count(database) for database in (first, second, first, second)))
    async with first.read() as connection:
        assert (await connection.execute(text("SELECT value FROM counter"))).scalar_one() == 100
    await first.close()
    await second.close()


async def test_a_write_begins_as_a_writer(tmp_path: Path, database: Database) -> None:
    """Not as a reader that would have to turn into one beside another writer."""
    async with database.write() as connection:
        await connection.execute(text("SELECT 1"))
        other = sqlite3.connect(tmp_path / "index.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


async def test_a_statement_that_was_given_up_while_it_waited_for_the_lock_changes_nothing(
    tmp_path: Path, database: Database
) -> None:
    """Its thread comes to it later, with the beginning of its transaction, and the end after it."""
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE counter (value INTEGER)"))

    async def count() -> None:
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO counter VALUES (1)"))

    holder = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    counting = asyncio.create_task(count())
    await asyncio.wait({counting}, timeout=0.2)
    counting.cancel()
    await asyncio.wait({counting}, timeout=0.2)
    holder.execute("COMMIT")
    holder.close()
    with pytest.raises(asyncio.CancelledError):
        await counting
    async with database.write() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM counter"))).scalar_one() == 0
    other = sqlite3.connect(tmp_path / "index.db", timeout=0)
    other.execute("BEGIN IMMEDIATE")  # nobody holds the lock
    other.close()


async def test_what_only_read_holds_no_old_state(tmp_path: Path, database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE counter (value INTEGER)"))
    for number in range(3):
        async with database.read() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM counter"))).scalar_one() == number
        other = sqlite3.connect(tmp_path / "index.db", timeout=0)
        other.execute("INSERT INTO counter VALUES (1)")
        other.commit()
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "a reader is left"
        other.close()


async def test_an_error_rolls_back(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as connection:
            await connection.execute(text("CREATE TABLE gone (value INTEGER)"))
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        await fail()
    async with database.read() as connection:
        names = (await connection.execute(text("SELECT name FROM sqlite_master"))).scalars().all()
    assert "gone" not in names


async def test_closing_leaves_one_file(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "index.db"))
    await database.open()
    await database.close()
    await database.close()
    assert names_in(tmp_path) == ("index.db",)


async def test_an_index_of_a_newer_version_is_refused(tmp_path: Path, database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    again = Database(sqlite_url(tmp_path / "index.db"))
    with pytest.raises(ConfigurationError, match="newer version"):
        await again.open()
    await again.close()


async def test_what_the_database_refuses_says_what_to_do(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "nowhere" / "index.db"))
    with pytest.raises(StorageError, match="LEANBOARD_HOME"):
        await database.open()
    await database.close()
    # aiosqlite ends the thread of a connection that never opened unwaited; it must not find the loop gone.
    while any("_connection_worker_thread" in thread.name for thread in threading.enumerate()):
        await asyncio.sleep(0.005)


async def test_r19_a_full_disk_is_named(tmp_path: Path, database: Database) -> None:
    async def fill() -> None:
        async with database.write() as connection:
            pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
            await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            await connection.execute(text("CREATE TABLE big AS SELECT hex(zeroblob(1000000)) AS value"))

    with pytest.raises(StorageError, match="disk is full"):
        await fill()


async def test_rows_and_counts_are_there_when_a_statement_has_run(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE one (id INTEGER PRIMARY KEY, value TEXT)"))
        many = [{"value": str(number)} for number in range(300)]
        await connection.execute(text("INSERT INTO one (value) VALUES (:value)"), many)
        changed = await connection.execute(text("UPDATE one SET value = 'x' WHERE id > 290"))
        assert changed.rowcount == 10
        gone = await connection.execute(text("DELETE FROM one WHERE id > 298 RETURNING id, value"))
        assert [tuple(row) for row in gone] == [(299, "x"), (300, "x")]
    async with database.read() as connection:
        rows = (await connection.execute(text("SELECT id FROM one ORDER BY id"))).scalars().all()
    assert rows == list(range(1, 299))
