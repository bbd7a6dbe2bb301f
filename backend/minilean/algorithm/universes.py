"""Universes of the strategy: ``add_universe``, ``add_universe_selection`` and ``self.universe``."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from minilean import times
from minilean.algorithm.universe import UniversePart
from minilean.algorithm.universe_names import CoarseFundamental, FineFundamental, FundamentalUniverse
from minilean.data.subscription_data_config import INCREMENTS
from minilean.enums import Resolution, SecurityType
from minilean.scheduling.rules import DateRule
from minilean.securities.symbol import USA, Symbol
from minilean.surface import NotSupportedError, Surface, model_method, no_method_matches
from minilean.times import TimeZone
from minilean.universes.factory import UniverseFactory
from minilean.universes.manager import UniverseManager
from minilean.universes.models import CompositeUniverseSelectionModel, NullUniverseSelectionModel
from minilean.universes.settings import UniverseSettings
from minilean.universes.universe import UNCHANGED, UnchangedUniverse, Universe, listed


class UniverseDefinitions(Surface):
    """``self.universe``: universes that LEAN has ready."""

    def __init__(self, algorithm: "UniversesPart") -> None:
        self._algorithm = algorithm
        self.unchanged = UNCHANGED
        self.dollar_volume = _DollarVolume(self)

    def etf(self, *arguments: Any, **keywords: Any) -> Universe:  # noqa: ANN401 - LEAN's overloads
        """Return the universe of a fund's members: symbol or ticker, perhaps market, settings and a function.

        Raises:
            NotSupportedError: A fund of another market.
            TypeError: The arguments fit no overload.
        """
        parts = [*arguments, *keywords.values()]
        if not parts:
            raise no_method_matches("ETF")
        fund = parts.pop(0)
        settings: UniverseSettings | None = None
        selector: Callable[[Any], Any] | None = None
        for part in parts:
            if isinstance(part, UniverseSettings):
                settings = part
            elif isinstance(part, str):
                if part != USA:
                    raise NotSupportedError(f"universe.etf(market={part!r})")
            elif callable(part):
                selector = part
            elif part is not None:
                raise no_method_matches("ETF", *arguments)
        symbol = fund if isinstance(fund, Symbol) else self._algorithm.fund_symbol(fund)
        used = settings or self._algorithm.universe_settings
        return self._algorithm.universe_factory.etf(symbol, selector, used)

    ETF = etf

    def top(self, count: int, universe_settings: UniverseSettings | None = None) -> Universe:
        """Return the universe of the equities with the highest dollar volume."""

        def select(rows: Iterable[Any]) -> list[Symbol]:
            return [row.symbol for row in sorted(rows, key=lambda row: -row.dollar_volume)[:count]]

        used = universe_settings or self._algorithm.universe_settings
        return self._algorithm.universe_factory.fundamental(select, used)

    @property
    def qc_500(self) -> Universe:
        """The members of SPY."""
        return self.etf("SPY")

    QC500 = qc500 = qc_500


class _DollarVolume(Surface):
    """``self.universe.dollar_volume``: LEAN's older way to `top`."""

    def __init__(self, definitions: UniverseDefinitions) -> None:
        self._definitions = definitions

    def top(self, count: int, universe_settings: UniverseSettings | None = None) -> Universe:
        """Return the universe of the equities with the highest dollar volume."""
        return self._definitions.top(count, universe_settings)


