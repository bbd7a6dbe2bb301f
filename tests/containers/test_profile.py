"""How LEAN's containers are held, point by point: as Docker has it, and as it is from inside."""

import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from containers.daemon import Daemon
from leanboard.app import make_engines
from leanboard.engines.base import Sandbox
from leanboard.engines.docker.spec import container_name
from leanboard.engines.sandbox_spec import Limits, SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.models.run import EngineName
from leanboard.services.lean_config import lean_config
from leanboard.settings import Settings

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

MEGABYTE = 1 << 20
MEMORY = 300 * MEGABYTE
RUN = "0f8fad5bd9cb469fa16570867728950e"
STUB = '# stub: {"lines": 1, "then": "hang"}\n'
ATTEMPTS = """
from AlgorithmImports import *
import ctypes, json, os, resource, socket, subprocess


def outcome(work):
    try:
        work()
    except OSError as error:
        return error.errno and os.strerror(error.errno) or str(error)
    return "done"


def write(path):
    with open(path, "w") as file:
        file.write("x")


def fill(path):
    with open(path, "wb") as file:
        for _ in range(200):
            file.write(b"x" * 1000000)


def run(path):
    with open(path, "w") as file:
        file.write("#!/bin/sh")
    os.chmod(path, 0o755)
    subprocess.run([path], check=True)


def mount():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None):
        raise OSError(ctypes.get_errno(), "mount")


def fork():
    children = []
    try:
        for _ in range(200):
            child = os.fork()
            if child == 0:
                os.pause() if hasattr(os, "pause") else __import__("signal").pause()
            children.append(child)
    finally:
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)


class Attempts(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        found = {
            "write /": outcome(lambda: write("/x")),
            "write /etc/passwd": outcome(lambda: write("/etc/passwd")),
            "write code": outcome(lambda: write("/LeanCLI/x")),
            "write data": outcome(lambda: write("/Lean/Data/x")),
            "write config": outcome(lambda: write("/Lean/Launcher/bin/Debug/config.json")),
            "write job": outcome(lambda: write("/Leanboard/job.json")),
            "write results": outcome(lambda: write("/Results/x")),
            "write storage": outcome(lambda: write("/Storage/x")),
            "write tmp": outcome(lambda: write("/tmp/x")),
            "fill tmp": outcome(lambda: fill("/tmp/full")),
            "empty tmp": outcome(lambda: os.remove("/tmp/full")),
            "run from tmp": outcome(lambda: run("/tmp/run")),
            "chown": outcome(lambda: os.chown("/Results/x", 0, 0)),
            "mount": outcome(mount),
            "connect": outcome(lambda: socket.create_connection(("1.1.1.1", 80), 2)),
            "fork": outcome(fork),
            "interfaces": sorted(name for _, name in socket.if_nameindex()),
            "sockets": [path for path in ("/var/run/docker.sock", "/run/docker.sock") if os.path.exists(path)],
            "first process": open("/proc/1/comm").read().strip(),
            "user": [os.getuid(), os.getgid()],
            "status": dict(line.rstrip().split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line),
            "core": resource.getrlimit(resource.RLIMIT_CORE),
            "fsize": resource.getrlimit(resource.RLIMIT_FSIZE),
        }
        with open("/Results/found.json", "w") as file:
            json.dump(found, file)
        self.quit()
"""


@dataclass(frozen=True)
class Booted:
    """A started container, and what it was made from."""

    sandbox: Sandbox
    spec: SandboxSpec
    container: Container
    settings: Settings


@contextlib.asynccontextmanager
async def booted(
    daemon: Daemon, image: str, folder: Path, data: Path, source: str, **settings: object
) -> AsyncIterator[Booted]:
    """Start a container as the service would with these settings."""
    chosen = Settings(home=folder / "home", docker_host=daemon.address, image=image, **settings)  # type: ignore[arg-type]
    chosen.home.mkdir(parents=True)
    engine = make_engines(chosen)[EngineName.DOCKER]
    await engine.start()
    slot = Slot(f"{RUN}-1", folder / "slot")
    for path in (slot.code, slot.output, slot.console, slot.storage):
        path.mkdir(parents=True)
    (slot.code / "main.py").write_text(source)
    slot.config.write_bytes(lean_config(engine.paths(slot, data), algorithm_id=slot.id, name="profile"))
    spec = SandboxSpec(slot, slot.id, data, Limits(MEMORY), labels={"leanboard.run": RUN})
    sandbox = await engine.boot(spec)
    try:
        yield Booted(sandbox, spec, daemon.client().containers.get(sandbox.id), chosen)
    finally:
        await sandbox.remove()
        await engine.close()


