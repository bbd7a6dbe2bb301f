"""What a universe is: its members, its selection, and how a selection becomes changes."""

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, ClassVar, NamedTuple

from minilean import times
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import Resolution, SecurityType
from minilean.securities.exchange_hours import SecurityExchangeHours
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import Surface
from minilean.symbol_dictionary import SymbolDictionary
from minilean.times import DAY, HOUR, MINUTE, SECOND
from minilean.universes.settings import UniverseSettings

_UNITS = (DAY, HOUR, MINUTE, SECOND)


class UnchangedUniverse(Surface):
    """What a selection function returns to keep the last selection."""

    def __iter__(self) -> Iterator[Symbol]:
        return iter(())

    def __len__(self) -> int:
        return 0


UNCHANGED = UnchangedUniverse()
"""The only one of its kind: LEAN compares by identity."""


class Member(NamedTuple):
    """A security of a universe and since when it is one."""

    added_utc: int
    security: Security


class MemberDictionary(SymbolDictionary[Security]):
    """Members by symbol; ``keys`` is a collection and no method, as pythonnet shows a .NET dictionary."""

    __slots__ = ()

    @property
    def keys(self) -> list[Symbol]:  # type: ignore[override]
        """The symbols."""
        return list(dict.keys(self))

    @property
    def values(self) -> list[Security]:  # type: ignore[override]
        """The securities."""
        return list(dict.values(self))


class SymbolSet(list[Symbol]):
    """Symbols as pythonnet shows a .NET set: with a count, which is no method."""

    @property
    def count(self) -> int:  # type: ignore[override]
        """Number of symbols."""
        return len(self)

    @property
    def Count(self) -> int:  # noqa: N802 - LEAN's name
        """Number of symbols."""
        return len(self)

    def contains(self, symbol: Symbol) -> bool:
        """Tell whether a symbol is among them."""
        return symbol in self


class UniverseConfiguration(NamedTuple):
    """The feed of a universe.

    Attributes:
        symbol: Name of the universe.
        resolution: LEAN applies the universes of one moment by it, finest first.
        hours: Exchange whose days and zone count.
    """

    symbol: Symbol
    resolution: Resolution
    hours: SecurityExchangeHours

    @property
    def sort_key(self) -> tuple[int, str]:
        """LEAN's order of the selections of one moment."""
        return int(self.resolution), self.symbol.sid


class UniverseData(NamedTuple):
    """Data of a universe at one instant.

    Attributes:
        end_utc: The instant.
        rows: What is selected from; one row stands for a mere trigger.
        ends: Whether the universe ends here: what it is made of was delisted.
    """

    end_utc: int
    rows: list[Any]
    ends: bool = False


class UniverseContext(NamedTuple):
    """What a universe needs of the run to make feeds of its members.

    Attributes:
        get_or_add: Registers a feed unless there is the same, and returns the registered one.
        configs_of: Feeds of a symbol that are registered already.
        make_configs: Makes the feeds of a symbol with the settings of a universe.
    """

    get_or_add: Callable[[SubscriptionDataConfig], SubscriptionDataConfig]
    configs_of: Callable[[Symbol], list[SubscriptionDataConfig]]
    make_configs: Callable[[Symbol, UniverseSettings], list[SubscriptionDataConfig]]


