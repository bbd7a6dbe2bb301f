"""Compiles C# projects in containers of the image that they will run in; each project once.

A build is one more sandbox: its slot holds the sources under ``code`` and gets the libraries under ``output``; only the
command is another. So it is held, watched and cleaned up like every container of ours.
"""

import asyncio
import contextlib
import hashlib
import secrets
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from leanboard.engines.base import CSharpBuild, Sandbox, SandboxExit, SandboxPaths, SandboxSpec, Slot
from leanboard.engines.docker.build_cache import MEGABYTE, BuildCache
from leanboard.engines.docker.csproj import made_project, rewritten_project
from leanboard.engines.docker.facts import ImageFacts
from leanboard.engines.docker.msbuild import LIBRARIES, MAX_OUTPUT, BuildPlaces, build_arguments, build_failure
from leanboard.engines.docker.spec import PATHS
from leanboard.errors import BuildFailed, EngineError

BUILD_SECONDS = 300.0
BUILD_MEMORY = 1024 * MEGABYTE  # at the least: the compiler's need does not depend on the strategy's
FRAMEWORK_LABEL = "target_framework"
_KEY_VERSION = "1"  # another one when the same sources are compiled in another way
_PROJECT = ".csproj"
T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BuildCommand:
    """What a build's container runs instead of LEAN."""

    entrypoint: tuple[str, ...]
    environment: Mapping[str, str]


class StartBuild(Protocol):
    """Starts a build's container."""

    def __call__(self, spec: SandboxSpec, command: BuildCommand) -> Awaitable[Sandbox]:
        """Create and start it; errors as of an engine's ``boot``."""
        ...


class CSharpBuilder:
    """Compiles projects and keeps what came of them.

    Args:
        cache: Of what was compiled.
        start: Starts a build's container.
        pool: For file work.
        network: Whether builds can fetch packages.
        seconds: After which a build is ended.
        paths: Where containers see their slots.
    """

    def __init__(
        self,
        cache: BuildCache,
        start: StartBuild,
        pool: ThreadPoolExecutor,
        *,
        network: bool = False,
        seconds: float = BUILD_SECONDS,
        paths: SandboxPaths = PATHS,
    ) -> None:
        self._cache = cache
        self._start = start
        self._pool = pool
        self._network = network
        self._seconds = seconds
        self._places = BuildPlaces(paths.code, paths.output)
        self._running: dict[str, _Shared] = {}
        self._slots: set[str] = set()

    @property
    def slots(self) -> frozenset[str]:
        """Ids of the slots of builds that run now."""
        return frozenset(self._slots)

    async def open(self) -> None:
        """Remove what an earlier process of the service left half-done."""
        await self._in_thread(self._cache.clear_work)

    async def close(self) -> None:
        """End the builds that run."""
        for shared in tuple(self._running.values()):
            await shared.end()

    async def build(self, spec: SandboxSpec, build: CSharpBuild, image: ImageFacts) -> str:
        """Fill ``spec.slot.build``; returns what the compiler printed, empty where nothing was to be compiled.

        Several may ask for the same at the same time: it is compiled once.

        Args:
            spec: Of the run.
            build: Its project.
            image: In which it will run.

        Raises:
            BuildFailed: It does not compile, or not here.
            EngineError: The container could not be made, or the disk refused.
        """
        network = "network" if self._network else ""
        key = await self._in_thread(partial(_key, spec.slot.code, build, f"{image.id} {network}"))
        if await self._in_thread(partial(self._cache.place, key, spec.slot.build)):
            return ""
        output = await self._once(key, partial(self._compile, key, spec, build, image))
        if not await self._in_thread(partial(self._cache.place, key, spec.slot.build)):
            msg = "the build was made and is not there any more; run it again"
            raise EngineError(msg)
        return output

    async def _once(self, key: str, work: Callable[[], Awaitable[str]]) -> str:
        shared = self._running.get(key)
        if shared is None or shared.is_over:
            shared = self._running[key] = _Shared(asyncio.ensure_future(work()))
        try:
            return await shared.wait()
        finally:
            if shared.is_over and self._running.get(key) is shared:
                del self._running[key]

    async def _compile(self, key: str, spec: SandboxSpec, build: CSharpBuild, image: ImageFacts) -> str:
        framework = image.labels.get(FRAMEWORK_LABEL, "")
        if not framework:
            msg = (
                f"the image does not say its .NET version (label {FRAMEWORK_LABEL}), so nothing can be compiled for "
                "it: take another image, or build the project elsewhere and run the folder with the DLLs"
            )
            raise BuildFailed(msg)
        name = f"build-{key[:12]}-{secrets.token_hex(4)}"
        slot = Slot(name, await self._in_thread(partial(self._cache.work, name)))
        self._slots.add(name)
        try:
            project = await self._in_thread(partial(_lay_out, spec.slot.code, slot, build))
            arguments = build_arguments(project, framework, self._places, network=self._network)
            ended = await self._run(_build_spec(spec, slot), arguments)
            return await self._in_thread(partial(self._taken, key, slot, build, ended))
        finally:
            self._slots.discard(name)
            await asyncio.shield(self._in_thread(partial(shutil.rmtree, slot.root, ignore_errors=True)))

    async def _run(self, spec: SandboxSpec, arguments: tuple[str, ...]) -> SandboxExit:
        command = BuildCommand(("/bin/sh", "-c", self._places.script, "build", *arguments), self._places.environment)
        sandbox = await self._start(spec, command)
        try:
            async with asyncio.timeout(self._seconds):
                return await sandbox.wait()
        except TimeoutError as error:
            msg = f"the build took longer than {self._seconds:g} s and was ended"
            raise BuildFailed(msg, output=await self._in_thread(partial(_printed, spec.slot))) from error
        finally:
            await asyncio.shield(sandbox.remove())

    def _taken(self, key: str, slot: Slot, build: CSharpBuild, ended: SandboxExit) -> str:
        output = _printed(slot)
        if ended.exit_code is None:
            msg = f"the container of the build vanished: {ended.detail or 'nobody knows why'}"
            raise EngineError(msg)
        built = slot.output / LIBRARIES
        library = built / f"{build.assembly}.dll"
        if ended.exit_code != 0 or library.is_symlink() or not library.is_file():
            code = 137 if ended.out_of_memory else ended.exit_code
            raise build_failure(output, code, self._places, network=self._network)
        self._cache.add(key, built)
        log.info("built", assembly=build.assembly, key=key[:12])
        return output

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


