"""Everything that happens at one moment of a run."""

from typing import NamedTuple

from minilean.data.bars import BaseData
from minilean.data.slice import Slice
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.securities.security import Security


class SecurityChanges:
    """Securities that joined or left."""

    __slots__ = ("added_securities", "removed_securities")

    def __init__(self, added: list[Security], removed: list[Security]) -> None:
        self.added_securities = added
        self.removed_securities = removed

    @property
    def AddedSecurities(self) -> list[Security]:  # noqa: N802 - LEAN's name
        """Securities that joined."""
        return self.added_securities

    @property
    def RemovedSecurities(self) -> list[Security]:  # noqa: N802 - LEAN's name
        """Securities that left."""
        return self.removed_securities

    @property
    def count(self) -> int:
        """Number of changes."""
        return len(self.added_securities) + len(self.removed_securities)

    def __str__(self) -> str:
        added = ",".join(str(security) for security in self.added_securities)
        removed = ",".join(str(security) for security in self.removed_securities)
        return f"SecurityChanges: Added: {added} Removed: {removed}"


class DataPacket(NamedTuple):
    """New points of one feed."""

    config: SubscriptionDataConfig
    security: Security
    points: list[BaseData]


class TimeSlice(NamedTuple):
    """One step of the run.

    Attributes:
        utc: Instant of the step.
        slice: What the strategy gets.
        packets: New points by feed.
        changes: Securities that joined or left, None for none.
        data_points: Number of points that count.
        is_time_pulse: Only the clock moves.
    """

    utc: int
    slice: Slice
    packets: list[DataPacket]
    changes: SecurityChanges | None
    data_points: int
    is_time_pulse: bool
