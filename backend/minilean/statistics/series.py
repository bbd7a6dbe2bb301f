"""Values by time in order of time, cut by binary search: rolling windows overlap, and runs are long."""

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

Value = TypeVar("Value", Decimal, float)


@dataclass(frozen=True, slots=True)
class TimeSeries(Generic[Value]):
    """Equally long lists of times (microseconds UTC, ascending) and values."""

    times: Sequence[int]
    values: Sequence[Value]

    @classmethod
    def of(cls, points: Iterable[tuple[int, Value]]) -> "TimeSeries[Value]":
        """Build from points in any order; of two at one time the last one counts."""
        by_time = dict(points)
        times = sorted(by_time)
        return cls(times, [by_time[time] for time in times])

    def __len__(self) -> int:
        return len(self.times)

    def between(self, begin: int, stop: int) -> "TimeSeries[Value]":
        """Return the points from ``begin`` (included) to ``stop`` (excluded)."""
        low, high = bisect.bisect_left(self.times, begin), bisect.bisect_left(self.times, stop)
        return TimeSeries(self.times[low:high], self.values[low:high])
