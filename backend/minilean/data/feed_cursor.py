"""The place that a run has reached in a feed, and feeds that go in step."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice

from minilean.data.bar_runs import BarRun, Stream
from minilean.data.bars import BaseData

NEVER = 1 << 62
_FEWEST_STEPS = 3


class FeedCursor:
    """The next point of a feed.

    Attributes:
        current: The next point, None when the feed has ended.
        emit_utc: Its instant, `NEVER` when the feed has ended.
        finished: Whether the feed has ended.
        run: The run that the next point lies in, None for a single point.
        index: Its place in the run.
    """

    __slots__ = ("_items", "current", "emit_utc", "finished", "index", "run")

    def __init__(self, items: Stream) -> None:
        self._items = items
        self.current: BaseData | None = None
        self.emit_utc = NEVER
        self.finished = False
        self.run: BarRun | None = None
        self.index = 0
        self._next_item()

    def _next_item(self) -> None:
        item = next(self._items, None)
        if type(item) is BarRun:
            self.run = item
            self.move_to(0)
            return
        self.run = None
        point: BaseData | None = item  # type: ignore[assignment]
        self.current = point
        self.finished = point is None
        self.emit_utc = NEVER if point is None else point.end_utc

    def move_to(self, index: int) -> None:
        """Go to a place of the run."""
        run = self.run
        if run is not None:
            self.index = index
            self.current = run[index]
            self.emit_utc = run.ends_utc[index]

    def move_next(self) -> None:
        """Go to the next point."""
        index = self.index + 1
        if self.run is not None and index < len(self.run):
            self.move_to(index)
        else:
            self._next_item()

    def take(self, frontier: int) -> list[BaseData]:
        """Return the points that are due at an instant."""
        points: list[BaseData] = []
        while self.emit_utc <= frontier and self.current is not None:
            points.append(self.current)
            self.move_next()
        return points


class FeedsInStep:
    """Feeds whose next points come at the same instants, for as long as nothing else does.

    Attributes:
        instants: When they come; each feed has one point at each of them.
        count: How many of them have passed.
    """

    def __init__(self, cursors: Sequence[FeedCursor], run: BarRun, first: int, last: int) -> None:
        """Take the feeds and the part of their runs: the first index and the one to stop before."""
        self._cursors = cursors
        self._first = first
        self._last = last
        self.instants = run.ends_utc[first:last]
        self.count = 0

    def points(self) -> Iterator[tuple[BaseData, ...]]:
        """Yield the points of each instant, one of each feed."""
        return zip(*[islice(each.run or (), self._first, self._last) for each in self._cursors], strict=True)

    def passed(self, count: int) -> None:
        """Move the feeds on by a number of instants."""
        self.count = count
        for cursor in self._cursors:
            cursor.move_to(self._first + count)


def feeds_in_step(cursors: Sequence[FeedCursor], limit: int) -> FeedsInStep | None:
    """Find out whether all feeds that are due next go in step for a while before a limit.

    The last point of a run is left out: what follows it is read when it is taken.

    Args:
        cursors: Feeds that are due at the same next instant.
        limit: Instant from which something else may happen.
    """
    lead = cursors[0]
    run, first = lead.run, lead.index
    if run is None:
        return None
    instants = run.ends_utc
    last = bisect_left(instants, limit, first, len(instants) - 1)
    if last - first < _FEWEST_STEPS:
        return None
    for cursor in cursors:
        if cursor.run is None or cursor.index != first or cursor.run.ends_utc is not instants:
            return None
    return FeedsInStep(cursors, run, first, last)
