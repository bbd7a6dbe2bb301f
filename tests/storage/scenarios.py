"""Scenarios as the tests store them."""

from decimal import Decimal

from leanboard.models.scenarios import Scenario
from storage.homes import NOON, run_id


def make_scenario(number: int = 1, **changes: object) -> Scenario:
    scenario = Scenario.model_validate(
        {
            "id": run_id(number),
            "name": f"Scenario {number}",
            "note": "two\nlines",
            "strategy_name": "main",
            "parameters": {"fast": 20, "initial_cash": "1E+5"},
            "symbols": ["AAPL", "IBM"],
            "initial_cash": Decimal("1E-7"),
            "commission": {"fraction": Decimal("1E-9")},
            "start_date": "2013-10-07",
            "created_at": NOON,
            "updated_at": NOON,
        }
    )
    return scenario.evolve(**changes)
