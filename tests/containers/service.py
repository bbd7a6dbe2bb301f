"""A real service in a process of its own whose runs are containers of a daemon of the tests'.

    service = make_docker_service(stub_image, cancel_grace=2).start()
    service.add_stub("hangs", lines=3, then="hang")          # how the stub is steered says lean_image/stub
    run = service.submit("hangs")["id"]
    service.until_started(run)
    service.container(run).pause()

The pattern, and all that is not about containers, is ``scenarios/conftest.py``'s.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from containers.daemon import Daemon
from leanboard.storage.installation import installation_id
from scenarios.forking import Start, start_afresh
from scenarios.service import Service

LABEL_INSTANCE = "leanboard.instance"
LABEL_RUN = "leanboard.run"
STUB = """from AlgorithmImports import *

# stub: {wishes}


class Stub(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
"""


class DockerService(Service):
    """A home, at most one process that serves it, and its containers.

    Args:
        root: Of this service alone.
        data: LEAN data folder.
        daemon: Runs the containers.
        image: LEAN's, or what stands for it.
        start: How its process is started.
        settings: Further ones of the service.
    """

    def __init__(
        self, root: Path, data: Path, *, daemon: Daemon, image: str, start: Start = start_afresh, **settings: object
    ) -> None:
        chosen = {"docker_host": daemon.address, "image": image, "engine": "docker", "restart_attempts": 0, **settings}
        super().__init__(root, data, start=start, **chosen)
        self.image = image
        self.docker: docker.DockerClient = daemon.client()
        self._daemon = daemon
        self._strategies = root / "strategies"

    @property
    def instance(self) -> str:
        """What the service's containers are labelled with."""
        return installation_id(self.home)

    @property
    def log(self) -> str:
        """What the service has printed so far."""
        return Path(self._log.name).read_text(errors="replace")

    def add_stub(self, name: str, **wishes: object) -> None:
        """Make a strategy that steers the stub image."""
        (self._strategies / f"{name}.py").write_text(STUB.format(wishes=json.dumps(wishes)))

    def submit(self, strategy: str, **fields: object) -> dict[str, Any]:
        """Submit a run for the docker engine."""
        return super().submit(strategy, **{"engine": "docker", **fields})

    def containers(self, run_id: str = "") -> list[Container]:
        """Return the service's containers, or a run's, also those that have ended."""
        labels = [f"{LABEL_INSTANCE}={self.instance}", *([f"{LABEL_RUN}={run_id}"] if run_id else [])]
        return self.docker.containers.list(all=True, filters={"label": labels}, ignore_removed=True)

    def container(self, run_id: str) -> Container:
        """Return a run's only container."""
        (found,) = self.containers(run_id)
        return found

    def until_started(self, run_id: str, within: float = 30.0) -> dict[str, Any]:
        """Wait until a run has been launched in its container."""
        return self.until(run_id, lambda run: run["phase"] in ("trading", "saving", "ended"), within)

    def let_go_on(self, run_id: str) -> None:
        """End the stub's step ``wait``."""
        (self.home / "work" / run_id / "slot-1" / "output" / "go_on").touch()

    def until_no_container(self, run_id: str = "", within: float = 15.0) -> None:
        """Wait until nothing of the service, or of a run, is left in the daemon."""
        wait_until(lambda: not self.containers(run_id), within, lambda: f"left: {self.containers(run_id)}\n{self.log}")

    def folder(self, run: dict[str, Any]) -> Path:
        """Return the directory of a finished run's result."""
        return self.home / "results" / str(run["timestamp"])

    def close(self) -> None:
        """End the process, and all containers."""
        super().close()
        if self._daemon.is_answering():
            for container in self.containers():
                container.remove(force=True)


def wait_until(condition: Callable[[], object], within: float, told: Callable[[], str] = str) -> None:
    """Ask until a condition holds; a failure that says what ``told`` says when time is up."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within} s: {told()}")
        time.sleep(0.02)
