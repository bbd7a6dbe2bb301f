"""A client of the service's scenarios."""

import re
import unicodedata
import uuid
from typing import Any

from pydantic import TypeAdapter

from leanboard.models.run import ID_PATTERN
from leanboard.models.scenarios import Scenario, ScenarioBody, ScenarioList
from leanboard.terminal.client import Client
from leanboard.terminal.failure import wrong_input

PAGE_SIZE = 200
_SCENARIO = TypeAdapter(Scenario)


class ScenarioClient:
    """Scenarios of one service. All methods raise :class:`CommandError` as :meth:`Client.ask` does.

    Args:
        client: Of that service.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def page(self, page: int, page_size: int) -> ScenarioList:
        """Return one page of scenarios, by name."""
        query = {"page": page, "page_size": page_size}
        return await self._client.ask(TypeAdapter(ScenarioList), "GET", "/scenarios", params=query)

    async def save(self, body: ScenarioBody) -> Scenario:
        """Save a new scenario."""
        key = {"Idempotency-Key": uuid.uuid4().hex}  # a request that a proxy sends again saves nothing twice
        return await self._client.ask(_SCENARIO, "POST", "/scenarios", json=_body(body), headers=key)

    async def replace(self, scenario_id: str, body: ScenarioBody) -> Scenario:
        """Save a scenario anew, as a whole."""
        return await self._client.ask(_SCENARIO, "PUT", f"/scenarios/{scenario_id}", json=_body(body))

    async def delete(self, scenario_id: str) -> None:
        """Delete a scenario."""
        await self._client.order("DELETE", f"/scenarios/{scenario_id}")

    async def find(self, text: str) -> Scenario | None:
        """Return the scenario of an id or of a name, whatever its case; None when there is none."""
        wanted = _folded(text)
        page, pages = 1, 1
        while page <= pages:
            listed = await self.page(page, PAGE_SIZE)
            pages = -(-listed.total // PAGE_SIZE)
            for one in listed.items:
                if text == one.id or wanted == _folded(one.name):
                    return one
            page += 1
        return None

    async def resolve(self, text: str) -> Scenario:
        """Return the scenario of an id or of a name.

        Raises:
            CommandError: There is none.
        """
        found = await self.find(text)
        if found is None:
            what = "of this id" if re.fullmatch(ID_PATTERN, text) else f"called {text!r}"
            hint = "leanboard scenarios lists them"
            raise wrong_input(f"there is no scenario {what}", field="SCENARIO", hint=hint, code="not_found")
        return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _body(body: ScenarioBody) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude_defaults=True)
