"""The order in which waiting runs will start, and how many run lengths away that is.

The queue's own rule, played forward as if all runs took equally long: those that run end together, and the free slots
are filled again. That is exact for the next start, and fair for the others whatever their lengths turn out to be.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """The runs of one owner that may start.

    Attributes:
        runs: Ids, first come first.
        running: How many of its runs have a slot now.
        most: How many may have one at a time, at least 1.
        served: When its latest start was; less is longer ago.
    """

    runs: Iterator[str]
    running: int
    most: int
    served: int


def starts(lines: Sequence[Line], slots: int, busy: int) -> Iterator[tuple[str, int]]:
    """Yield ids in the order in which they will start, each with how many runs must end one after the other before.

    Args:
        lines: One an owner; their iterators are used up.
        slots: How many runs there may be at a time, at least 1.
        busy: How many there are.
    """
    heads = {number: run for number, line in enumerate(lines) if (run := next(line.runs, None)) is not None}
    running = [line.running for line in lines]
    served = [line.served for line in lines]
    tick, free, away = max(served, default=0), max(0, slots - busy), 0
    while heads:
        turns = [(running[number], served[number], number) for number in heads]
        heapq.heapify(turns)
        while free and turns:
            number = heapq.heappop(turns)[2]
            if running[number] >= lines[number].most:
                continue
            yield heads.pop(number), away
            tick, free = tick + 1, free - 1
            running[number], served[number] = running[number] + 1, tick
            if (following := next(lines[number].runs, None)) is not None:
                heads[number] = following
                heapq.heappush(turns, (running[number], served[number], number))
        running, free, away = [0] * len(lines), slots, away + 1
