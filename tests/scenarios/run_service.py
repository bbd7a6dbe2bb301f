"""The service as a process for tests to kill: like `leanboard serve`, with points at which it dies by itself.

python run_service.py [KILL_POINT]: settings come from LEANBOARD_*. A kill point is a checkpoint of the storage
(such as after_manifest), or before_boot, after_boot, before_assign, after_assign, before_remove of the engine, or
after_create of the Docker client: the container is made and not started. With LEANBOARD_TEST_ENGINE=scripted the
embedded engine's place is taken by one whose runs end at once, so that many cost little.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from leanboard.app import create_app, make_engines
from leanboard.engines.base import Engine, Sandbox
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.models.run import EngineName
from leanboard.settings import Settings
from leanboard.terminal.local import answering


def die_at(wanted):
    def checkpoint(name):
        if name == wanted:
            os._exit(137)

    return checkpoint


class DyingSandbox:
    """All that is not here is the sandbox's own."""

    def __init__(self, sandbox: Sandbox, checkpoint):
        self._sandbox, self._checkpoint = sandbox, checkpoint

    def __getattr__(self, name):
        return getattr(self._sandbox, name)

    async def assign(self, job: bytes) -> None:
        self._checkpoint("before_assign")
        await self._sandbox.assign(job)
        self._checkpoint("after_assign")

    async def remove(self) -> None:
        self._checkpoint("before_remove")
        await self._sandbox.remove()


class DyingEngine:
    """All that is not here is the engine's own."""

    def __init__(self, engine: Engine, checkpoint):
        self._engine, self._checkpoint = engine, checkpoint

    def __getattr__(self, name):
        return getattr(self._engine, name)

    async def boot(self, spec: SandboxSpec) -> Sandbox:
        self._checkpoint("before_boot")
        _count_boot()
        sandbox = await self._engine.boot(spec)
        self._checkpoint("after_boot")
        return DyingSandbox(sandbox, self._checkpoint)

    async def adopt(self, spec: SandboxSpec) -> Sandbox | None:
        found = await self._engine.adopt(spec)
        return DyingSandbox(found, self._checkpoint) if found is not None else None


class DyingClient(DockerClient):
    def __init__(self, address: str | None, checkpoint):
        super().__init__(address)
        self._checkpoint = checkpoint

    async def start(self, name: str) -> None:
        self._checkpoint("after_create")
        await super().start(name)


def _count_boot() -> None:
    """Tests ask how many sandboxes were ever made."""
    with Path(os.environ["LEANBOARD_HOME"], "boots").open("a") as file:
        file.write("x")


def scripted_engine() -> Engine:
    """Return an engine whose runs end well as soon as they have begun."""
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    from services.scripted_engine import ScriptedEngine  # noqa: PLC0415  # few tests need it

    async def completes(sandbox):
        sandbox.launch()
        sandbox.result()
        sandbox.finish()

    return ScriptedEngine(completes)


async def serve(kill_point: str) -> None:
    settings = Settings()
    checkpoint = die_at(kill_point)
    made = make_engines(settings, lambda address: DyingClient(address, checkpoint))
    if os.environ.get("LEANBOARD_TEST_ENGINE") == "scripted":
        made = {EngineName.EMBEDDED: scripted_engine()}
    engines = {name: DyingEngine(engine, checkpoint) for name, engine in made.items()}
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(settings, engines=engines, checkpoint=checkpoint)
        async with app.router.lifespan_context(app):
            await app.state.services.storage.announce(f"http://127.0.0.1:{listener.getsockname()[1]}")
            async with answering(app, listener):
                asked = asyncio.Event()
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
                await asked.wait()


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    asyncio.run(serve(arguments[0] if arguments else ""))


if __name__ == "__main__":
    main(sys.argv[1:])