def profile(container: Container) -> dict[str, object]:
    """What Docker says that a container is held to; what is not said here is asserted to be Docker's default."""
    attrs: Mapping[str, Any] = container.attrs
    host, config = attrs["HostConfig"], attrs["Config"]
    assert not host["Privileged"]
    assert not host["PublishAllPorts"]
    for absent in ("CapAdd", "Devices", "Binds", "PortBindings", "ExtraHosts", "VolumesFrom", "GroupAdd", "Links"):
        assert not host.get(absent), absent
    for mode in ("PidMode", "UTSMode", "UsernsMode", "CgroupParent"):
        assert not host.get(mode), mode
    return {
        "caps dropped": host["CapDrop"],
        "security": host["SecurityOpt"],
        "read-only": host["ReadonlyRootfs"],
        "tmpfs": host.get("Tmpfs"),
        "pids": host["PidsLimit"],
        "memory": host["Memory"],
        "memory and swap": host["MemorySwap"],
        "cpus": host["NanoCpus"],
        "user": config["User"],
        "init": host["Init"],
        "network": host["NetworkMode"],
        "ipc": host["IpcMode"],
        "ulimits": {limit["Name"]: (limit["Soft"], limit["Hard"]) for limit in host["Ulimits"]},
        "log": (host["LogConfig"]["Type"], host["LogConfig"]["Config"]),
        "restart": host["RestartPolicy"]["Name"],
        "removed by itself": host["AutoRemove"],
        "stop signal": config["StopSignal"],
        "environment": {text.partition("=")[0]: text.partition("=")[2] for text in config["Env"]},
    }


def mounts(container: Container) -> dict[str, tuple[str, str, bool]]:
    return {found["Destination"]: (found["Type"], found["Source"], found["RW"]) for found in container.attrs["Mounts"]}


def process_status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


@pytest.fixture
def data(tmp_path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


async def test_the_profile_as_docker_has_it(docker_daemon, stub_image, data, tmp_path):
    async with booted(docker_daemon, stub_image, tmp_path, data, STUB) as run:
        found = profile(run.container)
        environment = found.pop("environment")
        assert found == {
            "caps dropped": ["ALL"],
            "security": ["no-new-privileges"],
            "read-only": True,
            "tmpfs": {"/tmp": f"rw,noexec,nosuid,nodev,size={64 * MEGABYTE}"},
            "pids": 512,
            "memory": MEMORY,
            "memory and swap": MEMORY,
            "cpus": 0,
            "user": "10001:10001" if os.geteuid() == 0 else f"{os.geteuid()}:{os.getegid()}",
            "init": True,
            "network": "none",
            "ipc": "private",
            "ulimits": {"core": (0, 0), "nofile": (4096, 4096), "fsize": (4096 * MEGABYTE, 4096 * MEGABYTE)},
            "log": ("json-file", {"max-size": str(16 * MEGABYTE), "max-file": "2"}),
            "restart": "",
            "removed by itself": False,
            "stop signal": "SIGTERM",  # not SIGINT: LEAN would end well, early, and call it completed
        }
        assert {name: environment[name] for name in ("HOME", "PYTHONDONTWRITEBYTECODE", "DOTNET_gcServer")} == {
            "HOME": "/tmp",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DOTNET_gcServer": "0",
        }
        assert not any(name.startswith(("LEANBOARD_API", "DOCKER_")) for name in environment)


async def test_name_labels_image_and_mounts(docker_daemon, stub_image, data, tmp_path):
    async with booted(docker_daemon, stub_image, tmp_path, data, STUB) as run:
        attrs, slot = run.container.attrs, run.spec.slot
        labels = attrs["Config"]["Labels"]
        instance = labels["leanboard.instance"]
        assert run.container.name == container_name(instance, slot.id) == run.sandbox.id
        assert (labels["leanboard.slot"], labels["leanboard.run"]) == (slot.id, RUN)
        assert attrs["Config"]["Image"].startswith("sha256:")  # a moved tag changes nothing
        root = str(slot.root)
        assert mounts(run.container) == {
            "/Leanboard": ("bind", root, False),
            "/LeanCLI": ("bind", f"{root}/code", False),
            "/Results": ("bind", f"{root}/output", True),
            "/Storage": ("bind", f"{root}/storage", True),
            "/Console": ("bind", f"{root}/console", True),
            "/Lean/Launcher/bin/Debug/config.json": ("bind", f"{root}/config.json", False),
            "/Lean/Data": ("bind", str(data), False),
        }


async def test_the_kernel_holds_the_process_to_it(docker_daemon, stub_image, data, tmp_path):
    async with booted(docker_daemon, stub_image, tmp_path, data, STUB) as run:
        assert await run.sandbox.wait_ready(20)
        for row in run.container.top()["Processes"]:
            status = process_status(int(row[1]))
            sets = [int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")]
            assert sets == [0] * 5
            assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"docker_user": "1234:4321"}, {"user": "1234:4321"}),
        ({"docker_user": "root"}, {"user": "0:0"}),
        ({"docker_network": "host"}, {"network": "host"}),
        ({"docker_read_only": False}, {"read-only": False}),
        ({"docker_drop_capabilities": False}, {"caps dropped": None}),
        ({"docker_no_new_privileges": False}, {"security": None}),
        ({"docker_pids": 0}, {"pids": None}),
        ({"docker_pids": 100}, {"pids": 100}),
        ({"docker_cpus": 0.5}, {"cpus": 500_000_000}),
        ({"docker_tmp": 0}, {"tmpfs": None}),
        ({"docker_tmp": 7}, {"tmpfs": {"/tmp": f"rw,noexec,nosuid,nodev,size={7 * MEGABYTE}"}}),
        ({"docker_env": {"HOME": "/Storage", "MINE": "a b=c"}}, {"environment": {"HOME": "/Storage", "MINE": "a b=c"}}),
        (
            {"max_output": 5},
            {"ulimits": {"core": (0, 0), "nofile": (4096, 4096), "fsize": (5 * MEGABYTE, 5 * MEGABYTE)}},
        ),
    ],
    ids=lambda value: ",".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else "",
)
async def test_each_setting_relaxes_its_part_alone(docker_daemon, stub_image, data, tmp_path, *, settings, changed):
    async with booted(docker_daemon, stub_image, tmp_path / "base", data, STUB) as base:
        expected = profile(base.container)
    async with booted(docker_daemon, stub_image, tmp_path / "relaxed", data, STUB, **settings) as relaxed:
        found = profile(relaxed.container)
    if "environment" in changed:
        changed = {"environment": {**expected["environment"], **changed["environment"]}}
    assert found == {**expected, **changed}


