"""The async face of one Docker engine: the SDK's calls off the event loop, in pools and with time-outs of their own.

Looking at the engine (``facts``, ``listed``) has its own thread, so that a hung call never keeps us from noticing
that the engine is back. A call that timed out may still be executed: its error means "not known", never "did not
happen".
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from leanboard.engines.docker.addresses import known_address
from leanboard.engines.docker.facts import ENGINE_PROBLEMS, ContainerState, EngineFacts, ImageFacts, ListedContainer
from leanboard.engines.docker.spec import ContainerSettings, Mount
from leanboard.engines.docker.ssh import SshTunnel
from leanboard.errors import EngineError, EngineUnavailable

if TYPE_CHECKING:
    from docker.client import DockerClient as SdkClient
    from docker.types import CancellableStream

    from leanboard.engines.docker.sdk import EndingStream
    from leanboard.engines.docker.sdk_copies import LogStream

CALL_SECONDS = 20
LOOK_SECONDS = 4

T = TypeVar("T")


class DockerClient:
    """One engine.

    Args:
        address: ``unix://``, ``tcp://`` or ``ssh://``; None for what DOCKER_HOST, the docker command's context, or
            the local socket say, in this order.
        call_seconds: After which a call is given up.
    """

    def __init__(self, address: str | None = None, call_seconds: int = CALL_SECONDS) -> None:
        self._address = address
        self._calls = ThreadPoolExecutor(8, thread_name_prefix="docker-call")
        self._looks = ThreadPoolExecutor(1, thread_name_prefix="docker-look")
        found = known_address(address)
        self._tunnel = SshTunnel(found) if found.startswith("ssh://") else None
        self._for_calls = _Connection(address, call_seconds, self._tunnel)
        self._for_looks = _Connection(address, LOOK_SECONDS, self._tunnel)
        self._for_streams = _Connection(address, CALL_SECONDS, self._tunnel)

    @property
    def address(self) -> str:
        """Where the engine is, for people."""
        return known_address(self._address) or "the docker command's context"

    def close(self) -> None:
        """Give threads and connections back; calls that hang are left to their time-outs."""
        for pool in (self._calls, self._looks):
            pool.shutdown(wait=False, cancel_futures=True)
        for connection in (self._for_calls, self._for_looks, self._for_streams):
            connection.close()
        if self._tunnel is not None:
            self._tunnel.close()

    # --- looking -------------------------------------------------------------------------------------------------

    async def facts(self) -> EngineFacts:
        """Ask the engine for itself.

        Raises:
            EngineUnavailable: It does not answer.
        """
        return await self._look(lambda sdk, client: sdk.facts(client))

    async def listed(self, instance: str) -> tuple[ListedContainer, ...]:
        """Return all containers with the instance's label, also those that have ended.

        Raises:
            EngineUnavailable: The engine does not answer.
        """
        return await self._look(lambda sdk, client: sdk.listed(client, instance))

    async def takes_connections(self) -> bool:
        """Whether the engine answers on a new connection: one that is about to end does so only on old ones."""

        def ask() -> bool:
            connection = _Connection(self._address, LOOK_SECONDS, self._tunnel)
            try:
                connection.get()
            except ENGINE_PROBLEMS:
                return False
            finally:
                connection.close()
            return True

        return await asyncio.get_running_loop().run_in_executor(self._calls, ask)

    # --- containers ----------------------------------------------------------------------------------------------

    async def create(self, settings: ContainerSettings) -> str:
        """Make a container without starting it; returns its id.

        Raises:
            NameTaken: There is one of that name.
            EngineError: Docker refused the settings.
            EngineUnavailable: No answer, or the engine's disk is full.
        """
        return await self._call(lambda sdk, client: sdk.create(client, settings))

    async def start(self, name: str) -> None:
        """Start a container; one that runs already stays as it is."""
        await self._call(lambda _, client: client.api.start(name))

    async def inspect(self, name: str) -> ContainerState | None:
        """Look at a container; None when it is not there.

        Raises:
            EngineUnavailable: No answer, or one that says nothing about the container.
        """
        with _no_answer():
            return await self._call(lambda sdk, client: sdk.inspect(client, name))

    async def signal(self, name: str, signal: str) -> None:
        """Send a signal; one that has ended or vanished is left alone."""
        await self._call(lambda sdk, client: sdk.send_signal(client, name, signal))

    async def remove(self, name: str) -> None:
        """Remove a container, running or not; one that is gone or on its way out is fine."""
        await self._call(lambda sdk, client: sdk.remove(client, name))

    async def console(self, name: str, tail: int = 200) -> bytes:
        """Return the last lines of what Docker itself kept of both streams; empty when the container is gone."""
        return await self._call(lambda sdk, client: sdk.console(client, name, tail))

    async def own_mounts(self, container_id: str) -> tuple[Mount, ...]:
        """Return where a container's folders lie on the engine's host; empty when there is no such container."""
        return await self._call(lambda sdk, client: sdk.mounts_of(client, container_id))

    # --- images --------------------------------------------------------------------------------------------------

    async def image(self, reference: str) -> ImageFacts | None:
        """Return what is known of an image; None when it is not there."""
        return await self._call(lambda sdk, client: sdk.image(client, reference))

    # --- streams and archives: for threads of the caller's own ---------------------------------------------------

    @contextlib.contextmanager
    def endings(self, instance: str) -> Iterator["EndingStream"]:
        """Give the names of containers that end or vanish, as it happens; blocks. Hints: some may never come.

        Raises:
            EngineUnavailable: The engine does not answer. One that dies later ends the stream without an error.
        """
        client = self._for_streams.get()
        with _sdk().endings(client, instance) as stream:
            yield stream

    @contextlib.contextmanager
    def open_pull(self, reference: str, inactivity: float) -> Iterator["CancellableStream[dict[str, Any]]"]:
        """Pull an image; gives the engine's progress lines. Blocks; leaving the block ends the pull.

        Args:
            reference: Name with tag or digest; ``latest`` where it has neither.
            inactivity: Seconds without a line after which reading raises.

        Yields:
            An iterator of lines as the Docker API gives them (``status``, ``id``, ``progressDetail``, ``error``);
            its ``close`` may be called from another thread and ends a read that blocks.

        Raises:
            EngineError: The registry or the engine refused.
            EngineUnavailable: The engine does not answer, or nothing came for ``inactivity`` seconds.
        """
        client = self._for_streams.get()
        sdk = _sdk()
        with sdk.our_errors():
            stream = sdk.pull(client, reference, inactivity)
            try:
                yield stream
            finally:
                sdk.release(stream)

    def console_stream(self, name: str, *, follow: bool) -> "LogStream | None":
        """Ask for both streams of a container from their beginning; blocks. None when it is not there.

        Raises:
            EngineError: The engine cannot read what it kept.
            EngineUnavailable: It does not answer.
        """
        client = self._for_streams.get()
        copies = _copies()
        with _sdk().our_errors():
            stream: LogStream | None = copies.console_stream(client, name, follow=follow)
            return stream

    def put_archive(self, name: str, path: str, archive: BinaryIO) -> None:
        """Unpack a tar in a container that does not run; blocks."""
        with self.sdk() as client:
            _copies().put_archive(client, name, path, archive)

    @contextlib.contextmanager
    def archive(self, name: str, path: str) -> Iterator[Iterator[bytes] | None]:
        """Give a folder of a container that does not run as a tar, in pieces; blocks. None when it is not there.

        The tar's names begin with the folder's own. Read it to the end, or leave the block.

        Raises:
            EngineUnavailable: The engine does not answer, or stopped in the middle.
        """
        with self.sdk() as client, _copies().archive(client, name, path) as chunks:
            yield chunks

    @contextlib.contextmanager
    def sdk(self) -> Iterator["SdkClient"]:
        """Give the SDK's own client with our errors around it; blocks."""
        client = self._for_calls.get()
        with _sdk().our_errors():
            yield client

    # --- plumbing ------------------------------------------------------------------------------------------------

    async def _call(self, work: Callable[[Any, "SdkClient"], T]) -> T:
        return await _in(self._calls, self._for_calls, work)

    async def _look(self, work: Callable[[Any, "SdkClient"], T]) -> T:
        with _no_answer():
            return await _in(self._looks, self._for_looks, work)


