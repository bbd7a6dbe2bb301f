"""Where the lines of an axis are, at round values and dates. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from leanboard.services.report.figures import axis, percent, places

_DAY = 86_400
_MONTH = 30.44 * _DAY
_MONDAY = 4 * _DAY  # the first one after 1970-01-01
_MANY_TIMES = 20
_NOISE = 1e-9  # of a value: a curve that moves by less does not move
_EMPTY_SPAN = 0.01  # of a value that never changes, above and below it


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of an axis: its value (unix seconds, or the curve's unit), and what stands beside it."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from its lower to its upper end."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    is_logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return where a value lies: 0 at the lower end, 1 at the upper."""
        if self.is_logarithmic:
            return math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def value_scale(low: float, high: float, count: int, *, as_percent: bool = False) -> Scale:
    """Return an axis that holds the values and ends at round ones.

    Args:
        low: Lowest value.
        high: Highest value.
        count: About how many lines.
        as_percent: The values are fractions.
    """
    if high - low <= _NOISE * max(abs(low), abs(high)):
        half = abs(low) * _EMPTY_SPAN or (_EMPTY_SPAN if as_percent else 1.0)
        low, high = low - half, high + half
    step = _round_step((high - low) / max(count, 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    values = [number * step for number in range(first, last + 1)]
    labels = [percent(value, places(step * 100)) if as_percent else axis(value, step) for value in values]
    return Scale(values[0], values[-1], tuple(map(Tick, values, labels)))


def growth_scale(low: float, high: float, count: int) -> Scale:
    """Return an axis on which equal growth takes equal room where the highest value is many times the lowest.

    Args:
        low: Lowest value.
        high: Highest value.
        count: About how many lines.
    """
    if low <= 0 or high / low < _MANY_TIMES:
        return value_scale(low, high, count)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = next(f for f in ((1, 2, 5), (1, 3), (1,)) if len(f) * math.log10(high / low) <= count + 1 or len(f) == 1)
    values = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
    start = max((place for place, value in enumerate(values) if value <= low), default=0)
    end = min((place for place, value in enumerate(values) if value >= high), default=len(values) - 1)
    shown = values[start : end + 1]
    ticks = tuple(Tick(value, axis(value, 10.0 ** math.floor(math.log10(value)))) for value in shown)
    return Scale(min(shown[0], low), max(shown[-1], high), ticks, is_logarithmic=True)


def _round_step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(rough))
    return next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class _Step:
    """A distance between two lines: some hours or some months, and how the lines are written."""

    written: str
    hours: int = 0
    months: int = 0

    @property
    def seconds(self) -> float:
        return self.hours * 3600.0 if self.hours else self.months * _MONTH

    def moments(self, start: float, end: float) -> Iterator[datetime]:
        return self._by_hours(start, end) if self.hours else self._by_months(start, end)

    def _by_hours(self, start: float, end: float) -> Iterator[datetime]:
        offset = _MONDAY if self.hours % (7 * 24) == 0 else 0
        first = math.ceil((start - offset) / self.seconds)
        for number in range(first, math.floor((end - offset) / self.seconds) + 1):
            yield datetime.fromtimestamp(number * self.seconds + offset, UTC)

    def _by_months(self, start: float, end: float) -> Iterator[datetime]:
        begin, last = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
        for number in range(_month(begin) // self.months, _month(last) // self.months + 1):
            year, month = divmod(number * self.months, 12)
            at = datetime(year, month + 1, 1, tzinfo=UTC)
            if begin <= at <= last:
                yield at


def _month(at: datetime) -> int:
    return at.year * 12 + at.month - 1


_STEPS = (
    *(_Step("%m-%d %H:%M", hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(_Step("%Y-%m-%d", hours=24 * days) for days in (1, 2, 3, 7, 14)),
    *(_Step("%Y-%m", months=months) for months in (1, 2, 3, 6)),
    *(_Step("%Y", months=12 * years) for years in (1, 2, 5, 10, 20, 50, 100)),
)


def time_scale(start: float, end: float, count: int) -> Scale:
    """Return an axis of time from the first to the last moment.

    Args:
        start: The first moment, unix seconds.
        end: The last one.
        count: Most lines, four at least.
    """
    if end <= start:
        start, end = start - _DAY / 2, end + _DAY / 2
    for step in _STEPS:
        if (end - start) / step.seconds > count:
            continue
        moments = tuple(step.moments(start, end))
        if len(moments) <= count:
            return Scale(start, end, tuple(Tick(at.timestamp(), at.strftime(step.written)) for at in moments))
    return Scale(start, end, ())
