"""A Docker daemon that a test owns: started, killed, frozen and ended at will, and gone without a trace after.

    with Daemon() as daemon:                      # dockerd and a containerd of its own, in a folder under /tmp
        daemon.client().ping()
        daemon.kill()                             # SIGKILL to dockerd; containerd and the containers' shims live on
        daemon.start()                            # again, on the same data
        daemon.freeze(); ...; daemon.thaw()       # SIGSTOP and SIGCONT

dockerd gets a containerd of its own, also where the machine has one running: else two daemons would share its
containers. There is no bridge and no iptables, so containers run with ``network_mode="none"`` (or ``"host"``).
Everything that belongs to a daemon carries the path of its folder in its command line, or lives in its cgroup: by
that it is found and ended, also when the test's process was killed before it could (see :func:`sweep`).
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import docker

from containers import leftovers

PREFIX = "lbd-"  # short: the path of a unix socket may have 107 bytes
START_SECONDS = 60.0
ENOUGH_MEMORY = 4 << 30  # bytes: a daemon with the test images takes 0.3 GB
STOP_SECONDS = 30.0
_CONTAINERD_CONFIG = """version = 2
root = "{folder}/c-data"
state = "{folder}/c"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{folder}/c.sock"
"""


def missing_requirement() -> str | None:
    """Say what this machine lacks to run a Docker daemon, and the remedy; None when it lacks nothing."""
    missing = [name for name in ("dockerd", "containerd", "runc") if _program(name) is None]
    if missing:
        return f"no {', '.join(missing)} here: apt-get install docker.io containerd runc cgroupfs-mount"
    if os.geteuid() != 0:
        return "a Docker daemon of the tests' own needs root: run them as root, as .ci/run does"
    if not _cgroups_are_mounted():
        return "no cgroups: mount them with cgroupfs-mount (apt-get install cgroupfs-mount)"
    if not _may_mount():
        return "this machine lets nobody mount or make cgroups: use a virtual machine or a privileged container"
    return None


def _may_mount() -> bool:
    with tempfile.TemporaryDirectory(prefix="lean-probe-", dir="/tmp") as folder:
        mount = subprocess.run(["mount", "-t", "tmpfs", "probe", folder], check=False, capture_output=True, timeout=30)
        if mount.returncode == 0:
            subprocess.run(["umount", folder], check=False, capture_output=True, timeout=30)
        try:
            cgroup = leftovers.cgroup_roots()[0] / Path(folder).name
            cgroup.mkdir()
            cgroup.rmdir()
        except OSError:
            return False
    return mount.returncode == 0


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin")


def _cgroups_are_mounted() -> bool:
    if not leftovers.cgroup_roots():
        mounter = _program("cgroupfs-mount")
        if mounter is not None:
            subprocess.run([mounter], check=False, capture_output=True, timeout=30)
    return bool(leftovers.cgroup_roots())


class DaemonError(Exception):
    """The daemon did not do what it was told; the end of its log is in the text."""


class Daemon:
    """One dockerd and its containerd.

    Methods that start and end it block; call them from a thread when an event loop must go on. A test may call them
    in any order: what is already so is left so.
    """

    def __init__(
        self,
        *,
        live_restore: bool = False,
        hosts: Sequence[str] = (),
        arguments: Sequence[str] = (),
        in_memory: bool | None = None,
        data_bytes: int | None = None,
    ) -> None:
        """Make the folder; nothing runs before :meth:`start`.

        Args:
            live_restore: Containers go on while dockerd is away.
            hosts: More addresses to listen on, e.g. ``tcp://127.0.0.1:2376``.
            arguments: More arguments of dockerd, e.g. ``--tlsverify``.
            in_memory: Whether images and containers lie in a tmpfs: the image is there in half the time, and the end
                takes a tenth of a second and not four. None: where memory is plenty.
            data_bytes: The size of that tmpfs, for a test that fills the engine's disk (the image takes 0.15 GB).
        """
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
        self.folder.chmod(0o755)  # a container's uid must reach what is mounted from below
        leftovers.write_owner(self.folder)
        if data_bytes or (_memory_is_plenty() if in_memory is None else in_memory):
            self.data_root.mkdir()
            size = ["-o", f"size={data_bytes}"] if data_bytes else []
            subprocess.run(["mount", "-t", "tmpfs", *size, PREFIX, str(self.data_root)], check=True, timeout=30)
        self.live_restore = live_restore
        self._hosts = tuple(hosts)
        self._arguments = tuple(arguments)
        self._dockerd: subprocess.Popen[bytes] | None = None
        self._containerd: subprocess.Popen[bytes] | None = None
        self._clients: list[docker.DockerClient] = []

    @property
    def address(self) -> str:
        """Where clients find it: ``unix://...``, a value for ``DOCKER_HOST``."""
        return f"unix://{self.folder}/sock"

    @property
    def data_root(self) -> Path:
        """Images and containers."""
        return self.folder / "data"

    @property
    def cgroup(self) -> str:
        """The cgroup, below each controller's root, that holds every container."""
        return self.folder.name

    @property
    def pid(self) -> int | None:
        """The process id of dockerd; None when it does not run."""
        return self._dockerd.pid if self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether dockerd runs (frozen counts as running)."""
        return self._dockerd is not None and self._dockerd.poll() is None

    @property
    def log(self) -> str:
        """What dockerd has printed so far."""
        file = self.folder / "dockerd.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def client(self, timeout: float = 60.0) -> docker.DockerClient:
        """Return a new client with this time-out in seconds; it is closed with the daemon."""
        made = docker.DockerClient(base_url=self.address, version="auto", timeout=timeout)
        self._clients.append(made)
        return made

    def start(self, within: float = START_SECONDS) -> None:
        """Start what does not run of both, and wait until dockerd answers.

        Raises:
            DaemonError: It ended, or did not answer in time.
        """
        deadline = time.monotonic() + within
        if self._containerd is None or self._containerd.poll() is not None:
            self._containerd = self._spawn("containerd", self._containerd_command())
        if not self.is_running:
            self._dockerd = self._spawn("dockerd", self._dockerd_command())
        self.wait_until_answering(deadline - time.monotonic())

    def wait_until_answering(self, within: float = START_SECONDS) -> None:
        """Wait until dockerd answers.

        Raises:
            DaemonError: It ended, or did not answer in time.
        """
        deadline = time.monotonic() + within
        while not self.is_answering():
            if not self.is_running or time.monotonic() > deadline:
                what = "does not answer" if self.is_running else "has ended"
                raise DaemonError(f"dockerd {what}:\n{self.log[-3000:]}")
            time.sleep(0.02)

    def is_answering(self, within: float = 2.0) -> bool:
        """Say whether dockerd answers a ping now."""
        # Not with the SDK: it leaves the socket of each refused connection to the garbage collector, which warns.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(within)
            connection.connect(f"{self.folder}/sock")
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 " in connection.recv(64)
        return False

    def kill(self, *, containerd: bool = False) -> None:
        """SIGKILL dockerd, and containerd too when asked; the containers' shims are neither's children."""
        _end(self._dockerd, signal.SIGKILL, STOP_SECONDS)
        if containerd:
            _end(self._containerd, signal.SIGKILL, STOP_SECONDS)

    def stop(self, within: float = STOP_SECONDS) -> None:
        """SIGTERM both, dockerd first: it stops its containers unless it has live-restore; SIGKILL when time is up."""
        self.thaw()
        _end(self._dockerd, signal.SIGTERM, within)
        _end(self._containerd, signal.SIGTERM, within)

    def restart(self, *, live_restore: bool | None = None) -> None:
        """Stop dockerd in good order and start it again on the same data, with live-restore as asked."""
        self.thaw()
        _end(self._dockerd, signal.SIGTERM, STOP_SECONDS)
        self.live_restore = self.live_restore if live_restore is None else live_restore
        self.start()

    def freeze(self) -> None:
        """SIGSTOP dockerd: connections are taken by the kernel, and nobody answers. Returns when all threads stand."""
        if self.is_running and self._dockerd is not None:
            self._dockerd.send_signal(signal.SIGSTOP)
            deadline = time.monotonic() + STOP_SECONDS
            while not leftovers.is_stopped(self._dockerd.pid) and time.monotonic() < deadline:
                time.sleep(0.005)

    def thaw(self) -> None:
        """SIGCONT dockerd."""
        if self.is_running and self._dockerd is not None:
            self._dockerd.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End everything of this daemon's, unmount and remove its folder; it takes some seconds at most."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        self.kill(containerd=True)
        leftovers.clear(self.folder)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:  # the end of the block is not reached then
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spawn(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl+C at the terminal is the tests' to handle, not the daemon's.
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment()
            )

    def _containerd_command(self) -> list[str]:
        config = self.folder / "c.toml"
        config.write_text(_CONTAINERD_CONFIG.format(folder=self.folder))
        return [_program("containerd") or "containerd", "--config", str(config), "--log-level", "warn"]

    def _dockerd_command(self) -> list[str]:
        folder = self.folder
        command = [
            _program("dockerd") or "dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/x",
            "--pidfile", f"{folder}/pid", "--host", self.address, "--containerd", f"{folder}/c.sock",
            "--config-file", f"{folder}/daemon.json", "--cgroup-parent", f"/{self.cgroup}",
            "--exec-opt", "native.cgroupdriver=cgroupfs", "--bridge=none", "--iptables=false", "--ip6tables=false",
            "--userland-proxy=false", "--log-level=warn",
        ]  # fmt: skip
        (folder / "daemon.json").write_text("{}")  # never the machine's own /etc/docker/daemon.json
        command += [f"--host={host}" for host in self._hosts]
        if self.live_restore:
            command.append("--live-restore")
        return [*command, *self._arguments]


def _memory_is_plenty() -> bool:
    lines = Path("/proc/meminfo").read_text().splitlines()
    available = next((int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), 0)
    return available * 1024 > ENOUGH_MEMORY


def _environment() -> dict[str, str]:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER_", "LEANBOARD_"))}
    return {**kept, "PATH": path}


def _end(process: subprocess.Popen[bytes] | None, number: signal.Signals, within: float) -> None:
    """Send a signal and reap; SIGKILL when time is up."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def sweep() -> None:
    """Clear what daemons have left whose owner, a process of the tests, was killed."""
    for folder in Path("/tmp").glob(f"{PREFIX}*"):
        if not leftovers.owner_lives(folder):
            leftovers.clear(folder)
