"""Connections over a Unix socket, without an engine: what is left open when nobody listens."""

import contextlib
import gc
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from leanboard.engines.docker.client import DockerClient
from leanboard.errors import EngineUnavailable

_ANSWER = b'{"ApiVersion": "1.41", "ServerVersion": "20.10", "OSType": "linux", "NCPU": 2}'
_EVENT = b'{"Actor": {"Attributes": {"name": "one"}}}\n'
_EVENTS_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "docker.sock"


@pytest.fixture
def engine(path: Path) -> Iterator[socket.socket]:
    """A socket behind which every question gets one answer, on a connection of its own."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        threading.Thread(target=answer, args=(listening,), daemon=True).start()
        yield listening


def answer(listening: socket.socket) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(_ANSWER)}\r\nConnection: close\r\n"
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            if b"/events?" in connection.recv(1 << 16):
                connection.sendall(_EVENTS_HEAD + b"%x\r\n%s\r\n" % (len(_EVENT), _EVENT))
                connection.recv(1)  # until the client has had enough
                continue
            connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + _ANSWER)


async def refused(client: DockerClient) -> None:
    with pytest.raises(EngineUnavailable):
        await client.facts()


async def nothing_is_left_open(client: DockerClient) -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await refused(client)
        await refused(client)
        client.close()
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


async def test_nobody_listens(path):
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))  # the file stays, as after kill -9
    await nothing_is_left_open(DockerClient(f"unix://{path}"))


async def test_nobody_listens_any_more(engine, path):
    client = DockerClient(f"unix://{path}")
    assert (await client.facts()).cpus == 2
    engine.shutdown(socket.SHUT_RDWR)
    engine.close()
    await nothing_is_left_open(client)


@pytest.mark.parametrize("ended_by", ["reader", "another thread"])
def test_a_stream_of_endings_leaves_no_socket_to_the_garbage_collector(engine, path, ended_by):
    client = DockerClient(f"unix://{path}")
    before = open_sockets()
    with client.endings("instance") as stream:
        names = stream.names()
        assert next(names) == "one"
        assert len(open_sockets() - before) > 0
        if ended_by == "another thread":
            threading.Timer(0.1, stream.close).start()
            assert list(names) == []
    client.close()
    deadline = time.monotonic() + 5
    while (left := open_sockets() - before) and time.monotonic() < deadline:
        time.sleep(0.01)  # the other end is a thread here
    assert left == set()
    assert stream is not None  # still held: nobody has collected it


def open_sockets() -> set[str]:
    """This process's sockets, as the kernel names them."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(entry.readlink()))
    return {name for name in found if name.startswith("socket:")}
