"""One container as a sandbox."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor

import structlog

from leanboard.engines.docker.carrier import SlotCarrier
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.facts import ENGINE_PROBLEMS
from leanboard.engines.docker.watch import ContainerWatch
from leanboard.engines.docker.watched import Watched
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot_files import has_ready_mark
from leanboard.errors import EngineError

READY_POLL = 0.01
END_SECONDS = 10.0  # from a kill to the end, where the engine answers

log = structlog.get_logger(__name__)


class DockerSandbox:
    """A container: started, or waiting for the job that it starts with.

    Args:
        watched: Its entry in the watch.
        spec: What it runs.
        client: Of its engine.
        watch: Tells when it ends, and delivers signals.
        carrier: Of its files.
        pool: For file work.
    """

    def __init__(
        self,
        watched: Watched,
        spec: SandboxSpec,
        *,
        client: DockerClient,
        watch: ContainerWatch,
        carrier: SlotCarrier,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._watched = watched
        self._spec = spec
        self._client = client
        self._watch = watch
        self._carrier = carrier
        self._pool = pool

    @property
    def id(self) -> str:
        """The container's name."""
        return self._watched.name

    async def wait_ready(self, within: float) -> bool:
        """Look for the guest's mark on stderr."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not self._watched.ended.done():
                    if await loop.run_in_executor(self._pool, has_ready_mark, self._spec.slot):
                        return True
                    await asyncio.sleep(READY_POLL)
        return False

    async def assign(self, job: bytes) -> None:
        """Bring the job to the guest; starts the container where it starts with its job."""
        if not self._carrier.manner.starts_with_job:
            await self._carrier.assign(self.id, self._spec, job)
            return
        try:
            await self._start_with(job)
        except EngineError:
            if not self._watched.kill_wanted:  # else it was removed before it could start
                raise

    async def _start_with(self, job: bytes) -> None:
        found = await self._client.inspect(self.id)
        if found is not None and found.status != "created":
            return  # it has its job
        await self._carrier.assign(self.id, self._spec, job)
        await self._client.start(self.id)
        await self._carrier.started(self.id, self._spec)
        self._watch.hint(self.id)

    async def interrupt(self) -> None:
        """SIGINT; delivered as soon as the engine answers."""
        if not self._watched.ended.done():
            self._watched.interrupt_wanted = True
            self._watch.hint(self.id)

    async def kill(self) -> None:
        """SIGKILL; delivered as soon as the engine answers, and again until the container has ended."""
        if not self._watched.ended.done():
            self._watched.kill_wanted = True
            self._watch.hint(self.id)

    async def wait(self) -> SandboxExit:
        """Wait until it has ended and its slot is complete."""
        return await asyncio.shield(self._watched.ended)

    async def remove(self) -> None:
        """End it, then remove the container; where the engine does not answer, a later sweep does."""
        await self.kill()
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(END_SECONDS):
                await self.wait()
        try:
            await self._client.remove(self.id)
        except ENGINE_PROBLEMS as error:
            log.warning("a container could not be removed yet", name=self.id, problem=error.detail)
        self._watch.forget(self._watched)
