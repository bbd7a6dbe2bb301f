"""The real services in this process, on an engine whose runs do what their parameters say."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from leanboard.app import running_services
from leanboard.errors import EngineError, NotFound
from leanboard.models.batch_requests import BatchRequest
from leanboard.models.batches import BatchDetail
from leanboard.models.run import EngineName
from leanboard.services.services import Services
from leanboard.settings import Settings
from services.scripted_engine import ScriptedEngine, ScriptedSandbox

STRATEGY = """
from AlgorithmImports import *


class Main(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.get_parameter("do")
        self.get_parameter("n")
"""


class Obedient(ScriptedEngine):
    """Parameter ``do`` of a run: ``fail`` or ``wait`` for the gate. Nothing boots while it is ``broken``."""

    def __init__(self) -> None:
        super().__init__(self.play)
        self.gate = asyncio.Event()
        self.broken = False
        self.ran: Counter[str] = Counter()  # by the parameter n
        self.order: list[str] = []
        self.live = self.most = 0

    async def play(self, sandbox: ScriptedSandbox) -> None:
        while sandbox.job is None:
            await asyncio.sleep(0.01)
        parameters = sandbox.job["parameters"]
        number = parameters.get("n", "")
        self.ran[number] += 1
        self.live += 1
        self.most = max(self.most, self.live)
        self.order.append(number)
        sandbox.launch()
        while parameters.get("do") == "wait" and not self.gate.is_set() and not sandbox.signals:
            await asyncio.sleep(0.01)
        self.live -= 1
        if sandbox.signals:
            sandbox.exit(137)
        elif parameters.get("do") == "fail":
            sandbox.result("RuntimeError", error="division by zero")
            sandbox.finish()
        else:
            sandbox.result()
            sandbox.finish()

    async def boot(self, spec: Any) -> ScriptedSandbox:
        if self.broken:
            msg = "no room in the engine"
            raise EngineError(msg)
        sandbox: ScriptedSandbox = await super().boot(spec)
        return sandbox


class Place:
    """A service and its engine."""

    def __init__(self, services: Services, engine: Obedient, strategies: Path) -> None:
        self.services, self.engine, self.strategies = services, engine, strategies
        self.batches = services.batches

    async def started(self, *wanted: str, **fields: Any) -> str:
        """Start a batch of items with what each shall do; ``n`` is their number."""
        items = [
            {"strategy": "main", "parameters": {"n": str(number), **({"do": do} if do else {})}}
            for number, do in enumerate(wanted, start=1)
        ]
        request = BatchRequest.model_validate({"items": items, **fields})
        return (await self.batches.create(request)).batch.id

    async def until(self, batch_id: str, condition: Callable[[BatchDetail], bool], within: float = 20.0) -> BatchDetail:
        async with asyncio.timeout(within):
            while not condition(detail := await self.batches.get(batch_id)):
                await asyncio.sleep(0.02)
        return detail

    async def until_found(self, batch_id: str, within: float = 20.0) -> None:
        async with asyncio.timeout(within):
            while not await self._is_there(batch_id):
                await asyncio.sleep(0.02)

    async def _is_there(self, batch_id: str) -> bool:
        with contextlib.suppress(NotFound):
            await self.batches.get(batch_id)
            return True
        return False

    async def over(self, batch_id: str) -> BatchDetail:
        detail = await self.batches.wait(batch_id, 20)
        assert detail.state == "final", detail.progress
        return detail


@asynccontextmanager
async def serving(root: Path, engine: Obedient | None = None, **settings: Any) -> AsyncIterator[Place]:
    """Run the services with a strategy ``main`` and no market data; again in the same root for a next life."""
    strategies = root / "strategies"
    strategies.mkdir(exist_ok=True)
    (root / "data" / "equity" / "usa").mkdir(parents=True, exist_ok=True)
    if not (strategies / "main.py").exists():
        (strategies / "main.py").write_text(STRATEGY)
    base = {
        "strategies": (strategies,),
        "data": root / "data",
        "min_free_disk": 0,
        "warm_embedded": 0,
        "poll_interval": 0.01,
        "batch_retry_pause": 0.1,
    }
    engine = Obedient() if engine is None else engine
    made = Settings(home=root / "home", **{**base, **settings})
    async with running_services(made, engines={EngineName.EMBEDDED: engine}) as services:
        yield Place(services, engine, strategies)
