"""Fixtures of the tests with containers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from containers.daemon import Daemon
from containers.service import DockerService
from leanboard.app import utc_now
from leanboard.market_data.sources.demo import ensure_demo_data


@pytest.fixture(scope="session")
def minute_data(tmp_path_factory) -> Path:
    """A LEAN data folder with simulated minute bars, for the contract image; the stub reads none."""
    folder = tmp_path_factory.mktemp("minute-data") / "data"
    ensure_demo_data(folder, clock=utc_now)
    return folder


@pytest.fixture
def make_docker_service(docker_daemon, fork_server, tmp_path) -> Iterator[Callable[..., DockerService]]:
    """Make services of this test's: ``make_docker_service(image, data=None, name="", daemon=None, **settings)``.

    ``data`` is LEAN's data folder, an empty one if left out; ``name`` tells several services of one test apart.
    """
    made: list[DockerService] = []

    def make(
        image: str, *, data: Path | None = None, name: str = "", daemon: Daemon | None = None, **settings: object
    ) -> DockerService:
        root = tmp_path / (name or "service")
        root.mkdir()
        if data is None:
            data = root / "data"
            data.mkdir()
        started = DockerService(
            root, data, daemon=daemon or docker_daemon, image=image, start=fork_server.start, **settings
        )
        made.append(started)
        return made[-1]

    yield make
    for service in made:
        service.close()
