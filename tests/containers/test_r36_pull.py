"""R36: the image is missing, and its registry refuses, stalls or is slow. A daemon and a registry of the tests' own."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from api.api_fakes import API
from containers import lean_image as images
from containers.registry import Registry, layer_of
from containers.service import DockerService, wait_until
from leanboard.engines.base import Fetching
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.images import ImageStore, PullOptions
from leanboard.errors import EngineError

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

STUB = {"Entrypoint": ["/usr/bin/stub"], "WorkingDir": images.WORKDIR, "Labels": images.LABELS}
PULLS_ENDED = "Not continuing with pull after error: context canceled"  # in the daemon's log
PATIENCE = 2  # seconds without progress
AddImage = Callable[..., str]


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as made:
        yield made


@pytest.fixture
def add_image(registry: Registry) -> AddImage:
    """Put an image of a name that no daemon has seen before into the registry; of a megabyte if left out."""

    def add(layers: Sequence[bytes | Path] = (), config: dict[str, object] | None = None) -> str:
        content = layers or [layer_of(noise=os.urandom(1_000_000))]
        return registry.add(f"lean-{os.urandom(4).hex()}", content, config)

    return add


@pytest.fixture
def stub_in_registry(add_image: AddImage) -> str:
    """An image that runs, of two layers, 123 MB."""
    tar = images.contract_tar(images.cache_folder())
    return add_image([layer_of(noise=os.urandom(1_000_000)), tar], STUB)


def pulling(run: dict[str, object]) -> bool:
    return run["phase"] == "pulling" and (run["progress"] or {}).get("fetching") is not None


def with_size(run: dict[str, object]) -> bool:
    return pulling(run) and run["progress"]["fetching"]["percent"] is not None


def tries(registry: Registry) -> int:
    """How many pulls have asked for a manifest: each asks for the tag once."""
    return sum(request.startswith("HEAD ") for request in registry.requests)


def test_r36_one_pull_for_all_runs_which_then_complete(make_docker_service, registry, stub_in_registry):
    registry.stall_after = 5_000_000
    service: DockerService = make_docker_service(stub_in_registry, max_running=4).start()
    service.add_stub("quick", lines=3)
    runs = [service.submit("quick")["id"] for _ in range(6)]
    for run in runs[:4]:
        fetching = service.until(run, with_size)["progress"]["fetching"]
        assert fetching["text"].startswith(f"pulling {stub_in_registry}: ")
        assert fetching["text"].endswith(" MB")
    assert [service.status(run)["phase"] for run in runs[4:]] == ["queued", "queued"]
    registry.flow()
    for run in runs:
        ended = service.until_ended(run, 60)
        assert ended["status"] == "completed", ended["message"]
        assert ended["progress"]["fetching"] is None
    assert tries(registry) == 1
    assert registry.count("/blobs/") == 3  # the configuration and two layers


@pytest.mark.parametrize("where", ["in the middle of a layer", "before the manifest"])
def test_r36_a_registry_that_falls_silent(make_docker_service, registry, add_image, where):
    registry.stall_after = 100_000
    registry.hold = where == "before the manifest"
    service = make_docker_service(add_image(), docker_pull_timeout=PATIENCE).start()
    service.add_stub("quick")
    run = service.submit("quick")["id"]
    service.until(run, pulling)
    begun = time.monotonic()
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"]) == ("failed", "engine_error")
    assert f"nothing came for {PATIENCE} s" in ended["message"]
    assert "docker pull" in ended["message"]
    assert PATIENCE - 1 < time.monotonic() - begun < PATIENCE + 5
    assert tries(registry) == 1


def test_r36_an_image_that_is_not_in_the_registry_is_said_at_once(make_docker_service, registry):
    reference = f"{registry.host}/nobody/lean:7"
    service = make_docker_service(reference).start()
    service.add_stub("quick")
    begun = time.monotonic()
    ended = service.until_ended(service.submit("quick")["id"])
    assert time.monotonic() - begun < 10
    assert (ended["status"], ended["reason"]) == ("failed", "engine_error")
    assert f"{reference} could not be pulled: " in ended["message"]
    assert "manifest unknown" in ended["message"]
    assert tries(registry) == 1


def test_r36_pulling_switched_off(make_docker_service, registry, add_image):
    service = make_docker_service(add_image(), docker_pull=False).start()
    service.add_stub("quick")
    answer = service.client.post(f"{API}/run", json={"strategy_name": "quick", "engine": "docker"})
    assert (answer.status_code, answer.json()["code"]) == (409, "engine_unavailable")
    assert "docker pull" in answer.json()["detail"]
    assert "waits for the pull" not in answer.json()["detail"]
    assert registry.requests == []


def test_r36_r15_a_cancel_during_the_pull_ends_the_run_at_once(make_docker_service, docker_daemon, registry, add_image):
    registry.stall_after = 100_000
    service = make_docker_service(add_image(), docker_pull_timeout=100).start()
    service.add_stub("quick")
    ended_before = docker_daemon.log.count(PULLS_ENDED)
    first, second = (service.submit("quick")["id"] for _ in range(2))
    for run in (first, second):
        service.until(run, pulling)
    for run in (first, second):
        begun = time.monotonic()
        assert service.cancel(run).status_code == 200
        ended = service.until_ended(run)
        assert time.monotonic() - begun < 2
        assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
        if run == first:  # somebody still waits
            assert service.status(second)["phase"] == "pulling"
            assert docker_daemon.log.count(PULLS_ENDED) == ended_before
    wait_until(lambda: docker_daemon.log.count(PULLS_ENDED) == ended_before + 1, 5)
    assert tries(registry) == 1
    assert service.containers() == []


def test_r36_the_engine_dies_during_the_pull(make_daemon, make_docker_service, registry, stub_in_registry):
    daemon, _ = make_daemon()
    registry.stall_after = 5_000_000
    service = make_docker_service(stub_in_registry, daemon=daemon).start()
    service.add_stub("quick", lines=3)
    run = service.submit("quick")["id"]
    service.until(run, with_size)
    daemon.kill()
    waiting = service.until(run, lambda run: run["status"] == "pending")
    assert waiting["queue"]["reason"]
    registry.flow()
    daemon.start()
    assert service.until_ended(run, 60)["status"] == "completed"


# --- the engine's part alone, with other times between two tries ------------------------------------------------------


async def fetched(
    daemon_address: str, reference: str, *, inactivity: float = 10, back_off: Sequence[float] = (0.1, 0.2)
) -> tuple[str, list[Fetching]]:
    """Fetch; returns the problem, "" for none, and everything that was told."""
    client = DockerClient(daemon_address)
    store = ImageStore(client, PullOptions(inactivity=inactivity, back_off=back_off))
    told: list[Fetching] = []
    try:
        async with asyncio.timeout(30):
            await store.fetch(reference, told.append)
    except EngineError as error:
        return error.detail, told
    finally:
        await store.close()
        client.close()
    return "", told


async def test_r36_a_slow_registry_is_waited_for_as_long_as_something_comes(docker_daemon, registry, add_image):
    registry.pace = 0.2  # for 64 KB
    reference = add_image([layer_of(noise=os.urandom(2_000_000))])
    begun = time.monotonic()
    problem, told = await fetched(docker_daemon.address, reference, inactivity=3)
    assert problem == ""
    assert time.monotonic() - begun > 6
    # Unpacking begins at 0 again, and "pulling … 100 %" may come after it.
    downloads = [fetching for fetching in told if fetching.text.startswith("pulling")]
    shares = [fetching.percent for fetching in downloads if fetching.percent is not None]
    assert shares == sorted(shares)
    assert len(shares) > 10


async def test_r36_a_registry_that_refuses_for_the_moment_is_asked_again(docker_daemon, registry, add_image):
    reference = add_image()
    registry.refusals = [503, 500]
    problem, told = await fetched(docker_daemon.address, reference)
    assert problem == ""
    assert tries(registry) == 3
    assert [fetching.text.rpartition("; ")[2] for fetching in told if "again in" in fetching.text] == [
        "again in 0.1 s",
        "again in 0.2 s",
    ]


@pytest.mark.parametrize(
    ("status", "asked", "said"),
    [(503, 3, "503"), (401, 1, "unauthorized"), (403, 1, "denied"), (404, 1, "unknown")],
)
async def test_r36_a_registry_that_refuses(add_image, status, asked, said, *, docker_daemon, registry):
    reference = add_image()
    registry.refusals = [status] * 10
    problem, _ = await fetched(docker_daemon.address, reference)
    assert problem.startswith(f"the image {reference} could not be pulled: ")
    assert said in problem
    assert tries(registry) == asked


async def test_r36_no_registry_there(docker_daemon):
    with Registry() as registry:
        reference = f"{registry.host}/lean:1"
    problem, _ = await fetched(docker_daemon.address, reference)
    assert "connection refused (3 tries)" in problem
