"""Fixtures for tests on a real Docker daemon; every test folder has them (``tests/conftest.py`` names this module).

    @pytest.mark.docker
    def test_something(docker_daemon, lean_image):           # a daemon shared by this worker's tests
        client = docker_daemon.client()
        client.containers.run(lean_image, network_mode="none", ...)

    @pytest.mark.docker
    def test_a_fault(make_daemon):                            # daemons of this test alone, to be killed and frozen
        daemon, image = make_daemon(live_restore=True, image="contract")
        daemon.kill(); daemon.start()

Where Docker cannot run, tests that ask for one of these are skipped with what is to be installed.

What shares ``docker_daemon`` removes its own containers, finds only its own (by name or label), and neither kills
nor restarts the daemon.
"""

from collections.abc import Callable, Iterator
from typing import Literal

import pytest

from containers import daemon as daemons
from containers import lean_image as images
from containers.daemon import Daemon

ImageKind = Literal["contract", "stub"]
MakeDaemon = Callable[..., tuple[Daemon, str]]


_MISSING = pytest.StashKey[str]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the image before the first test: it may take minutes, and no test's time-out should have to know."""
    wanted = any("docker_machine" in getattr(item, "fixturenames", ()) for item in session.items)
    if not wanted or session.config.option.collectonly:
        return
    missing = daemons.missing_requirement()
    if missing is None:
        try:
            images.contract_tar(images.cache_folder())
        except images.ImageUnavailableError as error:
            missing = str(error)
    session.config.stash[_MISSING] = missing or ""


@pytest.fixture(scope="session")
def docker_machine(pytestconfig: pytest.Config) -> None:
    """A skip with its reason where Docker cannot run; clears what killed tests have left behind."""
    missing = pytestconfig.stash.get(_MISSING, "")
    if missing:
        pytest.skip(missing)
    daemons.sweep()


@pytest.fixture(scope="session")
def docker_daemon(docker_machine: None) -> Iterator[Daemon]:
    """A running daemon, one a worker; read-only for tests, so to say: see the module's text."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture(scope="session")
def lean_image(docker_daemon: Daemon) -> str:
    """The reference of the contract image in ``docker_daemon``."""
    return load_image(docker_daemon, "contract")


@pytest.fixture(scope="session")
def stub_image(docker_daemon: Daemon) -> str:
    """The reference of the stub image in ``docker_daemon``; how it is steered says ``lean_image/stub``."""
    return load_image(docker_daemon, "stub")


@pytest.fixture
def make_daemon(docker_machine: None) -> Iterator[MakeDaemon]:
    """Make started daemons of this test's own: ``make_daemon(image=None, **options of Daemon) -> (daemon, reference)``.

    ``image`` is "contract", "stub" or None (then the reference is ""). All are closed at the end of the test.
    """
    made: list[Daemon] = []

    def make(*, image: ImageKind | None = None, **options: object) -> tuple[Daemon, str]:
        daemon = Daemon(**options)  # type: ignore[arg-type]
        made.append(daemon)
        daemon.start()
        return daemon, load_image(daemon, image) if image else ""

    yield make
    for daemon in made:
        daemon.close()


def load_image(daemon: Daemon, kind: ImageKind) -> str:
    """Bring an image into a daemon, if it is not there, and return its reference."""
    load = images.load_stub_image if kind == "stub" else images.load_contract_image
    return load(daemon.client(timeout=300))
