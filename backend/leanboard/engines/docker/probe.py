"""The doctor's look at a Docker engine: a container of LEAN's image with the very settings of a run, for a second.

Its slot is a throw-away one in the work directory, under a name that the service's start sweeps; its container carries
the installation's label, so that the service's sweep finds it, should the doctor be killed.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TypeVar

from leanboard.engines.docker.carrier import SlotCarrier
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.facts import EngineFacts, ImageFacts
from leanboard.engines.docker.placement import MOUNTINFO, in_container, parse_mountinfo
from leanboard.engines.docker.probe_checks import (
    Expected,
    Surroundings,
    container_checks,
    engine_checks,
    image_checks,
    path_remedy,
    refusal_check,
)
from leanboard.engines.docker.probe_script import (
    TOKEN,
    WITNESS_BYTES,
    Places,
    ProbeAnswers,
    places_of,
    probe_command,
    read_answers,
)
from leanboard.engines.docker.spec import (
    LAUNCHER,
    PATHS,
    ContainerSettings,
    Launch,
    Profile,
    container_settings,
    container_user,
)
from leanboard.engines.sandbox_spec import Limits, SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.errors import EngineError, EngineUnavailable
from leanboard.models.check import Check, Level

DEADLINE_SECONDS = 10.0
REMOVAL_SECONDS = 2.0
LEFT_SECONDS = 60.0  # a container of a doctor that is older was left by one that was killed
POLL_SECONDS = 0.05
MAX_ENTRIES = 2000  # looked at for a file of the data folder to compare
_PROBLEMS = (EngineError, EngineUnavailable)
_SLOT = "doctor-"
_WITNESSES = (
    "symbol-properties/symbol-properties-database.csv",
    "market-hours/market-hours-database.json",
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """How runs are held; the engine's own options.

    Attributes:
        instance: Of this installation.
        image: LEAN's image.
        user: As in the settings.
        profile: How containers are held.
    """

    instance: str
    image: str
    user: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class ProbePlace:
    """What of the installation is tried.

    Attributes:
        work: Where slots are made; made if it is not there.
        data: The data folder; where there is none yet, the throw-away slot's own stands in.
        memory: Limit of a run, bytes.
    """

    work: Path
    data: Path
    memory: int


class EngineProbe:
    """Looks at one engine.

    Args:
        client: Of the engine.
        carrier: Of slots' files, as for runs.
        options: How runs are held.
        pool: For file work.
        deadline: Seconds for everything but cleaning up.
    """

    def __init__(
        self,
        client: DockerClient,
        carrier: SlotCarrier,
        options: ProbeOptions,
        pool: ThreadPoolExecutor,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._client = client
        self._carrier = carrier
        self._options = options
        self._pool = pool
        self._deadline = deadline
        self._left = ""  # a container that could not be removed

    async def look(self, place: ProbePlace) -> tuple[Check, ...]:
        """Look at engine, image and a container; never raises for what is wrong with them, and leaves nothing."""
        checks: list[Check] = []
        around = await self._in_thread(partial(_surroundings, self._client.address, self._options.user))
        around = replace(around, copies=not self._carrier.manner.to_files)
        try:
            async with asyncio.timeout(self._deadline):
                await self._look(place, around, checks)
        except TimeoutError:
            text = f"the Docker engine did not get a container through within {self._deadline:g} s"
            remedy = "look what keeps it busy (docker events, its log), or start it again"
            checks.append(Check("docker container", Level.ERROR, text, remedy))
        except EngineUnavailable as error:
            checks.append(Check("docker engine", Level.ERROR, error.detail, "start Docker again"))
        except EngineError as error:
            checks.append(refusal_check(error.detail, around))
        if self._left:
            remedy = (
                "docker rm -f it when the engine answers again; the next doctor or start of the service does so, too"
            )
            checks.append(Check("docker container", Level.WARNING, f"{self._left} may be left", remedy))
        return tuple(checks)

    async def _look(self, place: ProbePlace, around: Surroundings, checks: list[Check]) -> None:
        facts = await self._client.facts()
        around = replace(around, selinux=facts.selinux)
        checks.extend(engine_checks(facts, around))
        image = await self._client.image(self._options.image)
        if image is None or facts.kind != "linux":
            return
        checks.extend(image_checks(image, self._options.image))
        await self._remove_left()
        begun = monotonic()
        found, user = await self._try(place, around, (facts, image))
        if not found:
            text = f"a run's container reads and writes all its folders as user {user}"
            found = [Check("docker container", Level.OK, f"{text} ({monotonic() - begun:.1f} s)")]
        checks.extend(found)

    # --- one container -------------------------------------------------------------------------------------------

    async def _try(
        self, place: ProbePlace, around: Surroundings, made_of: tuple[EngineFacts, ImageFacts]
    ) -> tuple[list[Check], str]:
        facts, image = made_of
        user = container_user(self._options.user, around.uid, around.gid, rootless=facts.rootless)
        token = secrets.token_hex(16)
        try:
            async with self._throw_away(place, token) as spec:
                try:
                    mounts = await self._carrier.mounts(spec, user)
                except EngineError as error:  # says itself which path, and what to do
                    return [Check("docker paths", Level.ERROR, error.detail, path_remedy(around))], user
                settings = replace(self._settings(spec, image, user), mounts=mounts)
                answers, expected = await self._ask(settings, spec, token, (image.entrypoint or LAUNCHER)[0])
                return container_checks(answers, expected, around), user
        except OSError as error:
            text = f"a slot could not be made under {place.work}: {error.strerror}"
            return [Check("docker paths", Level.ERROR, text, "see the check of home")], user

    async def _ask(
        self, settings: ContainerSettings, spec: SandboxSpec, token: str, program: str
    ) -> tuple[ProbeAnswers, Expected]:
        places = places_of(self._carrier.manner)
        witness, content = "", ""
        if places.is_shared:
            witness, content = await self._in_thread(partial(_witness, spec.data_folder))
        entrypoint, command = probe_command(token, witness, program, places)
        console = await self._run(replace(settings, entrypoint=entrypoint, command=command), spec)
        expected = await self._in_thread(partial(_expected, spec, token, content, places))
        return read_answers(console), expected

    def _settings(self, spec: SandboxSpec, image: ImageFacts, user: str) -> ContainerSettings:
        return container_settings(
            spec,
            replace(self._options.profile, user=user),
            Launch(image.entrypoint, to_files=self._carrier.manner.to_files),
            image_id=image.id,
            instance=self._options.instance,
            boot=secrets.token_hex(8),
            mounts=(),
        )

    async def _run(self, settings: ContainerSettings, spec: SandboxSpec) -> bytes:
        """Run a container to its end; returns what it printed."""
        name = settings.name
        try:
            await self._client.create(settings)
            if self._carrier.manner.starts_with_job:
                await self._carrier.assign(name, spec, b"{}")
            await self._client.start(name)
            await self._carrier.started(name, spec)
            await self._end_of(name)
            console = await self._client.console(name)
            await self._carrier.ended(name, spec)
            return console
        finally:
            # Also when creating it timed out: it may have come into being.
            await self._remove(name)

    async def _remove(self, name: str) -> None:
        try:
            async with asyncio.timeout(REMOVAL_SECONDS):
                await self._client.remove(name)
        except (TimeoutError, *_PROBLEMS):
            self._left = name

    async def _remove_left(self) -> None:
        for entry in await self._client.listed(self._options.instance):
            if entry.slot_id.startswith(_SLOT) and entry.age > LEFT_SECONDS:
                await self._remove(entry.name)

    async def _end_of(self, name: str) -> None:
        while True:
            state = await self._client.inspect(name)
            if state is None or state.is_over:
                return
            await asyncio.sleep(POLL_SECONDS)

    @contextlib.asynccontextmanager
    async def _throw_away(self, place: ProbePlace, token: str) -> AsyncIterator[SandboxSpec]:
        """Give a slot like a run's, filled with the token."""
        folder = place.work / f".doctor-{secrets.token_hex(6)}"
        try:
            yield await self._in_thread(partial(_make_slot, folder, token, place))
        finally:
            await asyncio.shield(self._in_thread(partial(shutil.rmtree, folder, ignore_errors=True)))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _surroundings(address: str, user: str) -> Surroundings:
    mode = None
    if address.startswith("unix://"):
        with contextlib.suppress(OSError):
            mode = stat.S_IMODE(Path(address.removeprefix("unix://")).stat().st_mode)
    try:
        points = tuple(parse_mountinfo(MOUNTINFO.read_text("utf-8", errors="surrogateescape")))
    except OSError:
        points = ()
    return Surroundings(address, os.geteuid(), os.getegid(), mode, user, in_container=in_container(points))


