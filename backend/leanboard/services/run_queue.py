"""Who runs next, and why the others wait: first come, first served, up to a limit. Knows ids, nothing else."""

from collections import OrderedDict, deque
from itertools import islice
from statistics import median

from leanboard.models.run import QueuePlace

REMEMBERED_RUNS = 20


class RunQueue:
    """Waiting and running ids. Not thread-safe: it lives on the event loop and never awaits.

    Each run is in a lane (its engine's): a lane can be held while the others go on.

    Args:
        max_running: Runs at the same time.
    """

    def __init__(self, max_running: int) -> None:
        self._max_running = max_running
        self._waiting: OrderedDict[str, str] = OrderedDict()  # id to lane
        self._running: set[str] = set()
        self._durations: deque[float] = deque(maxlen=REMEMBERED_RUNS)
        self._hold = ""
        self._held: dict[str, str] = {}  # lane to reason

    @property
    def waiting(self) -> tuple[str, ...]:
        """Ids in the order in which they will start."""
        return tuple(self._waiting)

    def heads(self, lane: str, count: int) -> tuple[str, ...]:
        """Return the next ids of a lane, at most ``count``."""
        return tuple(islice((run for run, own in self._waiting.items() if own == lane), count))

    @property
    def running(self) -> frozenset[str]:
        """Ids that hold a slot."""
        return frozenset(self._running)

    def add(self, run_id: str, lane: str = "") -> None:
        """Put a run at the end of the line; one that is in the queue or runs stays where it is."""
        if run_id not in self._running:
            self._waiting.setdefault(run_id, lane)

    def put_back(self, run_id: str, lane: str = "") -> None:
        """Put a run that had a slot, and could not use it, at the head of the line."""
        self._running.discard(run_id)
        self._waiting[run_id] = lane
        self._waiting.move_to_end(run_id, last=False)

    def occupy(self, run_id: str) -> None:
        """Give a slot to a run that runs already, whatever the limit says."""
        self._running.add(run_id)

    def discard(self, run_id: str) -> bool:
        """Take a waiting run out of the line; False when it was not waiting."""
        return self._waiting.pop(run_id, None) is not None

    @property
    def free(self) -> int:
        """How many slots nobody has."""
        return max(0, self._max_running - len(self._running))

    def take(self) -> str | None:
        """Give the next run a slot and return its id; None when nobody may start now."""
        if self._hold or len(self._running) >= self._max_running:
            return None
        run_id = next((run for run, lane in self._waiting.items() if lane not in self._held), None)
        if run_id is not None:
            del self._waiting[run_id]
            self._running.add(run_id)
        return run_id

    def release(self, run_id: str, seconds: float | None = None) -> None:
        """Give the slot back; ``seconds`` is how long the run took, if it is worth remembering."""
        self._running.discard(run_id)
        if seconds is not None:
            self._durations.append(seconds)

    def hold(self, reason: str) -> bool:
        """Start nobody while ``reason`` is not empty; returns whether that is a change."""
        changed = reason != self._hold
        self._hold = reason
        return changed

    def hold_lane(self, lane: str, reason: str) -> bool:
        """Start nobody of a lane while ``reason`` is not empty; returns whether that is a change."""
        changed = reason != self._held.get(lane, "")
        if reason:
            self._held[lane] = reason
        else:
            self._held.pop(lane, None)
        return changed

    def place(self, run_id: str) -> QueuePlace | None:
        """Say why a run waits; None when it does not."""
        if run_id not in self._waiting:
            return None
        position = tuple(self._waiting).index(run_id) + 1
        wait = self._expected_wait(run_id, position)
        about = f", about {_spoken(wait)}" if wait is not None else ""
        busy = (
            self._hold
            or self._held.get(self._waiting[run_id])
            or f"{len(self._running)} of {self._max_running} slots busy"
        )
        return QueuePlace(position=position, reason=f"{busy}, position {position}{about}", expected_wait=wait)

    def _expected_wait(self, run_id: str, position: int) -> float | None:
        if not self._durations or self._hold or self._waiting[run_id] in self._held:
            return None
        rounds = (position + self._max_running - 1) // self._max_running
        return round(median(self._durations) * rounds, 1)


def _spoken(seconds: float) -> str:
    if seconds < 1:
        return "1 s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