class _Connection:
    """The SDK's client with one time-out, made when it is first needed."""

    def __init__(self, address: str | None, seconds: int, tunnel: SshTunnel | None = None) -> None:
        self._address = address
        self._seconds = seconds
        self._tunnel = tunnel
        self._client: SdkClient | None = None
        self._lock = threading.Lock()

    def get(self) -> "SdkClient":
        """Return it; blocks.

        Raises:
            EngineUnavailable: The engine does not answer.
        """
        path = known_address(self._address).removeprefix("unix://")
        if path.startswith("/") and not Path(path).exists():
            # A machine without Docker need not import the SDK.
            msg = f"no Docker engine answers: {path} is not there"
            raise EngineUnavailable(msg)
        with self._lock:
            if self._client is None:
                address = self._address if self._tunnel is None else self._tunnel.open()
                self._client = _sdk().connect(address, self._seconds)
            return self._client

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Add ssh's own words to the news that nobody answers."""
        try:
            yield
        except EngineUnavailable as error:
            if self._tunnel is None or not (words := self._tunnel.problem):
                raise
            msg = f"{error.detail} (ssh: {words})"
            raise EngineUnavailable(msg) from error

    def close(self) -> None:
        # Without the lock: somebody may hold it while waiting for an engine that hangs.
        if self._client is not None:
            self._client.close()


@contextlib.contextmanager
def _no_answer() -> Iterator[None]:
    """Take an error for what it is where one only asks: an engine that starts or dies refuses with any of them."""
    try:
        yield
    except EngineError as error:
        raise EngineUnavailable(error.detail) from error


async def _in(pool: ThreadPoolExecutor, connection: _Connection, work: Callable[[Any, "SdkClient"], T]) -> T:
    def do() -> T:
        with connection.explained():
            client = connection.get()
            sdk = _sdk()
            with sdk.our_errors():
                return work(sdk, client)

    try:
        future = asyncio.get_running_loop().run_in_executor(pool, do)
    except RuntimeError as error:  # the pool is shut down
        msg = "the service is shutting down"
        raise EngineUnavailable(msg) from error
    return await future


def _sdk() -> Any:  # noqa: ANN401  # the module, imported where it is first used: in a thread
    from leanboard.engines.docker import sdk  # noqa: PLC0415

    return sdk


def _copies() -> Any:  # noqa: ANN401  # as _sdk()
    from leanboard.engines.docker import sdk_copies  # noqa: PLC0415

    return sdk_copies
