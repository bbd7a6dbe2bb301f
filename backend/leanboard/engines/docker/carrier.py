"""How a slot's files reach its container and come back."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from leanboard.engines.docker.placement import HostPaths
from leanboard.engines.docker.spec import PATHS, Mount, slot_mounts
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot import SandboxPaths, Slot
from leanboard.engines.slot_files import GUEST, STREAMS, write_whole
from leanboard.errors import EngineError

_WRITTEN = ("output", "storage", "console")  # by the container


@dataclass(frozen=True, slots=True)
class Manner:
    """How containers are made for a carrier.

    Attributes:
        paths: Where they see the slot.
        to_files: They write their streams into the slot themselves.
        starts_with_job: They are started when they have their job, since nothing can be brought to them later.
        arguments: Of LEAN.
        environment: Of LEAN.
        other_data: See ``Engine.other_data``.
    """

    paths: SandboxPaths = PATHS
    to_files: bool = True
    starts_with_job: bool = False
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    other_data: str = ""


class SlotCarrier(Protocol):
    """The files of one slot between service and container, called by the engine in this order.

    ``mounts`` -> (container created) -> (container started) -> ``started`` -> ``assign`` -> (container ended) ->
    ``ended``; where containers start with their job ``assign`` comes before the start. After a restart of the service
    ``started`` comes first, for a container that runs or has ended.
    """

    @property
    def manner(self) -> Manner:
        """How containers are made for it; always the same."""
        ...

    async def mounts(self, spec: SandboxSpec, user: str) -> tuple[Mount, ...]:
        """Put everything in its place on this side, for ``user`` (UID:GID); returns what the container mounts."""
        ...

    async def started(self, name: str, spec: SandboxSpec) -> None:
        """Begin to bring back what it writes."""
        ...

    async def assign(self, name: str, spec: SandboxSpec, job: bytes) -> None:
        """Put the job, and what else is not there yet, where the guest sees it: all of it or nothing."""
        ...

    async def ended(self, name: str, spec: SandboxSpec) -> None:
        """Bring back the rest: the slot is complete when this returns, however long the engine is away."""
        ...

    def engine_lost(self) -> None:
        """Take note that the engine does not answer any more: what waits for it may wait at a dead connection."""
        ...

    async def close(self) -> None:
        """Give threads and connections back; containers go on."""
        ...


class MountedSlots:
    """Service and engine share a disk: the slot itself is mounted, and nothing is copied.

    Args:
        paths: What the engine's host calls a path of the service.
        pool: For file work.
    """

    manner = Manner()

    def __init__(self, paths: HostPaths, pool: ThreadPoolExecutor) -> None:
        self._paths = paths
        self._pool = pool

    async def mounts(self, spec: SandboxSpec, user: str) -> tuple[Mount, ...]:
        """Hand the slot's written folders to the container's user."""
        hosts = {spec.slot.root: await self._paths.on_host(spec.slot.root, write=True)}
        if spec.sees_data:
            hosts[spec.data_folder] = await self._paths.on_host(spec.data_folder)
        work = partial(prepare_slot, spec.slot, user)
        await asyncio.get_running_loop().run_in_executor(self._pool, work)
        return slot_mounts(spec, hosts)

    async def started(self, name: str, spec: SandboxSpec) -> None:
        """Everything is written through the mounts."""

    async def assign(self, name: str, spec: SandboxSpec, job: bytes) -> None:  # noqa: ARG002
        """Rename it into the mounted folder."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, write_whole, spec.slot.job, job)
        except OSError as error:
            msg = f"could not write {spec.slot.job.name}: {error.strerror}"
            raise EngineError(msg) from error

    async def ended(self, name: str, spec: SandboxSpec) -> None:
        """Nothing is left to bring."""

    def engine_lost(self) -> None:
        """Nothing waits for it."""

    async def close(self) -> None:
        """Nothing is held."""


def prepare_slot(slot: Slot, user: str) -> None:
    """Put the guest beside the job and let ``user`` read the slot and write where the container writes. Blocks.

    Raises:
        EngineError: The disk refused, or the slot belongs to somebody else.
    """
    try:
        guest = slot.root / GUEST.name
        shutil.copyfile(GUEST, guest)
        for name in STREAMS:
            (slot.console / name).touch()
        for path in (guest, slot.config):
            path.chmod(0o644)
        slot.root.chmod(0o755)
        _readable(slot.code)
        if os.geteuid() == 0 and user:
            _hand_over(slot, user)
    except OSError as error:
        msg = f"the slot could not be prepared for its container: {error}"
        raise EngineError(msg) from error


def _readable(folder: Path) -> None:
    """Let everybody read: who may come here at all is decided by the folders above."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))


def _hand_over(slot: Slot, user: str) -> None:
    uid, _, gid = user.partition(":")
    for name in _WRITTEN:
        folder = slot.root / name
        for path in (folder, *folder.iterdir()):
            os.chown(path, int(uid), int(gid or uid), follow_symlinks=False)
