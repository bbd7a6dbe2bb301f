"""``QCAlgorithm``: the class that strategies derive from."""

from operator import attrgetter
from typing import Any, Self

from minilean.algorithm.charting import ChartingPart
from minilean.algorithm.context import CONTEXT
from minilean.algorithm.custom_data import CustomDataPart
from minilean.algorithm.framework import FrameworkPart
from minilean.algorithm.indicator_history import IndicatorHistoryPart
from minilean.algorithm.indicators import IndicatorsPart
from minilean.algorithm.last_known_prices import LastKnownPricesPart
from minilean.algorithm.lean_names import QC_ALGORITHM_NAMES
from minilean.algorithm.logging import LoggingPart
from minilean.algorithm.parameters import ParametersPart
from minilean.algorithm.settings import AlgorithmSettings
from minilean.data.slice import Slice
from minilean.enums import AlgorithmStatus
from minilean.orders.transaction_manager import SecurityTransactionManager
from minilean.scheduling.date_rules import DateRules
from minilean.scheduling.schedule_manager import ScheduleManager
from minilean.scheduling.time_rules import TimeRules
from minilean.securities.portfolio import SecurityManager, SecurityPortfolioManager
from minilean.securities.security import Security
from minilean.storage.object_store import ObjectStore
from minilean.surface import NotSupportedError, snake_case
from minilean.symbol_dictionary import SymbolDictionary

EVENTS = frozenset({
    "on_data", "on_end_of_day", "on_order_event", "on_end_of_algorithm", "on_warmup_finished", "on_securities_changed",
    "on_margin_call", "on_margin_call_warning", "on_splits", "on_dividends", "on_delistings",
    "on_symbol_changed_events", "initialize",
})  # fmt: skip
"""Methods that the engine calls when the strategy defines them."""


class _LeanType(type):
    """Lets ``QCAlgorithm.SetCash(self, 1)`` find the method by LEAN's name."""

    def __getattr__(cls, name: str) -> Any:  # noqa: ANN401 - any member
        snake = snake_case(name) if name[:1].isupper() else name
        if snake != name and _defines(cls, snake):
            return getattr(cls, snake)
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")


class QCAlgorithm(
    FrameworkPart,
    IndicatorsPart,
    IndicatorHistoryPart,
    LastKnownPricesPart,
    CustomDataPart,
    ChartingPart,
    ParametersPart,
    LoggingPart,
    metaclass=_LeanType,
):
    """Base of strategies. The engine's parts are in place before ``__init__`` runs, as in LEAN."""

    def __new__(cls, *_: Any, **__: Any) -> Self:  # noqa: ANN401 - the strategy's own arguments
        """Take the parts of the run that this instance belongs to."""
        instance = object.__new__(cls)
        instance._context = CONTEXT.get()
        return instance

    portfolio: SecurityPortfolioManager = property(attrgetter("_context.portfolio"), doc="Cash and holdings.")  # type: ignore[assignment]
    securities: SecurityManager = property(attrgetter("_context.securities"), doc="Securities by symbol.")  # type: ignore[assignment]

    @property
    def active_securities(self) -> SymbolDictionary[Security]:
        """Securities that belong to a universe."""
        return self._context.universes.active_securities

    @property
    def transactions(self) -> SecurityTransactionManager:
        """Orders and tickets."""
        return self._context.transactions

    @property
    def settings(self) -> AlgorithmSettings:
        """Settings of the run."""
        return self._context.settings

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
        found: Slice | None = self.__dict__.get("_current_slice")
        return found

    @property
    def status(self) -> AlgorithmStatus:
        """State of the run."""
        return self._context.state.status

    def quit(self, message: str = "") -> None:
        """End the run before the next step."""
        self.debug(f"Quit(): {message}")
        self._context.state.status = AlgorithmStatus.STOPPED

    def initialize(self) -> None:
        """Prepare the run; strategies override this.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("Please override the Initialize() method")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the strategy's side is dynamic
        snake = snake_case(name) if name[:1].isupper() else name
        lookup = "identity" if name == "Identity" else name.lower() if name.isupper() else snake
        helper = self.indicator_helper(lookup)
        if helper is not None:
            return helper
        if snake != name and snake not in EVENTS and _defines(type(self), snake):
            return _camel_friendly(getattr(self, snake))
        if snake in QC_ALGORITHM_NAMES:
            raise NotSupportedError(snake)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


def _camel_friendly(value: Any) -> Any:  # noqa: ANN401 - any member
    """Let a method that was named in LEAN's PascalCase take LEAN's camelCase keywords as well."""
    if not callable(value) or not hasattr(value, "__func__"):
        return value

    def call(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401
        return value(*arguments, **{snake_case(key): each for key, each in keywords.items()})

    return call


def _defines(cls: type, name: str) -> bool:
    return any(name in base.__dict__ for base in cls.__mro__)


def find_event(algorithm: QCAlgorithm, name: str) -> Any:  # noqa: ANN401 - a bound method or None
    """Return the strategy's own method for an event, in snake_case or PascalCase, None when it has none."""
    pascal = "".join(part.capitalize() for part in name.split("_"))
    for cls in type(algorithm).__mro__:
        if cls is QCAlgorithm:
            return None
        for spelling in (name, pascal):
            if spelling in cls.__dict__:
                return getattr(algorithm, spelling)
    return None
