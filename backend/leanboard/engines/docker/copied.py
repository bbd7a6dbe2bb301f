"""Slots whose engine runs on another machine: nothing is shared, everything is copied by Docker's archive calls.

A container has the slot as one volume of its own, which Docker makes and removes together with it. Files go in while
the container is created and has not started, and come back when it has ended: the archive calls are never used on a
container that runs, whose strategy could exchange folders for links at the same time. What happens in between is
seen through Docker's log stream alone; so the guest writes its frames there, too.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, TypeVar

import structlog

from leanboard.engines.docker.archives import move_into, pack_slot, unpack
from leanboard.engines.docker.carrier import Manner
from leanboard.engines.docker.console_copy import ConsoleCopy, ConsoleFiles, ConsoleStream
from leanboard.engines.docker.spec import COPIED_CONFIG, COPIED_PATHS, VOLUME, Mount
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.engines.slot_files import STREAMS, write_whole
from leanboard.errors import EngineError, EngineUnavailable

AGAIN_SECONDS = 1.0
JOIN_SECONDS = 2.0
MANNER: Final = Manner(
    paths=COPIED_PATHS,
    to_files=False,
    starts_with_job=True,
    arguments=("--config", COPIED_CONFIG),  # no volume can cover the single file that LEAN reads otherwise
    environment={"LEANBOARD_FRAMES": "stdout"},
)
T = TypeVar("T")

log = structlog.get_logger(__name__)


class CopyingClient(Protocol):
    """What is asked of the engine; blocks, errors as of the client's calls."""

    def console_stream(self, name: str, *, follow: bool) -> ConsoleStream | None:
        """Ask for a container's streams from their beginning; None when it is not there."""
        ...

    def put_archive(self, name: str, path: str, archive: BinaryIO) -> None:
        """Unpack a tar in a container that does not run."""
        ...

    def archive(self, name: str, path: str) -> contextlib.AbstractContextManager[Any]:
        """Give a folder of a container as pieces of a tar; None when it is not there."""
        ...


class CopiedSlots:
    """Carries slots by archive.

    Args:
        client: Of the engine.
        data: Market data on the engine's machine, a path or a volume's name; None for the image's own.
        max_bytes: That a run may leave.
        labels: Of the volumes.
    """

    def __init__(
        self, client: CopyingClient, data: str | None, max_bytes: int, labels: Mapping[str, str] | None = None
    ) -> None:
        self._client = client
        place = f"{data} on the Docker engine's machine" if data is not None else "the image's own /Lean/Data"
        self.manner = replace(MANNER, other_data=place)
        self._data = data
        self._max_bytes = max_bytes
        self._labels = dict(labels or {})
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="docker-copies")
        self._users: dict[str, str] = {}  # by slot
        self._copies: dict[str, ConsoleCopy] = {}  # by container

    async def mounts(self, spec: SandboxSpec, user: str) -> tuple[Mount, ...]:
        """A new volume for the slot, and the data where there is another than the image's."""
        self._users[spec.slot.id] = user
        await self._in_thread(partial(_touch, spec.slot))
        volume = Mount("", VOLUME, read_only=False, is_volume=True, labels={**self._labels, **spec.labels})
        if self._data is None or not spec.sees_data:
            return (volume,)
        data = Mount(self._data, COPIED_PATHS.data, read_only=True, is_volume=not self._data.startswith("/"))
        return (volume, data)

    async def assign(self, name: str, spec: SandboxSpec, job: bytes) -> None:
        """Copy the whole slot, with the job, into the container's volume."""
        await self._in_thread(partial(self._put, name, spec.slot, self._users.get(spec.slot.id, ""), job))

    def _put(self, name: str, slot: Slot, user: str, job: bytes) -> None:
        try:
            write_whole(slot.job, job)
            # Beside the slot's other files: the system's /tmp may be memory.
            with tempfile.TemporaryFile(dir=slot.root) as archive:
                pack_slot(slot, user, archive)
                archive.seek(0)
                self._client.put_archive(name, VOLUME, archive)
        except OSError as error:
            msg = f"the slot could not be packed for its container: {error}"
            raise EngineError(msg) from error

    async def started(self, name: str, spec: SandboxSpec) -> None:
        """Follow the streams; one that is followed already stays so."""
        if name in self._copies:
            return
        try:
            files = await self._in_thread(partial(ConsoleFiles, spec.slot))
        except OSError as error:
            msg = f"the console could not be written: {error}"
            raise EngineError(msg) from error
        copy = self._copies[name] = ConsoleCopy(name, files, self._client.console_stream)
        copy.start(asyncio.get_running_loop())

    async def ended(self, name: str, spec: SandboxSpec) -> None:
        """Complete the streams, then bring back what was written; waits as long as the engine is away."""
        self._users.pop(spec.slot.id, None)
        try:
            copy = self._copies.get(name)
            if copy is not None:
                copy.finish()
                await copy.complete()
            await self._bring(name, spec)
        finally:
            self._copies.pop(name, None)

    async def _bring(self, name: str, spec: SandboxSpec) -> None:
        while True:
            try:
                return await self._in_thread(partial(self._collect, name, spec.slot))
            except EngineUnavailable as error:
                log.info("what a container left cannot be brought back yet", name=name, problem=error.detail)
            await asyncio.sleep(AGAIN_SECONDS)

    def _collect(self, name: str, slot: Slot) -> None:
        left = self._max_bytes
        for source, target in ((COPIED_PATHS.output, slot.output), (COPIED_PATHS.storage, slot.storage)):
            staging = slot.root / f".incoming-{target.name}"
            shutil.rmtree(staging, ignore_errors=True)
            try:
                staging.mkdir()
                with self._client.archive(name, source) as chunks:
                    if chunks is None:
                        continue
                    taken = unpack(chunks, staging, left)
                left -= taken.bytes
                if taken.skipped:
                    log.warning("links and devices were left behind", name=name, folder=source, count=taken.skipped)
                move_into(staging, target)
            except OSError as error:
                msg = f"what the run left could not be written here: {error}"
                raise EngineError(msg) from error
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    def engine_lost(self) -> None:
        """Let the streams connect again."""
        for copy in self._copies.values():
            copy.reconnect()

    async def close(self) -> None:
        """End the threads; the next process of the service goes on where the files end."""
        copies = list(self._copies.values())
        self._copies.clear()
        for copy in copies:
            copy.close()
        if copies:
            await self._in_thread(partial(_join, copies))
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _touch(slot: Slot) -> None:
    for name in STREAMS:
        path: Path = slot.console / name
        path.touch()


def _join(copies: list[ConsoleCopy]) -> None:
    for copy in copies:
        copy.join(JOIN_SECONDS)
