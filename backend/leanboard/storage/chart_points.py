"""The points of a chart's series as columns, in every form LEAN gave them.

A point is ``[t, value]``, ``[t, open, high, low, close]``, ``{"x": t, "y": value}`` with or without ``tooltip``, or an
object with ``open`` to ``close``; ``t`` in unix seconds. Values may be null: a gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leanboard.storage.lean_json import LAST_SECOND, lookup, number, text

Column = NDArray[np.float64]
_NAN = float("nan")


@dataclass(frozen=True, eq=False, slots=True)
class Points:
    """Points, oldest first.

    Attributes:
        times: Unix seconds, shape (n,).
        values: Value, open, high, low, shape (n, 4); the value of a candle is its close; NaN where there is none.
        tooltips: Of some points, by index.
    """

    times: Column
    values: NDArray[np.float64]
    tooltips: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)

    def taken(self, kept: Sequence[int] | NDArray[np.intp]) -> "Points":
        """Return some of them, in their order."""
        places = {int(old): new for new, old in enumerate(kept)} if self.tooltips else {}
        tooltips = {places[old]: tip for old, tip in self.tooltips.items() if old in places}
        return Points(self.times[kept], self.values[kept], tooltips)

    def within(self, start: float, end: float) -> "Points":
        """Return those of a period, both ends included, unix seconds."""
        return self.taken(np.flatnonzero((self.times >= start) & (self.times <= end)))

    def closes(self) -> "Points":
        """Return the values alone, gaps left out: the high of a candle is no value that the next one begins with."""
        known = np.flatnonzero(~np.isnan(self.values[:, 0]))
        values = np.full((len(known), 4), _NAN)
        values[:, 0] = self.values[known, 0]
        return Points(self.times[known], values)

    def thinned(self, limit: int) -> "Points":
        """Thin to at most ``limit`` points (4 at least): ends stay, and of every part the lowest and the highest.

        The points are cut into parts of equal length; of candles the low and the high count.
        """
        last = len(self) - 1
        if last < max(limit, 4):
            return self
        value, _, high, low = self.values.T
        lows = np.nan_to_num(np.where(np.isnan(low), value, low), nan=np.inf)
        highs = np.nan_to_num(np.where(np.isnan(high), value, high), nan=-np.inf)
        kept = {0, last}
        for part in np.array_split(np.arange(1, last), max((limit - 2) // 2, 1)):
            if len(part):
                kept.add(int(part[lows[part].argmin()]))
                kept.add(int(part[highs[part].argmax()]))
        return self.taken(sorted(kept))


def read_points(values: object) -> Points:
    """Return the points of a series' ``values``; what is not understood is left out."""
    if not isinstance(values, list) or not values:
        return Points(np.empty(0), np.empty((0, 4)))
    found = _uniform(values)
    if found is None:
        found = _one_by_one(values)
    order = np.argsort(found.times, kind="stable")
    return found.taken(order) if np.any(np.diff(found.times) < 0) else found


def _uniform(values: list[object]) -> Points | None:
    """Lists of numbers of one length, which is nearly always so."""
    if not isinstance(values[0], list) or len(values[0]) not in {2, 5}:
        return None
    try:
        rows = np.array(values, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        return None
    if rows.ndim != 2:
        return None
    rows = rows[(rows[:, 0] >= 0) & (rows[:, 0] < LAST_SECOND)]
    rows[np.isinf(rows)] = _NAN
    columns = np.full((len(rows), 4), _NAN)
    columns[:, 0] = rows[:, -1]
    columns[:, 1 : rows.shape[1] - 1] = rows[:, 1:-1]
    return Points(rows[:, 0], columns)


def _one_by_one(values: list[object]) -> Points:
    times: list[float] = []
    rows: list[tuple[float, ...]] = []
    tooltips: dict[int, str] = {}
    for raw in values:
        at = _time(raw)
        if at is None:
            continue
        if isinstance(raw, dict) and (tooltip := text(raw, "tooltip")):
            tooltips[len(times)] = tooltip
        times.append(at)
        rows.append(_row(raw))
    return Points(np.array(times), np.array(rows).reshape(-1, 4), tooltips)


def _time(raw: object) -> float | None:
    if isinstance(raw, list):
        at = number(raw[0]) if len(raw) >= 2 else None
    elif isinstance(raw, dict):
        x = lookup(raw, "x")
        at = number(lookup(raw, "time") if x is None else x)
    else:
        return None
    return at if at is not None and 0 <= at < LAST_SECOND else None


def _row(raw: object) -> tuple[float, ...]:
    if isinstance(raw, list):
        found = [raw[4], raw[1], raw[2], raw[3]] if len(raw) >= 5 else [raw[-1], None, None, None]
    elif isinstance(raw, dict):
        close = lookup(raw, "close")
        found = [lookup(raw, "y") if close is None else close, *(lookup(raw, key) for key in ("open", "high", "low"))]
    else:
        found = [None] * 4
    return tuple(_NAN if value is None else value for value in map(number, found))
