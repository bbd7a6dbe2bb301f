"""The SDK's calls for an engine on another machine: archives, and log streams that another thread can end. Blocks."""

import contextlib
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from leanboard.engines.docker.sdk import CONNECT_SECONDS, absent_is_none, close_if_refused, our_errors

if TYPE_CHECKING:
    from docker.client import DockerClient as SdkClient

_BLOCK = 1 << 16
ANSWER_SECONDS = 20


class LogStream:
    """What Docker gives of a container's streams, in its frames.

    Args:
        response: Of the request, streaming.
    """

    def __init__(self, response: Any) -> None:  # noqa: ANN401  # of requests, which is the SDK's
        self._response = response
        self._chunks: Iterator[bytes] = response.iter_content(_BLOCK)
        self._closed = False
        self._socket = _socket_of(response)
        if self._socket is not None:
            self._socket.settimeout(None)  # LEAN may be silent for long

    def __iter__(self) -> "LogStream":
        return self

    def __next__(self) -> bytes:
        """Wait for more.

        Raises:
            EngineUnavailable: The connection broke.
        """
        try:
            with our_errors():
                chunk = next(self._chunks, b"")
        except Exception:
            if self._closed:
                raise StopIteration from None
            raise
        if self._closed or not chunk:  # of TLS, what comes after the shutdown is still encrypted
            raise StopIteration
        return chunk

    def shut(self) -> None:
        """End a read that blocks in another thread."""
        self._closed = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back; in the thread that reads."""
        self._closed = True
        self._response.close()


def _socket_of(response: Any) -> socket.socket | None:  # noqa: ANN401
    """Find the connection below the layers of requests, urllib3 and http.client, as the SDK does."""
    file = getattr(getattr(response.raw, "_fp", None), "fp", None)
    raw = getattr(file, "raw", None)
    found = getattr(raw, "_sock", None)
    return found if isinstance(found, socket.socket) else None


def console_stream(client: "SdkClient", name: str, *, follow: bool) -> LogStream | None:
    """Ask for both streams of a container from their beginning; None when it is not there."""
    api: Any = client.api
    parameters = {"stdout": 1, "stderr": 1, "follow": int(follow)}

    def ask() -> LogStream:
        response = api._get(  # noqa: SLF001  # the SDK's own logs() cannot be ended from another thread
            api._url("/containers/{0}/logs", name),  # noqa: SLF001
            params=parameters,
            stream=True,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
        )
        close_if_refused(api, response)
        return LogStream(response)

    return absent_is_none(ask)


def put_archive(client: "SdkClient", name: str, path: str, archive: BinaryIO) -> None:
    """Unpack a tar in a container that does not run."""
    client.api.put_archive(name, path, archive)


@contextlib.contextmanager
def archive(client: "SdkClient", name: str, path: str) -> Iterator[Iterator[bytes] | None]:
    """Give a folder of a container that does not run as a tar; None when container or folder is not there."""
    api: Any = client.api

    def ask() -> Any:  # noqa: ANN401
        response = api._get(api._url("/containers/{0}/archive", name), params={"path": path}, stream=True)  # noqa: SLF001
        close_if_refused(api, response)
        return response

    response = absent_is_none(ask)
    if response is None:
        yield None
        return
    try:
        yield response.iter_content(_BLOCK)
    finally:
        response.close()  # unread, it would hold Docker's lock on the container
