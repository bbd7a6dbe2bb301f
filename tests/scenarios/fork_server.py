"""Imports the service, then forks a process for each message: see ``forking.py``, which is the other end.

python fork_server.py DESCRIPTOR

Three generations: this process takes messages; a child of it waits for its own child, the service, and tells when and
how it ended; so the service's end is known to the one who asked, who is no parent of it.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path

# Also what a service imports only when it is asked to serve: each would do it again.
import aiosqlite  # noqa: F401
import fastapi_offline  # noqa: F401
import run_service
import uvicorn.lifespan.off
import uvicorn.protocols.http.h11_impl  # noqa: F401
from forking import MESSAGE_BYTES

import leanboard.api.websocket_protocol
import leanboard.server  # noqa: F401

DESCRIPTORS = 2


def main() -> None:
    """Serve until the other end is closed; in a forked service, be that service."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl+C is the tests' to handle
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to reap those who wait
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a fork would lose the other threads"
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        while True:
            content, descriptors, _, _ = socket.recv_fds(orders, MESSAGE_BYTES, DESCRIPTORS)
            if not content:
                return
            if os.fork() == 0:
                break
            for each in descriptors:
                os.close(each)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    arguments, environment = json.loads(content)
    log, teller = descriptors
    service = os.fork()
    if service != 0:
        wait_for(service, teller)
        os._exit(0)
    os.close(teller)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    os.close(log)
    os.environ.clear()
    os.environ.update(environment)
    run_service.main(arguments)


def wait_for(service: int, teller: int) -> None:
    """Tell a process's id, and how it ended."""
    os.write(teller, f"{service}\n".encode())
    _, status = os.waitpid(service, 0)
    os.write(teller, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