class Universe(Surface):
    """Securities that a function of universe data selects.

    Attributes:
        configuration: The universe's own feed.
        selected_: Symbols of the last selection, in its order.
        dispose_requested: Whether the universe is to end; its members leave at the next step.
        is_filled_forward: Whether its feed starts again, as feeds that are filled forward do, when their step changes.
        starts_after: Whether what the next selection adds gets its data from after now on.
    """

    UNCHANGED: ClassVar[UnchangedUniverse] = UNCHANGED
    Unchanged: ClassVar[UnchangedUniverse] = UNCHANGED
    adjusts_start: ClassVar[bool] = True
    """Whether the feed begins on the trading day before, so that the first selection happens at once."""

    def __init__(self, configuration: UniverseConfiguration, settings: UniverseSettings | None) -> None:
        self.configuration = configuration
        self._settings = settings
        self.selected_: dict[Symbol, None] = {}
        self.members_: dict[Symbol, Member] = {}
        self._previous: frozenset[Symbol] = frozenset()
        self.dispose_requested = False
        self.is_filled_forward = False
        self.starts_after = False
        self._rounding: int | None = None

    @property
    def universe_settings(self) -> UniverseSettings:
        """How members are subscribed to.

        Raises:
            AttributeError: The universe was not added yet and has no settings of its own.
        """
        if self._settings is None:
            raise AttributeError("universe_settings")
        return self._settings

    @universe_settings.setter
    def universe_settings(self, value: UniverseSettings) -> None:
        self._settings = value

    @property
    def has_settings(self) -> bool:
        """Whether the universe has settings."""
        return self._settings is not None

    @property
    def symbol(self) -> Symbol:
        """Name of the universe."""
        return self.configuration.symbol

    @property
    def security_type(self) -> SecurityType:
        """Kind of the universe's symbol."""
        return self.configuration.symbol.security_type

    @property
    def market(self) -> str:
        """Market of the universe's symbol."""
        return self.configuration.symbol.id.market

    @property
    def members(self) -> MemberDictionary:
        """Securities of the universe."""
        return MemberDictionary((symbol, member.security) for symbol, member in self.members_.items())

    @property
    def securities(self) -> MemberDictionary:
        """Securities of the universe."""
        return self.members

    @property
    def selected(self) -> "SymbolSet":
        """Symbols of the last selection."""
        return SymbolSet(self.selected_)

    def contains_member(self, symbol: Symbol) -> bool:
        """Tell whether a security belongs to the universe."""
        return symbol in self.members_

    def dispose(self) -> None:
        """Ask for the end of the universe."""
        self.dispose_requested = True

    def points(self, start: int, end: int) -> Iterator[UniverseData]:
        """Yield the universe's data between two local times of its exchange.

        Raises:
            NotImplementedError: By the kind of universe.
        """
        raise NotImplementedError

    def select_symbols(self, utc: int, data: UniverseData) -> Iterable[Symbol] | UnchangedUniverse:
        """Return what is selected from data.

        Raises:
            NotImplementedError: By the kind of universe.
        """
        raise NotImplementedError

    def perform_selection(self, utc: int, data: UniverseData) -> Iterable[Symbol] | UnchangedUniverse:
        """Select; the same symbols as the last time mean no change."""
        if self.dispose_requested:
            return ()
        found = self.select_symbols(utc, data)
        if found is UNCHANGED:
            return UNCHANGED
        selected = dict.fromkeys(found)
        before, self._previous = self._previous, frozenset(selected)
        return UNCHANGED if before == self._previous else selected

    def can_remove_member(self, utc: int, security: Security) -> bool:
        """Tell whether a security may leave: it has stayed its time, was delisted, or the universe ends."""
        if self.dispose_requested or security.is_delisted:
            return True
        member = self.members_.get(security.symbol)
        if member is None:
            return False
        least = times.from_timedelta(self.universe_settings.minimum_time_in_universe)
        if self._rounding is None:
            self._rounding = next((unit for unit in _UNITS if least >= unit), least)
        return _rounded(utc - member.added_utc, self._rounding) >= least

    def add_member(self, utc: int, security: Security) -> bool:
        """Take a security in."""
        if self.dispose_requested or security.is_delisted or security.symbol in self.members_:
            return False
        self.members_[security.symbol] = Member(utc, security)
        return True

    def remove_member(self, utc: int, security: Security) -> bool:
        """Let a security go if it may."""
        if not self.can_remove_member(utc, security):
            return False
        return self.members_.pop(security.symbol, None) is not None

    def subscription_configs(self, context: UniverseContext, security: Security) -> list[SubscriptionDataConfig]:
        """Return the feeds of a member, registering them."""
        configs = context.make_configs(security.symbol, self.universe_settings)
        return [context.get_or_add(config) for config in configs]


def _rounded(span: int, unit: int) -> int:
    if unit <= 0:
        return span
    return int((Decimal(span) / unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) * unit


def listed(result: Any) -> Iterable[Any]:  # noqa: ANN401 - of the strategy
    """Return the items of a selection: a list or the like, which is what .NET makes an array of.

    Raises:
        InvalidCastError: It is no sequence.
        ValueError: There is none.
    """
    if result is None:
        raise ValueError("Value cannot be null. (Parameter 'source')")
    if isinstance(result, str) or not (hasattr(result, "__getitem__") and hasattr(result, "__len__")):
        kind = "System.String" if isinstance(result, str) else "Python.Runtime.PyObject"
        raise InvalidCastError(f"Unable to cast object of type '{kind}' to type 'System.Object[]'.")
    return list(result)


class InvalidCastError(TypeError):
    """A selection function returned no sequence."""


def symbols_of(result: Any, find: Callable[[str], Symbol | None]) -> Iterable[Symbol] | UnchangedUniverse:  # noqa: ANN401 - of the strategy
    """Convert what a selection function of the strategy returned: a list of symbols or known tickers.

    Raises:
        TypeError: It returned something else.
    """
    if isinstance(result, UnchangedUniverse):
        return result
    found = []
    for each in listed(result):
        symbol = each if isinstance(each, Symbol) else each.symbol if isinstance(each, Security) else find(each)
        if symbol is not None:
            found.append(symbol)
    return found


Selector = Callable[[Any], Any]
"""A function of the strategy's: takes universe data, returns symbols or `UNCHANGED`."""
