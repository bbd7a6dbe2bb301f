"""Sandboxes that nobody needs: what to do with what an engine still holds and no run of ours is using.

Looked at when the service starts and once a minute, for engines whose sandboxes outlive the service:

    its run is           | then
    active               | kept: it is this run's, or its next boot takes or replaces it
    to come (warm slot)  | kept: the pool looks after it
    active, later attempt| removed at once
    over                 | removed at once: only its removal had failed
    unknown, young       | left alone, and listed: the row may be on its way
    unknown, old         | removed, and listed; its files stay where they are
    not readable         | left alone, and listed

Unknown is what carries this installation's mark and has no row: the index was replaced, or somebody made it by hand.
Runs whose directory is there have got their rows back before (``storage/reconciliation.py``), and their results are
collected by the ordinary way. Sandboxes of other installations are never seen here.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Container, Mapping
from enum import Enum, auto
from pathlib import Path

import structlog

from leanboard.engines.base import AllBut, Engine, LeftOver
from leanboard.errors import EngineUnavailable, LeanboardError, NotFound
from leanboard.models.run import EngineName
from leanboard.models.service import KnownProblem
from leanboard.services.backtest_storage import BacktestStorage

EVERY_SECONDS = 60.0
SOONEST_SECONDS = 1.0
MAX_REMEMBERED = 100
_SLOT = re.compile(r"([0-9a-f]{32})-([1-9]\d{0,5})")  # as BacktestStorage.slot makes it

log = structlog.get_logger(__name__)


class _Fate(Enum):
    KEEP = auto()
    WAIT = auto()
    PUZZLE = auto()
    REMOVE = auto()
    REMOVE_UNKNOWN = auto()


class Housekeeping:
    """Removes left-over sandboxes, and knows what is wrong with this installation.

    Args:
        storage: Knows the runs, and its own problems.
        engines: Started.
        work: Where slots lie; only for people.
        grace: Seconds that a sandbox which no run knows is left alone.
        every: Seconds between two looks.
        is_warm: Tells whether a slot booted ahead of its run.
    """

    def __init__(
        self,
        *,
        storage: BacktestStorage,
        engines: Mapping[EngineName, Engine],
        work: Path,
        grace: float,
        every: float = EVERY_SECONDS,
        is_warm: Callable[[str], bool] = lambda _slot_id: False,
    ) -> None:
        self._storage = storage
        self._engines = {name: engine for name, engine in engines.items() if engine.outlives}
        self._work = work
        self._grace = grace
        self._every = every
        self._is_warm = is_warm
        self._task: asyncio.Task[None] | None = None
        self._present: dict[EngineName, tuple[KnownProblem, ...]] = {}
        self._past: dict[str, KnownProblem] = {}

    async def start(self) -> None:
        """Begin: the first look is made now, in the background."""
        if self._engines:
            self._task = asyncio.create_task(self._run(), name="housekeeping")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def problems(self) -> tuple[KnownProblem, ...]:
        """Return what is wrong now, and what was found wrong since the start."""
        stored = (KnownProblem(kind=p.kind.value, subject=p.subject, detail=p.detail) for p in self._storage.problems())
        present = (problem for found in self._present.values() for problem in found)
        return (*present, *stored, *self._past.values())

    async def _run(self) -> None:
        while True:
            again = self._every
            for name, engine in self._engines.items():
                try:
                    again = min(again, await self._look(name, engine))
                except Exception:  # the next look may be better; nothing else depends on this one
                    log.exception("left-over sandboxes could not be looked at", engine=name.value)
            await asyncio.sleep(max(SOONEST_SECONDS, again))

    async def _look(self, name: EngineName, engine: Engine) -> float:
        """Look once; returns after how many seconds the next one is worth it."""
        try:
            found = await engine.leftovers()
        except EngineUnavailable as error:
            missed = (await engine.availability()).on_request  # it was there, or has to be
            self._present[name] = (_unavailable(name, error),) if missed else ()
            return self._every
        fates = [(left, await self._fate(left)) for left in found]
        waiting = [left for left, fate in fates if fate is _Fate.WAIT]
        puzzles = [_puzzle(name, left) for left, fate in fates if fate is _Fate.PUZZLE]
        self._present[name] = (*(self._waits(name, left) for left in waiting), *puzzles)
        await self._remove(name, engine, fates, {left.slot_id for left in waiting})
        return min((self._grace - left.age for left in waiting), default=self._every)

    async def _fate(self, left: LeftOver) -> _Fate:
        if self._is_warm(left.slot_id):
            return _Fate.KEEP
        named = _SLOT.fullmatch(left.slot_id)
        try:
            run = await self._storage.index.get(named[1]) if named else None
        except NotFound:
            run = None
        except LeanboardError:
            return _Fate.PUZZLE
        if run is None or named is None:
            return _Fate.WAIT if left.age < self._grace else _Fate.REMOVE_UNKNOWN
        is_over = run.status.is_terminal or int(named[2]) < run.attempt
        return _Fate.REMOVE if is_over else _Fate.KEEP

    async def _remove(
        self, name: EngineName, engine: Engine, fates: list[tuple[LeftOver, _Fate]], waiting: Container[str]
    ) -> None:
        unknown = [left for left, fate in fates if fate is _Fate.REMOVE_UNKNOWN and left.slot_id not in waiting]
        doomed = frozenset(left.slot_id for left, fate in fates if fate is _Fate.REMOVE)
        doomed |= {left.slot_id for left in unknown}
        if not doomed:
            return
        removed = await engine.sweep(AllBut(doomed))
        for left in unknown:
            if left.slot_id in removed:
                self._remember(self._removed(name, left))
        for slot_id in doomed - set(removed):
            detail = f"nobody needs this sandbox of engine {name.value}, and it could not be removed yet"
            self._present[name] += (KnownProblem(kind="sandbox_stuck", subject=slot_id, detail=detail),)

    def _remember(self, problem: KnownProblem) -> None:
        self._past[problem.subject] = problem
        while len(self._past) > MAX_REMEMBERED:
            del self._past[next(iter(self._past))]

    def _waits(self, name: EngineName, left: LeftOver) -> KnownProblem:
        seconds = max(0.0, self._grace - left.age)
        detail = f"a sandbox of engine {name.value} with our mark that no run knows; removed in {seconds:.0f} s"
        return KnownProblem(kind="sandbox_unknown", subject=_subject(left), detail=detail)

    def _removed(self, name: EngineName, left: LeftOver) -> KnownProblem:
        named = _SLOT.fullmatch(left.slot_id)
        kept = ""
        if named is not None and (self._work / named[1]).is_dir():
            kept = f"; what it wrote is kept under work/{named[1]}"
        detail = f"a sandbox of engine {name.value} with our mark that no run knew was removed{kept}"
        return KnownProblem(kind="sandbox_removed", subject=_subject(left), detail=detail)


def _subject(left: LeftOver) -> str:
    return left.name or left.slot_id


def _unavailable(name: EngineName, error: EngineUnavailable) -> KnownProblem:
    detail = f"{error.detail}; its runs wait, and what runs in it goes on"
    return KnownProblem(kind="engine_unavailable", subject=name.value, detail=detail)


def _puzzle(name: EngineName, left: LeftOver) -> KnownProblem:
    detail = f"a sandbox of engine {name.value} whose run cannot be read from the index; it is left alone"
    return KnownProblem(kind="sandbox_unreadable", subject=_subject(left), detail=detail)
