"""What a strategy's text says about itself, whatever the language."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from leanboard.models.requests import Resolution
from leanboard.models.strategies import StrategyParameter, StrategyProblem


@dataclass(frozen=True, slots=True)
class StrategyFacts:
    """What was read; fields as in :class:`leanboard.models.strategies.StrategyInfo`."""

    parameters: tuple[StrategyParameter, ...]
    problems: tuple[StrategyProblem, ...]
    symbols: tuple[str, ...]
    resolutions: tuple[Resolution, ...]
    start_date: date | None
    end_date: date | None
    initial_cash: Decimal | None
