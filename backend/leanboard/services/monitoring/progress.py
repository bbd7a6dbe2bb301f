"""How far a run is: percent of simulated time, speed, the time that is left.

The percentage is taken from the furthest simulated time that anything told: frames, messages of the strategy,
LEAN's debug lines, the newest equity point of an intermediate result. It never goes back and stays below 100:
only a completed run is at 100.
"""

from collections import deque
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from leanboard.models.run import BacktestProgress

CAP = 99.9
_WINDOW = 20.0  # seconds of wall time over which the speed is taken
_SPACING = 0.2  # seconds between two samples of it
_DAY = 86400.0
_LAST_MOMENT = datetime.max  # noqa: DTZ901  # the algorithm's clock has no zone


class Frame(NamedTuple):
    """One line of frames.ndjson: the portfolio at an instant of the algorithm's clock."""

    time: datetime  # naive, in the algorithm's zone
    equity: float
    cash: float | None
    holdings: float | None
    unrealised: float | None
    orders: int | None
    warming_up: bool
    written_at: datetime | None = None


class _Sample(NamedTuple):
    at: float
    simulated: datetime


class ProgressTracker:
    """Keeps the state of a run's progress; clocks are given, nothing is read.

    Attributes:
        version: Goes up with every change; until then a snapshot differs in the time that is left alone.
    """

    def __init__(self, dates: tuple[date | None, date | None]) -> None:
        self.version = 0
        self._first, self._last = dates
        self._over: datetime | None = None  # the end of the last day
        self._set_end()
        self._told = ""  # the latest simulated time as text: most messages need no more than a comparison
        self._latest: datetime | None = None
        self._frame: Frame | None = None
        self._warm_up: int | None = None
        self._samples: deque[_Sample] = deque()
        self._total_speed: float | None = None
        self._percent: float | None = None

    def period(self, first: date, last: date) -> None:
        """Take the first and the last day that LEAN runs."""
        if (first, last) != (self._first, self._last):
            self._first, self._last = first, last
            self._set_end()
            self._advance()
            self.version += 1

    def warm_up(self, percent: int) -> None:
        """Take LEAN's own percentage of the warm-up."""
        if percent != self._warm_up:
            self._warm_up = percent
            self.version += 1

    def total_speed(self, seconds: float, points: int) -> None:
        """Take LEAN's last words about its speed."""
        if seconds > 0:
            speed = round(points / seconds, 1)
            self.version += speed != self._total_speed
            self._total_speed = speed

    def simulated(self, text: str, now: float) -> None:
        """Take a simulated time as LEAN writes it, ``2013-10-07 09:31:00``."""
        if text <= self._told:
            return
        try:
            moment = datetime.fromisoformat(text)  # naive: the algorithm's clock has no zone
        except ValueError:
            return
        self.reached(moment, now)

    def frame(self, frame: Frame, now: float) -> None:
        """Take the newest frame."""
        self._frame = frame
        self.version += 1
        self.reached(frame.time, now)

    def reached(self, moment: datetime, now: float) -> None:
        """Take a simulated time (naive, the algorithm's zone); beyond the end it is nobody's progress."""
        if (self._latest is not None and moment <= self._latest) or self._beyond(moment):
            return
        self._latest = moment
        self.version += 1
        self._told = moment.isoformat(" ", "seconds")
        self._advance()
        if not self._samples or now - self._samples[-1].at >= _SPACING:
            self._samples.append(_Sample(now, moment))
            while self._samples[0].at < now - _WINDOW and len(self._samples) > 2:
                self._samples.popleft()

    def snapshot(self, now: float, *, stalled: bool = False, updated_at: datetime | None = None) -> BacktestProgress:
        """Return what is known at ``now`` (monotonic seconds)."""
        speed, unit = self._speed()
        frame = self._frame
        return BacktestProgress(
            percent=self._percent,
            warm_up_percent=self._warm_up,
            simulated_time=self._told or None,
            points_per_second=speed,
            speed_unit=unit,
            eta=self._eta(now),
            equity=frame.equity if frame else None,
            cash=frame.cash if frame else None,
            holdings=frame.holdings if frame else None,
            unrealised=frame.unrealised if frame else None,
            orders=frame.orders if frame else None,
            written_at=frame.written_at if frame else None,
            stalled=stalled,
            updated_at=updated_at,
        )

    def _beyond(self, moment: datetime) -> bool:
        return self._over is not None and moment > self._over

    def _set_end(self) -> None:
        if self._last is None:
            self._over = None
        else:
            last = self._last
            self._over = _LAST_MOMENT if last == date.max else _midnight(last + timedelta(days=1))

    def _advance(self) -> None:
        """Percent from the latest time; the last day counts to its end."""
        if self._latest is None or self._first is None or self._last is None or self._last < self._first:
            return
        start = _midnight(self._first)
        span = (self._last - self._first).total_seconds() + _DAY
        share = (self._latest - start).total_seconds() / span
        self._percent = max(self._percent or 0.0, min(round(max(share, 0.0) * 100, 2), CAP))

    def _days_per_second(self) -> float | None:
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0], self._samples[-1]
        if last.at <= first.at:
            return None
        return (last.simulated - first.simulated).total_seconds() / _DAY / (last.at - first.at)

    def _speed(self) -> tuple[float | None, Literal["data points", "simulated days"] | None]:
        if self._total_speed is not None:
            return self._total_speed, "data points"
        days = self._days_per_second()
        return (None, None) if days is None else (round(days, 3), "simulated days")

    def _eta(self, now: float) -> float | None:
        days = self._days_per_second()
        if not days or self._latest is None or self._over is None or self._total_speed is not None:
            return None
        left = (self._over - self._latest).total_seconds() / _DAY / days
        return round(max(0.0, left - (now - self._samples[-1].at)), 1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the algorithm's clock has no zone
