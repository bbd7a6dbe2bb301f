"""The universes of a run, and what is to change of them at the end of a time step."""

from collections import deque
from typing import NamedTuple

from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.symbol_dictionary import SymbolDictionary
from minilean.universes.universe import Universe
from minilean.universes.user_defined import UserDefinedUniverse


class UserDefinedUpdate(NamedTuple):
    """A security that the strategy added or removed; feeds are None for a removal."""

    universe: UserDefinedUniverse
    security: Security
    configs: list[SubscriptionDataConfig] | None


class UniverseManager(SymbolDictionary[Universe]):
    """Universes by symbol.

    Attributes:
        pending: Universes whose feed is to start, and whether it starts for an addition.
        updates: What the strategy added and removed in this time step.
    """

    __slots__ = ("pending", "updates")

    def __init__(self) -> None:
        super().__init__()
        self.pending: deque[tuple[Universe, bool]] = deque()
        self.updates: list[UserDefinedUpdate] = []

    @property
    def has_changes(self) -> bool:
        """Whether the end of the time step has anything to do."""
        return bool(self.pending or self.updates)

    @property
    def active_securities(self) -> SymbolDictionary[Security]:
        """Members of all universes."""
        found: SymbolDictionary[Security] = SymbolDictionary()
        for universe in dict.values(self):
            for symbol, member in universe.members_.items():
                dict.setdefault(found, symbol, member.security)
        return found

    def is_active(self, symbol: Symbol) -> bool:
        """Tell whether a security belongs to any universe."""
        return any(universe.contains_member(symbol) for universe in dict.values(self))

    def add_universe(self, universe: Universe) -> None:
        """Take a universe in, unless there is one of its name."""
        if not dict.__contains__(self, universe.symbol):
            dict.__setitem__(self, universe.symbol, universe)
            self.pending.append((universe, True))

    def update(self, universe: Universe, *, added: bool) -> None:  # type: ignore[override]
        """Have a universe select again, once in a time step."""
        if dict.__contains__(self, universe.symbol) and all(each is not universe for each, _ in self.pending):
            self.pending.append((universe, added))

    def remove(self, symbol: Symbol) -> bool:
        """End a universe: its members leave at the next step."""
        universe = dict.pop(self, symbol, None)
        if universe is not None:
            universe.dispose()
        return universe is not None

    def user_defined(self) -> list[UserDefinedUniverse]:
        """Return the universes that name their securities."""
        return [each for each in dict.values(self) if isinstance(each, UserDefinedUniverse)]

    def _missing_text(self, key: object) -> str:
        return (
            f"This universe symbol ({key}) was not found in your universe list. Please add this security or check it "
            f"exists before using it with 'Universes.ContainsKey(\"{key}\")'"
        )
