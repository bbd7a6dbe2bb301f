"""Brings the feeds of a run together in time."""

from collections.abc import Callable, Iterator

from minilean.data.bars import BaseData
from minilean.data.slice import Slice
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.data.time_slice import DataPacket, SecurityChanges, TimeSlice
from minilean.securities.security import Security
from minilean.times import TimeZone

_NEVER = 1 << 62


class Subscription:
    """A running feed with its next point.

    Attributes:
        emit_utc: Instant of the next point.
        on_finished: Told once when the feed ends.
    """

    __slots__ = ("config", "current", "emit_utc", "finished", "points", "security")

    def __init__(self, config: SubscriptionDataConfig, security: Security, points: Iterator[BaseData]) -> None:
        self.config = config
        self.security = security
        self.points = points
        self.finished = False
        self.current: BaseData | None = None
        self.emit_utc = _NEVER
        self.move_next()

    def move_next(self) -> None:
        """Fetch the next point."""
        point = next(self.points, None)
        self.current = point
        if point is None:
            self.finished = True
            self.emit_utc = _NEVER
        else:
            self.emit_utc = point.end_utc

    def take(self, frontier: int) -> list[BaseData]:
        """Return the points that are due at an instant."""
        points: list[BaseData] = []
        while self.emit_utc <= frontier and self.current is not None:
            points.append(self.current)
            self.move_next()
        return points


class Synchronizer:
    """Yields time slices in order.

    Subscriptions may come and go between slices. Universe changes (``pending_changes``) are applied at the moment of
    the next slice, or at their own when no data comes earlier.

    Attributes:
        universe_points: Data points of the change that was applied last: one for each kind and market that changed.
    """

    def __init__(self, algorithm_zone: TimeZone, apply_changes: Callable[[int], SecurityChanges | None]) -> None:
        """Take the algorithm's zone and what applies pending universe changes at an instant."""
        self._zone = algorithm_zone
        self._apply_changes = apply_changes
        self._subscriptions: list[Subscription] = []
        self._change_utc: int | None = None
        self.universe_points = 1

    def add(self, subscription: Subscription) -> None:
        """Start a feed."""
        self._subscriptions.append(subscription)
        self._subscriptions.sort(key=lambda s: s.config.sort_key)

    def remove(self, config: SubscriptionDataConfig) -> None:
        """Stop a feed."""
        self._subscriptions = [s for s in self._subscriptions if s.config is not config]

    def schedule_changes(self, utc: int) -> None:
        """Announce that universe changes are pending from an instant on."""
        self._change_utc = utc

    @property
    def subscriptions(self) -> list[Subscription]:
        """The running feeds."""
        return list(self._subscriptions)

    def slices(self, start: int, pulse_at: Callable[[], int | None]) -> Iterator[TimeSlice]:
        """Yield slices until no feed has data; ``pulse_at`` tells the end of a running warm-up."""
        frontier = start
        while True:
            earliest = min((s.emit_utc for s in self._subscriptions), default=_NEVER)
            if self._change_utc is not None:
                earliest = min(earliest, self._change_utc)
            if earliest == _NEVER:
                return
            frontier = max(frontier, earliest)
            slice_ = self._make(frontier)
            pulse = pulse_at()
            if pulse is not None and frontier > pulse:
                yield TimeSlice(pulse, Slice(pulse, self._zone.to_local(pulse)), [], None, 0, is_time_pulse=True)
            yield slice_

    def _make(self, frontier: int) -> TimeSlice:
        packets: list[DataPacket] = []
        self._collect(frontier, packets)
        changes = None
        count = 0
        if self._change_utc is not None and self._change_utc <= frontier:
            self._change_utc = None
            changes = self._apply_changes(frontier)
            count = self.universe_points
            self._collect(frontier, packets)
        slice_ = Slice(frontier, self._zone.to_local(frontier))
        for config, _, points in packets:
            count += len(points)
            if config.is_internal:
                continue
            for point in points:
                if point.is_auxiliary:
                    slice_.add_auxiliary(point)
                else:
                    slice_.add_bar(point)
        return TimeSlice(frontier, slice_, packets, changes, count, is_time_pulse=False)

    def _collect(self, frontier: int, packets: list[DataPacket]) -> None:
        for subscription in self._subscriptions:
            if subscription.emit_utc <= frontier:
                points = subscription.take(frontier)
                if points:
                    packets.append(DataPacket(subscription.config, subscription.security, points))
