"""The embedded engine: minilean, one child process a run, in a session of its own.

The child gets a bare environment (no key of the service), the slot as its working folder, and limits: memory by
watching its resident set (with RLIMIT_DATA behind it), CPU time by RLIMIT_CPU. It is forked from a process that has
imported everything, and dies with the service; what is left all the same is found by a mark in its environment.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import platform
import signal
import sys
from collections.abc import Callable, Container
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

import structlog

from leanboard import __version__
from leanboard.engines.base import Availability, Engine, Fetching, LeftOver, Sandbox
from leanboard.engines.embedded_children import ChildRequest, ForkServer
from leanboard.engines.embedded_sandbox import EmbeddedSandbox, hold_to
from leanboard.engines.requirements_installer import InstallOptions, Interpreter, RequirementsInstaller
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.side_process import start_side_process
from leanboard.engines.side_sandboxes import SideCommand
from leanboard.engines.slot import SandboxPaths, Slot
from leanboard.engines.slot_files import GUEST, write_whole
from leanboard.errors import EngineError
from leanboard.models.results import Versions
from leanboard.models.run import EngineName

INSTANCE_VARIABLE = "LEANBOARD_INSTANCE"
SLOT_VARIABLE = "LEANBOARD_SLOT"

log = structlog.get_logger(__name__)


def server_environment(instance: str) -> dict[str, str]:
    """Return the fork server's whole environment; pure, and without anything of the service's own."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        INSTANCE_VARIABLE: instance,
    }


def child_environment(spec: SandboxSpec, instance: str) -> dict[str, str]:
    """Return a child's whole environment; pure."""
    return {
        **server_environment(instance),
        "HOME": str(spec.slot.root),
        "LEANBOARD_JOB": str(spec.slot.job),
        SLOT_VARIABLE: spec.slot.id,
    }


def child_request(spec: SandboxSpec, instance: str) -> ChildRequest:
    """Return what is asked of the fork server; pure."""
    slot = spec.slot
    return ChildRequest(
        config=str(slot.config),
        folder=str(slot.root),
        environment=child_environment(spec, instance),
        stdout=str(slot.console / "stdout.txt"),
        stderr=str(slot.console / "stderr.txt"),
    )


