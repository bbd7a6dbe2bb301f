"""A demonstration folder, made once for all tests of this room."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leanboard.market_data.sources.demo import ensure_demo_data


def noon() -> datetime:
    """A fixed time of making."""
    return datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Demonstration data; read it, never write to it."""
    folder = tmp_path_factory.mktemp("home") / "demo-data"
    assert ensure_demo_data(folder, clock=noon)
    return folder
