"""Brings the feeds of a run together in time."""

import itertools
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

from minilean.data.auxiliary_data import Delisting
from minilean.data.bar_runs import Stream
from minilean.data.feed_cursor import NEVER, FeedCursor, feeds_in_step
from minilean.data.slice import Slice
from minilean.data.subscription_data_config import SubscriptionDataConfig
from minilean.data.time_slice import DataPacket, SecurityChanges, TimeSlice, TimeSliceRun
from minilean.enums import DelistingType
from minilean.securities.security import Security
from minilean.times import TimeZone
from minilean.universes.universe import Universe, UniverseData


class SelectionFailedError(Exception):
    """A universe could not select; the error has been told, and the run ends."""


class SubscriptionRequest(NamedTuple):
    """Who asked for a feed: a universe, or none for feeds of the engine's own."""

    universe: Universe | None
    security: Security
    config: SubscriptionDataConfig


class Subscription(FeedCursor):
    """A running feed with its next point.

    Attributes:
        config: What the feed is.
        security: Whose prices it has.
        requests: Who wants the feed; it ends with the last of them.
        removed: Whether the feed was stopped, so that what it has emitted at this moment is dropped.
    """

    __slots__ = ("config", "removed", "requests", "security")

    def __init__(self, config: SubscriptionDataConfig, security: Security, points: Stream) -> None:
        self.config = config
        self.security = security
        self.removed = False
        self.requests: list[SubscriptionRequest] = []
        super().__init__(points)


class UniverseSubscription:
    """The feed of a universe with its next data.

    Attributes:
        emit_utc: Instant of the next data.
        waits: Whether it has just started again, so that it selects in the next step at the earliest.
    """

    __slots__ = ("_points", "current", "emit_utc", "universe", "waits")

    def __init__(self, universe: Universe, points: Iterator[UniverseData]) -> None:
        self.universe = universe
        self._points = points
        self.waits = False
        self.current: UniverseData | None = None
        self.emit_utc = NEVER
        self._move_next()

    def _move_next(self) -> None:
        self.current = next(self._points, None)
        self.emit_utc = NEVER if self.current is None else self.current.end_utc

    @property
    def finished(self) -> bool:
        """Whether there is no more data."""
        return self.current is None

    def take(self, frontier: int) -> UniverseData | None:
        """Return what is due at an instant, all of it together; None for nothing."""
        rows: list[Any] = []
        due = False
        while self.emit_utc <= frontier and self.current is not None and not self.waits:
            due = True
            rows.extend(self.current.rows)
            if self.current.ends:
                self.universe.dispose()
            self._move_next()
        return UniverseData(frontier, rows) if due else None


