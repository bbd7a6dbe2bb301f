"""A run of the embedded engine: one minilean process, what it may use, and its end.

Memory is held by watching the resident set, with RLIMIT_DATA behind it; CPU time by RLIMIT_CPU.
"""

import asyncio
import contextlib
import os
import resource
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from leanboard.engines.child_processes import set_limit, signal_text
from leanboard.engines.embedded_children import Child
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import Limits, SandboxSpec
from leanboard.engines.slot_files import has_ready_mark, write_whole
from leanboard.errors import EngineError

WATCH_SECONDS = 0.2
LAST_WORDS_SECONDS = 3.0  # for a run that has had all its memory to say which line of the strategy asked for more
MEMORY_SLACK = 1.5  # of the limit, for the engine itself when it says so

_PAGE = os.sysconf("SC_PAGE_SIZE")


class EmbeddedSandbox:
    """One minilean process and all its descendants."""

    def __init__(
        self,
        process: Child,
        spec: SandboxSpec,
        pool: ThreadPoolExecutor,
        forget: Callable[["EmbeddedSandbox"], None],
    ) -> None:
        self._process = process
        self._spec = spec
        self._pool = pool
        self._forget = forget
        self._over_memory = False
        self._memory_peak = 0
        self._watch = asyncio.create_task(self._watch_memory(), name=f"memory-{spec.slot.id}")

    @property
    def id(self) -> str:
        """The process id."""
        return str(self._process.pid)

    @property
    def pid(self) -> int:
        """Of the process that leads the group."""
        return self._process.pid

    @property
    def slot_id(self) -> str:
        """The slot it was booted for."""
        return self._spec.slot.id

    async def wait_ready(self, within: float) -> bool:
        """Look for the guest's mark on stderr."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._process.returncode is None:
                    if await loop.run_in_executor(self._pool, has_ready_mark, self._spec.slot):
                        return True
                    await asyncio.sleep(0.01)
        return False

    async def assign(self, job: bytes) -> None:
        """Rename the job into place."""
        slot = self._spec.slot
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, write_whole, slot.job, job)
        except OSError as error:
            msg = f"could not write {slot.job.name}: {error.strerror}"
            raise EngineError(msg) from error

    async def interrupt(self) -> None:
        """SIGINT to minilean alone: it ends its run by itself."""
        self._process.interrupt()

    async def kill(self) -> None:
        """SIGKILL to the group: what the strategy started goes with it."""
        self._process.kill()

    async def wait(self) -> SandboxExit:
        """Wait for the process; its console files are complete then, as it wrote them itself."""
        code = await self._process.wait()
        return SandboxExit(
            exit_code=128 - code if code < 0 else code,
            out_of_memory=self._over_memory,
            memory_limit=self._spec.limits.memory,
            memory_peak=self._memory_peak or None,
            cpu_exhausted=code == -signal.SIGXCPU,
            detail=signal_text(code),
        )

    async def remove(self) -> None:
        """End the group and reap the child."""
        await self.kill()
        await self._process.wait()
        self._watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watch
        self._forget(self)

    async def _watch_memory(self) -> None:
        limit, patience = self._spec.limits.memory, 0.0
        while self._process.returncode is None:
            resident = _resident_bytes(self._process.pid)
            self._memory_peak = max(self._memory_peak, resident)
            if self._over_memory and (monotonic() > patience or resident > limit * MEMORY_SLACK):
                await self.kill()
                return
            if resident > limit and not self._over_memory:
                self._over_memory, patience = True, monotonic() + LAST_WORDS_SECONDS
                _give_no_more_memory(self._process.pid)
            await asyncio.sleep(WATCH_SECONDS)


def hold_to(pid: int, limits: Limits) -> None:
    """Hold a process that has just been started to its limits."""
    # The watcher of the resident set comes first and can name the cause; this holds when memory grows faster.
    data = int(limits.memory * MEMORY_SLACK)
    with contextlib.suppress(ProcessLookupError):
        set_limit(pid, resource.RLIMIT_DATA, data)
        set_limit(pid, resource.RLIMIT_CORE, 0)
        if limits.cpu_seconds is not None:
            seconds = max(1, round(limits.cpu_seconds))
            set_limit(pid, resource.RLIMIT_CPU, seconds, seconds + 5)


def _give_no_more_memory(pid: int) -> None:
    """Let the next request for memory fail in the code that makes it; the engine may lift that for itself."""
    with contextlib.suppress(ProcessLookupError):
        _, most = resource.prlimit(pid, resource.RLIMIT_DATA)
        resource.prlimit(pid, resource.RLIMIT_DATA, (1, most))


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):  # it has just ended
        return 0