async def test_the_profile_from_inside(docker_daemon, lean_image, minute_data, tmp_path):
    arguments = (docker_daemon, lean_image, tmp_path, minute_data, ATTEMPTS)
    async with booted(*arguments, docker_pids=100, docker_tmp=8, max_output=50) as run:
        paths = {"module": "main.py", "code": "/LeanCLI", "output": "/Results", "parameters": {}}
        empty = dict.fromkeys(("class_name", "start_date", "end_date", "initial_cash"))
        await run.sandbox.assign(json.dumps(paths | empty).encode())
        ended = await run.sandbox.wait()
        assert ended.exit_code == 0, (run.spec.slot.console / "stderr.txt").read_text()
        found = json.loads((run.spec.slot.output / "found.json").read_text())
    status = found.pop("status")
    read_only, denied = "Read-only file system", "Permission denied"
    user = [int(part) for part in str(profile(run.container)["user"]).split(":")]
    assert found == {
        "write /": read_only,
        "write /etc/passwd": found["write /etc/passwd"],
        "write code": read_only,
        "write data": read_only,
        "write config": read_only,
        "write job": read_only,
        "write results": "done",
        "write storage": "done",
        "write tmp": "done",
        "fill tmp": "No space left on device",
        "empty tmp": "done",
        "run from tmp": denied,
        "chown": "Operation not permitted",
        "mount": "Operation not permitted",
        "connect": "Network is unreachable",
        "fork": "Resource temporarily unavailable",
        "interfaces": ["lo"],
        "sockets": [],
        "first process": found["first process"],
        "user": user,
        "core": [0, 0],
        "fsize": [50 * MEGABYTE, 50 * MEGABYTE],
    }
    assert found["write /etc/passwd"] in (read_only, denied)
    assert found["first process"] in ("docker-init", "tini")
    assert user[0] != 0
    assert (int(status["CapEff"], 16), status["NoNewPrivs"], status["Seccomp"]) == (0, "1", "2")


async def test_a_file_larger_than_the_limit_is_refused_inside(docker_daemon, stub_image, data, tmp_path):
    source = '# stub: {"burst": 200000, "bytes": 200, "lines": 0}\n'
    async with booted(docker_daemon, stub_image, tmp_path, data, source, max_output=5) as run:
        await run.sandbox.assign(b'{"code": "/LeanCLI", "module": "main.py", "class_name": null}')
        ended = await run.sandbox.wait()
        assert ended.exit_code not in (0, None)
        assert (run.spec.slot.output / "log.txt").stat().st_size <= 5 * MEGABYTE
