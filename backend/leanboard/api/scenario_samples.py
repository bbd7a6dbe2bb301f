"""The values shown in the documentation of scenarios."""

from typing import Any

from leanboard.api.samples import ACCEPTED_AT
from leanboard.models.scenarios import Scenario, ScenarioBody, ScenarioList

BODIES: dict[str, Any] = {
    "simplest": {"summary": "A name for a strategy", "value": {"name": "as it stands", "strategy_name": "main"}},
    "full": {
        "summary": "With everything",
        "value": {
            "name": "fast cross",
            "note": "better in 2008",
            "strategy_name": "moving_average_cross",
            "parameters": {"fast": 10, "slow": 40},
            "symbols": ["IBM"],
            "resolution": "daily",
            "initial_cash": 50000,
            "commission": {"per_order": 1},
            "start_date": "2008-01-02",
            "end_date": "2010-12-31",
            "engine": "auto",
        },
    },
}
SCENARIO = Scenario(
    **dict(ScenarioBody.model_validate(BODIES["full"]["value"])),
    id="6ba7b8109dad41d180b400c04fd430c8",
    created_at=ACCEPTED_AT,
    updated_at=ACCEPTED_AT,
)
PAGE = ScenarioList(items=(SCENARIO,), total=1, page=1, page_size=50)
