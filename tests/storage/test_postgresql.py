"""The whole storage with its index on a PostgreSQL server: what is lost comes back, and what is not ours is refused."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, text

from leanboard.errors import ConfigurationError, StorageError
from leanboard.models.labels import ResultChanges
from leanboard.storage.database import Database, postgresql_url
from leanboard.storage.result_query import ResultQuery
from leanboard.storage.tables import METADATA
from storage.batches import make_batch, make_items, of_item, snapshots
from storage.homes import accepted, finished, make_run, opened, run_id, snapshot
from storage.postgresql import free_port
from storage.scenarios import make_scenario


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://somebody:secret@host:5432/name",
        "postgres://host/name",
        "postgresql+asyncpg://somebody@host/name",
    ],
)
def test_addresses_as_people_write_them(address: str) -> None:
    assert postgresql_url(address).drivername == "postgresql+asyncpg"


@pytest.mark.parametrize("address", ["", "index.db", "mysql://host/name", "postgresql://host"])
def test_other_addresses_are_refused_by_the_name_of_the_setting(address: str) -> None:
    with pytest.raises(ConfigurationError, match="LEANBOARD_DATABASE"):
        postgresql_url(address)


async def test_the_migrations_make_exactly_the_tables_of_the_code(empty_server: URL) -> None:
    database = Database(empty_server)
    await database.open()
    async with database.read() as connection:
        differences = await connection.run_sync(
            lambda bare: compare_metadata(MigrationContext.configure(bare), METADATA)
        )
    await database.close()
    assert differences == []


async def test_a_life_with_labels_trash_and_reindex(home: Path, empty_server: URL) -> None:
    async with opened(home, server=empty_server) as storage:
        first, second = await finished(storage, 1, tags=("a",)), await finished(storage, 2)
        await storage.keeper.label(first.timestamp, ResultChanges(note="Straße\n100%", starred=True))
        await storage.keeper.delete(second.timestamp)
        before = await storage.list(ResultQuery(text="strasse 100%", starred=True, total_orders_min=7))
        assert [item.run.id for item in before.items] == [first.id]
        storage.reindexing.begin()
    async with opened(home, server=empty_server) as storage:
        assert (await storage.recover()).problems == ()
        assert await storage.list(ResultQuery(text="strasse 100%", starred=True, total_orders_min=7)) == before
        assert (await storage.list(ResultQuery(trashed=True))).total == 1
        await storage.keeper.restore(second.timestamp)
        assert (await storage.list(ResultQuery())).total == 2


async def test_r31_lost_tables_are_filled_from_the_run_directories(home: Path, empty_server: URL) -> None:
    async with opened(home, server=empty_server) as storage:
        for number in (1, 2, 3):
            await finished(storage, number)
        await accepted(storage, 4)
        await storage.batches.create(make_batch(), make_items(), snapshots())
        await storage.accept(make_run(5, batch=of_item(2).batch), of_item(2), snapshot)
        await storage.scenarios.create(make_scenario())
        before = await storage.list(ResultQuery())
    database = Database(empty_server)
    async with database.write() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await database.close()
    async with opened(home, server=empty_server) as storage:
        found = await storage.recover()
        assert [run.name for run in found.pending] == ["run 4", "run 5"]
        assert await storage.list(ResultQuery()) == before
        items = await storage.batches.items(run_id(1))
        assert [stored.item.run_id for stored in items] == [None, run_id(5), None]
        assert await storage.scenarios.page(1, 10) == ((make_scenario(),), 1)


async def test_a_database_of_another_installation_is_refused(tmp_path: Path, empty_server: URL) -> None:
    async with opened(tmp_path / "one", server=empty_server):
        pass
    with pytest.raises(ConfigurationError, match="another installation"):
        async with opened(tmp_path / "two", server=empty_server):
            pass
    async with opened(tmp_path / "one", server=empty_server):
        pass


async def test_connections_that_the_server_closed_are_made_anew(home: Path, empty_server: URL) -> None:
    async with opened(home, server=empty_server) as storage:
        await finished(storage, 1)
        database = Database(empty_server)
        async with database.write() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            await connection.execute(text(others + "AND datname = current_database()"))
        await database.close()
        assert (await storage.list(ResultQuery())).total == 1
        await finished(storage, 2)


async def test_a_server_that_is_not_there_is_named(home: Path) -> None:
    nowhere = URL.create("postgresql+asyncpg", "leanboard", host="127.0.0.1", port=free_port(), database="leanboard")
    with pytest.raises(StorageError, match="LEANBOARD_DATABASE"):
        async with opened(home, server=nowhere):
            pass


async def test_a_database_that_is_not_there_is_named(home: Path, postgresql: URL) -> None:
    with pytest.raises(StorageError, match="createdb"):
        async with opened(home, server=postgresql.set(database="nothing")):
            pass
