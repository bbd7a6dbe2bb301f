"""Runs the project's compose files on a daemon of the tests', which has no bridge: the service shares this host's
network instead of publishing a port. All else is as in the files."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import yaml

from containers.daemon import Daemon

PROJECT = Path(__file__).resolve().parents[2]
FILES = ("docker-compose.yml", "docker-compose.data.yml")
KEY = "a-key-of-the-tests-0123"
UID = 10001
API = "/api/v2/backtest"
HEALTHY_SECONDS = 60.0
COMMAND_SECONDS = 120
Adapt = Callable[[dict[str, Any]], None]


def rendered(environment: dict[str, str], *files: str) -> subprocess.CompletedProcess[str]:
    """Let docker-compose read the files with nothing but these values."""
    arguments = [part for file in files or FILES for part in ("--file", file)]
    return _compose([*arguments, "config"], environment)


def _compose(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = shutil.which("docker-compose")
    assert program is not None
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [program, *arguments], cwd=PROJECT, env=kept | environment, check=False, capture_output=True, text=True,
        timeout=COMMAND_SECONDS,
    )  # fmt: skip


class ComposedService:
    """The service in its container, with folders of the host's in ``folder``.

    Args:
        daemon: Runs it and, beside it, LEAN's containers.
        folder: For home, strategies and the compose file.
        image: Of the service.
        lean_image: Which it runs.
        data: LEAN data folder.
        adapt: Changes the service's part of the compose file.
    """

    def __init__(
        self, daemon: Daemon, folder: Path, *, image: str, lean_image: str, data: Path, adapt: Adapt = lambda _: None
    ) -> None:
        self._daemon = daemon
        self._file = folder / "compose.yml"
        self.name = f"lb{folder.parent.name}{folder.name}".replace("_", "").lower()
        self.home = folder / "the home"
        self.strategies = folder / "strategies"
        for path in (self.home, self.strategies):
            path.mkdir()
        os.chown(self.home, UID, UID)
        self.port = _free_port()
        self._write_file(image, lean_image, data, adapt)
        self.client = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=20, headers={"Authorization": f"Bearer {KEY}"}
        )

    def _write_file(self, image: str, lean_image: str, data: Path, adapt: Adapt) -> None:
        socket_path = self._daemon.address.removeprefix("unix://")
        done = rendered(
            {
                "LEANBOARD_API_KEY": KEY,
                "DOCKER_GID": str(Path(socket_path).stat().st_gid),
                "DOCKER_SOCKET": socket_path,
                "LEANBOARD_IMAGE": lean_image,
                "LEANBOARD_HOST_HOME": str(self.home),
                "LEANBOARD_HOST_STRATEGIES": str(self.strategies),
                "LEANBOARD_HOST_DATA": str(data),
            }
        )
        assert done.returncode == 0, done.stderr
        whole = yaml.safe_load(done.stdout)
        service = whole["services"]["leanboard"]
        del service["build"], service["ports"]
        service |= {"image": image, "network_mode": "host"}
        service["environment"] |= {"LEANBOARD_HOST": "127.0.0.1", "LEANBOARD_PORT": str(self.port)}
        service["environment"]["LEANBOARD_WARM_DOCKER"] = "0"  # each container that is made is a run's
        service["healthcheck"] = {"interval": "1s"}  # all else of it as the image has it
        adapt(service)
        self._file.write_text(yaml.safe_dump(whole))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call docker-compose."""
        done = _compose(
            ["--project-name", self.name, "--file", str(self._file), *arguments], {"DOCKER_HOST": self._daemon.address}
        )
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done

    def container(self) -> dict[str, Any]:
        """Inspect the service's container."""
        found = self.run("ps", "--quiet", "leanboard").stdout.strip()
        return self._daemon.client().api.inspect_container(found)

    def up(self) -> None:
        """Start it, and wait until Docker calls it healthy."""
        self.run("up", "--detach", "--no-build")
        deadline = time.monotonic() + HEALTHY_SECONDS
        while (found := self.container())["State"]["Health"]["Status"] != "healthy":
            hopeless = time.monotonic() > deadline or found["RestartCount"] > 1
            assert not hopeless, f"{json.dumps(found['State'])}\n{self.log()[-6000:]}"
            time.sleep(0.2)

    def log(self) -> str:
        """Return what it printed."""
        return self.run("logs", "--no-color", "leanboard").stdout

    def submit(self, strategy: str, **fields: object) -> dict[str, Any]:
        """Start a run on the docker engine; returns its first status."""
        answer = self.client.post(f"{API}/run", json={"strategy_name": strategy, "engine": "docker", **fields})
        assert answer.status_code == 202, answer.text
        return answer.json()

    def status(self, run_id: str) -> dict[str, Any]:
        """Return where a run stands."""
        answer = self.client.get(f"{API}/status/{run_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_for(self, run_id: str, reached: Callable[[dict[str, Any]], bool], within: float = 60) -> dict[str, Any]:
        """Wait until a run's status is as wished."""
        deadline = time.monotonic() + within
        while not reached(status := self.status(run_id)):
            over = time.monotonic() > deadline or status["status"] in ("completed", "failed", "cancelled")
            assert not over, f"{json.dumps(status)}\n{self.log()[-6000:]}"
            time.sleep(0.1)
        return status

    def close(self) -> None:
        """Remove its container and network."""
        self.client.close()
        self.run("down", "--timeout", "2")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
