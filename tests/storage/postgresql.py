"""A PostgreSQL server of the tests' own: a free port, a temporary folder, nobody's rights."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

USER = "leanboard"
_OPTIONS = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60", "autovacuum=off")


def binaries() -> Path:
    """Where the server's programs are; skips the test where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.skip("needs a PostgreSQL server: no initdb in /usr/lib/postgresql/*/bin or on PATH (Debian: postgresql)")
    return Path(on_path).parent


def unprivileged() -> int | None:
    """The server refuses to work for root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    pytest.skip("needs a user for PostgreSQL, which does not run as root: neither postgres nor nobody is there")


@contextmanager
def server() -> Iterator[URL]:
    """Run a server; gives the address of an empty database."""
    programs, user = binaries(), unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="leanboard-pg-"))
    if user is not None:
        os.chown(folder, user, -1)
    rights = {"user": user, "cwd": folder} if user is not None else {"cwd": folder}
    made = [programs / "initdb", "-D", folder / "data", "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **rights)
    port = free_port()
    options = [part for option in (*_OPTIONS, f"unix_socket_directories={folder}") for part in ("-c", option)]
    command = [programs / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **rights)
    try:
        wait_for(port, process, folder / "log")
        yield URL.create("postgresql+asyncpg", USER, host="127.0.0.1", port=port, database="postgres")
    finally:
        process.send_signal(signal.SIGINT)  # a fast end: it does not wait for clients
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        if b"ready to accept connections" in log.read_bytes():
            return
        time.sleep(0.02)
    raise AssertionError(log.read_text())
