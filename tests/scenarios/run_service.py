"""The service as a process for tests to kill: like `leanboard serve`, with points at which it dies by itself.

python run_service.py [KILL_POINT]: settings come from LEANBOARD_*. A kill point is a checkpoint of the storage
(such as after_manifest), or before_boot, after_boot, before_assign, after_assign, before_remove of the engine.
"""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from leanboard.app import create_app, make_engines
from leanboard.engines.base import Availability, Engine, LeftOver, Sandbox, SandboxExit, SandboxPaths, SandboxSpec, Slot
from leanboard.models.run import EngineName
from leanboard.settings import Settings
from leanboard.terminal.local import answering


def die_at(wanted):
    def checkpoint(name):
        if name == wanted:
            os._exit(137)

    return checkpoint


class DyingSandbox:
    def __init__(self, sandbox: Sandbox, checkpoint):
        self._sandbox, self._checkpoint = sandbox, checkpoint

    @property
    def id(self) -> str:
        return self._sandbox.id

    async def wait_ready(self, within: float) -> bool:
        return await self._sandbox.wait_ready(within)

    async def assign(self, job: bytes) -> None:
        self._checkpoint("before_assign")
        await self._sandbox.assign(job)
        self._checkpoint("after_assign")

    async def interrupt(self) -> None:
        await self._sandbox.interrupt()

    async def kill(self) -> None:
        await self._sandbox.kill()

    async def wait(self) -> SandboxExit:
        return await self._sandbox.wait()

    async def remove(self) -> None:
        self._checkpoint("before_remove")
        await self._sandbox.remove()


class DyingEngine:
    def __init__(self, engine: Engine, checkpoint):
        self._engine, self._checkpoint = engine, checkpoint

    @property
    def name(self) -> EngineName:
        return self._engine.name

    @property
    def outlives(self) -> bool:
        return self._engine.outlives

    async def start(self) -> None:
        await self._engine.start()

    async def close(self) -> None:
        await self._engine.close()

    async def availability(self) -> Availability:
        return await self._engine.availability()

    def hold_reason(self) -> str:
        return self._engine.hold_reason()

    def paths(self, slot: Slot, data_folder: Path) -> SandboxPaths:
        return self._engine.paths(slot, data_folder)

    async def boot(self, spec: SandboxSpec) -> Sandbox:
        self._checkpoint("before_boot")
        _count_boot()
        sandbox = await self._engine.boot(spec)
        self._checkpoint("after_boot")
        return DyingSandbox(sandbox, self._checkpoint)

    async def fetch(self, image, report) -> None:
        await self._engine.fetch(image, report)

    async def adopt(self, spec: SandboxSpec) -> Sandbox | None:
        found = await self._engine.adopt(spec)
        return DyingSandbox(found, self._checkpoint) if found is not None else None

    async def leftovers(self) -> tuple[LeftOver, ...]:
        return await self._engine.leftovers()

    async def sweep(self, keep: frozenset[str]) -> tuple[str, ...]:
        return await self._engine.sweep(keep)


def _count_boot() -> None:
    """Tests ask how many sandboxes were ever made."""
    with Path(os.environ["LEANBOARD_HOME"], "boots").open("a") as file:
        file.write("x")


async def serve(kill_point: str) -> None:
    settings = Settings()
    checkpoint = die_at(kill_point)
    engines = {name: DyingEngine(engine, checkpoint) for name, engine in make_engines(settings).items()}
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(settings, engines=engines, checkpoint=checkpoint)
        async with app.router.lifespan_context(app):
            await app.state.services.storage.announce(f"http://127.0.0.1:{listener.getsockname()[1]}")
            async with answering(app, listener):
                asked = asyncio.Event()
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
                await asked.wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1] if len(sys.argv) > 1 else ""))
