"""What stands behind ``QCAlgorithm``: the parts of an algorithm, together."""

from typing import Any

from minilean.algorithm.charting import ChartingPart
from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.custom_data import CustomDataPart
from minilean.algorithm.framework import FrameworkPart
from minilean.algorithm.indicator_history import IndicatorHistoryPart
from minilean.algorithm.indicators import IndicatorsPart
from minilean.algorithm.last_known_prices import LastKnownPricesPart
from minilean.algorithm.logging import LoggingPart
from minilean.algorithm.parameters import ParametersPart
from minilean.data.slice import Slice
from minilean.enums import AlgorithmStatus
from minilean.orders.transaction_manager import SecurityTransactionManager
from minilean.scheduling.date_rules import DateRules
from minilean.scheduling.schedule_manager import ScheduleManager
from minilean.scheduling.time_rules import TimeRules
from minilean.securities.portfolio import SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.securities.security_manager import SecurityManager
from minilean.storage.object_store import ObjectStore
from minilean.symbol_dictionary import SymbolDictionary


class AlgorithmCore(
    FrameworkPart,
    IndicatorsPart,
    IndicatorHistoryPart,
    LastKnownPricesPart,
    CustomDataPart,
    ChartingPart,
    ParametersPart,
    LoggingPart,
):
    """All that an algorithm does. The strategy's own object is another one, `strategy`, which shows LEAN's names of it.

    Attributes:
        strategy: The object that models and handlers are given.
        portfolio: Cash and holdings.
        securities: Securities by symbol.
        slice: Data of the current moment.
    """

    portfolio: SecurityPortfolioManager
    securities: SecurityManager

    def __init__(self, context: AlgorithmContext, strategy: Any) -> None:  # noqa: ANN401 - `QCAlgorithm`, a room above
        self._context = context
        self.strategy = strategy
        self.portfolio = context.portfolio
        self.securities = context.securities
        self.slice: Slice | None = None

    @property
    def active_securities(self) -> SymbolDictionary[Security]:
        """Securities that belong to a universe."""
        return self._context.universes.active_securities

    @property
    def transactions(self) -> SecurityTransactionManager:
        """Orders and tickets."""
        return self._context.transactions

    @property
    def object_store(self) -> ObjectStore:
        """Values kept from run to run."""
        return self._context.object_store

    @property
    def schedule(self) -> ScheduleManager:
        """Scheduled events."""
        return self._context.schedule

    @property
    def date_rules(self) -> DateRules:
        """Days of scheduled events."""
        return self._context.date_rules

    @property
    def time_rules(self) -> TimeRules:
        """Times of scheduled events."""
        return self._context.time_rules

    @property
    def current_slice(self) -> Slice | None:
        """Data of the current moment."""
        return self.slice

    @property
    def status(self) -> AlgorithmStatus:
        """State of the run."""
        return self._context.state.status

    def quit(self, message: str = "") -> None:
        """End the run before the next step."""
        self.debug(f"Quit(): {message}")
        self._context.state.status = AlgorithmStatus.STOPPED
