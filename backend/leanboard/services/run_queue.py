"""Who runs next, and why the others wait. Knows ids, nothing else.

Each run has an owner: its batch, or none ("") for a run of its own. A free slot goes to the waiting owner that has the
fewest, among equals to the one whose latest start is longest ago; within an owner it is first come, first served. So
owners share the slots evenly however many runs each of them has waiting, and a run of its own waits behind a batch for
one slot, not for the batch's end.
"""

import heapq
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from statistics import median
from typing import TypeVar

from leanboard.models.run import QueuePlace
from leanboard.services.queue_forecast import Line, starts

REMEMBERED_RUNS = 20
PAUSED = "the queue is paused"

_Note = TypeVar("_Note", int, str)


@dataclass(slots=True)
class _Owner:
    """Somebody's runs.

    Attributes:
        lanes: Ids that wait, with their turns, by lane; turns rise within a lane.
        running: How many have a slot.
        served: Which start the latest of them was. Who has just come counts as served before the latest start of all:
            a stream of newcomers does not keep those waiting who were there before.
    """

    lanes: dict[str, OrderedDict[str, int]] = field(default_factory=dict)
    running: int = 0
    served: int = 0

    def line(self, without: dict[str, str]) -> Iterator[str]:
        """Yield the ids that wait, first come first, but for some lanes."""
        lanes = [lane.items() for name, lane in self.lanes.items() if name not in without]
        return (run for run, _ in (lanes[0] if len(lanes) == 1 else heapq.merge(*lanes, key=itemgetter(1))))


@dataclass(frozen=True, slots=True)
class _Waiting:
    owner: str
    lane: str


