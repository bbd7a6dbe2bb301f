"""What a batch would take, from what past runs took."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_
from statistics import median

from leanboard.models.batch_requests import BatchRequest
from leanboard.models.batches import AxisLength, BatchEstimate
from leanboard.models.requests import EngineChoice
from leanboard.models.run import EngineName
from leanboard.services.batches.identical import MOST_READ
from leanboard.services.batches.planned_item import PlannedItem
from leanboard.services.batches.planning import BatchPlan
from leanboard.services.health import DiskGuard
from leanboard.services.run_queue import RunQueue
from leanboard.storage.past_runs import PastRun, PastRuns, PastRunsByKind, days_between

MEGABYTE = 1 << 20
MAX_NAMED = 5
_UNKNOWN_REUSE = (
    f"more than {MOST_READ} items may be answered by finished runs, too many to look at: the time counts all of them"
)

Kind = tuple[str, EngineName]
Engines = Mapping[tuple[str, EngineChoice], EngineName]


@dataclass(frozen=True, slots=True)
class Load:
    """Runs that take equally long.

    Attributes:
        kind: Strategy and engine.
        days: Simulated days of each; None where they are the strategy's own.
        count: How many.
    """

    kind: Kind
    days: int | None
    count: int


class BatchEstimates:
    """Looks at what there is. Lives on the event loop.

    Args:
        plan: Says what a batch would be; raises for what is no batch.
        engines: Checks every item, and gives the engine of each strategy and choice.
        reuse: Says which items finished runs would answer; None where that would take too long to find out.
        past: What earlier runs took.
        queue: Knows how many run at a time.
        disk: Knows how much is free.
    """

    def __init__(
        self,
        *,
        plan: Callable[[BatchRequest], Awaitable[BatchPlan]],
        engines: Callable[[Iterable[PlannedItem]], Awaitable[Engines]],
        reuse: Callable[[Sequence[PlannedItem], Engines], Awaitable[tuple[bool, ...] | None]],
        past: PastRuns,
        queue: RunQueue,
        disk: DiskGuard,
    ) -> None:
        self._plan = plan
        self._engines = engines
        self._reuse = reuse
        self._past = past
        self._queue = queue
        self._disk = disk

    async def estimate(self, request: BatchRequest) -> BatchEstimate:
        """Say what a batch would take; nothing is started or stored.

        Raises:
            InvalidInput: It is no batch that could be started; as for starting it.
            ImageNotAllowed: The image is none of those that the service may run.
            EngineUnavailable: No engine is there that could run one of its items.
        """
        plan = await self._plan(request)
        items = await asyncio.to_thread(lambda: tuple(plan.items()))
        engines = await self._engines(items)
        reused = (False,) * len(items) if request.fresh else await self._reuse(items, engines)
        executed = items if reused is None else tuple(compress(items, map(not_, reused)))
        loads = loads_of(executed, engines)
        past = await self._past.of({load.kind[0] for load in loads})
        workers = min(request.max_workers or self._queue.max_running, self._queue.max_running, len(executed) or 1)
        estimate = estimate_of(loads, past, workers).evolve(
            runs=plan.count,
            reused=None if reused is None else sum(reused),
            axes=[AxisLength(name=name, values=number) for name, number in plan.axes],
        )
        unknown = () if reused is not None else (_UNKNOWN_REUSE,)
        more = (*estimate.warnings, *self._limits(request), *self._room(estimate), *unknown)
        return estimate.evolve(warnings=more)

    def _limits(self, request: BatchRequest) -> Iterable[str]:
        most = self._queue.max_running
        if request.max_workers is not None and request.max_workers > most:
            yield f"max_workers is {request.max_workers}, but the queue lets {most} run at a time"

    def _room(self, estimate: BatchEstimate) -> Iterable[str]:
        free = self._disk.usable_mb()
        if estimate.disk is not None and free is not None and estimate.disk > free * MEGABYTE:
            needed = estimate.disk / MEGABYTE
            yield (
                f"the results would take about {needed:.0f} MB, and {free} MB can be used before runs wait for space: "
                "delete old results, or set LEANBOARD_HOME on a larger disk"
            )


def loads_of(items: Iterable[PlannedItem], engines: Engines) -> tuple[Load, ...]:
    """Return items by what they have in common for an estimate."""
    counts: dict[tuple[Kind, int | None], int] = defaultdict(int)
    for planned in items:
        request = planned.request
        kind = request.strategy_name, engines[request.strategy_name, request.engine]
        counts[kind, days_between(request.start_date, request.end_date)] += 1
    return tuple(Load(kind, days, count) for (kind, days), count in counts.items())


def estimate_of(loads: Sequence[Load], past: PastRunsByKind, workers: int) -> BatchEstimate:
    """Return what runs would take beside each other.

    A run takes as long as the median of the past runs of its strategy on its engine, each of them first stretched or
    shortened by the ratio of simulated days where those are known of both; where they are not, it counts as it was.
    Booting is not told apart, so much longer periods are overestimated, and much shorter ones underestimated. Sizes are
    not stretched: LEAN's charts have a few thousand points however long the period is.
    """
    kinds = dict.fromkeys(load.kind for load in loads)
    unknown = [kind for kind in kinds if not past.get(kind)]
    used = [run for kind in kinds for run in past.get(kind, ())]
    lengths = [] if unknown else [_seconds(load, past[load.kind]) for load in loads]
    busy = sum(length * load.count for length, load in zip(lengths, loads, strict=True)) if lengths else 0.0
    return BatchEstimate(
        runs=sum(load.count for load in loads),
        workers=workers,
        seconds=None if unknown else max(busy / workers, *lengths, 0.0),
        run_seconds=median(run.seconds for run in used) if used else None,
        based_on=len(used),
        disk=None if unknown else _disk(loads, past),
        warnings=_never_run(unknown),
    )


def _seconds(load: Load, runs: Sequence[PastRun]) -> float:
    return median(
        run.seconds if load.days is None or run.days is None else run.seconds * load.days / run.days for run in runs
    )


def _disk(loads: Sequence[Load], past: PastRunsByKind) -> int | None:
    sizes = {kind: [run.size for run in past[kind] if run.size is not None] for kind in {load.kind for load in loads}}
    if not all(sizes.values()):
        return None
    return round(sum(median(sizes[load.kind]) * load.count for load in loads))


def _never_run(unknown: Sequence[Kind]) -> tuple[str, ...]:
    if not unknown:
        return ()
    named = ", ".join(f"{strategy} on engine {engine.value}" for strategy, engine in unknown[:MAX_NAMED])
    more = f" and {len(unknown) - MAX_NAMED} more" if len(unknown) > MAX_NAMED else ""
    return (f"no past run tells how long it takes: {named}{more}",)
