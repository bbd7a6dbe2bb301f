"""What the framework's models see of an algorithm; the room above implements it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from minilean.consolidators.base import DataConsolidator
from minilean.enums import Resolution
from minilean.framework.insight_manager import InsightManager
from minilean.indicators.base import IndicatorBase
from minilean.orders.transaction_manager import SecurityTransactionManager
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security_manager import SecurityManager
from minilean.securities.symbol import Symbol
from minilean.universes.manager import UniverseManager


class Consolidators(Protocol):
    """Adds and removes consolidators."""

    def add_consolidator(self, symbol: object, consolidator: DataConsolidator) -> None:
        """Feed a consolidator with a symbol's bars."""

    def remove_consolidator(self, symbol: object, consolidator: DataConsolidator) -> None:
        """Stop feeding a consolidator."""


class Account(Protocol):
    """An algorithm, as far as sizes of orders depend on it."""

    portfolio: SecurityPortfolioManager
    securities: SecurityManager

    @property
    def settings(self) -> Any:  # noqa: ANN401 - `algorithm.settings.AlgorithmSettings`
        """Settings of the run."""

    def debug(self, message: object) -> None:
        """Send a debug message."""

    def error(self, message: object) -> None:
        """Send an error message."""


class Algorithm(Account, Protocol):
    """An algorithm, in LEAN's names."""

    @property
    def history(self) -> Any:  # noqa: ANN401 - `algorithm.history.History`
        """Asks for data before now."""

    @property
    def insights(self) -> InsightManager:
        """The insights of the run."""

    @property
    def is_warming_up(self) -> bool:
        """Whether data before the start is replayed."""

    @property
    def subscription_manager(self) -> Consolidators:
        """Adds and removes consolidators."""

    @property
    def transactions(self) -> SecurityTransactionManager:
        """Orders and tickets."""

    @property
    def universe_manager(self) -> UniverseManager:
        """Universes of the run."""

    @property
    def utc_time(self) -> datetime:
        """Clock in UTC."""

    def create_indicator_name(self, symbol: object, type: str, resolution: Resolution | None = None) -> str:  # noqa: A002
        """Return LEAN's automatic name of an indicator."""

    def indicator_helper(self, helper: str) -> Callable[..., IndicatorBase]:
        """Return what makes an indicator and keeps it up to date."""

    def market_order(self, symbol: object, quantity: object, asynchronous: bool = False, tag: str = "") -> object:  # noqa: FBT001, FBT002
        """Buy or sell at the market."""

    def register_indicator(self, symbol: object, indicator: object, resolution: object = None) -> None:
        """Keep an indicator up to date."""

    def resolve_consolidator(self, symbol: object, resolution: object = None) -> DataConsolidator:
        """Return the consolidator that makes bars of a length."""

    def symbol_of(self, key: object) -> Symbol:
        """Return the symbol that a symbol, security or ticker means."""

    def unregister_indicator(self, indicator: IndicatorBase) -> None:
        """Stop updating an indicator."""

    def warm_up_indicator(self, symbol: object, indicator: object, resolution: object = None) -> None:
        """Feed an indicator with data before now."""
