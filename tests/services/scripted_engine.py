"""An engine whose sandboxes do what a test tells them, and which checks the order of calls."""

import asyncio
import json

from leanboard.engines.base import Availability
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.slot import SandboxPaths
from leanboard.errors import EngineError
from leanboard.models.run import EngineName

DAY = "2013-10-07T"


class ScriptedSandbox:
    def __init__(self, spec, script):
        self.spec, self.signals, self.job = spec, [], None
        self.removed = False
        self._exit = asyncio.get_running_loop().create_future()
        self._script = asyncio.create_task(script(self))

    id = "scripted"

    def log(self, text, level="TRACE"):
        with (self.spec.slot.output / "log.txt").open("a") as file:
            file.write(f"2026-01-31T12:00:00.0000000Z {level}:: {text}\n")

    def frame(self, **fields):
        base = {"w": 1.0, "equity": 1.0, "cash": 1.0, "holdings": 0.0, "unrealised": 0.0, "orders": 0}
        with (self.spec.slot.output / "frames.ndjson").open("a") as file:
            file.write(json.dumps({**base, "warming_up": False, **fields}) + "\n")

    def launch(self):
        self.log("Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v2.5.0.0 Mode: DEBUG (64bit) Host: h")
        self.log("Dates: Start: 10/07/2013 End: 10/11/2013 Cash: ¤100,000.00 MaximumRuntime: x MaxOrders: 1")
        self.log("AlgorithmManager.Run(): Begin DataStream - Start: a Stop: b Time: c Warmup: False")
        self.log(
            f"Debug: 2013-10-07 00:00:00 Launching analysis for {self.spec.algorithm_id} with LEAN Engine v2.5.0.0"
        )

    def result(self, status="Completed", ended="2026-01-31T12:00:09Z", error=""):
        state = {"StartTime": "2026-01-31T12:00:00Z", "EndTime": ended, "Status": status, "RuntimeError": error}
        content = {"statistics": {"Total Orders": "1"}, "runtimeStatistics": {}, "charts": {}, "state": state}
        (self.spec.slot.output / f"{self.spec.algorithm_id}.json").write_text(json.dumps(content))

    def finish(self):
        self.log("Engine.Main(): Analysis Completed and Results Posted.")
        self.log("PythonInitializer.Shutdown(): calling engine shutdown...")

    def exit(self, code=0, **evidence):
        if not self._exit.done():
            self._exit.set_result(SandboxExit(code, **evidence))

    async def signalled(self, name):
        while name not in self.signals:
            await asyncio.sleep(0.005)

    async def wait_ready(self, within):
        return True

    async def assign(self, job):
        assert not self.removed, "assign after remove"
        assert self.job in (None, job), "a second job"
        self.job = json.loads(job)

    async def interrupt(self):
        assert not self.removed, "interrupt after remove"
        self.signals.append("interrupt")

    async def kill(self):
        self.signals.append("kill")
        self.exit(137)

    async def wait(self):
        return await asyncio.shield(self._exit)

    async def remove(self):
        self.removed = True
        self.exit(137)
        self._script.cancel()
        await asyncio.gather(self._script, return_exceptions=True)


class ScriptedEngine:
    name = EngineName.EMBEDDED
    outlives = False
    warms = False
    other_data = ""

    def __init__(self, script):
        self.script, self.sandboxes = script, []
        self.building = self.installing = None

    async def start(self):
        pass

    async def close(self):
        pass

    async def availability(self):
        return Availability(ready=True, detail="scripted")

    async def versions(self, image):
        return None

    def hold_reason(self):
        return ""

    def paths(self, slot, data_folder):
        folders = (slot.code, slot.output, slot.storage, data_folder, slot.job)
        return SandboxPaths("guest.py", *map(str, folders), packages="the packages")

    async def build(self, spec):
        if self.building is not None:
            await self.building(spec)

    async def install(self, spec, report):
        if self.installing is not None:
            await self.installing(spec, report)

    async def boot(self, spec):
        assert spec.slot.config.is_file(), "boot before config.json"
        if self.script is None:
            msg = "no room"
            raise EngineError(msg)
        self.sandboxes.append(ScriptedSandbox(spec, self.script))
        return self.sandboxes[-1]

    async def fetch(self, image, report):
        pass

    async def adopt(self, spec):
        return None

    async def leftovers(self):
        return ()

    async def sweep(self, keep):
        return ()
