from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from leanboard.services.backtest_storage import BacktestStorage
from leanboard.storage.database import Database, sqlite_url
from leanboard.storage.run_index import RunIndex
from storage.homes import opened


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(sqlite_url(tmp_path / "index.db"))
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def index(database: Database) -> RunIndex:
    return RunIndex(database)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
async def storage(home: Path) -> AsyncIterator[BacktestStorage]:
    async with opened(home) as storage:
        yield storage
