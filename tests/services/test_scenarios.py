"""Scenarios as the service saves them."""

from pathlib import Path

import pytest

from leanboard.errors import Conflict, IdempotencyMismatch, InvalidInput, NotFound
from leanboard.models.scenarios import ScenarioBody
from leanboard.services.scenarios import Scenarios
from storage.homes import NOON, opened, run_id


class Strategies:
    """Knows one strategy."""

    def __init__(self) -> None:
        self.known = {"main"}

    async def get(self, name: str) -> None:
        if name not in self.known:
            raise NotFound(f"there is no strategy {name}")


def body(**changes: object) -> ScenarioBody:
    return ScenarioBody.model_validate({"name": "mine", "strategy_name": "main", **changes})


async def test_a_scenario_from_its_first_to_its_last_day(tmp_path: Path) -> None:
    async with opened(tmp_path) as storage:
        strategies = Strategies()
        scenarios = Scenarios(storage.scenarios, strategies, lambda: NOON)  # type: ignore[arg-type]
        saved = await scenarios.save(body(), idempotency_key="k")
        assert saved.scenario.created_at == saved.scenario.updated_at == NOON
        again = await scenarios.save(body(), idempotency_key="k")
        assert (again.created, again.scenario) == (False, saved.scenario)
        with pytest.raises(IdempotencyMismatch):
            await scenarios.save(body(note="another"), idempotency_key="k")
        with pytest.raises(Conflict):
            await scenarios.save(body(name="MINE"))
        for wrong in (body(name="x", strategy_name="gone"), body(name="x", strategy_name="good", engine="embedded")):
            with pytest.raises(InvalidInput) as refused:
                await scenarios.save(wrong)
            assert refused.value.problems[0].field == "strategy_name"
        played = (await scenarios.save(body(name="played", strategy_name="recorded", engine="replay"))).scenario

        strategies.known.clear()  # what is saved can be renamed although its strategy has gone
        renamed = await scenarios.replace(saved.scenario.id, body(name="Mine"))
        assert (renamed.name, renamed.created_at) == ("Mine", NOON)
        with pytest.raises(InvalidInput):
            await scenarios.replace(played.id, body(name="played", strategy_name="recorded"))
        chosen = await scenarios.chosen([played.id, renamed.id, played.id])
        assert chosen == {played.id: played, renamed.id: renamed}
        with pytest.raises(InvalidInput) as refused:
            await scenarios.chosen([played.id, run_id(9)])
        assert refused.value.problems[0].field == "scenarios.1"
        await scenarios.delete(renamed.id)
        assert (await scenarios.page(1, 10)).items == (played,)
