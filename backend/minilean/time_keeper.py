"""The simulated clock that everything in a run reads."""

from minilean.times import TimeZone


class TimeKeeper:
    """Current instant of the simulation.

    Attributes:
        utc: Microseconds since the epoch.
    """

    __slots__ = ("utc",)

    def __init__(self, utc: int = 0) -> None:
        self.utc = utc

    def local(self, zone: TimeZone) -> int:
        """Return the wall clock of a zone."""
        return zone.to_local(self.utc)
