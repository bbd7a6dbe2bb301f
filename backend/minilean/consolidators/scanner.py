"""Finishes consolidated bars at their own end time, also when no data comes then."""

import heapq
from collections.abc import Callable

from minilean.consolidators.base import DataConsolidator, IdentityDataConsolidator
from minilean.data.bars import BaseData
from minilean.time_keeper import TimeKeeper
from minilean.times import SECOND, TimeZone

_NEVER = 1 << 62
_AT_ONCE = -_NEVER


class _Scan:
    """When a consolidator is to be looked at next."""

    def __init__(self, consolidator: DataConsolidator, increment: int, zone: TimeZone, clock: TimeKeeper) -> None:
        self.consolidator = consolidator
        self._increment = max(increment, SECOND)
        self._zone = zone
        self._clock = clock
        self._span: int | None = None
        self.utc = 0
        self.removed = False
        self.number = 0  # in the order in which they were first looked at; none yet
        consolidator.data_consolidated += lambda _sender, bar: self.advance(bar)

    def run(self) -> None:
        """Look at the consolidator and move on."""
        self.consolidator.scan(self._clock.local(self._zone))
        self.advance(None)

    def advance(self, bar: BaseData | None) -> None:
        """Set the next time: one bar after a finished one, else the end of the unfinished one."""
        now = self._clock.utc
        if bar is None and self.utc > now:
            return
        if self._span is None and bar is not None:
            self._span = max(bar.period_us, self._increment)
        if self._span is not None:
            self.utc = (now if bar is None else self._zone.to_utc(bar.end_local)) + self._span
            return
        working = self.consolidator.working_data
        end = self._zone.to_utc(working.end_local) if working is not None else 0
        self.utc = end if end > now else now + self._increment


class ConsolidatorScanner:
    """The consolidators of a run by the time of their next look.

    Attributes:
        due_utc: Instant up to which there is nothing to look at.
    """

    def __init__(self, clock: TimeKeeper, set_time: Callable[[int], None]) -> None:
        self._clock = clock
        self._set_time = set_time
        self._new: list[_Scan] = []
        self._heap: list[tuple[int, int, _Scan]] = []
        self._count = 0
        self.due_utc = _NEVER

    def add(self, consolidator: DataConsolidator, increment: int, zone: TimeZone) -> None:
        """Add a consolidator; one that passes bars on needs no looking after."""
        if not isinstance(consolidator, IdentityDataConsolidator):
            self._new.append(_Scan(consolidator, increment, zone, self._clock))
            self.due_utc = _AT_ONCE

    def remove(self, consolidator: DataConsolidator) -> None:
        """Drop a consolidator."""
        for scan in [*self._new, *(entry[2] for entry in self._heap)]:
            if scan.consolidator is consolidator:
                scan.removed = True

    def _push(self, scan: _Scan) -> None:
        if not scan.number:
            self._count += 1
            scan.number = self._count
        heapq.heappush(self._heap, (scan.utc, scan.number, scan))

    def scan_past(self, utc: int) -> None:
        """Look at every consolidator whose time lies before an instant, with the clock at that time."""
        if self._new:
            for scan in self._new:
                scan.advance(None)
                self._push(scan)
            self._new = []
        heap = self._heap
        while heap and heap[0][0] < utc:
            due, _, scan = heapq.heappop(heap)
            if scan.removed:
                continue
            if due != self._clock.utc:
                self._set_time(due)
            if scan.utc <= due:
                scan.run()
            self._push(scan)
        self.due_utc = _AT_ONCE if self._new else heap[0][0] if heap else _NEVER
