from datetime import timedelta

import pytest

from leanboard.models.run import BacktestStatus, EngineName
from leanboard.storage.database import Database
from leanboard.storage.past_runs import LATEST, PastRun, PastRuns
from leanboard.storage.run_index import RunIndex
from storage.homes import NOON, make_request
from storage.results import committed


@pytest.fixture
def past(database: Database) -> PastRuns:
    return PastRuns(database)


def asked(result, **dates):
    request = make_request(strategy_name=result.run.strategy_name, **dates)
    return type(result)(result.run, request, result.statistics, result.data, result.size)


async def test_completed_runs_by_strategy_and_engine(index: RunIndex, past: PastRuns) -> None:
    decade = {"start_date": "2001-01-01", "end_date": "2001-01-10"}
    await index.adopt(
        [
            asked(committed(1, size=1000), **decade),
            asked(committed(2), start_date="2001-01-01"),
            committed(3, engine=EngineName.DOCKER),
            committed(4, strategy_name="other"),
            committed(5, status=BacktestStatus.FAILED),
            committed(6, finished_at=None),
        ]
    )
    found = await past.of({"main", "absent"})
    assert {kind: set(runs) for kind, runs in found.items()} == {
        ("main", EngineName.EMBEDDED): {PastRun(1.0, 1000, 10), PastRun(2.0, None, None)},
        ("main", EngineName.DOCKER): {PastRun(3.0, None, None)},
    }


async def test_only_the_latest_are_looked_at(index: RunIndex, past: PastRuns) -> None:
    runs = [committed(n, created_at=NOON + timedelta(minutes=n)) for n in range(1, LATEST + 4)]
    await index.adopt(runs)
    found = (await past.of({"main"}))["main", EngineName.EMBEDDED]
    assert sorted(run.seconds for run in found) == list(range(4, LATEST + 4))


async def test_nothing_is_known_of_no_strategies(past: PastRuns) -> None:
    assert await past.of(()) == {}
