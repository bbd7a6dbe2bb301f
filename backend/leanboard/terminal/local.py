"""Where a command's service is: at a given address, already running on this machine, or started in this process."""

import asyncio
import fcntl
import gc
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from leanboard.engines.base import Engine
from leanboard.errors import ConfigurationError, LeanboardError
from leanboard.market_data.folder import DataFolder
from leanboard.models.run import EngineName
from leanboard.settings import Settings
from leanboard.storage.layout import HomeLayout
from leanboard.storage.lock import ServiceRecord, running_service
from leanboard.terminal.failure import CommandError
from leanboard.terminal.service_log import log_to_file, log_to_stream

if TYPE_CHECKING:
    from fastapi import FastAPI

LOOPBACK = "127.0.0.1"
_COLD = {"warm_docker": 0, "warm_embedded": 0, "warm_images": {}}  # a service for one command has no runs to come
ANNOUNCED_WITHIN = 30.0  # seconds; a first start makes demonstration data before it answers


class Origin(StrEnum):
    """Why this service is used."""

    GIVEN = "given"  # --url or LEANBOARD_URL
    RUNNING = "running"  # holds the same home on this machine
    OWN = "own"  # started by the command, ends with it


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service to talk to."""

    url: str
    origin: Origin
    api_key: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether its files are on this machine."""
        return self.origin is not Origin.GIVEN


class EmbeddedServer(uvicorn.Server):
    """Uvicorn inside a command: signals belong to the command, and it says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets=sockets)
        self.ready.set()


@asynccontextmanager
async def reach(
    url: str | None,
    api_key: str | None,
    settings: Callable[[], Settings],
) -> AsyncIterator[Endpoint]:
    """Find or start the service, and end it if it was started.

    Args:
        url: A given address; then nothing on this machine is looked at.
        api_key: For the given address; on this machine the settings' own counts as well.
        settings: Gives the settings of this machine; called only when they are needed.

    Raises:
        CommandError: No service could be reached or started.
    """
    if url:
        yield Endpoint(url, Origin.GIVEN, api_key)
        return
    local = settings()
    key = api_key or plain_key(local)
    layout = HomeLayout(local.home)
    record = await asyncio.to_thread(running_service, layout)
    if record is None:
        try:
            async with started(local) as own:
                yield Endpoint(own, Origin.OWN, key)
                return
        except HomeIsTaken as taken:
            record = await _announced(layout, taken)
    yield Endpoint(record.url, Origin.RUNNING, key)


class HomeIsTaken(CommandError):
    """Another service was faster to take the home."""


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[str]:
    """Run the service in this event loop on a free loopback port; yields its URL.

    Raises:
        HomeIsTaken: Another service works in the home.
        CommandError: It could not start.
    """
    with listening(LOOPBACK, 0) as listener, log_to_file(settings.home / "service.log", settings.log_level):
        async with serving_app(settings.model_copy(update={"host": LOOPBACK, **_COLD}), listener) as url:
            yield url


@asynccontextmanager
async def serving_app(settings: Settings, listener: socket.socket) -> AsyncIterator[str]:
    """Run the service in this event loop on a listening socket; yields its URL.

    The lifespan is run here and not by uvicorn, which would end the process where it fails.

    Raises:
        HomeIsTaken: Another service works in the home.
        CommandError: It could not start.
    """
    from leanboard.app import create_app  # noqa: PLC0415  # a second of imports that clients of others do not need

    host, port = listener.getsockname()[:2]
    app = create_app(settings.model_copy(update={"port": port}))
    async with AsyncExitStack() as stack:
        with service_errors(settings):
            await stack.enter_async_context(app.router.lifespan_context(app))
        await stack.enter_async_context(answering(app, listener))
        _settle_memory()
        url = address_of(host, port)
        await app.state.services.storage.announce(url)
        yield url


def _settle_memory() -> None:
    """Let the garbage collector pass over what the service is made of: looking at it again stops everything else."""
    gc.collect()
    gc.freeze()


def address_of(host: str, port: int) -> str:
    """Return the URL under which this machine reaches a listening address."""
    reachable = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104  # translated, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


@asynccontextmanager
async def answering(app: "FastAPI", listener: socket.socket) -> AsyncIterator[None]:
    """Answer on a listening socket, as long as the context lasts."""
    from leanboard.server import server_config  # noqa: PLC0415  # as above

    server = EmbeddedServer(server_config(app))
    task = asyncio.create_task(server.serve(sockets=[listener]), name="leanboard-server")
    try:
        await server.ready.wait()
        yield
    finally:
        server.should_exit = True
        await task


@contextmanager
def service_errors(settings: Settings) -> Iterator[None]:
    """Turn what keeps the service from starting into an error of the command."""
    try:
        yield
    except ConfigurationError as error:
        kind = HomeIsTaken if _is_held(HomeLayout(settings.home).lock) else CommandError
        raise kind(error.detail, code=error.code) from error
    except (LeanboardError, OSError) as error:
        message = f"the service cannot start: {error}"
        raise CommandError(message, code="start_failed", hint="leanboard doctor says what is wrong") from error


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Open a listening socket before anything else is started, so that a taken port is known at once.

    Raises:
        CommandError: The address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends without delay (TCP_NODELAY) on such sockets only; else a body that
    # follows its header waits 40 ms for the client's acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            message = f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0).lower()}"
            hint = "another service? choose another port with --port, or 0 for a free one"
            raise CommandError(message, code="port_taken", hint=hint) from error
        yield listener


def data_folder(settings: Settings) -> DataFolder:
    """Return the folder of market data that a service with these settings uses."""
    from leanboard.app import find_data_folder  # noqa: PLC0415  # as above

    return find_data_folder(settings)


@asynccontextmanager
async def running_engines(
    settings: Settings, *, call_seconds: int | None = None
) -> AsyncIterator[dict[EngineName, Engine]]:
    """Start the engines that a service with these settings has; they are closed with the block, and log nothing.

    Args:
        settings: Of this machine.
        call_seconds: After which a call of the Docker engine is given up; the service's own patience if left out.

    Raises:
        CommandError: A setting of theirs cannot be used.
    """
    from leanboard.app import make_engines  # noqa: PLC0415  # as above
    from leanboard.engines.docker.client import CALL_SECONDS, DockerClient  # noqa: PLC0415

    try:
        made = make_engines(settings, partial(DockerClient, call_seconds=call_seconds or CALL_SECONDS))
    except ConfigurationError as error:
        raise CommandError(error.detail, code=error.code) from error
    async with AsyncExitStack() as stack:
        stack.enter_context(log_to_stream(sys.stderr, "error"))
        for engine in made.values():
            stack.push_async_callback(engine.close)
            await engine.start()
        yield made


def plain_key(settings: Settings) -> str | None:
    """Return the API key itself."""
    return settings.api_key.get_secret_value() if settings.api_key is not None else None


def _is_held(lock: Path) -> bool:
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


async def _announced(layout: HomeLayout, refusal: CommandError) -> ServiceRecord:
    """Wait for the faster service to say where it listens."""
    deadline = asyncio.get_running_loop().time() + ANNOUNCED_WITHIN
    while asyncio.get_running_loop().time() < deadline:
        record = await asyncio.to_thread(running_service, layout)
        if record is not None:
            return record
        await asyncio.sleep(0.1)
    raise refusal
