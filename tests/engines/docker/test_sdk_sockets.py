"""Connections over a Unix socket, without an engine: what is left open when nobody listens."""

import gc
import socket
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from leanboard.engines.docker.client import DockerClient
from leanboard.errors import EngineUnavailable

_ANSWER = b'{"ApiVersion": "1.41", "ServerVersion": "20.10", "OSType": "linux", "NCPU": 2}'


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
            connection.recv(1 << 16)
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
