"""``python -m minilean.fork_server FD``: backtests by fork, from one process that has imported everything.

A backtest of its own process imports for some 0.3 s and runs for 0.1 s; one that is forked here begins at once. The
socket ``FD`` (SOCK_SEQPACKET, so that a message is a message) speaks JSON::

    -> {"number": 3, "config", "folder", "environment", "stdout", "stderr"}    one backtest; environment text to text
    <- {"number": 3, "pid": 7} or {"number": 3, "error": "..."}                it has been started, or why it was not
    <- {"pid": 7, "status": 0}                                  it has ended; negative for a signal, as subprocess

The child is the leader of its own session, has that environment and no other, and is killed when this process dies.
What it started and left behind, daemons too, falls to this process when it ends, and is killed then. This process
ends, and with it all backtests, when the socket is closed.

Nothing that a strategy does is seen here: it is imported in the child. Numpy and pandas are not loaded: hardly any
strategy of those that want to be fast uses them, and numpy's random state would be the same in every child.
"""

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from minilean.launcher.loader import import_surface
from minilean.launcher.program import run_and_exit

MESSAGE_BYTES = 1 << 16
_PR_SET_PDEATHSIG = 1
_NICENESS = 5  # so that who watches is answered while runs have all cores
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_MOST_DESCRIPTORS = 1 << 16
_MOST_TROUBLE = 4096  # bytes: what a pipe takes at once


def serve(channel: socket.socket) -> None:
    """Fork a backtest for each message, until the other end is closed."""
    wakes, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    import_surface()
    gc.collect()
    gc.freeze()  # the collector of a child would else write to, and so copy, every page of what is shared
    children: set[int] = set()
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # as if it had been closed
            _serve(channel, wakes, children)
    finally:
        _end_all(children)


def _serve(channel: socket.socket, wakes: int, children: set[int]) -> None:
    while True:
        readable, _, _ = select.select([channel.fileno(), wakes], [], [])
        if wakes in readable:
            os.read(wakes, MESSAGE_BYTES)
            _tell_ends(channel, children)
        if channel.fileno() in readable:
            message = channel.recv(MESSAGE_BYTES)
            if not message:
                return
            wanted = json.loads(message)
            answer = {"number": wanted["number"], **_start(wanted, channel, children)}
            channel.send(json.dumps(answer).encode())


def _tell_ends(channel: socket.socket, children: set[int]) -> None:
    ended = {}
    with contextlib.suppress(ChildProcessError):  # there is none
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            ended[pid] = status
    ours = children & ended.keys()
    children -= ours
    _kill_strays(children)
    for pid in ours:
        channel.send(json.dumps({"pid": pid, "status": os.waitstatus_to_exitcode(ended[pid])}).encode())


def _kill_strays(children: set[int]) -> None:
    """Kill what ended backtests have left behind.

    A backtest that lives takes in its own orphans, so whatever else is a child of this process has lost its backtest.
    """
    with contextlib.suppress(OSError):  # a kernel that does not tell
        found = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
        for pid in {int(each) for each in found} - children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _end_all(children: set[int]) -> None:
    for pid in children:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # there is none any more
        while True:
            os.waitpid(-1, 0)
            _kill_strays(set())


def _start(wanted: Mapping[str, Any], channel: socket.socket, children: set[int]) -> dict[str, object]:
    """Fork; returns when the child has set itself up, so that its group can be killed from then on."""
    server = os.getpid()
    reads, writes = os.pipe2(os.O_CLOEXEC)
    try:
        pid = os.fork()
    except OSError as error:
        os.close(reads)
        os.close(writes)
        return {"error": str(error)}
    if pid == 0:
        _run(wanted, channel, writes, server)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        trouble = pipe.read()
    if trouble:
        os.waitpid(pid, 0)  # nobody has heard of it
        return {"error": trouble.decode(errors="replace")}
    children.add(pid)
    return {"pid": pid}


def _run(wanted: Mapping[str, Any], channel: socket.socket, told: int, parent: int) -> NoReturn:
    try:
        try:
            channel.close()
            os.closerange(3, told)
            os.closerange(told + 1, _MOST_DESCRIPTORS)
            _become(wanted, parent)
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is told
            os.write(told, f"{type(error).__name__}: {error}".encode(errors="replace")[:_MOST_TROUBLE])
            os._exit(1)
        os.close(told)
        run_and_exit(sys.argv[1:])
    except BaseException:  # noqa: BLE001  # as at the top of a program
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(1)  # whatever it is, this must not go on as a second server


def _prctl(option: int, value: int | bytes) -> None:
    ctypes.CDLL(None).prctl(option, value)


def _become(wanted: Mapping[str, Any], parent: int) -> None:
    """Turn a copy of the server into the process that a fresh interpreter would be."""
    os.setsid()
    os.nice(_NICENESS)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(_PR_SET_NAME, b"minilean")  # its command line stays the server's
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)  # what its processes leave behind stays below it, while it lives
    if os.getppid() != parent:  # it died before that took effect
        os._exit(1)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    time.tzset()
    for path, descriptor, flags in (
        (os.devnull, 0, os.O_RDONLY),
        (wanted["stdout"], 1, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (wanted["stderr"], 2, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        file = os.open(path, flags, 0o666)
        os.dup2(file, descriptor)
        os.close(file)
    sys.argv[:] = ["minilean", "--config", wanted["config"]]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(socket.socket(fileno=int(sys.argv[1])))