class RunQueue:
    """Waiting and running ids. Not thread-safe: it lives on the event loop and never awaits.

    Each run is in a lane (its engine's): a lane can be held while the others go on, and so can an owner.

    Args:
        max_running: Runs at the same time.
    """

    def __init__(self, max_running: int) -> None:
        self._max_running = max_running
        self._owners: dict[str, _Owner] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._running: dict[str, str] = {}  # id to owner
        self._leaving: set[str] = set()  # of the running ones, those that need their slot no more
        self._durations: deque[float] = deque(maxlen=REMEMBERED_RUNS)
        self._paused = False
        self._hold = ""
        self._held: dict[str, str] = {}  # lane to reason
        self._held_owners: dict[str, str] = {}  # owner to reason
        self._limits: dict[str, int] = {}  # owner to workers
        self._last = 0  # turn of the latest that came
        self._first = 0  # turn of the latest that was put back
        self._starts = 0
        self._places: dict[str, tuple[int, int | None]] | None = None  # id to position and distance, while they hold

    # --- what there is -------------------------------------------------------------------------------------------

    @property
    def max_running(self) -> int:
        """Runs at the same time; when it is lowered, those that run go on, and others wait until enough have ended."""
        return self._max_running

    @max_running.setter
    def max_running(self, most: int) -> None:
        self._max_running = most
        self._places = None

    @property
    def waiting(self) -> tuple[str, ...]:
        """Ids in the order in which they will start; those that are held come last."""
        return tuple(self._found_places())

    @property
    def waiting_count(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def first(self, count: int) -> tuple[str, ...]:
        """Return the first ids of :attr:`waiting`, at most ``count``."""
        return tuple(islice(self._found_places(), count))

    def heads(self, lane: str, count: int) -> tuple[str, ...]:
        """Return the next ids of a lane, at most ``count``; a held lane's too, but not those of a held owner."""
        ids = (run for run, _ in self._order())
        wanted = (run for run in ids if (place := self._waiting[run]).lane == lane and self._goes_on(place.owner))
        return tuple(islice(wanted, count))

    @property
    def running(self) -> frozenset[str]:
        """Ids that hold a slot, or have given it back and are not over yet."""
        return frozenset(self._running)

    @property
    def leaving(self) -> frozenset[str]:
        """Those of them that have given their slot back."""
        return frozenset(self._leaving)

    @property
    def slots(self) -> tuple[str, ...]:
        """The same ids in the order in which they got their slots."""
        return tuple(self._running)

    @property
    def free(self) -> int:
        """How many slots nobody has; none while as many runs as there are slots are not over yet without one."""
        return max(0, self._max_running - self._busy) if len(self._leaving) < self._max_running else 0

    @property
    def _busy(self) -> int:
        return len(self._running) - len(self._leaving)

    # --- coming and going ----------------------------------------------------------------------------------------

    def add(self, run_id: str, lane: str = "", owner: str = "") -> None:
        """Put a run at the end of its owner's line; one that is in the queue or runs stays where it is."""
        if run_id not in self._running and run_id not in self._waiting:
            self._last += 1
            self._enter(run_id, _Waiting(owner, lane), self._last)

    def put_back(self, run_id: str, lane: str = "", owner: str = "") -> None:
        """Put a run that had a slot, and could not use it, at the head of its owner's line."""
        self._leave_slot(run_id)
        self.discard(run_id)
        self._first -= 1
        self._enter(run_id, _Waiting(owner, lane), self._first)

    def _enter(self, run_id: str, place: _Waiting, turn: int) -> None:
        lane = self._owner(place.owner).lanes.setdefault(place.lane, OrderedDict())
        lane[run_id] = turn
        if turn <= 0:
            lane.move_to_end(run_id, last=False)
        self._waiting[run_id] = place
        self._places = None

    def occupy(self, run_id: str, owner: str = "") -> None:
        """Give a slot to a run that runs already, whatever the limit says."""
        if run_id not in self._running:
            self.discard(run_id)
            self._running[run_id] = owner
            self._owner(owner).running += 1
            self._places = None

    def _owner(self, name: str) -> _Owner:
        return self._owners.setdefault(name, _Owner(served=self._starts - 1))

    def discard(self, run_id: str) -> bool:
        """Take a waiting run out of the line; False when it was not waiting."""
        place = self._waiting.pop(run_id, None)
        if place is None:
            return False
        lanes = self._owners[place.owner].lanes
        del lanes[place.lane][run_id]
        if not lanes[place.lane]:
            del lanes[place.lane]
        self._forget(place.owner)
        self._places = None
        return True

    def take(self) -> str | None:
        """Give the next run a slot and return its id; None when nobody may start now."""
        if self._paused or self._hold or not self.free:
            return None
        may = (name for name in self._owners if self._may_start(name))
        name = min(may, key=lambda one: (self._owners[one].running, self._owners[one].served), default=None)
        if name is None:
            return None
        run_id = next(self._owners[name].line(self._held))
        self.occupy(run_id, name)
        self._starts += 1
        self._owners[name].served = self._starts
        return run_id

    def vacate(self, run_id: str) -> None:
        """Give the slot of a run to others, as its sandbox has ended; the run is not over before :meth:`release`."""
        name = self._running.get(run_id)
        if name is not None and run_id not in self._leaving:
            self._leaving.add(run_id)
            self._give_back(name)

    def release(self, run_id: str, seconds: float | None = None) -> None:
        """Note that a run is over; ``seconds`` is how long it had its slot, if that is worth remembering."""
        self._leave_slot(run_id)
        if seconds is not None:
            self._durations.append(seconds)

    def _leave_slot(self, run_id: str) -> None:
        name = self._running.pop(run_id, None)
        if run_id in self._leaving:
            self._leaving.discard(run_id)
            self._places = None
        elif name is not None:
            self._give_back(name)

    def _give_back(self, name: str) -> None:
        self._owners[name].running -= 1
        self._forget(name)
        self._places = None

    def _forget(self, name: str) -> None:
        if not self._owners[name].lanes and not self._owners[name].running:
            del self._owners[name]

    def _goes_on(self, name: str) -> bool:
        return name not in self._held_owners

    def _may_start(self, name: str) -> bool:
        owner = self._owners[name]
        has_workers = self._goes_on(name) and owner.running < self._most(name)
        return has_workers and any(lane not in self._held for lane in owner.lanes)

    def _most(self, name: str) -> int:
        return self._limits.get(name, self._max_running)

    # --- limits and holds ----------------------------------------------------------------------------------------

    def limit_owner(self, owner: str, workers: int | None) -> bool:
        """Let an owner have so many slots at most, None for as many as there are; returns whether that is a change."""
        return self._noted(self._limits, owner, workers)

    def hold_owner(self, owner: str, reason: str) -> bool:
        """Start nobody of an owner while ``reason`` is not empty; returns whether that is a change."""
        return self._noted(self._held_owners, owner, reason or None)

    def hold_lane(self, lane: str, reason: str) -> bool:
        """Start nobody of a lane while ``reason`` is not empty; returns whether that is a change."""
        return self._noted(self._held, lane, reason or None)

    def hold(self, reason: str) -> bool:
        """Start nobody while ``reason`` is not empty; returns whether that is a change."""
        changed = reason != self._hold
        self._hold = reason
        return changed

    @property
    def paused(self) -> bool:
        """Whether somebody wants that nobody starts."""
        return self._paused

    @paused.setter
    def paused(self, wanted: bool) -> None:
        self._paused = wanted

    @property
    def hold_reason(self) -> str:
        """Say why nobody at all may start; empty when some may."""
        return PAUSED if self._paused else self._hold

    def _noted(self, notes: dict[str, _Note], key: str, value: _Note | None) -> bool:
        if notes.get(key) == value:
            return False
        if value is None:
            del notes[key]
        else:
            notes[key] = value
        self._places = None
        return True

    # --- places --------------------------------------------------------------------------------------------------

    def place(self, run_id: str) -> QueuePlace | None:
        """Say why a run waits; None when it does not."""
        waiting = self._waiting.get(run_id)
        if waiting is None:
            return None
        position, away = self._found_places()[run_id]
        wait = self._expected_wait(away)
        about = f", about {_spoken(wait)}" if wait is not None else ""
        return QueuePlace(
            position=position, reason=f"{self._why(waiting)}, position {position}{about}", expected_wait=wait
        )

    def _why(self, place: _Waiting) -> str:
        held = self.hold_reason or self._held.get(place.lane) or self._held_owners.get(place.owner)
        if held:
            return held
        own, most = self._owners[place.owner].running, self._most(place.owner)
        if own >= most and self.free:
            return f"{own} of {most} workers of its batch busy"
        return f"{self._busy} of {self._max_running} slots busy"

    def _expected_wait(self, away: int | None) -> float | None:
        if not self._durations or self.hold_reason or away is None:
            return None
        return round(median(self._durations) * away, 1)

    def _found_places(self) -> dict[str, tuple[int, int | None]]:
        if self._places is None:
            self._places = {run: (number, away) for number, (run, away) in enumerate(self._order(), 1)}
        return self._places

    def _order(self) -> Iterator[tuple[str, int | None]]:
        """Yield all that wait, the next to start first, with how many run lengths away that is; None where held."""
        lines = [
            Line(owner.line(self._held), owner.running, self._most(name), owner.served)
            for name, owner in self._owners.items()
            if self._goes_on(name)
        ]
        yield from starts(lines, self._max_running, self._busy)
        if self._held or self._held_owners:
            yield from ((run, None) for run in self._held_runs())

    def _held_runs(self) -> Iterator[str]:
        lanes = [
            lane.items()
            for name, owner in self._owners.items()
            for engine, lane in owner.lanes.items()
            if engine in self._held or not self._goes_on(name)
        ]
        return (run for run, _ in heapq.merge(*lanes, key=itemgetter(1)))


def _spoken(seconds: float) -> str:
    if seconds < 1:
        return "1 s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
