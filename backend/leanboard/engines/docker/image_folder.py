"""Copies a folder out of an image: by way of a container that is made for it and never started."""

import asyncio
import contextlib
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

import structlog

from leanboard.engines.base import Fetching
from leanboard.engines.docker.archives import Taken, unpack
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.pull_progress import amount
from leanboard.engines.docker.spec import LABEL_INSTANCE, LABEL_SLOT, ContainerSettings
from leanboard.errors import EngineError, EngineUnavailable

MAX_BYTES = 200 << 30
MAX_ENTRIES = 2_000_000
REPORT_SECONDS = 0.25
REMOVAL_SECONDS = 10.0
LEFT_SECONDS = 6 * 3600.0  # a container of an import that is older was left by a killed one
_DISK_STEP = 8 << 20  # bytes between two looks at the free space
_END_OF_TAR = bytes(1024)  # an archive that Docker broke off ends without
_PROBLEMS = (EngineError, EngineUnavailable)

log = structlog.get_logger(__name__)
Report = Callable[[Fetching], None]


class ImageFolder:
    """Copies folders out of one engine's images.

    Args:
        client: Of the engine.
        instance: Of this installation.
        min_free: Bytes that must stay free on our disk.
    """

    def __init__(self, client: DockerClient, instance: str, min_free: int) -> None:
        self._client = client
        self._label = f"import-{instance}"  # not the installation's own: the service would sweep it away
        self._min_free = min_free

    async def copy(self, image_id: str, source: str, target: Path, report: Report) -> Taken:
        """Copy a folder of an image; the container is gone when this returns, whatever happened.

        Args:
            image_id: An image that is there.
            source: Absolute path in it.
            target: There and empty; on an error it holds what had come.
            report: Called on the event loop, a few times a second at most.

        Raises:
            EngineError: The image has no such folder, it is too large, our disk is full, or Docker refused.
            EngineUnavailable: The engine does not answer, or stopped in the middle.
        """
        await self._remove_left()
        name = f"lean-{self._label}-{secrets.token_hex(4)}"
        try:
            await self._client.create(_settings(name, image_id, self._label))
            return await self._read(name, source, target, report)
        finally:
            await self._remove(name)

    async def _remove_left(self) -> None:
        for entry in await self._client.listed(self._label):
            if entry.age > LEFT_SECONDS:
                await self._remove(entry.name)

    async def _remove(self, name: str) -> None:
        try:
            async with asyncio.timeout(REMOVAL_SECONDS):
                await self._client.remove(name)
        except (TimeoutError, *_PROBLEMS) as error:
            log.warning("a container of an import is left; a later import removes it", name=name, problem=str(error))

    async def _read(self, name: str, source: str, target: Path, report: Report) -> Taken:
        loop = asyncio.get_running_loop()
        stopped = threading.Event()

        def tell(done: int) -> None:
            loop.call_soon_threadsafe(report, Fetching(f"copying {source}: {amount(done)}"))

        work = partial(self._unpack, name, source, target, _Guard(target, self._min_free, stopped, tell))
        with ThreadPoolExecutor(1, thread_name_prefix="image-folder") as pool:
            reading = loop.run_in_executor(pool, work)
            try:
                return await asyncio.shield(reading)
            finally:
                stopped.set()
                with contextlib.suppress(asyncio.CancelledError, *_PROBLEMS):
                    await reading  # ends with its next piece, or the connection's time-out

    def _unpack(self, name: str, source: str, target: Path, guard: "_Guard") -> Taken:
        with self._client.archive(name, source) as chunks:
            if chunks is None:
                msg = f"the image has no {source}: is it one of LEAN's?"
                raise EngineError(msg)
            return unpack(guard.watch(chunks), target, MAX_BYTES, MAX_ENTRIES)


class _Guard:
    """Watches a stream of bytes that is written to our disk; in the thread that reads it."""

    def __init__(self, target: Path, min_free: int, stopped: threading.Event, tell: Callable[[int], None]) -> None:
        self._target = target
        self._min_free = min_free
        self._stopped = stopped
        self._tell = tell

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass pieces on; ends the stream where it is no longer wanted, has no room, or was broken off."""
        done, looked, told, tail = 0, -_DISK_STEP, float("-inf"), b""
        for chunk in chunks:
            if self._stopped.is_set():
                msg = "it was given up"
                raise EngineError(msg)
            if done - looked >= _DISK_STEP:
                looked = done
                self._look_at_disk()
            done += len(chunk)
            tail = (tail + chunk)[-len(_END_OF_TAR) :]
            if monotonic() - told >= REPORT_SECONDS:
                told = monotonic()
                self._tell(done)
            yield chunk
        if tail != _END_OF_TAR:
            msg = "the Docker engine broke the copy off; its log says why"
            raise EngineUnavailable(msg)

    def _look_at_disk(self) -> None:
        status = os.statvfs(self._target)
        free = status.f_bavail * status.f_frsize
        if free < self._min_free + _DISK_STEP:
            msg = f"the disk of {self._target.parent} is nearly full ({amount(free)} free): choose another with --to"
            raise EngineError(msg)


def _settings(name: str, image_id: str, label: str) -> ContainerSettings:
    """Return the settings of a container that is never started, and could do nothing if it were."""
    return ContainerSettings(
        name=name,
        image=image_id,
        entrypoint=("/bin/true",),
        command=(),
        user="65534:65534",
        environment={},
        labels={LABEL_INSTANCE: label, LABEL_SLOT: "import"},
        mounts=(),
        network="none",
        memory=None,
        cpus=None,
        pids=0,
        tmp=0,
        max_file=0,
        read_only=True,
        drop_capabilities=True,
        no_new_privileges=True,
    )
