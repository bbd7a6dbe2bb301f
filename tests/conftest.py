"""Fixtures that every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from scenarios.forking import ForkServer

PROJECT = Path(__file__).resolve().parent.parent

# An example that waits for a busy core says nothing about the code: hypothesis would fail it after 0.2 seconds.
settings.register_profile("leanboard", deadline=None)
settings.load_profile("leanboard")

pytest_plugins = ["containers.fixtures"]  # docker_daemon, lean_image, stub_image, make_daemon


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first, whole: a worker that gets one at the end keeps all others waiting."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)

    def haste(tests: list[pytest.Item]) -> tuple[int, int]:
        slow, docker = (sum(item.get_closest_marker(mark) is not None for item in tests) for mark in ("slow", "docker"))
        return (-slow, -docker)

    items[:] = [item for tests in sorted(files.values(), key=haste) for item in tests]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data (recordings and goldens of real LEAN, market data), or a skip that says why."""
    folder = Path(os.environ.get("LEANBOARD_SHARED", PROJECT.parent / "shared"))
    if not (folder / "lean-recordings").is_dir():
        pytest.skip(f"no reference data at {folder}: set LEANBOARD_SHARED to the folder that holds lean-recordings/")
    return folder.resolve()


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """What starts services quickly, one a worker."""
    with ForkServer() as server:
        yield server
