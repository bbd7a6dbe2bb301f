"""A real service in a process of its own, to be killed and started again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leanboard.market_data.sources.demo import ensure_demo_data
from scenarios.service import Service


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "demo"
    ensure_demo_data(folder, clock=lambda: datetime.now(UTC))
    return folder


@pytest.fixture
def make_service(tmp_path, demo_data, fork_server):
    """Return what makes the test's service; settings as keywords."""
    made = []

    def make(**settings: object) -> Service:
        made.append(Service(tmp_path, demo_data, start=fork_server.start, **settings))
        return made[-1]

    yield make
    for service in made:
        service.close()
