"""From an accepted run to what its runner needs: the request, a slot, what the snapshot says of itself."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from leanboard.engines.slot import Slot
from leanboard.models.code import CodeDigest
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import BacktestRunInfo
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.run_plan import RunPlan
from leanboard.services.strategy_service import StrategyService
from leanboard.services.warm_slots import WarmSlots

_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class AcceptedWith:
    """What a run was accepted with.

    Attributes:
        code: Of its snapshot, where it is known.
    """

    request: BacktestRequest
    code: CodeDigest | None = None


class RunPlanner:
    """Plans runs. Lives on the event loop.

    Args:
        storage: Has requests, and makes slots.
        strategies: Reads snapshots.
        warm: Has slots that booted ahead.
        timeout: Seconds that a run may take, where its request names none.
        data_folder: Market data for every run.
        now: The wall clock, UTC.
    """

    def __init__(
        self,
        *,
        storage: BacktestStorage,
        strategies: StrategyService,
        warm: WarmSlots,
        timeout: float,
        data_folder: Path,
        now: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._strategies = strategies
        self._warm = warm
        self._timeout = timeout
        self._data_folder = data_folder
        self._now = now
        self._accepted: dict[str, AcceptedWith] = {}  # of some that wait: one that starts at once saves two reads

    def remember(self, run_id: str, accepted: AcceptedWith) -> None:
        """Keep what a run that waits was accepted with, if not too many do."""
        if len(self._accepted) < _REMEMBERED:
            self._accepted[run_id] = accepted

    async def accepted(self, run_id: str) -> AcceptedWith:
        """Return what a run that leaves the line was accepted with."""
        return self._accepted.pop(run_id, None) or AcceptedWith(await self._storage.index.request(run_id))

    async def request_ahead(self, run_id: str) -> BacktestRequest | None:
        """Return what a waiting run asks for; None where it cannot boot before its turn."""
        run = await self._storage.index.get(run_id)
        if run.attempt != 1 or run.cancel_requested_at is not None:
            return None
        accepted = self._accepted.get(run_id)
        return accepted.request if accepted is not None else await self._storage.index.request(run_id)

    async def slot_ahead(self, run_id: str) -> Slot | None:
        """Make the slot of a waiting run before its turn; None for what boots with its job."""
        run = await self._storage.index.get(run_id)
        slot = await self._storage.prepare_slot(run.id, run.attempt)
        accepted = self._accepted.get(run_id)
        prepared = await self._strategies.prepared(run.strategy_name, slot.code, accepted.code if accepted else None)
        return None if prepared.csharp is not None else slot

    async def planned(self, run: BacktestRunInfo, accepted: AcceptedWith) -> RunPlan:
        """Plan a run in the slot that booted ahead for it, else in a new one."""
        warm = await self._warm.take(run.id, run.attempt, run.engine, accepted.request)
        if warm is None:
            return await self.planned_anew(run, accepted)
        try:
            plan = await self.planned_there(run, accepted)
        except BaseException:
            await asyncio.shield(warm.remove())
            raise
        return replace(plan, warm=warm)

    async def planned_anew(self, run: BacktestRunInfo, accepted: AcceptedWith) -> RunPlan:
        """Plan a run in a new slot; one that it had goes."""
        return await self._plan(run, accepted, await self._storage.prepare_slot(run.id, run.attempt))

    async def planned_there(self, run: BacktestRunInfo, accepted: AcceptedWith) -> RunPlan:
        """Plan a run in the slot that it has."""
        return await self._plan(run, accepted, self._storage.slot(run.id, run.attempt))

    async def _plan(self, run: BacktestRunInfo, accepted: AcceptedWith, slot: Slot) -> RunPlan:
        request = accepted.request
        elapsed = (self._now() - run.started_at).total_seconds() if run.started_at else 0.0
        return RunPlan(
            run_id=run.id,
            slot=slot,
            prepared=await self._strategies.prepared(run.strategy_name, slot.code, accepted.code),
            request=request,
            name=run.name,
            data_folder=self._data_folder,
            timeout=request.timeout or self._timeout,
            elapsed=max(0.0, elapsed),
        )
