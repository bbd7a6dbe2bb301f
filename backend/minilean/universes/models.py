"""Universe selection models: they make the universes of a run, at its start and whenever they ask for it."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from minilean.enums import SecurityType
from minilean.indicators.moving_averages import ExponentialMovingAverage
from minilean.scheduling.rules import DateRule, TimeRule
from minilean.securities.symbol import Symbol
from minilean.surface import Model, NotSupportedError, core_of, model_method, no_method_matches
from minilean.universes.algorithm import Algorithm
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import UNCHANGED, Universe

_DAY = timedelta(days=1)
_TOLERANCE = Decimal("1.01")
_NEVER = datetime.max  # noqa: DTZ901 - LEAN's models compare naive times


class UniverseSelectionModel(Model):
    """Base of the models; strategies derive from it or from one of the models below."""

    def get_next_refresh_time_utc(self) -> datetime:
        """Return when the universes are to be made again."""
        return _NEVER

    def create_universes(self, algorithm: Algorithm) -> Iterable[Universe]:
        """Return the universes.

        Raises:
            NotImplementedError: By the model.
        """
        raise NotImplementedError(
            "Types deriving from 'UniverseSelectionModel' must implement the 'def CreateUniverses(QCAlgorithm) method."
        )


class NullUniverseSelectionModel(UniverseSelectionModel):
    """Makes no universes."""

    def create_universes(self, algorithm: Algorithm) -> Iterable[Universe]:  # noqa: ARG002 - LEAN's signature
        """Return nothing."""
        return ()


class CompositeUniverseSelectionModel(UniverseSelectionModel):
    """The universes of several models."""

    def __init__(self, *models: object) -> None:
        if not models:
            raise ValueError("Must specify at least 1 universe selection model for the CompositeUniverseSelectionModel")
        self.models_ = list(models)
        self.called_ = False

    def add_universe_selection(self, model: object) -> None:
        """Append a model."""
        self.models_.append(model)

    def get_next_refresh_time_utc(self) -> datetime:
        """Return the earliest refresh of the models."""
        found: datetime = min(model_method(model, "get_next_refresh_time_utc")() for model in self.models_)
        return found

    def create_universes(self, algorithm: Algorithm) -> Iterator[Universe]:
        """Yield the universes of the models whose time has come."""
        now = core_of(algorithm).utc_now
        for model in self.models_:
            refresh = model_method(model, "get_next_refresh_time_utc")()
            if not self.called_ or now >= refresh or refresh == _NEVER:
                yield from model_method(model, "create_universes")(algorithm)
        self.called_ = True


class FundamentalUniverseSelectionModel(UniverseSelectionModel):
    """A universe of the fundamental files.

    Derived models override ``select``, or ``select_coarse`` and ``select_fine``.
    """

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - LEAN's overloads
        """Take a market, a selection function and settings, or whether to filter twice and settings; all optional.

        Raises:
            TypeError: The arguments fit no overload.
        """
        parts = list(arguments)
        self.filters_fine_ = False
        self.is_coarse_ = bool(parts) and isinstance(parts[0], bool)
        if self.is_coarse_:
            self.filters_fine_ = parts.pop(0)
        elif parts and isinstance(parts[0], str):
            parts.pop(0)
        self.selector_: Any = None
        if parts and callable(parts[0]):
            self.selector_ = parts.pop(0)
        self.settings_: UniverseSettings | None = parts.pop(0) if parts else None
        if parts or not (self.settings_ is None or isinstance(self.settings_, UniverseSettings)):
            raise no_method_matches("FundamentalUniverseSelectionModel", *arguments)

    def create_universes(self, algorithm: Algorithm) -> Iterator[Universe]:
        """Yield the universe."""
        core = core_of(algorithm)
        factory, settings = core.universe_factory, self.settings_ or core.universe_settings
        select = model_method(self, "select")
        if not self.is_coarse_:
            yield factory.fundamental(lambda rows: select(algorithm, rows), settings)
            return
        if type(self).__dict__.keys() & {"create_coarse_fundamental_universe", "CreateCoarseFundamentalUniverse"}:
            raise NotSupportedError("create_coarse_fundamental_universe")
        coarse, fine = model_method(self, "select_coarse"), model_method(self, "select_fine")
        if self.filters_fine_:
            yield factory.fine(
                lambda rows: coarse(algorithm, [row for row in rows if row.has_fundamental_data]),
                lambda rows: fine(algorithm, rows), settings,
            )  # fmt: skip
        else:
            yield factory.fundamental(lambda rows: coarse(algorithm, rows), settings)

    def select(self, algorithm: Algorithm, fundamental: Iterable[Any]) -> Any:  # noqa: ANN401, ARG002 - LEAN's signature
        """Return the selected symbols.

        Raises:
            NotImplementedError: There is no selection function.
        """
        if self.selector_ is None:
            raise NotImplementedError(
                "If inheriting, please override the 'Select' fundamental function, else provide it as a constructor "
                "parameter"
            )
        return self.selector_(fundamental)

    def select_coarse(self, algorithm: Algorithm, coarse: Iterable[Any]) -> Any:  # noqa: ANN401
        """Return the symbols selected first.

        Raises:
            NotImplementedError: By the model.
        """
        raise NotImplementedError("Please override the 'Select' fundamental function")

    def select_fine(self, algorithm: Algorithm, fine: Iterable[Any]) -> Any:  # noqa: ANN401, ARG002
        """Return the symbols selected then: all."""
        return [row.symbol for row in fine]


class CoarseFundamentalUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """A universe of the fundamental files by a function."""

    def __init__(self, coarse_selector: Any, universe_settings: UniverseSettings | None = None) -> None:  # noqa: ANN401
        super().__init__(False, universe_settings)  # noqa: FBT003 - LEAN's overload
        self.coarse_selector_ = coarse_selector

    def select_coarse(self, algorithm: Algorithm, coarse: Iterable[Any]) -> Any:  # noqa: ANN401, ARG002
        """Call the function."""
        return self.coarse_selector_(coarse)


class FineFundamentalUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """A universe of the fundamental files by two functions."""

    def __init__(
        self, coarse_selector: Any, fine_selector: Any, universe_settings: UniverseSettings | None = None  # noqa: ANN401
    ) -> None:  # fmt: skip
        super().__init__(True, universe_settings)  # noqa: FBT003 - LEAN's overload
        self.coarse_selector_ = coarse_selector
        self.fine_selector_ = fine_selector

    def select_coarse(self, algorithm: Algorithm, coarse: Iterable[Any]) -> Any:  # noqa: ANN401, ARG002
        """Call the first function."""
        return self.coarse_selector_(coarse)

    def select_fine(self, algorithm: Algorithm, fine: Iterable[Any]) -> Any:  # noqa: ANN401, ARG002
        """Call the second function."""
        return self.fine_selector_(fine)


class _Averages:
    """Fast and slow average of a security's adjusted prices."""

    def __init__(self, fast: int, slow: int) -> None:
        self.fast = ExponentialMovingAverage(fast)
        self.slow = ExponentialMovingAverage(slow)

    def update(self, row: Any) -> bool:  # noqa: ANN401 - of the fundamental file
        """Take a day; tell whether both averages are ready."""
        ready = [average.update(row.end_time, row.adjusted_price_) for average in (self.fast, self.slow)]
        return all(ready)

    def lead(self) -> Decimal:
        """Return by how much the fast average leads, in terms of their mean."""
        fast, slow = self.fast.current.value_, self.slow.current.value_
        return (fast - slow) / ((fast + slow) / 2)

    def leads(self) -> bool:
        """Tell whether the fast average is at least a hundredth above the slow one."""
        return bool(self.fast.current.value_ > self.slow.current.value_ * _TOLERANCE)


class EmaCrossUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """The securities whose fast average of prices leads the slow one most."""

    def __init__(
        self,
        fast_period: int = 100,
        slow_period: int = 300,
        universe_count: int = 500,
        universe_settings: UniverseSettings | None = None,
    ) -> None:
        super().__init__(False, universe_settings)  # noqa: FBT003 - LEAN's overload
        self.periods_ = fast_period, slow_period
        self.count_ = universe_count
        self.averages_: dict[Symbol, _Averages] = {}

    def select_coarse(self, algorithm: Algorithm, coarse: Iterable[Any]) -> Any:  # noqa: ANN401, ARG002
        """Return the securities that lead most."""
        found = []
        for row in coarse:
            averages = self.averages_.setdefault(row.symbol, _Averages(*self.periods_))
            if averages.update(row) and averages.leads():
                found.append((averages.lead(), row.symbol))
        found.sort(key=lambda pair: -pair[0])
        return [symbol for _, symbol in found[: self.count_]]


class ScheduledUniverseSelectionModel(UniverseSelectionModel):
    """A universe that selects at the times of rules."""

    def __init__(self, *arguments: Any, settings: UniverseSettings | None = None) -> None:  # noqa: ANN401
        """Take perhaps a zone, then date rule, time rule, selection function and perhaps settings.

        Raises:
            TypeError: The arguments fit no overload.
        """
        parts = list(arguments)
        self.zone_ = parts.pop(0) if parts and not isinstance(parts[0], DateRule) else None
        if len(parts) not in {3, 4} or not isinstance(parts[0], DateRule) or not isinstance(parts[1], TimeRule):
            raise no_method_matches("ScheduledUniverseSelectionModel", *arguments)
        self.date_rule_, self.time_rule_, self.selector_ = parts[:3]
        self.settings_ = parts[3] if len(parts) == 4 else settings

    def create_universes(self, algorithm: Algorithm) -> Iterator[Universe]:
        """Yield the universe."""
        core = core_of(algorithm)
        zone = None if self.zone_ is None else core.zone_of(self.zone_)
        settings = self.settings_ or core.universe_settings
        yield core.universe_factory.scheduled(self.date_rule_, self.time_rule_, self.selector_, settings, zone)


