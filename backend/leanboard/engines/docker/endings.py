"""A thread that hears when containers end: hints for the watch, which looks by itself as well."""

import asyncio
import threading
from collections.abc import Callable

import structlog

from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.facts import ENGINE_PROBLEMS

log = structlog.get_logger(__name__)


class EndingsListener:
    """A thread that reads the engine's stream of endings, and connects again when it breaks.

    Args:
        client: Of the engine.
        instance: Whose containers.
        on_end: Called on the event loop with a name.
        on_break: Called on the event loop when a stream that had begun breaks.
    """

    AGAIN_SECONDS = 1.0

    def __init__(
        self,
        client: DockerClient,
        instance: str,
        on_end: Callable[[str], None],
        on_break: Callable[[], None],
    ) -> None:
        self._client = client
        self._instance = instance
        self._on_end = on_end
        self._on_break = on_break
        self._stopped = threading.Event()
        self._stop_stream: Callable[[], None] = _nothing

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to listen."""
        threading.Thread(target=self._listen, args=(loop,), name="docker-endings", daemon=True).start()

    def stop(self) -> None:
        """End the thread, also where it waits for the engine."""
        self._stopped.set()
        self.reconnect()

    def reconnect(self) -> None:
        """Give up the connection: nobody answers at its other end."""
        try:
            self._stop_stream()
        except Exception as error:  # noqa: BLE001  # the SDK's, of a connection that is half gone
            log.info("a stream of the Docker engine could not be closed", problem=str(error))

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopped.is_set():
            try:
                with self._client.endings(self._instance) as stream:
                    self._stop_stream = stream.close
                    for name in stream.names():
                        loop.call_soon_threadsafe(self._on_end, name)
                if not self._stopped.is_set():
                    loop.call_soon_threadsafe(self._on_break)
            except ENGINE_PROBLEMS:  # not there: the watch's own looks notice when it is back
                pass
            except RuntimeError:  # the loop is closed
                return
            except Exception as error:  # noqa: BLE001  # such as the last piece of a stream that was cut off
                log.info("the Docker engine's stream of endings broke", problem=str(error))
            self._stop_stream = _nothing
            self._stopped.wait(self.AGAIN_SECONDS)


def _nothing() -> None:
    return
