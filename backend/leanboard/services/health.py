"""How the service is, and whether runs may start now."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

from leanboard import __version__
from leanboard.engines.base import Availability, Engine
from leanboard.models.health import EngineHealth, HealthReport, HealthStatus
from leanboard.models.run import EngineName
from leanboard.services.run_queue import RunQueue
from leanboard.services.warm_slots import WarmSlots


class DiskGuard:
    """Keeps runs from starting while the disk is nearly full.

    Args:
        folder: On the disk in question.
        floor_mb: What must be free.
    """

    def __init__(self, folder: Path, floor_mb: int) -> None:
        self._folder = folder
        self._floor_mb = floor_mb

    def free_mb(self) -> int | None:
        """Return the free space; None when it cannot be found out."""
        try:
            return shutil.disk_usage(self._folder).free >> 20
        except OSError:
            return None

    def usable_mb(self) -> int | None:
        """Return the space that may be used before nobody may start; None when it cannot be found out."""
        free = self.free_mb()
        return None if free is None else max(0, free - self._floor_mb)

    def hold_reason(self) -> str:
        """Say why nobody may start; empty when they may."""
        free = self.free_mb()
        if free is None or free >= self._floor_mb:
            return ""
        return f"only {free} MB are free on the disk of results, {self._floor_mb} MB are needed"


class Health:
    """Puts the report together.

    Args:
        engines: Asked all at once.
        queue: For the counts.
        disk: For the free space.
        warm: For what booted ahead.
    """

    def __init__(
        self,
        engines: Mapping[EngineName, Engine],
        queue: RunQueue,
        disk: DiskGuard,
        warm: WarmSlots,
    ) -> None:
        self._engines = engines
        self._queue = queue
        self._disk = disk
        self._warm = warm
        self._started = monotonic()

    async def availability(self) -> dict[EngineName, Availability]:
        """Ask every engine whether it could start a run now."""
        answers = await asyncio.gather(*(engine.availability() for engine in self._engines.values()))
        return dict(zip(self._engines, answers, strict=True))

    async def report(self, *, accepting: bool) -> HealthReport:
        """Look now; ``accepting`` says whether the service takes runs."""
        found = await self.availability()
        engines = tuple(
            EngineHealth(name=name.value, ready=answer.ready, detail=answer.detail, remedy=answer.remedy)
            for name, answer in found.items()
        )
        return HealthReport(
            status=self._status(accepting, any(engine.ready for engine in engines)),
            engines=engines,
            warm=self._warm.health(),
            running=len(self._queue.running),
            queued=self._queue.waiting_count,
            max_running=self._queue.max_running,
            paused=self._queue.paused,
            free_disk_mb=self._disk.free_mb(),
            version=__version__,
            uptime=round(monotonic() - self._started, 1),
        )

    def _status(self, accepting: bool, any_engine: bool) -> HealthStatus:  # noqa: FBT001  # a table's two inputs
        if not accepting:
            return HealthStatus.UNAVAILABLE
        return HealthStatus.OK if any_engine and not self._disk.hold_reason() else HealthStatus.DEGRADED
