"""What the tests of restarts look at: containers as they are made, a log as a client of the WebSocket sees it,
and calls that are done later than their time-out."""

import re
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from containers.service import LABEL_INSTANCE, DockerService
from leanboard.engines.docker.sdk import release

_STUB_LINE = re.compile(r"stub line (\d+) at ")


def stub_lines(text: str) -> list[int]:
    """Return the numbers of the stub's lines in the order in which they are there."""
    return [int(number) for number in _STUB_LINE.findall(text)]


def log_of(events: Iterable[dict[str, Any]]) -> list[int]:
    """Return the numbers of the stub's lines in events; none may have been skipped."""
    found = []
    for event in events:
        assert not event.get("skipped"), event
        found += [
            number for line in event.get("log") or event.get("lines") or () for number in stub_lines(line["text"])
        ]
    return found


@contextmanager
def created_containers(service: DockerService) -> Iterator[list[str]]:
    """Collect the names of all containers that the service has made since the block began."""
    names: list[str] = []
    stream = service.docker.events(
        decode=True, filters={"event": "create", "label": f"{LABEL_INSTANCE}={service.instance}"}
    )

    def collect() -> None:
        for event in stream:
            names.append(event["Actor"]["Attributes"]["name"])  # noqa: PERF401  # each as it comes

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        yield names
    finally:
        stream.close()
        thread.join(10)
        release(stream)


class Listener:
    """A client that reads a run's events in a thread, until the run or the service ends.

    Args:
        service: Running.
        run_id: Of the run.
        since: The last number that was seen.
    """

    def __init__(self, service: DockerService, run_id: str, since: int | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        self._stream = service.events(run_id, since)
        self.events.append(next(self._stream))  # connected: nothing is missed from here on
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        try:
            self.events.extend(self._stream)
        except ConnectionClosed:
            return

    def until_over(self, within: float = 60.0) -> list[dict[str, Any]]:
        """Return all events, when there will be no more."""
        self._thread.join(within)
        assert not self._thread.is_alive()
        return self.events


class HoldingProxy:
    """A way to an engine on which requests can be held: the client's time is up, and they are done later.

    Args:
        socket_path: Of the engine.
        own_path: Where the proxy listens.
        mark: What the first line of a request has that is held, such as ``/kill?``.
    """

    def __init__(self, socket_path: Path, own_path: Path, mark: str) -> None:
        self._engine = str(socket_path)
        self._mark = mark.encode()
        self._let_go = threading.Event()
        self._let_go.set()
        self._sockets: list[socket.socket] = []
        self.held: list[bytes] = []
        self.address = f"unix://{own_path}"
        self._listener = self._socket()
        self._listener.bind(str(own_path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _socket(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        self._sockets.append(made)
        return made

    def hold(self) -> None:
        """Hold marked requests from now on."""
        self._let_go.clear()

    def let_go(self) -> None:
        """Hand over what was held, and hold nothing any more."""
        self._let_go.set()

    def close(self) -> None:
        """End all connections."""
        self._let_go.set()
        for each in tuple(self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                engine = self._socket()
                self._sockets.append(client)
                engine.connect(self._engine)
                threading.Thread(target=self._carry, args=(client, engine, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(engine, client, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                line = content.partition(b"\r\n")[0]
                if asks and self._mark in line and not self._let_go.is_set():
                    self.held.append(line)
                    self._let_go.wait(60)
                target.sendall(content)
            # Only this direction: what a client that has hung up had asked for is done all the same.
            target.shutdown(socket.SHUT_WR)
