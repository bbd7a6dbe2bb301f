"""The risk-free rate: the step function of LEAN's file of the Federal Reserve's primary credit rate."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from minilean.numbers import ZERO

RELATIVE_PATH = "alternative/interest-rate/usa/interest-rate.csv"
DEFAULT_RATE = Decimal("0.01")
"""LEAN's rate where the file is absent."""

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class InterestRates:
    """Rates as fractions (0.0225) by the first UTC day (days since the epoch) on which they hold."""

    days: tuple[int, ...]
    rates: tuple[Decimal, ...]

    @classmethod
    def load(cls, data_folder: Path) -> "InterestRates":
        """Read the file under a LEAN data folder; an absent or empty one gives no rates (the default holds)."""
        path = data_folder / RELATIVE_PATH
        if not path.is_file():
            return cls((), ())
        by_day: dict[int, Decimal] = {}
        for line in path.read_text(encoding="utf-8-sig").splitlines()[1:]:
            day, _, rate = line.partition(",")
            if rate.strip():
                by_day[date.fromisoformat(day.strip()).toordinal() - _EPOCH] = Decimal(rate.strip()) / 100
        return cls(tuple(sorted(by_day)), tuple(by_day[day] for day in sorted(by_day)))

    def on(self, day: int) -> Decimal:
        """Return the rate of a UTC day: the newest one not after it, or the first one before all."""
        if not self.days:
            return DEFAULT_RATE
        return self.rates[max(bisect.bisect_right(self.days, day) - 1, 0)]

    def average(self, times: Sequence[int]) -> Decimal:
        """Return the mean rate over ascending sample times (microseconds UTC), 0 for none."""
        if not times:
            return ZERO
        total, done = ZERO, 0
        for index, rate in enumerate(self.rates):
            last = index + 1 == len(self.days)
            stop = len(times) if last else bisect.bisect_left(times, self.days[index + 1] * _DAY)
            total += rate * (stop - done)
            done = stop
        return total / len(times) if self.rates else DEFAULT_RATE


def utc_date(time: int) -> date:
    """Return the UTC date of microseconds since the epoch."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)).date()
