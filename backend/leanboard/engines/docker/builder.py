"""Compiles C# projects in containers of the image that they will run in; each project once.

A build has a sandbox and a slot of its own (engines/side_sandboxes.py): the sources are copied there, and the libraries
are taken from its output.
"""

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from leanboard.engines.docker.csproj import made_project, rewritten_project
from leanboard.engines.docker.facts import ImageFacts
from leanboard.engines.docker.msbuild import LIBRARIES, BuildPlaces, build_arguments, build_failure
from leanboard.engines.docker.spec import PATHS
from leanboard.engines.folder_cache import EntryTooLarge, FolderCache
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import CSharpBuild, SandboxSpec
from leanboard.engines.shared_work import SharedWork
from leanboard.engines.side_sandboxes import SideCommand, SideSandboxes, StartSide
from leanboard.engines.slot import SandboxPaths, Slot
from leanboard.errors import BuildFailed, EngineError

BUILD_SECONDS = 300.0
FRAMEWORK_LABEL = "target_framework"
# Beside one, LEAN loads a DLL in a way that finds no other in its folder.
LEFT_OUT = (".pdb",)
_KEY_VERSION = "1"  # another one when the same sources are compiled in another way
_PROJECT = ".csproj"
T = TypeVar("T")

log = structlog.get_logger(__name__)


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
        cache: FolderCache,
        start: StartSide,
        pool: ThreadPoolExecutor,
        *,
        network: bool = False,
        seconds: float = BUILD_SECONDS,
        paths: SandboxPaths = PATHS,
    ) -> None:
        self._cache = cache
        self._sandboxes = SideSandboxes("build", cache, start, pool)
        self._pool = pool
        self._network = network
        self._seconds = seconds
        self._places = BuildPlaces(paths.code, paths.output)
        self._work: SharedWork[str] = SharedWork()

    @property
    def slots(self) -> frozenset[str]:
        """Ids of the slots of builds that run now."""
        return self._sandboxes.slots

    async def close(self) -> None:
        """End the builds that run."""
        await self._work.close()

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
        output = await self._work.once(key, partial(self._compile, key, spec, build, image))
        if not await self._in_thread(partial(self._cache.place, key, spec.slot.build)):
            msg = "the build was made and is not there any more; run it again"
            raise EngineError(msg)
        return output

    async def _compile(self, key: str, spec: SandboxSpec, build: CSharpBuild, image: ImageFacts) -> str:
        framework = image.labels.get(FRAMEWORK_LABEL, "")
        if not framework:
            msg = (
                f"the image does not say its .NET version (label {FRAMEWORK_LABEL}), so nothing can be compiled for "
                "it: take another image, or build the project elsewhere and run the folder with the DLLs"
            )
            raise BuildFailed(msg)
        async with self._sandboxes.slot(key) as slot:
            project = await self._in_thread(partial(_lay_out, spec.slot.code, slot, build))
            arguments = build_arguments(project, framework, self._places, network=self._network)
            try:
                ended = await self._run(spec, slot, arguments)
                output = await self._sandboxes.printed(slot)
                await self._in_thread(partial(self._keep, key, slot, build, ended, output))
            except EntryTooLarge as error:
                msg = f"the build cannot be kept, as {error.detail}: keep data outside of the project"
                raise BuildFailed(msg, output=await self._sandboxes.printed(slot)) from error
        return output

    async def _run(self, spec: SandboxSpec, slot: Slot, arguments: tuple[str, ...]) -> SandboxExit:
        shell = ("/bin/sh", "-c", self._places.script, "build", *arguments)
        try:
            return await self._sandboxes.run(spec, slot, SideCommand(shell, self._places.environment), self._seconds)
        except TimeoutError as error:
            msg = f"the build took longer than {self._seconds:g} s and was ended"
            raise BuildFailed(msg, output=await self._sandboxes.printed(slot)) from error

    def _keep(self, key: str, slot: Slot, build: CSharpBuild, ended: SandboxExit, output: str) -> None:
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

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


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
