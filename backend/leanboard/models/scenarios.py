"""Scenarios: saved configurations that can be run together."""

from typing import Annotated

from pydantic import ConfigDict, Field, field_validator

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.commission import Commission
from leanboard.models.labels import Name, Note
from leanboard.models.requests import (
    Cash,
    Day,
    EngineChoice,
    Parameters,
    Resolution,
    StrategyName,
    Tickers,
    not_before_start,
)
from leanboard.models.run import ID_PATTERN

ScenarioId = Annotated[str, Field(pattern=ID_PATTERN, description="32 hex digits")]


class ScenarioBody(Frozen):
    """What a person saves; the name is unique, whatever its case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "fast cross",
                    "strategy_name": "moving_average_cross",
                    "parameters": {"fast": 10, "slow": 40},
                    "symbols": ["AAPL"],
                    "initial_cash": 50000,
                }
            ]
        }
    )

    name: Name
    note: Note = ""
    strategy_name: StrategyName
    parameters: Parameters = Field(default_factory=dict)
    symbols: Tickers | None = None
    resolution: Resolution | None = None
    initial_cash: Cash | None = None
    commission: Commission | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    engine: EngineChoice = EngineChoice.AUTO

    _in_order = field_validator("end_date")(not_before_start)


class Scenario(ScenarioBody):
    """A saved scenario."""

    id: ScenarioId
    created_at: UtcDatetime
    updated_at: UtcDatetime


class ScenarioList(Frozen):
    """One page of scenarios, by name."""

    items: tuple[Scenario, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)
