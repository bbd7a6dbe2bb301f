"""Simulated prices of one liquid US stock: seeded, minute by minute, summed up to hours and days.

One random walk makes everything, so minute, hour and daily bars of a day agree. The walk has what people see in
real bars: calm and nervous months, gaps over night, more movement and volume near the open and the close. It
predicts nothing and is marked as simulated wherever it is listed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from leanboard.market_data.lean_format import Bars, Numbers
from leanboard.market_data.lean_paths import TickType
from leanboard.market_data.sources.us_calendar import REGULAR_MINUTES

TICK: Final = 0.01  # dollars

_HOUR_STARTS: Final = (0, 30, 90, 150, 210, 270, 330)  # minutes after 9:30; the first bar is called 09:00
_OPEN_MINUTE = 9 * 60 + 30
_NIGHT_SHARE = 0.3  # of a day's variance
_LOT = 100

Ticks = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SimulationPlan:
    """What shall be simulated.

    Attributes:
        seed: Same seed, same bars.
        first_price: Price before the first session, dollars.
        last_price: Price at the end of the last session, dollars; the walk is bent to it.
        daily_volatility: Typical standard deviation of a day's log return.
        daily_volume: Typical shares per day.
    """

    seed: int
    first_price: float
    last_price: float
    daily_volatility: float
    daily_volume: float


class SimulatedMarket:
    """Bars of all sessions; rows of the arrays are sessions, columns minutes after 9:30."""

    def __init__(self, plan: SimulationPlan, sessions: Mapping[date, int]) -> None:
        """Simulate; takes sessions as day -> minutes (390, or less at an early close), ascending."""
        self._days = list(sessions)
        self._length = np.array([sessions[day] for day in self._days])
        self._random = np.random.default_rng(plan.seed)
        mood = self._moods()
        self._open, self._high, self._low, self._close = self._prices(plan, mood)
        self._volume = self._volumes(plan, mood)

    def minute_trades(self, day: date) -> Bars:
        """Return the trade bars of one session, one per minute."""
        row, length = self._row(day)
        prices = [part[row, :length] * TICK for part in (self._open, self._high, self._low, self._close)]
        return Bars(TickType.TRADE, _minute_times(day, length), np.column_stack([*prices, self._volume[row, :length]]))

    def minute_quotes(self, day: date, seed: int) -> Bars:
        """Return the quote bars of one session: trades happen at the bid or the ask, one or two ticks apart."""
        row, length = self._row(day)
        random = np.random.default_rng((seed, day.toordinal()))
        spread = 1 + (random.random(length) < 0.08)
        first, high, low, last = (part[row, :length] for part in (self._open, self._high, self._low, self._close))
        bid_first = first - spread * random.integers(0, 2, length)
        bid_last = last - spread * random.integers(0, 2, length)
        bid_high = np.maximum(high - spread, np.maximum(bid_first, bid_last))
        bid_low = np.minimum(low, np.minimum(bid_first, bid_last))
        bid = np.column_stack([bid_first, bid_high, bid_low, bid_last])
        sizes = _LOT * (1 + random.poisson(12, size=(2, length)))
        ask = bid + spread[:, np.newaxis]
        values = np.column_stack([bid * TICK, sizes[0], ask * TICK, sizes[1]])
        return Bars(TickType.QUOTE, _minute_times(day, length), values)

    def hour_trades(self) -> Bars:
        """Return the hour bars of all sessions; the first of a day is called 09:00 and holds its half hour."""
        days, times, values = self._hours()
        starts = np.array(self._days, dtype="datetime64[D]").astype("datetime64[ms]")
        hours = starts[:, np.newaxis] + np.array([9 + number for number in range(times)]).astype("timedelta64[h]")
        return Bars(TickType.TRADE, hours[days], values[days])

    def daily_trades(self) -> Bars:
        """Return the daily bars of all sessions."""
        used, _, hours = self._hours()
        last = used.sum(axis=1) - 1
        rows = np.arange(len(self._days))
        high = np.where(used, hours[:, :, 1], -np.inf).max(axis=1)
        low = np.where(used, hours[:, :, 2], np.inf).min(axis=1)
        volume = np.where(used, hours[:, :, 4], 0).sum(axis=1)
        values = np.column_stack([hours[:, 0, 0], high, low, hours[rows, last, 3], volume])
        return Bars(TickType.TRADE, np.array(self._days, dtype="datetime64[D]").astype("datetime64[ms]"), values)

    def _hours(self) -> tuple[NDArray[np.bool_], int, Numbers]:
        ends = (*_HOUR_STARTS[1:], REGULAR_MINUTES)
        used = self._length[:, np.newaxis] >= np.array(ends)
        bars = [
            np.column_stack(
                [
                    self._open[:, start] * TICK,
                    self._high[:, start:end].max(axis=1) * TICK,
                    self._low[:, start:end].min(axis=1) * TICK,
                    self._close[:, end - 1] * TICK,
                    self._volume[:, start:end].sum(axis=1),
                ]
            )
            for start, end in zip(_HOUR_STARTS, ends, strict=True)
        ]
        return used, len(ends), np.stack(bars, axis=1)

    def _row(self, day: date) -> tuple[int, int]:
        row = self._days.index(day)
        return row, int(self._length[row])

    def _moods(self) -> Numbers:
        """Return the log of each day's volatility against the typical one, shape (days, 1)."""
        shocks = self._random.standard_normal(len(self._days)) * 0.09
        return np.array(list(accumulate(shocks.tolist(), lambda mood, shock: 0.97 * mood + shock)))[:, np.newaxis]

    def _prices(self, plan: SimulationPlan, mood: Numbers) -> tuple[Ticks, Ticks, Ticks, Ticks]:
        shape = (len(self._days), REGULAR_MINUTES)
        deviation = plan.daily_volatility * np.exp(mood)
        minute_deviation = deviation * np.sqrt((1 - _NIGHT_SHARE) * _day_shape())
        steps = self._random.standard_normal(shape) * minute_deviation
        steps[np.arange(REGULAR_MINUTES) >= self._length[:, np.newaxis]] = 0.0
        nights = self._random.standard_normal((shape[0], 1)) * deviation * np.sqrt(_NIGHT_SHARE)
        nights += (np.log(plan.last_price / plan.first_price) - steps.sum() - nights.sum()) / shape[0]
        walk = np.log(plan.first_price) + np.cumsum(np.hstack([nights, steps])).reshape(shape[0], -1)
        before, after = walk[:, :-1], walk[:, 1:]
        high = _extreme(before, after, minute_deviation, self._random.random(shape))
        low = -_extreme(-before, -after, minute_deviation, self._random.random(shape))
        first = _ticks(before) + self._random.integers(-1, 2, shape)  # a new minute rarely opens where the last ended
        last = _ticks(after)
        edges = np.maximum(first, last), np.minimum(first, last)
        return first, np.maximum(_ticks(high), edges[0]), np.minimum(_ticks(low), edges[1]), last

    def _volumes(self, plan: SimulationPlan, mood: Numbers) -> Ticks:
        noise = np.exp(self._random.standard_normal((len(self._days), REGULAR_MINUTES)) * 0.45 + 0.6 * mood)
        return np.maximum(np.round(plan.daily_volume * _day_shape() * noise).astype(np.int64), _LOT)


def _day_shape() -> Numbers:
    """Return each minute's share of a day's activity: high at the open, low at noon, high at the close; sum 1."""
    minute = np.arange(REGULAR_MINUTES)
    shape = 1 + 2.5 * np.exp(-minute / 20) + 1.8 * np.exp((minute - REGULAR_MINUTES) / 15)
    return np.asarray(shape / shape.sum())


def _extreme(start: Numbers, end: Numbers, deviation: Numbers, uniform: Numbers) -> Numbers:
    """Return the maximum of a Brownian bridge between two ends (its exact distribution, by inversion)."""
    return np.asarray((start + end + np.sqrt((end - start) ** 2 - 2 * deviation**2 * np.log1p(-uniform))) / 2)


def _ticks(log_price: Numbers) -> Ticks:
    return np.round(np.exp(log_price) / TICK).astype(np.int64)


def _minute_times(day: date, length: int) -> NDArray[np.datetime64]:
    return np.datetime64(day, "ms") + (_OPEN_MINUTE + np.arange(length)).astype("timedelta64[m]")
