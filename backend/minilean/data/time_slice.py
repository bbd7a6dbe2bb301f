"""Everything that happens at one moment of a run."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple, TypeAlias

from minilean.data.bars import BaseData
from minilean.data.feed_cursor import FeedsInStep
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


class TimeSliceRun:
    """Slices that have nothing but one bar of each of the same feeds.

    Whoever takes it goes through `slices`, or does what they would lead to by itself; then it asks `goes_on` before
    each step and says at the end how many steps it has `passed`.

    Attributes:
        utc: Instant of the first step.
        configs: The feeds.
        securities: Whose prices each feed has.
        goes_on: Tells whether no feed has come or gone since the run was made.
        passed: Takes the number of steps that were worked on.
    """

    __slots__ = ("_feeds", "_offset", "configs", "goes_on", "has_data", "passed", "securities", "utc")

    def __init__(
        self,
        configs: Sequence[SubscriptionDataConfig],
        securities: Sequence[Security],
        feeds: FeedsInStep,
        offset: int,
        goes_on: Callable[[], bool],
    ) -> None:
        """Take the feeds and the offset of the algorithm's zone from UTC, which is the same at all instants."""
        self.utc = feeds.instants[0]
        self.configs = configs
        self.securities = securities
        self._feeds = feeds
        self._offset = offset
        self.has_data = not all(config.is_internal for config in configs)
        self.goes_on = goes_on
        self.passed = feeds.passed

    def steps(self) -> Iterator[tuple[int, tuple[BaseData, ...]]]:
        """Yield each instant with its bars, in the order of the feeds."""
        return zip(self._feeds.instants, self._feeds.points(), strict=True)

    def slice(self, utc: int, points: Sequence[BaseData]) -> Slice:
        """Return what the strategy gets of a step."""
        packets = zip(self.configs, self.securities, zip(points))  # noqa: B905 - checking takes time
        return Slice(utc, utc + self._offset, packets, self.has_data)

    def slices(self) -> Iterator[TimeSlice]:
        """Yield the steps as time slices, as long as the run goes on."""
        passed = 0
        for utc, points in self.steps():
            if not self.goes_on():
                break
            passed += 1
            packets: list[DataPacket] = list(zip(self.configs, self.securities, zip(points), strict=True))
            yield TimeSlice(utc, self.slice(utc, points), packets, None, len(points), is_time_pulse=False)
        self.passed(passed)