class UniversesPart(UniversePart):
    """``add_universe`` and universe selection models."""

    @property
    def universe_factory(self) -> UniverseFactory:
        """Makes universes."""
        return self._context.universe_factory

    @property
    def universe_manager(self) -> UniverseManager:
        """Universes of the run."""
        return self._context.universes

    @property
    def universe(self) -> UniverseDefinitions:
        """Universes that LEAN has ready."""
        found: UniverseDefinitions | None = self.__dict__.get("_universe_definitions")
        if found is None:
            found = self.__dict__["_universe_definitions"] = UniverseDefinitions(self)
        return found

    @property
    def utc_now(self) -> datetime:
        """The clock as a naive datetime."""
        return times.to_datetime(self._context.clock.utc)

    def zone_of(self, name: object) -> TimeZone:
        """Return a zone by its name."""
        return self._context.zones.get(str(name))

    def fund_symbol(self, ticker: str) -> Symbol:
        """Return the symbol of a fund by its ticker on the algorithm's day."""
        if not isinstance(ticker, str):
            raise no_method_matches("ETF", ticker)
        day = times.midnight(self._context.local_now)
        return self._context.create_symbol(ticker, SecurityType.EQUITY, day=day)

    def symbols_of_tickers(self, result: Any) -> Iterable[Symbol] | UnchangedUniverse:  # noqa: ANN401 - the strategy's
        """Convert the tickers that a function of the strategy returned to symbols of US equities.

        Raises:
            TypeError: It returned no list of tickers.
        """
        if isinstance(result, UnchangedUniverse):
            return result
        found = (each if isinstance(each, Symbol) else str(each) for each in listed(result))
        return [
            each if isinstance(each, Symbol) else self._context.create_symbol(each, SecurityType.EQUITY)
            for each in found
        ]

    def add_universe(self, *arguments: Any, **keywords: Any) -> Universe:  # noqa: ANN401 - LEAN's overloads
        """Add a universe: one, a selection function, a date rule and one, two of them, or a name and one of times.

        Raises:
            NotSupportedError: A universe of custom data, or of another market.
            TypeError: The arguments fit no overload.
        """
        parts = [*arguments, *keywords.values()]
        if not parts:
            raise no_method_matches("AddUniverse")
        return self._add_universe(self._universe_of(parts))

    def _universe_of(self, parts: list[Any]) -> Universe:
        first = parts[0]
        if isinstance(first, (str, SecurityType)):
            return self._named_universe(parts)
        if isinstance(first, type):
            return self._typed_universe(parts)
        if not isinstance(first, Universe):
            return self._fundamental_universe(parts)
        return first if len(parts) == 1 else self.universe_factory.filtered(first, _function(parts[1:]))

    def _fundamental_universe(self, parts: list[Any]) -> Universe:
        """Make a universe of the fundamental files: of a function, a date rule and one, or two functions."""
        first, settings = parts[0], self.universe_settings
        if isinstance(first, DateRule):
            settings = UniverseSettings(settings)
            settings.schedule.on(first)
            return self.universe_factory.fundamental(_function(parts[1:]), settings)
        if not callable(first):
            raise no_method_matches("AddUniverse", *parts)
        if len(parts) == 1:
            return self.universe_factory.fundamental(first, None)
        fine = _function(parts[1:])
        self._warn_of_fine()
        return self.universe_factory.fine(first, fine, settings)

    def _warn_of_fine(self) -> None:
        if not self.__dict__.setdefault("_warned_of_fine", False):
            self.__dict__["_warned_of_fine"] = True
            self.debug(
                "Warning: AddUniverse(coarseSelector, fineSelector) is obsolete, please use "
                "AddUniverse(Func<IEnumerable<Fundamental>, IEnumerable<Symbol>> selector) instead."
            )

    def _named_universe(self, parts: list[Any]) -> Universe:
        """Make a universe of tickers by the time: a name, perhaps a resolution, and a function; or all of LEAN's."""
        settings, resolution = self.universe_settings, Resolution.DAILY
        if isinstance(parts[0], SecurityType) and len(parts) == 6:
            kind, name, resolution, market, settings, selector = parts
            if kind is not SecurityType.EQUITY or market != USA:
                raise NotSupportedError(f"add_universe(SecurityType.{kind.name}, {market!r})")
        elif len(parts) == 3:
            name, resolution, selector = parts
        elif len(parts) == 2:
            name, selector = parts
        else:
            raise no_method_matches("AddUniverse", *parts)
        if not (isinstance(name, str) and isinstance(resolution, Resolution) and callable(selector)):
            raise no_method_matches("AddUniverse", *parts)
        return self.universe_factory.named(
            name, resolution, INCREMENTS[resolution],
            lambda moment: self.symbols_of_tickers(selector(moment)), settings,
        )  # fmt: skip

    def _typed_universe(self, parts: list[Any]) -> Universe:
        """Make a universe of a type of data: perhaps a name, a resolution, settings and a function, else all.

        Raises:
            NotSupportedError: Other data than that of the fundamental files.
        """
        if parts[0] not in {CoarseFundamental, FineFundamental, FundamentalUniverse}:
            raise NotSupportedError(f"add_universe({parts[0].__name__})")
        settings = next((each for each in parts if isinstance(each, UniverseSettings)), None)
        selector = next((each for each in parts[1:] if callable(each)), None)

        def select(rows: Iterable[Any]) -> Iterable[Symbol] | UnchangedUniverse:
            if selector is None:
                return [row.symbol for row in rows]
            return self.symbols_of_tickers(selector(rows))

        return self.universe_factory.fundamental(select, settings)

    def _add_universe(self, universe: Universe) -> Universe:
        if not type(universe).__module__.startswith("minilean."):
            raise NotSupportedError(f"a universe of one's own ({type(universe).__name__})")
        if not universe.has_settings:
            universe.universe_settings = self.universe_settings
        self._context.universes.add_universe(universe)
        return universe

    # Universe selection models ---------------------------------------------------------------------------------

    @property
    def universe_selection(self) -> Any:  # noqa: ANN401 - a model, perhaps the strategy's own
        """The model that makes universes."""
        found = self.__dict__.get("_universe_selection")
        if found is None:
            found = self.__dict__["_universe_selection"] = NullUniverseSelectionModel()
        return found

    def set_universe_selection(self, universe_selection: object) -> None:
        """Replace the model that makes universes."""
        self.__dict__["_universe_selection"] = universe_selection

    def add_universe_selection(self, universe_selection: object) -> None:
        """Add a model that makes universes."""
        current = self.universe_selection
        if type(current) is NullUniverseSelectionModel:
            self.set_universe_selection(universe_selection)
        elif isinstance(current, CompositeUniverseSelectionModel):
            current.add_universe_selection(universe_selection)
        else:
            self.set_universe_selection(CompositeUniverseSelectionModel(current, universe_selection))

    def create_first_universes(self) -> None:
        """Add the universes of the model, once `initialize` is over."""
        names = self.__dict__.setdefault("_model_universes", {})
        for universe in model_method(self.universe_selection, "create_universes")(self.strategy):
            self._add_universe(universe)
            names[universe.symbol] = None

    def refresh_universes(self) -> None:
        """Ask the model for its universes again when it wants to be asked; those that it drops end."""
        model = self.universe_selection
        if type(model) is NullUniverseSelectionModel:
            return
        if self.utc_now < model_method(model, "get_next_refresh_time_utc")():
            return
        universes = self._context.universes
        names: dict[Symbol, None] = self.__dict__["_model_universes"]
        for universe in [each for each in dict.values(universes) if each.dispose_requested]:
            universes.remove(universe.symbol)
            names.pop(universe.symbol, None)
        dropped = dict.fromkeys(names)
        for universe in model_method(model, "create_universes")(self.strategy):
            names[universe.symbol] = None
            self._add_universe(universe)
            dropped.pop(universe.symbol, None)
        for symbol in dropped:
            dict.__getitem__(universes, symbol).dispose()


def _function(parts: list[Any]) -> Callable[[Any], Any]:
    """Return the function that filters a universe.

    Raises:
        TypeError: There is none, or more.
    """
    if len(parts) != 1 or not callable(parts[0]):
        raise no_method_matches("AddUniverse", *parts)
    function: Callable[[Any], Any] = parts[0]
    return function
