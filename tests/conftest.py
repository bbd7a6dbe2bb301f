"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

pytest_plugins = ["containers.fixtures"]  # docker_daemon, lean_image, stub_image, make_daemon


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
