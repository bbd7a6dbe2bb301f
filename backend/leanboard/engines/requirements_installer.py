"""Installs what a strategy's requirements.txt asks for: once per content and interpreter, for both engines.

pip runs in a sandbox of its own (engines/side_sandboxes.py), made by the engine whose interpreter will run the
strategy. What it has installed is kept, read-only, and put into the slots of the runs that need it.
"""

import asyncio
import contextlib
import hashlib
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from leanboard.engines.base import Fetching
from leanboard.engines.folder_cache import EntryTooLarge, FolderCache
from leanboard.engines.pip_output import doing, install_failure
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import Requirements, SandboxSpec
from leanboard.engines.shared_work import SharedWork
from leanboard.engines.side_sandboxes import SideCommand, SideSandboxes, StartSide
from leanboard.engines.slot import SandboxPaths, Slot
from leanboard.engines.slot_files import INSTALL_OUTPUT, INSTALLED, append, read_beginning, read_end, write_whole
from leanboard.errors import EngineError, RequirementsFailed

PROGRAM = Path(__file__).resolve().parent.parent / "guest" / "install_requirements.py"
LOOK_SECONDS = 0.5  # between two looks at what pip does
_TRIES = 3  # others may push out of a small cache what has just been put into it
_KEY_VERSION = "1"  # another one when the same files are installed in another way
_VERSIONED = ".dist-info"  # behind name and version
_PROJECT = "project"  # of the slot's code: where the strategy's files are
_TAIL = 4096
_MAX_FILE = 1 << 20
T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """Settings of installations.

    Attributes:
        cache: Of what was installed; shared by the engines of an installation.
        seconds: After which one is ended.
        environment: Of pip: its index, proxies.
        network: Docker's name of the network that pip gets.
    """

    cache: FolderCache
    seconds: float = 600.0
    environment: Mapping[str, str] = field(default_factory=dict)
    network: str = "bridge"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python that a strategy will be run by.

    Attributes:
        identity: Of its version, platform and own packages: what was installed for another is not used.
        command: How it is started in a sandbox.
    """

    identity: str
    command: tuple[str, ...]


class RequirementsInstaller:
    """Installs requirements and keeps what came of them.

    Args:
        options: Settings.
        start: Starts pip's sandbox.
        paths: Where a sandbox sees its slot.
        pool: For file work.
    """

    def __init__(
        self,
        options: InstallOptions,
        start: StartSide,
        paths: Callable[[Slot, Path], SandboxPaths],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._options = options
        self._sandboxes = SideSandboxes("install", options.cache, start, pool)
        self._paths = paths
        self._pool = pool
        self._work: SharedWork[str] = SharedWork()
        self._busy: dict[str, Slot] = {}  # by key

    @property
    def slots(self) -> frozenset[str]:
        """Ids of the slots of installations that run now."""
        return self._sandboxes.slots

    async def close(self) -> None:
        """End the installations that run."""
        await self._work.close()

    async def install(self, spec: SandboxSpec, python: Interpreter, report: Callable[[Fetching], None]) -> None:
        """Fill ``spec.slot.packages``, and put what pip printed into the slot's console.

        Several may ask for the same at the same time: it is installed once.

        Args:
            spec: Of the run.
            python: Which will run it.
            report: Is told how far it is.

        Raises:
            RequirementsFailed: pip refuses, or not here.
            EngineError: The sandbox could not be made, or the disk refused.
            EngineUnavailable: The engine is not there.
        """
        needed = spec.requirements
        if needed is None:
            return
        key = self._key(needed, python)
        for _ in range(_TRIES):
            if await self._placed(key, spec.slot):
                return
            await self._installed(key, spec, needed, python, report)
        if not await self._placed(key, spec.slot):
            msg = "the packages were installed and are not there any more; run it again"
            raise EngineError(msg)

    async def _installed(
        self,
        key: str,
        spec: SandboxSpec,
        needed: Requirements,
        python: Interpreter,
        report: Callable[[Fetching], None],
    ) -> None:
        telling = asyncio.create_task(self._tell(key, report), name=f"install-{spec.slot.id}")
        try:
            await self._note(spec.slot, await self._work.once(key, partial(self._made, key, spec, needed, python)))
        except RequirementsFailed as error:
            await self._note(spec.slot, error.output)
            raise
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    def _key(self, needed: Requirements, python: Interpreter) -> str:
        environment = sorted(self._options.environment.items())
        text = repr((_KEY_VERSION, needed.digest, python.identity, environment))
        return hashlib.sha256(text.encode()).hexdigest()

    async def _placed(self, key: str, slot: Slot) -> bool:
        return await self._in_thread(partial(_place, self._options.cache, key, slot))

    async def _note(self, slot: Slot, output: str) -> None:
        with contextlib.suppress(OSError):  # a full disk shows elsewhere
            await self._in_thread(partial(append, slot.console / INSTALL_OUTPUT, output.encode()))

    async def _tell(self, key: str, report: Callable[[Fetching], None]) -> None:
        told = ""
        while True:
            slot = self._busy.get(key)
            tail = await self._in_thread(partial(read_end, slot.console / "stdout.txt", _TAIL)) if slot else b""
            now = doing(tail.decode("utf-8", "replace"))
            text = f"installing requirements: {now}" if now else "installing requirements"
            if text != told:
                told = text
                report(Fetching(text))
            await asyncio.sleep(LOOK_SECONDS)

    async def _made(self, key: str, spec: SandboxSpec, needed: Requirements, python: Interpreter) -> str:
        async with self._sandboxes.slot(key) as slot:
            await self._in_thread(partial(_lay_out, spec.slot, slot, needed))
            self._busy[key] = slot
            try:
                ended = await self._run(spec, slot, needed, python)
                output = await self._sandboxes.printed(slot)
                await self._in_thread(partial(self._keep, key, spec, slot, ended, output))
            except EntryTooLarge as error:
                setting = "LEANBOARD_REQUIREMENTS_CACHE_SIZE"
                msg = f"what requirements.txt asks for cannot be kept, as {error.detail} ({setting})"
                raise RequirementsFailed(msg, output=await self._sandboxes.printed(slot)) from error
            finally:
                del self._busy[key]
        return output

    async def _run(self, spec: SandboxSpec, slot: Slot, needed: Requirements, python: Interpreter) -> SandboxExit:
        paths = self._paths(slot, spec.data_folder)
        file = f"{paths.code}/{_PROJECT}/{needed.files[0]}"
        arguments = (*python.command, f"{paths.code}/{PROGRAM.name}", file, paths.output)
        command = SideCommand(arguments, {"PYTHONUNBUFFERED": "1", **self._options.environment})
        try:
            return await self._sandboxes.run(spec, slot, command, self._options.seconds)
        except TimeoutError as error:
            output = await self._sandboxes.printed(slot)
            msg = (
                f"installing requirements.txt took longer than {self._options.seconds:g} s "
                f"(LEANBOARD_REQUIREMENTS_TIMEOUT) and was ended; the last that pip said: {doing(output) or 'nothing'}"
            )
            raise RequirementsFailed(msg, output=output) from error

    def _keep(self, key: str, spec: SandboxSpec, slot: Slot, ended: SandboxExit, output: str) -> None:
        if ended.exit_code is None:
            msg = f"the sandbox of pip vanished: {ended.detail or 'nobody knows why'}"
            raise EngineError(msg)
        if ended.incomplete:
            msg = f"what pip installed could not be fetched: {ended.incomplete}"
            raise RequirementsFailed(msg, output=output)
        packages = slot.output / "packages"
        if ended.exit_code != 0 or packages.is_symlink() or not packages.is_dir():
            code = 137 if ended.out_of_memory else ended.exit_code
            folder = f"{self._paths(slot, spec.data_folder).code}/{_PROJECT}"
            raise install_failure(output, code, _texts(slot, spec.requirements), folder)
        self._options.cache.add(key, packages)
        log.info("installed", key=key[:12])

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _place(cache: FolderCache, key: str, slot: Slot) -> bool:
    """Fill the slot of a run, and note the versions that it gets; False where nothing is kept under the key."""
    if not cache.place(key, slot.packages):
        return False
    found = sorted(path.name.removesuffix(_VERSIONED) for path in slot.packages.glob(f"*{_VERSIONED}"))
    text = "".join("{}=={}\n".format(*name.partition("-")[::2]) for name in found)
    with contextlib.suppress(OSError):  # a full disk shows elsewhere
        write_whole(slot.console / INSTALLED, text.encode())
    return True


def _lay_out(run: Slot, slot: Slot, needed: Requirements) -> None:
    """Fill the slot of an installation."""
    try:
        shutil.copyfile(PROGRAM, slot.code / PROGRAM.name)
        for name in needed.files:
            target = slot.code / _PROJECT / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(run.code / name, target, follow_symlinks=False)
    except OSError as error:
        msg = f"pip's files could not be put in place: {error.strerror} ({error.filename})"
        raise EngineError(msg) from error


def _texts(slot: Slot, needed: Requirements | None) -> list[tuple[str, str]]:
    names = needed.files if needed is not None else ()
    folder = slot.code / _PROJECT
    return [(name, read_beginning(folder / name, _MAX_FILE).decode("utf-8", "replace")) for name in names]