class ETFConstituentsUniverseSelectionModel(UniverseSelectionModel):
    """A universe of the members of a fund."""

    def __init__(
        self, etf_symbol: Symbol | str, universe_settings: Any = None, universe_filter_func: Any = None  # noqa: ANN401
    ) -> None:  # fmt: skip
        if callable(universe_settings):
            universe_settings, universe_filter_func = None, universe_settings
        self.symbol_ = etf_symbol
        self.settings_: UniverseSettings | None = universe_settings
        self.filter_ = universe_filter_func
        self.universe_: Universe | None = None

    def create_universes(self, algorithm: Algorithm) -> list[Universe]:
        """Return the universe, always the same."""
        if self.universe_ is None:
            core = core_of(algorithm)
            settings = self.settings_ or core.universe_settings
            symbol = self.symbol_ if isinstance(self.symbol_, Symbol) else core.equity_symbol(self.symbol_)
            self.universe_ = core.universe_factory.etf(symbol, self.filter_, settings)
        return [self.universe_]


class ManualUniverseSelectionModel(UniverseSelectionModel):
    """A universe of a list of symbols for each kind and market."""

    def __init__(self, *symbols: Any, universe_settings: UniverseSettings | None = None) -> None:  # noqa: ANN401
        """Take symbols, or a list of them and settings."""
        parts = list(symbols)
        if parts and isinstance(parts[-1], UniverseSettings):
            universe_settings = parts.pop()
        if len(parts) == 1 and not isinstance(parts[0], (Symbol, str)):
            parts = list(parts[0])
        self.symbols_: list[Symbol] = parts
        self.settings_ = universe_settings

    def create_universes(self, algorithm: Algorithm) -> Iterator[Universe]:
        """Yield the universes."""
        core = core_of(algorithm)
        groups: dict[tuple[str, SecurityType], list[Symbol]] = {}
        for symbol in (core.symbol_of(each) for each in self.symbols_):
            groups.setdefault((symbol.id.market, symbol.security_type), []).append(symbol)
        for group in groups.values():
            yield core.universe_factory.manual(group, self.settings_ or core.universe_settings)


class CustomUniverseSelectionModel(UniverseSelectionModel):
    """A universe of tickers by a function of the time."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - LEAN's overloads
        """Take a name and a function; or kind, name, market, function, settings and interval.

        Raises:
            NotSupportedError: Not US equities.
            TypeError: The arguments fit no overload.
        """
        self.settings_: UniverseSettings | None = None
        self.interval_ = _DAY
        if len(arguments) == 2:
            self.name_, self.selector_ = arguments
        elif len(arguments) == 6 and isinstance(arguments[0], SecurityType):
            kind, self.name_, market, self.selector_, self.settings_, self.interval_ = arguments
            if kind is not SecurityType.EQUITY or market != "usa":
                raise NotSupportedError(f"CustomUniverseSelectionModel({kind.name}, {market!r})")
        else:
            raise no_method_matches("CustomUniverseSelectionModel", *arguments)

    def create_universes(self, algorithm: Algorithm) -> Iterator[Universe]:
        """Yield the universe."""
        core = core_of(algorithm)
        settings = self.settings_ or core.universe_settings
        select = model_method(self, "select")
        yield core.universe_factory.custom(
            f"{self.name_}-Equity-usa", settings.resolution, round(self.interval_.total_seconds() * 1_000_000),
            lambda moment: core.symbols_of_tickers(select(algorithm, moment)), settings,
        )  # fmt: skip

    def select(self, algorithm: Algorithm, date: datetime) -> Any:  # noqa: ANN401, ARG002 - LEAN's signature
        """Return the selected tickers.

        Raises:
            ValueError: There is no function.
        """
        if self.selector_ is None:
            raise ValueError("Value cannot be null. (Parameter '_selector')")
        return self.selector_(date)


class InceptionDateUniverseSelectionModel(CustomUniverseSelectionModel):
    """Tickers that join on a day of their own, in the order in which they are given, and stay."""

    def __init__(self, name: str, tickers_by_date: Mapping[str, datetime]) -> None:
        super().__init__(name, None)
        self.waiting_ = deque(tickers_by_date.items())
        self.tickers_: list[str] = []

    def select(self, algorithm: Algorithm, date: datetime) -> Any:  # noqa: ANN401, ARG002 - LEAN's signature
        """Return all tickers whose day has come, unchanged when there is no new one."""
        before = len(self.tickers_)
        while self.waiting_ and self.waiting_[0][1] <= date:
            self.tickers_.append(self.waiting_.popleft()[0])
        return list(self.tickers_) if len(self.tickers_) > before else UNCHANGED


__all__ = [
    "CoarseFundamentalUniverseSelectionModel",
    "CompositeUniverseSelectionModel",
    "CustomUniverseSelectionModel",
    "ETFConstituentsUniverseSelectionModel",
    "EmaCrossUniverseSelectionModel",
    "FineFundamentalUniverseSelectionModel",
    "FundamentalUniverseSelectionModel",
    "InceptionDateUniverseSelectionModel",
    "ManualUniverseSelectionModel",
    "NullUniverseSelectionModel",
    "ScheduledUniverseSelectionModel",
    "UniverseSelectionModel",
]
