"""The docker engine: one container of LEAN's unmodified image per run; the contract is in engines/base.py."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Container
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from leanboard.engines.base import Availability, Engine, Fetching, LeftOver, Sandbox
from leanboard.engines.docker.builder import LEFT_OUT, CSharpBuilder
from leanboard.engines.docker.carrier import MountedSlots, SlotCarrier
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.creation import create, create_started
from leanboard.engines.docker.facts import ENGINE_PROBLEMS, ImageFacts
from leanboard.engines.docker.image_folder import ImageFolder
from leanboard.engines.docker.images import ImageStore, Report
from leanboard.engines.docker.options import DockerOptions
from leanboard.engines.docker.origin import note_origin, versions_of
from leanboard.engines.docker.placement import HostPaths
from leanboard.engines.docker.probe import EngineProbe, ProbeOptions, ProbePlace
from leanboard.engines.docker.readiness import Readiness
from leanboard.engines.docker.sandbox import DockerSandbox
from leanboard.engines.docker.spec import (
    LABEL_SLOT,
    Launch,
    Profile,
    container_name,
    container_settings,
    container_user,
)
from leanboard.engines.docker.watch import ContainerWatch
from leanboard.engines.docker.watched import Watched
from leanboard.engines.folder_cache import FolderCache
from leanboard.engines.requirements_installer import Interpreter, RequirementsInstaller
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.side_sandboxes import SideCommand
from leanboard.engines.slot import SandboxPaths, Slot
from leanboard.engines.slot_files import BUILD_OUTPUT, append, is_silent
from leanboard.errors import BuildFailed, EngineError, EngineUnavailable
from leanboard.models.check import Check
from leanboard.models.results import Versions
from leanboard.models.run import EngineName

FIRST_LOOK_SECONDS = 3.0
PATIENT_SECONDS = 10.0
_CREATED = "created"
# LEAN's image has `python` (conda's, which LEAN itself embeds); others may have the other name alone.
_PYTHON = ("/bin/sh", "-c", 'command -v python >/dev/null && exec python "$@"; exec python3 "$@"', "install")
T = TypeVar("T")

log = structlog.get_logger(__name__)


class DockerEngine:
    """Runs LEAN in containers.

    Args:
        client: Of the Docker engine.
        options: Settings.
        carrier: Of the slots' files; mounts if left out.

    Raises:
        ConfigurationError: The path mappings cannot be read.
    """

    def __init__(self, client: DockerClient, options: DockerOptions, carrier: SlotCarrier | None = None) -> None:
        self._client = client
        self._options = options
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="docker-files")
        self._carrier = carrier or MountedSlots(HostPaths(options.path_mappings, client), self._pool)
        self._images = ImageStore(client, options.pulls)
        self._watch = ContainerWatch(client, options.instance, self._carrier.engine_lost)
        self._builder = self._make_builder()
        self._installer = self._make_installer()
        self._readiness = Readiness(client, self._watch, options)

    def _make_builder(self) -> CSharpBuilder | None:
        if self._options.builds is None:
            return None
        cache = FolderCache(self._options.builds, left_out=LEFT_OUT)
        network, paths = self._options.build_network, self._carrier.manner.paths
        start = partial(self._start_side, network)
        return CSharpBuilder(cache, start, self._pool, network=network != "none", paths=paths)

    def _make_installer(self) -> RequirementsInstaller | None:
        options = self._options.installs
        if options is None:
            return None
        return RequirementsInstaller(options, partial(self._start_side, options.network), self.paths, self._pool)

    @property
    def name(self) -> EngineName:
        """Docker."""
        return EngineName.DOCKER

    @property
    def warms(self) -> bool:
        """Where files can be brought to a running container."""
        return not self._carrier.manner.starts_with_job

    @property
    def outlives(self) -> bool:
        """Containers go on without us."""
        return True

    @property
    def other_data(self) -> str:
        """Of an engine on another machine: data there, or the image's own."""
        return self._carrier.manner.other_data

    async def start(self) -> None:
        """Begin to watch; an engine that is not there is looked for again and again."""
        await self._watch.start()
        await self._watch.look(FIRST_LOOK_SECONDS)

    async def close(self) -> None:
        """Stop watching, pulling, compiling and installing; containers of runs go on."""
        self._readiness.close()
        for maker in self._makers():
            await maker.close()
        await self._images.close()
        await self._watch.close()
        await self._carrier.close()
        self._client.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def availability(self) -> Availability:
        """Say what the last look found: it was made in the last seconds, or the engine hangs."""
        return await self._readiness.availability()

    async def examine(self, place: ProbePlace) -> tuple[Check, ...]:
        """Judge engine and image, and try a container as a run has it, for a second; nothing where no engine answers.

        For the doctor, after ``start``; takes some seconds, and leaves nothing.
        """
        if self._watch.facts is None:
            return ()
        options = ProbeOptions(self._options.instance, self._options.image, self._options.user, self._options.profile)
        return await EngineProbe(self._client, self._carrier, options, self._pool).look(place)

    async def copy_out(self, image: str, source: str, target: Path, *, min_free: int, report: Report) -> ImageFacts:
        """Copy a folder out of an image, which is pulled first where it is not there; returns the image.

        Args:
            image: Its reference; empty for the engine's own.
            source: Absolute path in it.
            target: There and empty.
            min_free: Bytes that must stay free on our disk.
            report: Called with how far it is.

        Raises:
            EngineError: It cannot be had or copied; says why.
            EngineUnavailable: No engine answers, or it stopped in the middle.
        """
        if self._watch.facts is None:  # somebody waits for this one thing: an engine that is merely slow will do
            await self._watch.look(PATIENT_SECONDS)
        if reason := self.hold_reason():
            raise EngineUnavailable(reason)
        facts = await self._images.fetch(image or self._options.image, report)
        await ImageFolder(self._client, self._options.instance, min_free).copy(facts.id, source, target, report)
        return facts

    async def versions(self, image: str) -> Versions | None:
        """Look the image up, as it is on the engine now."""
        if self._watch.facts is None:
            return None
        try:
            found = await self._client.image(image or self._options.image)
        except ENGINE_PROBLEMS:
            return None
        return self._versions(image, found) if found is not None else None

    def hold_reason(self) -> str:
        """Name the outage, or what kept the last boot from being tried."""
        return self._readiness.hold_reason()

    def paths(self, slot: Slot, data_folder: Path) -> SandboxPaths:
        """The same in every container."""
        del slot, data_folder
        return self._carrier.manner.paths

    async def fetch(self, image: str, report: Callable[[Fetching], None]) -> None:
        """Pull the image where it is not there."""
        if reason := self.hold_reason():
            raise EngineUnavailable(reason)
        await self._images.fetch(image or self._options.image, report)

    async def build(self, spec: SandboxSpec) -> None:
        """Compile in a container of the run's own image, unless that was done before."""
        if spec.build is None:
            return
        if self._builder is None:
            msg = "C# projects are not compiled here: there is no folder to keep them in"
            raise EngineError(msg)
        try:
            output = await self._builder.build(spec, spec.build, await self._image(spec.image))
        except BuildFailed as error:
            await self._note_build(spec.slot, error.output)
            raise
        await self._note_build(spec.slot, output)

    async def _note_build(self, slot: Slot, output: str) -> None:
        if output:
            await self._in_thread(partial(append, slot.console / BUILD_OUTPUT, output.encode()))

    async def install(self, spec: SandboxSpec, report: Callable[[Fetching], None]) -> None:
        """Let pip install in a container of the run's own image, unless that was done before."""
        if spec.requirements is None:
            return
        if self._installer is None:
            msg = "requirements.txt is not installed here: there is no folder to keep packages in"
            raise EngineError(msg)
        python = Interpreter((await self._image(spec.image)).id, _PYTHON)
        await self._installer.install(spec, python, report)

    async def _start_side(self, network: str, spec: SandboxSpec, command: SideCommand) -> Sandbox:
        environment = {**command.environment, **self._options.profile.environment}
        profile = replace(self._options.profile, network=network, environment=environment)
        launch = Launch(command.arguments, to_files=self._carrier.manner.to_files)
        sandbox = await self._made(spec, await self._image(spec.image), profile, launch)
        if self._carrier.manner.starts_with_job:
            try:
                await sandbox.assign(b"{}")
            except BaseException:
                await asyncio.shield(sandbox.remove())
                raise
        return sandbox

    async def _image(self, reference: str) -> ImageFacts:
        return await self._images.fetch(reference or self._options.image, _unheard)

    # --- boot and adopt ------------------------------------------------------------------------------------------

    async def boot(self, spec: SandboxSpec) -> Sandbox:
        """Create and start the slot's container; one of the same boot that is there already is taken."""
        if reason := self.hold_reason():
            raise EngineUnavailable(reason)
        try:
            return await self._boot(spec)
        except EngineUnavailable as error:
            self._readiness.refused(error.detail)
            raise

    async def _boot(self, spec: SandboxSpec) -> Sandbox:
        image = await self._image(spec.image)
        manner, profile = self._carrier.manner, self._options.profile
        launch = Launch(image.entrypoint, to_files=manner.to_files, arguments=manner.arguments)
        profile = replace(profile, environment={**manner.environment, **profile.environment})
        return await self._made(spec, image, profile, launch)

    async def _made(self, spec: SandboxSpec, image: ImageFacts, profile: Profile, launch: Launch) -> Sandbox:
        user = await self._user()
        mounts = await self._carrier.mounts(spec, user)
        settings = container_settings(
            spec,
            replace(profile, user=user),
            launch,
            image_id=image.id,
            instance=self._options.instance,
            boot=await self._in_thread(partial(note_origin, spec.slot, self._versions(spec.image, image))),
            mounts=mounts,
        )
        if self._carrier.manner.starts_with_job:
            return self._sandbox(settings.name, await create(self._client, settings), spec)
        return await self._going(settings.name, await create_started(self._client, settings), spec)

    def _versions(self, reference: str, image: ImageFacts) -> Versions:
        facts = self._watch.facts
        return versions_of(image, reference or self._options.image, facts.version if facts is not None else "")

    async def _user(self) -> str:
        facts = self._watch.facts
        rootless = facts is not None and facts.rootless
        return container_user(self._options.user, os.geteuid(), os.getegid(), rootless=rootless)

    async def _going(self, name: str, container_id: str, spec: SandboxSpec, *, unseen: bool = False) -> Sandbox:
        """One that runs or has ended; followed before it is watched: what ends is told when its slot is complete."""
        await self._carrier.started(name, spec)
        return self._sandbox(name, container_id, spec, unseen=unseen)

    def _sandbox(self, name: str, container_id: str, spec: SandboxSpec, *, unseen: bool = False) -> Sandbox:
        return DockerSandbox(
            self._watched(name, container_id, spec, unseen=unseen),
            spec,
            client=self._client,
            watch=self._watch,
            carrier=self._carrier,
            pool=self._pool,
        )

    def _watched(self, name: str, container_id: str, spec: SandboxSpec, *, unseen: bool) -> Watched:
        closing: Callable[[], Awaitable[None]] = partial(self._close_slot, name, spec)
        return self._watch.add(name, container_id, spec.limits.memory, closing, unseen=unseen)

    async def _close_slot(self, name: str, spec: SandboxSpec) -> None:
        await self._carrier.ended(name, spec)
        if not self._carrier.manner.to_files:
            return
        # What could not go into the files: the shell itself was missing, or the files could not be opened.
        if not await self._in_thread(partial(is_silent, spec.slot)):
            return
        early = await self._client.console(name)
        if early:
            with contextlib.suppress(OSError):  # the strategy has put something else there
                await self._in_thread(partial(append, spec.slot.console / "stderr.txt", early))

    async def adopt(self, spec: SandboxSpec) -> Sandbox | None:
        """Find the slot's container by its name."""
        name = container_name(self._options.instance, spec.slot.id)
        found = await self._client.inspect(name)
        if found is None or found.labels.get(LABEL_SLOT) != spec.slot.id:
            return None
        if found.status == _CREATED:
            await self._client.remove(name)
            return None
        return await self._going(name, found.id, spec, unseen=found.is_over)

    # --- what is left --------------------------------------------------------------------------------------------

    async def leftovers(self) -> tuple[LeftOver, ...]:
        """Return all containers with this installation's label."""
        found = await self._client.listed(self._options.instance)
        return tuple(
            LeftOver(entry.slot_id, entry.age, running=entry.status == "running", name=entry.name)
            for entry in found
            if entry.slot_id not in self._aside()
        )

    def _makers(self) -> tuple[CSharpBuilder | RequirementsInstaller, ...]:
        return tuple(maker for maker in (self._builder, self._installer) if maker is not None)

    def _aside(self) -> frozenset[str]:
        """Slots that no run knows: of builds and installations, for which several runs may wait."""
        return frozenset().union(*(maker.slots for maker in self._makers()))

    async def sweep(self, keep: Container[str]) -> tuple[str, ...]:
        """Remove this installation's containers whose slots are not wanted; nothing where the engine is not there."""
        try:
            found = await self._client.listed(self._options.instance)
        except EngineUnavailable as error:
            log.warning("left-over containers could not be looked for", problem=error.detail)
            return ()
        ended = []
        for entry in found:
            if entry.slot_id in keep or entry.slot_id in self._aside():
                continue
            self._watch.condemn(entry.name)
            try:
                await self._client.remove(entry.name)
            except ENGINE_PROBLEMS as error:
                log.warning("a left-over container could not be removed", name=entry.name, problem=error.detail)
                continue
            self._watch.hint(entry.name)
            ended.append(entry.slot_id)
            log.warning("removed a left-over container", name=entry.name)
        return tuple(ended)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _unheard(_: Fetching) -> None:
    """The caller has fetched before; what is left is a look."""


def _conforms(engine: DockerEngine) -> Engine:
    """Let mypy hold the class against the contract."""
    return engine
