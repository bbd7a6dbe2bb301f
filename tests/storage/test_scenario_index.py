"""Rows of scenarios."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from leanboard.errors import Conflict, IdempotencyMismatch, NotFound
from leanboard.storage.database import Database
from leanboard.storage.queries import IdempotencyClaim
from leanboard.storage.scenario_index import ScenarioIndex
from leanboard.storage.tables import SCENARIO
from storage.homes import NOON, run_id
from storage.scenarios import make_scenario

CLAIM = IdempotencyClaim("key", "a" * 64)


@pytest.fixture
def scenarios(database: Database) -> ScenarioIndex:
    return ScenarioIndex(database)


async def test_a_scenario_comes_back_as_it_went_in(scenarios: ScenarioIndex) -> None:
    first, second = make_scenario(1), make_scenario(2, name="Ünïcode 'quoted'", commission=None)
    for scenario in (first, second):
        assert (await scenarios.insert(scenario)).created
    assert (await scenarios.get(run_id(1)), await scenarios.get(run_id(2))) == (first, second)
    assert {one.id for one in await scenarios.some([run_id(1), run_id(2), run_id(3)])} == {run_id(1), run_id(2)}


async def test_pages_are_by_name_whatever_its_case(scenarios: ScenarioIndex) -> None:
    for number, name in enumerate(("delta", "Bravo", "alpha", "Charlie"), 1):
        await scenarios.insert(make_scenario(number, name=name))
    items, total = await scenarios.page(1, 3)
    assert ([one.name for one in items], total) == (["alpha", "Bravo", "Charlie"], 4)
    assert [one.name for one in (await scenarios.page(2, 3))[0]] == ["delta"]


@pytest.mark.parametrize(
    "name", ["Scenario 1", "SCENARIO 1", "scenario\N{NO-BREAK SPACE}1", "\N{LATIN SMALL LETTER LONG S}cenario 1"]
)
async def test_a_name_is_given_once_whatever_its_spelling(scenarios: ScenarioIndex, name: str) -> None:
    await scenarios.insert(make_scenario(1))
    await scenarios.insert(make_scenario(2))
    with pytest.raises(Conflict, match="choose another name") as refused:
        await scenarios.insert(make_scenario(3, name=name))
    assert refused.value.problems[0].field == "name"
    with pytest.raises(Conflict):
        await scenarios.replace(make_scenario(2, name=name))
    await scenarios.replace(make_scenario(1, name=name))  # it is its own
    assert (await scenarios.get(run_id(1))).name == name


async def test_twenty_of_one_name_at_once_are_one(scenarios: ScenarioIndex) -> None:
    calls = (scenarios.insert(make_scenario(number, name="same")) for number in range(1, 21))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 19
    assert (await scenarios.page(1, 10))[1] == 1


async def test_b17_twenty_of_one_key_at_once_are_one(scenarios: ScenarioIndex) -> None:
    calls = (scenarios.insert(make_scenario(number, name="same"), CLAIM) for number in range(1, 21))
    answers = await asyncio.gather(*calls)
    assert sum(answer.created for answer in answers) == 1
    assert len({answer.scenario.id for answer in answers}) == 1
    with pytest.raises(IdempotencyMismatch):
        await scenarios.insert(make_scenario(30), IdempotencyClaim("key", "b" * 64))


async def test_a_key_is_free_after_a_day_and_when_its_scenario_is_deleted(database: Database) -> None:
    now = NOON
    scenarios = ScenarioIndex(database, clock=lambda: now)
    await scenarios.insert(make_scenario(1), CLAIM)
    await scenarios.delete(run_id(1))
    assert (await scenarios.insert(make_scenario(2), CLAIM)).created
    assert (await scenarios.claimed(CLAIM)) == make_scenario(2)
    now = NOON + timedelta(hours=24)
    assert await scenarios.claimed(CLAIM) is None


async def test_unknown_ones_are_not_found(scenarios: ScenarioIndex) -> None:
    for call in (scenarios.get(run_id(9)), scenarios.replace(make_scenario(9)), scenarios.delete(run_id(9))):
        with pytest.raises(NotFound):
            await call


async def test_a_damaged_row_is_one_row(database: Database) -> None:
    found: list[str] = []
    scenarios = ScenarioIndex(database, unreadable=lambda scenario_id, _: found.append(scenario_id))
    for number in (1, 2):
        await scenarios.insert(make_scenario(number))
    async with database.write() as connection:
        await connection.execute(update(SCENARIO).where(SCENARIO.c.id == run_id(1)).values(scenario="{]"))
    assert [one.id for one in (await scenarios.page(1, 10))[0]] == [run_id(2)]
    assert found == [run_id(1)]
