"""A batch that is not over, as its task knows it: the stored items, which of them are on their way, and what is due.

Lives on the event loop. What is stored is changed first, this second: a batch that is read again says the same.
"""

import asyncio
import heapq
from collections.abc import Iterable
from datetime import datetime

from leanboard.models.batches import BatchItem
from leanboard.models.run import BacktestStatus
from leanboard.storage.batch_rows import StoredBatch, StoredItem


class LiveBatch:
    """One batch in memory.

    Args:
        stored: Its row.
        items: All of its items.

    Attributes:
        stored: As last written.
        message: Why it does not go on at the moment; empty otherwise.
        feeding: Held while an item begins: they come into the queue by number.
        resuming: Its cancel is being taken back; runs that end meanwhile have been cancelled in vain.
    """

    def __init__(self, stored: StoredBatch, items: Iterable[StoredItem]) -> None:
        self.stored = stored
        self.message = ""
        self.feeding = asyncio.Lock()
        self.resuming = False
        self._items: dict[int, StoredItem] = {}
        self._due: list[tuple[float, int]] = []  # a heap; entries that are not true any more are skipped
        self._on_way: set[int] = set()
        self._asked: set[int] = set()
        self._seen: dict[int, BatchItem] = {}
        self._changed: set[int] = set()
        self._open: set[int] = set()
        self._with_runs: set[int] = set()  # of those, looked at with every step: never all of thousands
        self.put(items)

    @property
    def id(self) -> str:
        """Of the batch."""
        return self.stored.id

    @property
    def cancelled(self) -> bool:
        """Whether somebody wished its end."""
        return self.stored.cancelled_at is not None

    @property
    def may_start(self) -> bool:
        """Whether items may begin."""
        return not self.cancelled and not self.stored.paused

    @property
    def items(self) -> tuple[StoredItem, ...]:
        """All items by number."""
        return tuple(self._items.values())  # they come by number, and new ones have higher numbers

    def item(self, number: int) -> StoredItem | None:
        """Return one item; None where there is none of that number."""
        return self._items.get(number)

    def put(self, items: Iterable[StoredItem]) -> None:
        """Take items as they are stored now."""
        for each in items:
            number = each.item.number
            self._items[number] = each
            self._seen.pop(number, None)
            self._changed.add(number)
            is_open = not each.item.status.is_terminal
            _keep(self._open, number, is_in=is_open)
            _keep(self._with_runs, number, is_in=is_open and each.item.run_id is not None)
            if _waits(each.item):
                when = each.not_before.timestamp() if each.not_before else 0.0
                heapq.heappush(self._due, (when, number))

    def take_changed(self) -> set[int]:
        """Return the numbers of the items that were stored anew since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def seen(self, number: int) -> BatchItem | None:
        """Return an item as its run was last seen; None where it was not, and when no course carries it."""
        return self._seen.get(number)

    def see(self, item: BatchItem) -> BatchItem:
        """Return an item as its run looks now, and remember it: a run that has just ended is seen nowhere."""
        self._seen[item.number] = item
        return item

    # On their way ------------------------------------------------------------------------------------------------

    @property
    def on_way(self) -> frozenset[int]:
        """Numbers of the items that a course carries at this moment."""
        return frozenset(self._on_way)

    def begin(self, number: int) -> None:
        """Note that a course carries an item."""
        self._on_way.add(number)

    def let_go(self, number: int) -> None:
        """Note that no course carries an item any more; it is due again if it still waits."""
        self._on_way.discard(number)
        self._seen.pop(number, None)
        self._asked.discard(number)
        self.put((self._items[number],))

    def ask(self, number: int) -> None:
        """Note that the run of an item was asked to end because its batch was cancelled."""
        self._asked.add(number)

    def is_asked(self, number: int) -> bool:
        """Whether the run of an item was asked to end because its batch was cancelled."""
        return number in self._asked

    @property
    def goes_on(self) -> bool:
        """Whether nobody wishes its end, or that wish is being taken back."""
        return self.resuming or not self.cancelled

    def takes_back(self, number: int, asked_at: datetime | None) -> bool:
        """Whether the run of an item was cancelled before its batch was resumed, which then runs it again.

        Args:
            number: Of the item.
            asked_at: When its run was asked to end, by whomever; None when it was not.
        """
        resumed_at = self.stored.resumed_at
        # Both are stored: a service that dies between the resume and the end of the run leaves the answer as it is.
        before = asked_at is not None and resumed_at is not None and asked_at <= resumed_at
        return self.goes_on and (before or number in self._asked)

    def with_runs(self) -> tuple[int, ...]:
        """Return the items that have a run, which has not been seen to end, and no course."""
        return tuple(sorted(self._with_runs - self._on_way))

    def take_due(self, now: datetime) -> int | None:
        """Return the next item that may begin, and forget that it is due; None while there is none."""
        self._skip()
        if not self._due or self._due[0][0] > now.timestamp():
            return None
        return heapq.heappop(self._due)[1]

    def next_due(self) -> float | None:
        """Return when the next item is due, as a time stamp; None when none waits."""
        self._skip()
        return self._due[0][0] if self._due else None

    def _skip(self) -> None:
        while self._due and not self._is_due(*self._due[0]):
            heapq.heappop(self._due)

    def _is_due(self, when: float, number: int) -> bool:
        each = self._items[number]
        stamp = each.not_before.timestamp() if each.not_before else 0.0
        return _waits(each.item) and number not in self._on_way and stamp == when

    def waiting(self) -> tuple[StoredItem, ...]:
        """Return the items that have no run and no course, by number."""
        return tuple(each for each in self.without_run() if each.item.number not in self._on_way)

    def without_run(self) -> tuple[StoredItem, ...]:
        """Return the items that have no run, by number."""
        return tuple(each for number in sorted(self._open) if _waits((each := self._items[number]).item))

    @property
    def has_ended(self) -> bool:
        """Whether every item has ended."""
        return not self._open

    @property
    def is_over(self) -> bool:
        """Whether every item has ended, and nothing is on its way."""
        return not self._on_way and self.has_ended


def _keep(numbers: set[int], number: int, *, is_in: bool) -> None:
    (numbers.add if is_in else numbers.discard)(number)


def _waits(item: BatchItem) -> bool:
    return item.status is BacktestStatus.PENDING and item.run_id is None