class EmbeddedEngine:
    """Starts minilean; see :mod:`leanboard.engines.base` for the contract.

    Args:
        instance: Tells this installation's processes from others'.
        installs: How requirements.txt is installed; without it none is.
        python: The interpreter that has minilean.
    """

    def __init__(self, instance: str, *, installs: InstallOptions | None = None, python: str = sys.executable) -> None:
        self._instance = instance
        self._children = ForkServer(server_environment(instance), python=python)
        self._python = python
        self._interpreter: Interpreter | None = None
        self._installs = installs
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="embedded-files")
        self._sandboxes: dict[str, EmbeddedSandbox] = {}
        self._installer = self._make_installer()

    def _make_installer(self) -> RequirementsInstaller | None:
        if self._installs is None:
            return None
        return RequirementsInstaller(self._installs, self._start_side, self.paths, self._pool)

    @property
    def name(self) -> EngineName:
        """Embedded."""
        return EngineName.EMBEDDED

    @property
    def warms(self) -> bool:
        """It does."""
        return True

    @property
    def outlives(self) -> bool:
        """Its sandboxes end with the service."""
        return False

    @property
    def other_data(self) -> str:
        """None: it reads the data folder."""
        return ""

    async def start(self) -> None:
        """Nothing to take."""

    async def close(self) -> None:
        """End every child that still runs."""
        if self._installer is not None:
            await self._installer.close()
        for sandbox in tuple(self._sandboxes.values()):
            await sandbox.remove()
        self._sandboxes.clear()
        await self._children.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def availability(self) -> Availability:
        """Ready where the package minilean can be found."""
        if importlib.util.find_spec("minilean") is None:
            return Availability(
                ready=False,
                detail="the package minilean is not installed",
                remedy="install Leanboard with scripts/serve or scripts/backtest, which bring it along",
            )
        return Availability(ready=True, detail="minilean runs in a child process of this Python")

    async def versions(self, image: str) -> Versions:
        """This installation's."""
        del image
        return _versions()

    def hold_reason(self) -> str:
        """Nothing ever keeps it."""
        return ""

    def paths(self, slot: Slot, data_folder: Path) -> SandboxPaths:
        """A child process sees what the service sees."""
        return SandboxPaths(
            guest=str(GUEST),
            code=str(slot.code),
            output=str(slot.output),
            storage=str(slot.storage),
            data=str(data_folder),
            job=str(slot.job),
            packages=str(slot.packages),
        )

    async def fetch(self, image: str, report: Callable[[Fetching], None]) -> None:
        """Nothing is to be fetched."""

    async def build(self, spec: SandboxSpec) -> None:
        """C# is refused before it comes here."""

    async def install(self, spec: SandboxSpec, report: Callable[[Fetching], None]) -> None:
        """Let this Python's pip install, in a child process of its own, unless that was done before."""
        if spec.requirements is None:
            return
        if self._installer is None:
            msg = "requirements.txt is not installed here: there is no folder to keep packages in"
            raise EngineError(msg)
        if self._interpreter is None:
            look = partial(_interpreter, self._python)
            self._interpreter = await asyncio.get_running_loop().run_in_executor(self._pool, look)
        await self._installer.install(spec, self._interpreter, report)

    async def _start_side(self, spec: SandboxSpec, command: SideCommand) -> Sandbox:
        return await start_side_process(spec, command, child_environment(spec, self._instance))

    def _aside(self) -> frozenset[str]:
        """Slots that no run knows: of installations, for which several runs may wait."""
        return self._installer.slots if self._installer is not None else frozenset()

    async def boot(self, spec: SandboxSpec) -> Sandbox:
        """Start the child; one of the same slot that is still there is replaced."""
        left = self._sandboxes.pop(spec.slot.id, None)
        if left is not None:
            await left.remove()
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, _note_origin, spec.slot)
            process = await self._children.start(child_request(spec, self._instance))
        except OSError as error:
            msg = f"minilean could not be started: {error}"
            raise EngineError(msg) from error
        hold_to(process.pid, spec.limits)
        sandbox = EmbeddedSandbox(process, spec, self._pool, self._forget)
        self._sandboxes[spec.slot.id] = sandbox
        return sandbox

    def _forget(self, sandbox: EmbeddedSandbox) -> None:
        if self._sandboxes.get(sandbox.slot_id) is sandbox:
            del self._sandboxes[sandbox.slot_id]

    async def adopt(self, spec: SandboxSpec) -> Sandbox | None:
        """Nothing is taken over: a child ends with its service."""
        del spec
        return None

    async def leftovers(self) -> tuple[LeftOver, ...]:
        """Return the own sandboxes, and the processes with this installation's mark."""
        found = await asyncio.get_running_loop().run_in_executor(self._pool, _marked_processes, self._instance)
        known = (*self._sandboxes, *(slot for _, slot in found if slot))
        slots = dict.fromkeys(slot for slot in known if slot not in self._aside())
        return tuple(LeftOver(slot, age=float("inf"), running=True) for slot in slots)

    async def sweep(self, keep: Container[str]) -> tuple[str, ...]:
        """End processes that carry this installation's mark and a slot that is not wanted."""
        marked = await asyncio.get_running_loop().run_in_executor(self._pool, _marked_processes, self._instance)
        # Of a process that was forked and has executed nothing since, the kernel shows the fork server's environment,
        # which names no slot. Those of an earlier service are to go; ours are known.
        ours = self._children.pids
        others = {pid: slot for pid, slot in marked if pid not in ours}
        own = {sandbox.pid: slot for slot, sandbox in self._sandboxes.items()}
        ended = []
        for pid, slot in {**others, **own}.items():
            if slot in keep or slot in self._aside():
                continue
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                ended.append(slot)
                log.warning("ended a left-over process", pid=pid, slot=slot)
        return tuple(dict.fromkeys(slot for slot in ended if slot))


def _note_origin(slot: Slot) -> None:
    write_whole(slot.origin, json.dumps({"versions": _versions().model_dump()}).encode())


def _versions() -> Versions:
    return Versions(engine=f"minilean {__version__}", python=platform.python_version())


def _interpreter(python: str) -> Interpreter:
    """Describe the service's own Python, whose packages are minilean's, too: pip installs what they lack."""
    own = sorted(f"{found.name}=={found.version}" for found in distributions())
    return Interpreter(f"{python} {sys.version} {platform.platform()} {' '.join(own)}", (python,))


def _marked_processes(instance: str) -> list[tuple[int, str]]:
    """Return (pid, slot) of this user's processes with the mark, /proc being the only list that survives us."""
    mark = f"{INSTANCE_VARIABLE}={instance}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in variables:
            prefix = f"{SLOT_VARIABLE}=".encode()
            slot = next((v[len(prefix) :].decode(errors="replace") for v in variables if v.startswith(prefix)), "")
            found.append((int(entry.name), slot))
    return found


def _conforms(engine: EmbeddedEngine) -> Engine:
    """Let mypy hold the class against the contract."""
    return engine
