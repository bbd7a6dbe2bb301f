"""From one version of the tables to the next; the constant that saves an import is the truth."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text

from leanboard.errors import IdempotencyMismatch
from leanboard.models.results import BacktestStatistics
from leanboard.storage import migrating
from leanboard.storage.batch_index import BatchIndex
from leanboard.storage.database import HEAD_REVISION, Database, sqlite_url
from leanboard.storage.migrating import newest_revision
from leanboard.storage.queries import IdempotencyClaim
from leanboard.storage.result_list import ResultList
from leanboard.storage.result_query import ResultQuery
from leanboard.storage.run_index import RunIndex
from storage.batches import make_batch, make_items, of_item
from storage.homes import NOON, make_run, run_id
from storage.results import ids

STATISTICS = BacktestStatistics(
    lean={"Sharpe Ratio": "1.5"}, sharpe_ratio=1.5, drawdown=0.25, total_orders=7, end_equity="125000.50", beta=-0.5
)


def test_the_known_revision_is_the_newest_file():
    assert newest_revision() == HEAD_REVISION


def first_version(connection: Connection, rows: dict[int, dict[str, object]]) -> None:
    command.upgrade(migrating._config(connection), "0001")
    for number, changes in rows.items():
        row = {
            "id": run_id(number), "timestamp": f"2026-01-31_12-00-0{number}", "status": "completed", "phase": "ended",
            "reason": None, "engine": "embedded", "strategy_name": "main", "name": f"Run {number}", "tags": '["Ä"]',
            "attempt": 1, "rev": 1, "created_at": number, "started_at": 1_000_000, "finished_at": 3_500_000,
            "message": "", "warnings": "[]", "partial": False, "request": '{"strategy_name": "main"}',
            "committed": True, "statistics": STATISTICS.model_dump_json(exclude_defaults=True),
            "data": '{"kind": "simulated"}', **changes,
        }  # fmt: skip
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO run ({names}) VALUES ({values})"), row)
    connection.execute(text("INSERT INTO run_tag VALUES (:id, 'Ä')"), {"id": run_id(1)})


async def test_an_index_of_the_first_version_keeps_everything_and_gets_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    old = Database(sqlite_url(path))
    rows: dict[int, dict[str, object]] = {
        1: {},
        2: {"statistics": "{]", "data": None},
        3: {"committed": False, "status": "running", "phase": "trading", "statistics": None, "data": None},
        4: {"statistics": json.dumps({"total_orders": 10**30, "sharpe_ratio": "?"})},
    }
    async with old.write() as connection:
        await connection.run_sync(first_version, rows)
    await old.close()

    database = Database(sqlite_url(path))
    await database.open()
    found: list[str] = []
    results = ResultList(database, unreadable=lambda run, _: found.append(run))
    first = (await results.page(ResultQuery(sharpe_ratio_min=1.5, sharpe_ratio_max=1.5))).items
    assert [(item.statistics, item.size, item.run.note, item.run.starred) for item in first] == [
        (STATISTICS, None, "", False)
    ]
    for condition in (
        {"end_equity_min": 125000.5, "beta_max": -0.5, "drawdown_min": 0.25, "total_orders_max": 7},
        {"duration_min": 2.5, "duration_max": 2.5, "sharpe_ratio_min": 0},
        {"text": "run 1", "tag": "Ä", "data_kind": ("simulated",)},
    ):
        assert await ids(results, **condition) == [1]
    assert (await results.page(ResultQuery())).total == 3
    assert set(found) == {run_id(2), run_id(4)}  # as before: named, and left out
    async with database.read() as connection:
        columns = {row[1] for row in await connection.execute(text("PRAGMA table_info(run)"))}
        tags = (await connection.execute(text("SELECT count(*) FROM run_tag"))).scalar_one()
    assert not {"sharpe_ratio", "duration"} & columns
    assert tags == 1
    await database.close()


async def test_keys_of_runs_are_good_on_although_a_key_can_stand_for_more_now(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    old = Database(sqlite_url(path))
    moment = int((NOON - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)
    async with old.write() as connection:
        await connection.run_sync(first_version, {1: {}, 2: {}})
        statement = text("INSERT INTO idempotency_key VALUES (:key, :body_sha256, :run_id, :created_at)")
        row = {"key": "k", "body_sha256": "a" * 64, "run_id": run_id(1), "created_at": moment}
        await connection.execute(statement, row)
    await old.close()

    database = Database(sqlite_url(path))
    await database.open()
    index, batches = RunIndex(database, clock=lambda: NOON), BatchIndex(database, clock=lambda: NOON)
    claim = IdempotencyClaim("k", "a" * 64)
    assert (await index.claimed(claim)).id == run_id(1)
    with pytest.raises(IdempotencyMismatch):
        await batches.claimed(claim)
    await index.delete(run_id(1))  # the key goes with its run, as before
    assert await index.claimed(claim) is None
    assert await ids(ResultList(database)) == [2]
    assert await ids(ResultList(database), batch=run_id(1)) == []
    await batches.insert(make_batch(), make_items(), claim)
    assert (await index.insert(make_run(3), of_item(1))).created
    await database.close()
