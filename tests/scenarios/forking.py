"""Starts processes by fork from one that has imported the service already: the import takes longer than most tests.

What is started has an environment, files and a life of its own, and ends as any interpreter does. That the service
starts from nothing too is what the tests of the command line and of the image see.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol, Self

PROGRAM = Path(__file__).with_name("fork_server.py")
START_SECONDS = 60.0
MESSAGE_BYTES = 1 << 20


class Process(Protocol):
    """What the tests need of a process; ``subprocess.Popen`` has it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, number: int) -> None: ...


class Start(Protocol):
    """A way to start ``run_service.py``."""

    def __call__(self, arguments: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> Process: ...


def start_afresh(arguments: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> Process:
    """Start an interpreter of its own."""
    command = [sys.executable, str(PROGRAM.with_name("run_service.py")), *arguments]
    return subprocess.Popen(command, env=dict(environment), stdout=log, stderr=log)


class ForkedProcess:
    """A process that somebody else has forked, who tells when it has ended.

    Args:
        teller: Gives the process id, and the exit code when there is one, a line each; closed at the end.
    """

    def __init__(self, teller: socket.socket) -> None:
        self._teller = teller
        self._lines = teller.makefile("r")
        teller.settimeout(START_SECONDS)
        self.pid = int(self._lines.readline())
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or minus the number of the signal that killed it; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when there is one.

        Raises:
            subprocess.TimeoutExpired: It went on.
        """
        if self._code is None:
            self._teller.settimeout(timeout)
            try:
                self._teller.recv(1, socket.MSG_PEEK)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(PROGRAM), timeout or 0.0) from None
            self._teller.settimeout(START_SECONDS)
            self._code = int(self._lines.readline())
            self._lines.close()
            self._teller.close()
        return self._code

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing happens when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class ForkServer:
    """The process that has imported everything; ends with the block, or with whoever started it."""

    def __init__(self) -> None:
        self._own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, str(PROGRAM), str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> Process:
        """Fork a process; see :class:`Start`."""
        message = json.dumps([list(arguments), dict(environment)]).encode()
        assert len(message) < MESSAGE_BYTES
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._own, [message], [log.fileno(), theirs.fileno()])
        return ForkedProcess(ours)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._own.close()
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
