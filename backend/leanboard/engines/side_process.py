"""A program in a child process of its own, as a sandbox: what the embedded engine runs beside its runs (pip)."""

import asyncio
import contextlib
import itertools
import os
import resource
import shutil
import signal
from collections.abc import Mapping

from leanboard.engines.base import Sandbox
from leanboard.engines.child_processes import set_limit, signal_text
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.side_sandboxes import SideCommand
from leanboard.errors import EngineError

_BEFORE = {"setpriv": ("--pdeathsig", "KILL", "--"), "nice": ()}  # it dies with the service; runs come first


class SideProcess:
    """One process, and all that it starts: they are one group."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def id(self) -> str:
        """The process id."""
        return str(self._process.pid)

    async def wait_ready(self, within: float) -> bool:
        """It waits for no job."""
        del within
        return False

    async def assign(self, job: bytes) -> None:
        """It takes no job."""

    async def interrupt(self) -> None:
        """End it: there is nothing that it could finish."""
        await self.kill()

    async def kill(self) -> None:
        """SIGKILL to the group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def wait(self) -> SandboxExit:
        """Wait for the process."""
        code = await self._process.wait()
        return SandboxExit(128 - code if code < 0 else code, detail=signal_text(code))

    async def remove(self) -> None:
        """End the group and reap the child."""
        await self.kill()
        await self._process.wait()


async def start_side_process(spec: SandboxSpec, command: SideCommand, environment: Mapping[str, str]) -> Sandbox:
    """Start a program in its slot; it dies with the service where ``setpriv`` is there.

    Args:
        spec: Its slot and limits.
        command: What to run.
        environment: All of its environment but what the command adds.

    Raises:
        EngineError: It could not be started.
    """
    before = [(path, *options) for name, options in _BEFORE.items() if (path := shutil.which(name))]
    arguments = [*itertools.chain.from_iterable(before), *command.arguments]
    console = spec.slot.console
    try:
        with (console / "stdout.txt").open("wb") as out, (console / "stderr.txt").open("wb") as err:
            process = await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=spec.slot.root,
                env={**environment, **command.environment},
                start_new_session=True,
            )
    except OSError as error:
        msg = f"{command.arguments[0]} could not be started: {error}"
        raise EngineError(msg) from error
    with contextlib.suppress(ProcessLookupError):
        set_limit(process.pid, resource.RLIMIT_DATA, spec.limits.memory)
        set_limit(process.pid, resource.RLIMIT_CORE, 0)
    return SideProcess(process)
