import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.batch_index import BatchIndex
from leanboard.storage.database import Database, sqlite_url
from leanboard.storage.result_list import ResultList
from leanboard.storage.run_index import RunIndex
from leanboard.storage.tables import METADATA
from storage.homes import opened
from storage.postgresql import server

# What the index promises holds on either database.
CONTRACT = (
    "test_run_index", "test_result_list", "test_result_columns", "test_result_cursor", "test_past_runs",
    "test_batch_index", "test_scenario_index",
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in CONTRACT:
        metafunc.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and nothing in them; the migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "index.db"

    async def make() -> None:
        database = Database(sqlite_url(path))
        await database.open()
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    with server() as url:
        yield url


@pytest.fixture
async def empty_server(postgresql: URL) -> AsyncIterator[URL]:
    """The server's database, left without tables."""
    yield postgresql
    database = Database(postgresql)
    async with database.write() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await database.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("postgresql")
    shutil.copy(request.getfixturevalue("migrated"), tmp_path / "index.db")
    return sqlite_url(tmp_path / "index.db")


@pytest.fixture
async def database(database_url: URL) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    if database_url.get_backend_name() == "postgresql":
        tables = ", ".join(table.name for table in METADATA.sorted_tables)
        async with database.write() as connection:
            await connection.execute(text(f"TRUNCATE {tables}"))
    yield database
    await database.close()


@pytest.fixture
def index(database: Database) -> RunIndex:
    return RunIndex(database)


@pytest.fixture
def batches(database: Database) -> BatchIndex:
    return BatchIndex(database)


@pytest.fixture
def results(database: Database) -> ResultList:
    return ResultList(database)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def migrated_home(tmp_path: Path, migrated: Path) -> Path:
    """A home whose index is there already, and empty."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated, home / "index.db")
    return home


@pytest.fixture
async def storage(home: Path) -> AsyncIterator[BacktestStorage]:
    async with opened(home) as storage:
        yield storage
