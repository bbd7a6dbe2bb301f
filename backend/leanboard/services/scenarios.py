"""Scenarios: what people save to run it again, alone or together."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from leanboard.errors import InvalidInput, NotFound
from leanboard.models.requests import EngineChoice
from leanboard.models.scenarios import Scenario, ScenarioBody, ScenarioId, ScenarioList
from leanboard.services.claims import claim_of
from leanboard.services.scenario_storage import ScenarioStorage
from leanboard.services.strategy_service import StrategyService
from leanboard.storage.scenario_index import InsertedScenario


class Scenarios:
    """Saves and gives back.

    Args:
        storage: Where they last.
        strategies: What can be run.
        now: The wall clock, UTC.
    """

    def __init__(self, storage: ScenarioStorage, strategies: StrategyService, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._strategies = strategies
        self._now = now

    async def page(self, page: int, page_size: int) -> ScenarioList:
        """Return one page of scenarios, by name."""
        items, total = await self._storage.page(page, page_size)
        return ScenarioList(items=items, total=total, page=page, page_size=page_size)

    async def get(self, scenario_id: str) -> Scenario:
        """Return a scenario.

        Raises:
            NotFound: There is no such scenario.
        """
        return await self._storage.get(scenario_id)

    async def chosen(self, scenario_ids: Sequence[ScenarioId]) -> Mapping[ScenarioId, Scenario]:
        """Return scenarios by their ids.

        Raises:
            InvalidInput: One of them is not there; names its place.
        """
        found = {scenario.id: scenario for scenario in await self._storage.some(set(scenario_ids))}
        for place, scenario_id in enumerate(scenario_ids):
            if scenario_id not in found:
                raise InvalidInput(f"there is no scenario {scenario_id}", field=f"scenarios.{place}")
        return found

    async def save(self, body: ScenarioBody, *, idempotency_key: str | None = None) -> InsertedScenario:
        """Save a new scenario: when this returns, it is durable.

        Raises:
            InvalidInput: There is no such strategy.
            Conflict: Another one has the name, whatever its case.
            IdempotencyMismatch: The key was used for another body.
        """
        await self._check_strategy(body)
        now = self._now()
        scenario = Scenario(**dict(body), id=uuid.uuid4().hex, created_at=now, updated_at=now)
        return await self._storage.create(scenario, claim_of(body, idempotency_key))

    async def replace(self, scenario_id: str, body: ScenarioBody) -> Scenario:
        """Save a scenario anew; what the body leaves out has its default from now on.

        Raises:
            NotFound: There is no such scenario.
            InvalidInput: There is no such strategy.
            Conflict: Another one has the name, whatever its case.
        """
        present = await self._storage.get(scenario_id)
        if body.strategy_name != present.strategy_name or body.engine is not present.engine:
            await self._check_strategy(body)
        scenario = Scenario(**dict(body), id=present.id, created_at=present.created_at, updated_at=self._now())
        await self._storage.replace(scenario)
        return scenario

    async def delete(self, scenario_id: str) -> None:
        """Delete a scenario; batches that were made from it stay as they are.

        Raises:
            NotFound: There is no such scenario.
        """
        await self._storage.delete(scenario_id)

    async def _check_strategy(self, body: ScenarioBody) -> None:
        if body.engine is EngineChoice.REPLAY:  # recordings are not in the catalogue
            return
        try:
            await self._strategies.get(body.strategy_name)
        except NotFound as error:
            raise InvalidInput(error.detail, field="strategy_name") from error