class _Shared:
    """Work that several wait for; it is given up when the last of them is."""

    def __init__(self, task: asyncio.Future[str]) -> None:
        self._task = task
        self._task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may wait any more
        self._waiting = 0

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is being given up."""
        return self._task.done() or self._waiting == 0

    async def wait(self) -> str:
        self._waiting += 1
        try:
            return await asyncio.shield(self._task)
        finally:
            self._waiting -= 1
            if self._waiting == 0 and not self._task.done():
                await self.end()

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})


def _build_spec(spec: SandboxSpec, slot: Slot) -> SandboxSpec:
    return replace(
        spec,
        slot=slot,
        algorithm_id=slot.id,
        build=None,
        limits=replace(spec.limits, memory=max(spec.limits.memory, BUILD_MEMORY)),
        labels={"leanboard.build": slot.id},
    )


def _key(code: Path, build: CSharpBuild, image: str) -> str:
    """Name what a build is made of: sources, image, and how."""
    digest = hashlib.sha256()
    for part in (_KEY_VERSION, image, build.project, build.assembly):
        digest.update(f"{len(part)}:{part}".encode())
    for path in _sources(code):
        name = path.relative_to(code).as_posix()
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{len(name)}:{name}{content}".encode())
    return digest.hexdigest()


def _lay_out(code: Path, slot: Slot, build: CSharpBuild) -> str:
    """Fill a build's slot; returns the project file."""
    for folder in (slot.code, slot.output, slot.console, slot.storage):
        folder.mkdir()
    slot.config.write_text("{}")
    project = build.project or f"{build.assembly}{_PROJECT}"
    for path in _sources(code):
        name = path.relative_to(code).as_posix()
        target = slot.code / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == _PROJECT:
            text = path.read_text("utf-8-sig", errors="replace")
            target.write_text(rewritten_project(text, name, build.assembly if name == project else ""))
        else:
            shutil.copyfile(path, target)
    if not build.project:
        (slot.code / project).write_text(made_project(build.assembly))
    return project


def _sources(code: Path) -> Iterator[Path]:
    """Regular files of a snapshot: it holds no links."""
    return (path for path in sorted(code.rglob("*")) if path.is_file() and not path.is_symlink())


def _printed(slot: Slot) -> str:
    """Both streams of the build, the beginning of each."""
    parts = []
    for name in ("stdout.txt", "stderr.txt"):
        with contextlib.suppress(FileNotFoundError), (slot.console / name).open("rb") as file:
            parts.append(file.read(MAX_OUTPUT).decode("utf-8", "replace"))
    return "".join(parts)
