"""A Docker engine behind ssh, as a socket of this machine.

Every connection to the socket becomes one ``ssh HOST docker system dial-stdio``, whose input and output *are* that
connection: nothing is copied here, and time-outs and broken connections are those of any socket. Host keys, user
keys, jump hosts and the sharing of connections are the business of the user's own ssh and its configuration.
"""

import contextlib
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from leanboard.errors import EngineError, EngineUnavailable

_OPTIONS: Final = (
    "-T",
    *("-o", "BatchMode=yes"),  # a service cannot be asked for a password
    *("-o", "ConnectTimeout=10"),
    *("-o", "ServerAliveInterval=10"),  # a dead peer ends the connection after half a minute
    *("-o", "ServerAliveCountMax=3"),
)
_END_SECONDS = 2.0
_TAIL = 2000


class SshTunnel:
    """A socket whose other end is the engine at ``ssh://[USER@]HOST[:PORT][/SOCKET]``.

    Args:
        address: Of the engine.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._listener: socket.socket | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def open(self) -> str:
        """Return the socket's address, ``unix://…``; makes it when it is first needed.

        Raises:
            EngineError: The address cannot be read.
            EngineUnavailable: There is no ssh here, or the tunnel was closed.
        """
        with self._lock:
            if self._closed:
                msg = "the service is shutting down"
                raise EngineUnavailable(msg)
            if self._folder is None:
                command = ssh_command(self._address)
                if shutil.which(command[0]) is None:
                    msg = "no ssh here: an engine at ssh:// needs it (apt-get install openssh-client)"
                    raise EngineUnavailable(msg)
                self._folder = self._listen(command)
            return f"unix://{self._folder}/docker.sock"

    def _listen(self, command: tuple[str, ...]) -> Path:
        listener = socket.socket(socket.AF_UNIX)
        try:
            folder = Path(tempfile.mkdtemp(prefix="leanboard-ssh-"))  # for nobody else: whoever connects is root there
            listener.bind(f"{folder}/docker.sock")
            listener.listen(16)
        except OSError as error:
            listener.close()
            msg = f"no socket for ssh could be made in {tempfile.gettempdir()}: {error} (set TMPDIR to a short path)"
            raise EngineUnavailable(msg) from error
        self._listener = listener
        arguments = (listener, folder / "ssh.log", command)
        threading.Thread(target=self._accept, args=arguments, name="docker-ssh", daemon=True).start()
        return folder

    @property
    def problem(self) -> str:
        """What ssh said last; empty for nothing."""
        folder = self._folder
        if folder is None:
            return ""
        try:
            text = (folder / "ssh.log").read_text("utf-8", errors="replace")[-_TAIL:]
        except OSError:
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def close(self) -> None:
        """End all connections and remove the socket."""
        with self._lock:
            self._closed = True
            folder, listener, processes = self._folder, self._listener, self._processes
            self._folder, self._listener, self._processes = None, None, []
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
            listener.close()
        for process in processes:
            _end(process)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _accept(self, listener: socket.socket, log: Path, command: tuple[str, ...]) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed
                return
            with connection, contextlib.suppress(OSError), log.open("ab") as errors:
                self._connect(connection, errors.fileno(), command)

    def _connect(self, connection: socket.socket, errors: int, command: tuple[str, ...]) -> None:
        with self._lock:
            self._processes = [process for process in self._processes if process.poll() is None]
            if self._closed:
                return
            # A session of its own: Ctrl+C at the terminal is ours to handle.
            end = connection.fileno()
            process = subprocess.Popen(  # noqa: S603  # a list, made from the installation's own setting
                command, stdin=end, stdout=end, stderr=errors, start_new_session=True
            )
            self._processes.append(process)


def ssh_command(address: str) -> tuple[str, ...]:
    """Return the command that connects.

    Raises:
        EngineError: The address is no ``ssh://[USER@]HOST[:PORT][/SOCKET]``.
    """
    parts = urlsplit(address)
    host, port = _host_and_port(parts, address)
    user = ("-l", parts.username) if parts.username else ()
    where = ("-p", str(port)) if port else ()
    path = parts.path.rstrip("/")
    docker = ("docker", *(("--host", f"unix://{path}") if path else ()), "system", "dial-stdio")
    return ("ssh", *_OPTIONS, *user, *where, "--", host, shlex.join(docker))


def _host_and_port(parts: SplitResult, address: str) -> tuple[str, int | None]:
    try:
        port = parts.port
    except ValueError:
        port = -1
    bad_user = (parts.username or "").startswith("-")
    if parts.scheme != "ssh" or not parts.hostname or port == -1 or parts.password or bad_user:
        msg = f"{address} is no ssh://[USER@]HOST[:PORT][/SOCKET]"
        raise EngineError(msg)
    return parts.hostname, port


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_END_SECONDS)
