"""Equity curves on common ground: re-based to 100, daily returns, their correlation. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from leanboard.models.comparison import Correlation
from leanboard.storage.chart_points import kept_places

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]

BASE = 100.0
MIN_RETURNS = 3
_DAY = 86_400
_DAY_BEGINS = 9 * 3600
"""Seconds after midnight UTC. LEAN takes its daily samples at midnight of the algorithm's zone, which closes the day
before; between UTC-9 and UTC+13 that midnight, and the day's trading before it, lie between two such moments."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time, oldest first.

    Attributes:
        times: Unix seconds.
        values: Finite; as many.
    """

    times: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.times)


EMPTY = Curve(np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time in unix seconds, both ends included."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Daily:
    """The last value of each day.

    Attributes:
        days: Number of the day since 1970.
    """

    days: Days
    values: Floats


def curve_of(values: Sequence[tuple[float, float]]) -> Curve:
    """Return times and values of a series, oldest first, as a curve."""
    if not values:
        return EMPTY
    times, amounts = np.array(values, dtype=np.float64).T
    return Curve(times, amounts)


def thinned(curve: Curve, limit: int) -> list[tuple[float, float]]:
    """Return times and values of at most ``limit`` points; ends and extremes stay."""
    times, values = curve.times.tolist(), curve.values.tolist()
    return [(times[place], values[place]) for place in kept_places(values, values, limit)]


def common_window(curves: Sequence[Curve]) -> Window | None:
    """Return the time that all curves with points have; None when they have none in common."""
    there = [curve for curve in curves if len(curve)]
    if not there:
        return None
    start = max(float(curve.times[0]) for curve in there)
    end = min(float(curve.times[-1]) for curve in there)
    return Window(start, end) if start < end else None


def rebased(curve: Curve, window: Window) -> Curve:
    """Return the part of a curve in a window, 100 at its beginning.

    A value holds until the next one. Empty where the curve has no value above 0 at the beginning.
    """
    first = int(np.searchsorted(curve.times, window.start, side="right")) - 1
    if first < 0 or curve.values[first] <= 0:
        return EMPTY
    last = int(np.searchsorted(curve.times, window.end, side="right"))
    times = np.concatenate(([window.start], curve.times[first + 1 : last]))
    with np.errstate(over="ignore"):
        values = np.concatenate(([BASE], curve.values[first + 1 : last] / curve.values[first] * BASE))
    return Curve(times, values) if np.isfinite(values).all() else EMPTY


def at_times(curve: Curve, moments: Sequence[float]) -> list[float]:
    """Return the value at each moment, NaN before the first; a value holds until the next one."""
    places = np.searchsorted(curve.times, np.array(moments), side="right") - 1
    return [float(curve.values[place]) if place >= 0 else math.nan for place in places.tolist()]


def drawdown(curve: Curve) -> Curve:
    """Return how far a curve is below its highest value so far, as a fraction: 0 or below."""
    peaks = np.maximum.accumulate(curve.values) if len(curve) else curve.values
    with np.errstate(divide="ignore", invalid="ignore"):
        falls = np.where(peaks > 0, curve.values / peaks - 1, 0.0)
    return Curve(curve.times, falls)


def daily(curve: Curve) -> Daily:
    """Return the last value of each day that the curve has."""
    days = np.floor((curve.times - _DAY_BEGINS) / _DAY).astype(np.int64)
    is_last = np.append(days[1:] != days[:-1], True) if len(days) else np.empty(0, dtype=bool)
    return Daily(days[is_last], curve.values[is_last])


def day_of(number: int) -> datetime:
    """Return a day of :func:`daily` as its midnight in UTC."""
    return datetime.fromtimestamp(number * _DAY, UTC)


def correlation(curves: Sequence[Curve]) -> Correlation:
    """Return the correlation of daily returns, pair by pair over the days that both have."""
    days = [daily(curve) for curve in curves]
    count = len(days)
    matrix: list[list[float | None]] = [[None] * count for _ in range(count)]
    lengths = [[0] * count for _ in range(count)]
    for row in range(count):
        for column in range(row, count):
            value, length = _pair(days[row], days[column])
            matrix[row][column] = matrix[column][row] = value
            lengths[row][column] = lengths[column][row] = length
    return Correlation(matrix=tuple(map(tuple, matrix)), days=tuple(map(tuple, lengths)))


def _pair(one: Daily, other: Daily) -> tuple[float | None, int]:
    _, at_one, at_other = np.intersect1d(one.days, other.days, assume_unique=True, return_indices=True)
    ours, theirs = _returns(one.values[at_one]), _returns(other.values[at_other])
    if len(ours) < MIN_RETURNS or not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return None, len(ours)
    if np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return None, len(ours)
    found = float(np.corrcoef(ours, theirs)[0, 1])
    return (round(min(1.0, max(-1.0, found)), 10) if np.isfinite(found) else None), len(ours)


def _returns(values: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return values[1:] / values[:-1] - 1
