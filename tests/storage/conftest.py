import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.database import Database, sqlite_url
from leanboard.storage.result_list import ResultList
from leanboard.storage.run_index import RunIndex
from storage.homes import opened


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


@pytest.fixture
async def database(tmp_path: Path, migrated: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "index.db")
    database = Database(sqlite_url(tmp_path / "index.db"))
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def index(database: Database) -> RunIndex:
    return RunIndex(database)


@pytest.fixture
def results(database: Database) -> ResultList:
    return ResultList(database)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
async def storage(home: Path) -> AsyncIterator[BacktestStorage]:
    async with opened(home) as storage:
        yield storage