def _make_slot(folder: Path, token: str, place: ProbePlace) -> SandboxSpec:
    slot = Slot(_SLOT + folder.name.rpartition("-")[2], folder / "slot")
    place.work.mkdir(parents=True, exist_ok=True)
    for made in (slot.code, slot.output, slot.console, slot.storage):
        made.mkdir(parents=True)
    for path in (slot.code / TOKEN, slot.root / TOKEN, slot.config):
        path.write_text(token)
        path.chmod(0o644)
    data = place.data
    if not data.is_dir():  # the demonstration data, before the first run
        data = folder / "data"
        data.mkdir()
        (data / TOKEN).write_text(token)
    return SandboxSpec(slot=slot, algorithm_id=slot.id, data_folder=data, limits=Limits(memory=place.memory), labels={})


def _witness(data: Path) -> tuple[str, str]:
    """Choose a file to compare: (as the container names it, its first bytes in hex); nothing where there is none."""
    for path in (*(data / name for name in _WITNESSES), *islice(_files(data), 1)):
        try:
            with path.open("rb") as file:
                content = file.read(WITNESS_BYTES)
        except OSError:
            continue
        if content:
            return f"{PATHS.data}/{path.relative_to(data).as_posix()}", content.hex()
    return "", ""


def _files(data: Path) -> Iterator[Path]:
    entries = islice((Path(root) / name for root, _, names in os.walk(data) for name in sorted(names)), MAX_ENTRIES)
    return (path for path in entries if path.is_file() and path.stat().st_size)


def _expected(spec: SandboxSpec, token: str, witness: str, places: Places) -> Expected:
    slot, owners = spec.slot, set()
    found: dict[str, str | None] = dict.fromkeys(places.write)
    for name in places.write:
        path = slot.root / name / TOKEN
        try:
            found[name] = path.read_text("utf-8", errors="replace")[: len(token) + 1]
            owners.add(path.lstat().st_uid)
        except OSError:
            continue
    owner = spec.data_folder.stat()
    return Expected(
        places=places,
        token=token,
        witness=witness,
        data=str(spec.data_folder) if places.is_shared else places.data,
        data_owner=f"{owner.st_uid}:{owner.st_gid}",
        slot=str(slot.root),
        found=found,
        owners=frozenset(owners),
    )
