"""Child processes of the embedded engine, forked by one minilean process that has imported everything.

That process (:mod:`minilean.fork_server`) is started with the first child, and again after it has died. It gets a bare
environment, and ends when its socket is closed, as it is when the service dies, however that dies: it has to be alive
for that, to take along what the runs have started. Its children die with it, even if it is killed.
"""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MESSAGE_BYTES = 1 << 16
ANSWER_SECONDS = 30.0  # for a first child: until everything is imported
CLOSE_SECONDS = 2.0
_DIED = "the process that forks the runs has died"


@dataclass(frozen=True, slots=True)
class ChildRequest:
    """One process that runs a backtest.

    Attributes:
        config: Path of its ``config.json``.
        folder: Its working folder.
        environment: All of its environment.
        stdout: File that it prints to; made or emptied. ``stderr`` likewise.
    """

    config: str
    folder: str
    environment: Mapping[str, str]
    stdout: str
    stderr: str


class Child:
    """A process that runs a backtest, and leads its own group.

    Attributes:
        pid: Of the process.
        ended: Its exit code once it has ended; negative for a signal.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self.ended.result() if self.ended.done() else None

    async def wait(self) -> int:
        """Wait for its end; returns the exit code, negative for a signal."""
        return await asyncio.shield(self.ended)

    def interrupt(self) -> None:
        """Send SIGINT to the process alone."""
        if not self.ended.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """Send SIGKILL to the group, which may outlive the process."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


class ForkServer:
    """Makes children.

    Args:
        environment: Of the server; that of a child is its request's.
        python: Interpreter that has minilean.
        answer_seconds: After which one that does not answer is given up.
    """

    def __init__(
        self, environment: Mapping[str, str], *, python: str = sys.executable, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._environment = dict(environment)
        self._python = python
        self._answer_seconds = answer_seconds
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._channel: socket.socket | None = None
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[Child]] = {}
        self._children: dict[int, Child] = {}
        self._closed = False

    @property
    def pids(self) -> frozenset[int]:
        """The server and its living children."""
        own = [self._process.pid] if self._process is not None and self._process.returncode is None else []
        return frozenset((*own, *self._children))

    async def start(self, request: ChildRequest) -> Child:
        """Start a child.

        Raises:
            OSError: It could not be started.
        """
        number = next(self._numbers)
        message = json.dumps({"number": number, **asdict(request)}).encode()
        if len(message) > MESSAGE_BYTES:
            msg = f"the paths of {request.folder[:100]}... are too long"
            raise OSError(msg)
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await self._asked(number, message)
        except TimeoutError as error:
            self._give_up()
            msg = f"the process that forks the runs has not answered within {self._answer_seconds:g} s"
            raise TimeoutError(msg) from error

    async def close(self) -> None:
        """End the server, and with it all children. May be called twice; nothing is started after it."""
        self._closed = True
        self._lost()  # which is how the server hears of it
        process = self._process
        if process is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await process.wait()
                return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _asked(self, number: int, message: bytes) -> Child:
        async with self._turn:
            if self._channel is None:
                await self._begin()
            channel = self._channel
            if channel is None:  # it has died, or been closed, since it was begun
                raise ConnectionResetError(_DIED)
            answer: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
            self._answers[number] = answer
            try:
                await asyncio.get_running_loop().sock_sendall(channel, message)  # all of it or nothing
            except OSError:
                self._answers.pop(number, None)
                raise
        # Given up while it is on its way, it stays noted: whoever is started for it is ended then.
        return await answer

    def _give_up(self) -> None:
        """End a server that hangs, unless runs depend on it: the next start begins another one."""
        if self._process is not None and not self._children:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._lost()

    # --- the process ---------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        if self._closed:
            raise ConnectionResetError(_DIED)
        if self._process is not None:
            await self._process.wait()  # reaped; its end has closed the channel
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = await asyncio.create_subprocess_exec(
                self._python, "-P", "-m", "minilean.fork_server", str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,  # a child's is a file: it is to buffer as for one
                cwd="/",
                env=self._environment,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )  # fmt: skip
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.settimeout(0)
        self._channel = ours
        asyncio.get_running_loop().add_reader(ours, self._read)
        if self._closed:  # meanwhile
            self._lost()

    def _read(self) -> None:
        """Take what the server says; a server that has nothing more to say has died."""
        while self._channel is not None:
            try:
                message = self._channel.recv(MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                message = b""
            if not message:
                self._lost()
                return
            self._take(json.loads(message))

    def _take(self, said: dict[str, Any]) -> None:
        if "status" in said:
            self._children.pop(said["pid"]).ended.set_result(said["status"])
            return
        answer = self._answers.pop(said["number"])
        if "pid" in said:
            child = self._children[said["pid"]] = Child(said["pid"])
            if answer.done():  # nobody waits for it any more
                child.kill()
            else:
                answer.set_result(child)
        elif not answer.done():
            answer.set_exception(OSError(said["error"]))

    def _lost(self) -> None:
        """Give up a server: its children have died, or are about to."""
        channel, self._channel = self._channel, None
        if channel is not None:
            asyncio.get_running_loop().remove_reader(channel)
            channel.close()
        for child in self._children.values():
            child.kill()
            child.ended.set_result(-signal.SIGKILL)
        self._children.clear()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError(_DIED))
        self._answers.clear()
