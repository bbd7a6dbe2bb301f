"""What a run needs before its sandbox has its job: the image, the compiled project, the installed packages."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from leanboard.engines.base import Engine, Fetching
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.models.run import BacktestProgress, FetchProgress, Phase
from leanboard.services.backtest_monitor import Update
from leanboard.services.run_watch import RunControl


class RunPreparation:
    """Has an engine get it, and tells how far it is; given up when somebody asks for the run's end.

    Args:
        engine: Of the run.
        spec: What it will boot, or has booted.
        control: Through which the run is told to end early.
        publish: Gets phase and progress.
    """

    def __init__(
        self, engine: Engine, spec: SandboxSpec, control: RunControl, publish: Callable[[Update], None]
    ) -> None:
        self._engine = engine
        self._spec = spec
        self._control = control
        self._publish = publish
        self._told = False

    async def before_boot(self) -> bool:
        """Get everything; False when somebody asked for the end before it was there.

        Raises:
            LeanboardError: As the engine's ``fetch``, ``build`` and ``install``.
        """
        return await self._unless_asked(self._everything())

    async def before_job(self) -> bool:
        """Get what a sandbox that has booted ahead still lacks; as :meth:`before_boot`."""
        return self._spec.requirements is None or await self._unless_asked(self._install())

    async def _everything(self) -> None:
        await self._engine.fetch(self._spec.image, partial(self._tell, Phase.PULLING))
        await self._engine.build(self._spec)
        await self._install()

    async def _install(self) -> None:
        await self._engine.install(self._spec, partial(self._tell, Phase.INSTALLING))

    def _tell(self, phase: Phase, fetching: Fetching) -> None:
        self._told = True
        found = FetchProgress(text=fetching.text, percent=fetching.percent)
        self._publish(Update(phase=phase, progress=BacktestProgress(fetching=found)))

    async def _unless_asked(self, work: Coroutine[Any, Any, None]) -> bool:
        doing = asyncio.create_task(work, name=f"prepare-{self._spec.slot.id}")
        asked = asyncio.create_task(self._control.asked(), name=f"asked-{self._spec.slot.id}")
        try:
            await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                return False
            doing.result()
            if self._told:
                self._publish(Update(phase=Phase.BOOTING, progress=BacktestProgress()))
            return not asked.done()
        finally:
            for task in (doing, asked):
                task.cancel()
            await asyncio.gather(doing, asked, return_exceptions=True)
