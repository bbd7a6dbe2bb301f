"""Everything that happens at one moment of a run."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, TypeAlias

from minilean.data.bars import BaseData
from minilean.data.slice import Slice
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.enums import SecurityType
from minilean.securities.security import Security
from minilean.surface import Surface


class SecurityChanges(Surface):
    """Securities that joined or left.

    Attributes:
        added: Those that joined, in the order in which they did.
        removed: Those that left.
    """

    __slots__ = ("added", "removed", "shows_custom")
    NONE: ClassVar["SecurityChanges"]
    none: ClassVar["SecurityChanges"]

    def __init__(
        self, added: Iterable[Security] = (), removed: Iterable[Security] = (), *, shows_custom: bool = True
    ) -> None:
        self.added = list(dict.fromkeys(added))
        self.removed = list(dict.fromkeys(removed))
        self.shows_custom = shows_custom

    def __add__(self, other: "SecurityChanges") -> "SecurityChanges":
        """Return both; what joined in one and left in the other has joined."""
        if not self.count:
            return other
        if not other.count:
            return self
        added = dict.fromkeys([*self.added, *other.added])
        removed = [security for security in [*self.removed, *other.removed] if security not in added]
        return SecurityChanges(added, removed)

    def for_user(self) -> "SecurityChanges":
        """Return the changes as the strategy sees them: without custom data."""
        return SecurityChanges(self.added, self.removed, shows_custom=False)

    def _listed(self, securities: list[Security]) -> list[Security]:
        shown = [each for each in securities if self.shows_custom or each.symbol.security_type is not SecurityType.BASE]
        return sorted(shown, key=lambda security: security.symbol.value)

    @property
    def added_securities(self) -> list[Security]:
        """Securities that joined, by ticker."""
        return self._listed(self.added)

    @property
    def removed_securities(self) -> list[Security]:
        """Securities that left, by ticker."""
        return self._listed(self.removed)

    @property
    def count(self) -> int:
        """Number of changes."""
        return len(self.added) + len(self.removed)

    def __str__(self) -> str:
        if not self.count:
            return "SecurityChanges: None"
        added = ",".join(security.symbol.sid for security in self.added_securities)
        removed = ",".join(security.symbol.sid for security in self.removed_securities)
        first = f" Added: {added}" if added else ""
        return f"SecurityChanges: {first}{f' Removed: {removed}' if removed else ''}"


SecurityChanges.NONE = SecurityChanges.none = SecurityChanges()


DataPacket: TypeAlias = tuple[SubscriptionDataConfig, Security, Sequence[BaseData]]
"""New points of one feed."""


class TimeSlice(NamedTuple):
    """One step of the run.

    Attributes:
        utc: Instant of the step.
        slice: What the strategy gets.
        packets: New points by feed.
        changes: Securities that joined or left, None for none.
        data_points: Number of points that count.
        is_time_pulse: Only the clock moves.
        universe_rows: What universes have selected from in this step; securities remember it.
    """

    utc: int
    slice: Slice
    packets: Sequence[DataPacket]
    changes: SecurityChanges | None
    data_points: int
    is_time_pulse: bool
    universe_rows: Sequence[Any] = ()
