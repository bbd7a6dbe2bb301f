"""Which failures are worth another try, and when. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from leanboard.models.run import BacktestStatus, Reason

INFRASTRUCTURE = frozenset({Reason.LOST, Reason.ENGINE_ERROR, Reason.DISK_FULL})
"""What the strategy can do nothing about. All other failures would be the same again."""

_LONGEST = 600.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and when.

    Attributes:
        tries: Of one item, the first included.
        pause: Seconds before the second try; doubled from try to try, 10 minutes at most.
    """

    tries: int
    pause: float

    def next_try(self, status: BacktestStatus, reason: Reason | None, retries: int, now: datetime) -> datetime | None:
        """Return when an item that has ended is tried again; None for never.

        Args:
            status: How its run ended.
            reason: Why.
            retries: How often it was tried again already.
            now: The wall clock, UTC.
        """
        if status is not BacktestStatus.FAILED or reason not in INFRASTRUCTURE or retries + 1 >= self.tries:
            return None
        return now + timedelta(seconds=min(_LONGEST, self.pause * 2**retries))