class Synchronizer:
    """Yields time slices in order.

    Subscriptions may come and go between slices. Where a universe has data, the clock is moved first (by a slice that
    is nothing but a time pulse) and the universe then selects, until no selection changes anything more. A selection
    that fails ends the slices.
    """

    def __init__(
        self,
        algorithm_zone: Callable[[], TimeZone],
        select: Callable[[Universe, int, UniverseData], SecurityChanges],
        add_internal_feeds: Callable[[int], bool],
        on_delisted: Callable[[Delisting], SecurityChanges],
    ) -> None:
        """Take the algorithm's zone, what applies a selection, what starts the engine's own feeds, what delists."""
        self._zone = algorithm_zone
        self._select = select
        self._add_internal_feeds = add_internal_feeds
        self._on_delisted = on_delisted
        self._subscriptions: list[Subscription] = []
        self._universes: dict[int, UniverseSubscription] = {}
        self._interrupted = False

    def add(self, subscription: Subscription) -> None:
        """Start a feed."""
        self._interrupted = True
        self._subscriptions.append(subscription)
        self._subscriptions.sort(key=lambda s: s.config.sort_key)

    def remove(self, subscription: Subscription) -> None:
        """Stop a feed."""
        self._interrupted = True
        self._subscriptions = [s for s in self._subscriptions if s is not subscription]

    def find(self, config: SubscriptionDataConfig) -> Subscription | None:
        """Return the running feed of a config, None when there is none or it has ended."""
        key = config.key
        return next((s for s in self._subscriptions if not s.finished and s.config.key == key), None)

    def add_universe(self, universe: Universe, points: Iterator[UniverseData]) -> None:
        """Start the feed of a universe, unless it runs already."""
        running = self._universes.get(id(universe))
        if running is None or running.finished:
            self._interrupted = True
            self._universes[id(universe)] = UniverseSubscription(universe, points)

    def filled_universes(self) -> list[Universe]:
        """Return the running universes that start again with the feeds that are filled forward."""
        running = (each for each in self._universes.values() if not each.finished)
        return [each.universe for each in running if each.universe.is_filled_forward]

    def restart_universe(self, universe: Universe, points: Iterator[UniverseData]) -> None:
        """Start the feed of a universe again; it selects anew in the next step."""
        self._interrupted = True
        subscription = UniverseSubscription(universe, points)
        subscription.waits = True
        self._universes[id(universe)] = subscription

    @property
    def subscriptions(self) -> list[Subscription]:
        """The feeds that have not ended."""
        return [s for s in self._subscriptions if not s.finished]

    def slices(self, start: int, pulse_at: Callable[[], int | None]) -> Iterator[TimeSlice | TimeSliceRun]:
        """Yield slices until no feed has data; ``pulse_at`` tells the end of a running warm-up.

        After warm-up those of feeds that go in step come as runs.
        """
        for item in self._all_slices(start):
            if pulse_at() is None:
                yield item
                continue
            for slice_ in item.slices() if type(item) is TimeSliceRun else (item,):
                pulse = pulse_at()
                if pulse is not None and slice_.utc > pulse:
                    yield self._pulse(pulse)
                yield slice_

    def _pulse(self, utc: int) -> TimeSlice:
        return TimeSlice(utc, Slice(utc, self._zone().to_local(utc)), [], None, 0, is_time_pulse=True)

    def _all_slices(self, start: int) -> Iterator[TimeSlice | TimeSliceRun]:
        frontier, first = start, True
        while True:
            earliest = min((s.emit_utc for s in self._subscriptions), default=NEVER)
            for each in self._universes.values():
                earliest = min(earliest, each.emit_utc)
            if earliest == NEVER and not first:
                return
            if earliest != NEVER:
                frontier = max(frontier, earliest)
            selects = first or any(
                each.emit_utc <= frontier or each.universe.dispose_requested for each in self._universes.values()
            )
            first = False
            if selects:
                try:
                    yield from self._selecting_slice(frontier)
                except SelectionFailedError:
                    return
            else:
                packets: list[DataPacket] = []
                self._collect(frontier, packets)
                yield self._slice(frontier, packets, SecurityChanges.NONE, 0)
                frontier = yield from self._in_step(frontier)

    def _in_step(self, frontier: int) -> Generator[TimeSliceRun, None, int]:
        """Yield the next slices of feeds that go in step, until another has data or feeds come or go.

        Returns:
            The instant that the run has come to.
        """
        earliest = min((s.emit_utc for s in self._subscriptions), default=NEVER)
        due = [s for s in self._subscriptions if s.emit_utc == earliest]
        others = [s.emit_utc for s in self._subscriptions if s.emit_utc != earliest]
        limit = min([*others, *(each.emit_utc for each in self._universes.values())], default=NEVER)
        together = feeds_in_step(due, limit) if due and earliest > frontier else None
        if together is None:
            return frontier
        self._interrupted = False
        offset, is_same = self._offset(together.instants)
        if is_same:
            yield TimeSliceRun([s.config for s in due], [s.security for s in due], together, offset, self._goes_on)
        return together.instants[together.count - 1] if together.count else frontier

    def _goes_on(self) -> bool:
        """Tell whether no feed has come or gone, and no universe ends."""
        return not (self._interrupted or (self._universes and self._ends_universe()))

    def _offset(self, instants: list[int]) -> tuple[int, bool]:
        """Return the offset of the algorithm's zone at instants, and whether it is the same at all of them."""
        zone, first, last = self._zone(), instants[0], instants[-1]
        offset = zone.to_local(first) - first
        return offset, zone.to_local(last) - last == offset

    def _ends_universe(self) -> bool:
        for each in self._universes.values():  # noqa: SIM110 - looked at before each step: quicker than `any`
            if each.universe.dispose_requested:
                return True
        return False

    def _collect(self, frontier: int, packets: list[DataPacket]) -> None:
        for subscription in self._subscriptions:
            if subscription.emit_utc <= frontier:
                points = subscription.take(frontier)
                if points:
                    packets.append((subscription.config, subscription.security, points))

    def _selecting_slice(self, frontier: int) -> Iterator[TimeSlice]:
        """Yield a pulse for each round of selections, then the slice."""
        found: list[tuple[Subscription, DataPacket]] = []
        changes = SecurityChanges.NONE
        rows: dict[Universe, list[Any]] = {}
        while True:
            for subscription in self._subscriptions:
                points = subscription.take(frontier)
                if points:
                    packet = (subscription.config, subscription.security, points)
                    changes += self._delistings(packet)
                    found.append((subscription, packet))
            new = SecurityChanges.NONE
            due = self._due_universes(frontier)
            if due:
                yield self._pulse(frontier)
                for universe, data in due:
                    rows[universe] = data.rows
                    new += self._select(universe, frontier, data)
            changes += new
            if not new.count and not self._add_internal_feeds(frontier):
                break
        packets = [packet for subscription, packet in found if not subscription.removed]
        for each in self._universes.values():
            each.waits = False
        listed = list(itertools.chain.from_iterable(rows.values()))
        made = self._slice(frontier, packets, changes, len(listed), delists=False)
        yield made._replace(universe_rows=[row for row in listed if row is not None])

    def _due_universes(self, frontier: int) -> list[tuple[Universe, UniverseData]]:
        """Return the universes that select at an instant, in LEAN's order; those that end do for a last time."""
        due = []
        for key, each in list(self._universes.items()):
            data = each.take(frontier)
            if each.universe.dispose_requested:
                del self._universes[key]
                data = data or UniverseData(frontier, [])
            elif each.finished:
                del self._universes[key]
            if data is not None:
                due.append((each.universe, data))
        due.sort(key=lambda pair: pair[0].configuration.sort_key)
        return due

    def _delistings(self, packet: DataPacket) -> SecurityChanges:
        changes = SecurityChanges.NONE
        config, _, points = packet
        if not config.is_internal:
            for point in points:
                if isinstance(point, Delisting) and point.type is DelistingType.DELISTED:
                    changes += self._on_delisted(point)
        return changes

    def _slice(
        self, frontier: int, packets: list[DataPacket], changes: SecurityChanges, count: int, *, delists: bool = True
    ) -> TimeSlice:
        slice_ = Slice(frontier, self._zone().to_local(frontier))
        for config, _, points in packets:
            count += len(points)
            if config.is_internal:
                continue
            for point in points:
                if point.is_auxiliary:
                    slice_.add_auxiliary(point)
                    if delists and isinstance(point, Delisting) and point.type is DelistingType.DELISTED:
                        changes += self._on_delisted(point)
                else:
                    slice_.add_bar(point)
        return TimeSlice(frontier, slice_, packets, changes if changes.count else None, count, is_time_pulse=False)
