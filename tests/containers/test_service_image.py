"""The service in a container of its own, made from Dockerfile and compose files, LEAN's containers beside it."""

import json
import shutil
import time
from pathlib import Path

import pytest
import yaml

from containers.compose import KEY, UID, ComposedService, rendered
from containers.service_image import PROJECT, build_service_image
from leanboard.app import utc_now
from leanboard.market_data.sources.demo import ensure_demo_data

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(600)]

STOP_SECONDS = 10.0
MEGABYTE = 1_000_000
SLOW = """
from AlgorithmImports import *
import time


class Slow(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.add_equity("SPY", Resolution.MINUTE)
        self.bars = 0

    def on_data(self, data):
        self.bars += 1
        if self.bars % 39 == 0:
            time.sleep(0.6)
"""
needs_compose = pytest.mark.skipif(shutil.which("docker-compose") is None, reason="apt-get install docker-compose")


@pytest.fixture(scope="module")
def service_image(docker_daemon) -> str:
    return build_service_image(docker_daemon.client(timeout=600))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lean data") / "data"
    ensure_demo_data(folder, clock=utc_now)
    return folder


@pytest.fixture
def make_service(docker_daemon, service_image, lean_image, data, tmp_path):
    made = []

    def make(adapt=lambda _: None):
        folder = tmp_path / f"service{len(made)}"
        folder.mkdir()
        service = ComposedService(
            docker_daemon, folder, image=service_image, lean_image=lean_image, data=data, adapt=adapt
        )
        made.append(service)
        shutil.copytree(PROJECT / "lean_strategies" / "main", service.strategies / "main")
        (service.strategies / "slow.py").write_text(SLOW)
        service.up()
        return service

    yield make
    for service in made:
        service.close()


def owners(folder: Path) -> set[tuple[int, int]]:
    return {(path.lstat().st_uid, path.lstat().st_gid) for path in (folder, *folder.rglob("*"))}


# --- the image ----------------------------------------------------------------------------------------------------


def test_the_image_is_small_plain_and_runs_as_a_user(docker_daemon, service_image, record_property):
    client = docker_daemon.client()
    image = client.images.get(service_image)
    own = image.attrs["Size"] - client.images.get("leanboard-test/base:1").attrs["Size"]
    record_property("megabytes on top of the base", own // MEGABYTE)
    assert own < 300 * MEGABYTE
    config = image.attrs["Config"]
    assert config["User"] == "10001:10001"
    assert config["StopSignal"] == "SIGTERM"
    assert "PIP_" not in json.dumps(config) + json.dumps(image.history())  # where packages came from is not kept


def test_nothing_that_builds_or_tests_is_in_the_image(docker_daemon, service_image):
    look = "import importlib.util as u, shutil; print([n for n in ('pip', 'setuptools', 'hatchling', 'pytest', 'mypy')"
    look += " if u.find_spec(n)], [n for n in ('gcc', 'cc', 'make', 'git') if shutil.which(n)])"
    said = docker_daemon.client().containers.run(
        service_image, entrypoint=["python3", "-c", look], network_mode="none", remove=True
    )
    assert said.decode().strip() == "[] []"


def test_it_does_not_listen_without_a_key(docker_daemon, service_image):
    container = docker_daemon.client().containers.run(service_image, network_mode="none", detach=True)
    try:
        assert container.wait(timeout=30)["StatusCode"] == 2
        assert b"Set LEANBOARD_API_KEY" in container.logs()
    finally:
        container.remove(force=True)


# --- the compose files --------------------------------------------------------------------------------------------


@needs_compose
@pytest.mark.parametrize("missing", ["LEANBOARD_API_KEY", "DOCKER_GID", "LEANBOARD_HOST_DATA"])
def test_what_must_be_given_is_asked_for(missing):
    given = {"LEANBOARD_API_KEY": KEY, "DOCKER_GID": "999", "LEANBOARD_HOST_DATA": "/srv/data"}
    del given[missing]
    done = rendered(given)
    assert done.returncode != 0
    assert missing in done.stderr


@needs_compose
def test_the_compose_file_gives_away_as_little_as_it_can():
    done = rendered({"LEANBOARD_API_KEY": KEY, "DOCKER_GID": "999"}, "docker-compose.yml")
    service = yaml.safe_load(done.stdout)["services"]["leanboard"]
    assert [port.partition("/")[0] for port in service["ports"]] == ["127.0.0.1:8700:8700"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    writable = [volume["target"] for volume in service["volumes"] if not volume.get("read_only")]
    assert writable == ["/var/lib/leanboard", "/var/run/docker.sock"]


# --- running ------------------------------------------------------------------------------------------------------


@needs_compose
def test_a_backtest_runs_in_a_container_beside_the_service(make_service, docker_daemon, lean_image):
    service = make_service()
    image_id = docker_daemon.client().images.get(lean_image).id
    begin = int(time.time())
    run = service.submit("main")
    service.wait_for(run["id"], lambda status: status["status"] == "completed")
    result = service.client.get(f"/api/v2/backtest/results/{run['timestamp']}").json()
    assert result["statistics"]["lean"]["Total Orders"] == "1"
    folder = service.home / "results" / run["timestamp"]
    assert json.loads((folder / "run.json").read_text())["run"]["status"] == "completed"
    assert owners(service.home) == {(UID, UID)}
    created = docker_daemon.client().events(
        since=begin, until=int(time.time()) + 1, decode=True, filters={"event": "create", "label": "leanboard.slot"}
    )
    assert [event["Actor"]["Attributes"]["image"] for event in created] == [image_id]
    assert not docker_daemon.client().containers.list(all=True, filters={"label": "leanboard.slot"})


@needs_compose
def test_it_stops_quickly_and_finds_its_run_again_whoever_else_is_there(make_service, docker_daemon):
    service = make_service()
    run = service.submit("slow")
    service.wait_for(run["id"], lambda status: status["phase"] == "trading")
    (lean,) = docker_daemon.client().containers.list(filters={"label": "leanboard.slot"})
    begin = time.monotonic()
    service.run("stop")
    took = time.monotonic() - begin
    state = service.container()["State"]
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False)
    assert took < STOP_SECONDS
    # Same paths in its container, another home: what it does not know is not its own to remove.
    make_service(lambda other: other["environment"].update(LEANBOARD_DOCKER_ORPHAN_GRACE="0"))
    lean.reload()
    assert lean.status == "running"
    service.up()
    status = service.wait_for(run["id"], lambda status: status["status"] == "completed")
    assert status["attempt"] == 1


@needs_compose
def test_a_home_that_the_host_does_not_have_is_refused(make_service, docker_daemon):
    def not_shared(service):
        service["volumes"] = [entry for entry in service["volumes"] if entry["target"] != "/var/lib/leanboard"]
        service["tmpfs"].append(f"/var/lib/leanboard:uid={UID},gid={UID},mode=0750")

    service = make_service(not_shared)
    run = service.submit("main")
    status = service.wait_for(run["id"], lambda status: status["status"] == "failed")
    assert "is in no folder that the service's container shares with the Docker engine's host" in status["message"]
    assert "LEANBOARD_DOCKER_PATH_MAPPINGS=/var/lib/leanboard/" in status["message"]
    assert not docker_daemon.client().containers.list(all=True, filters={"label": "leanboard.slot"})
    run = service.client.post("/api/v2/backtest/run", json={"strategy_name": "main", "engine": "embedded"}).json()
    service.wait_for(run["id"], lambda status: status["status"] == "completed")
