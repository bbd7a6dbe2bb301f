"""The doctor's container, on a real engine: what it finds right, and what it finds wrong."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cli.conftest import bench  # noqa: F401  # the fixture
from leanboard.engines.docker.carrier import Manner
from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.engine import DockerEngine
from leanboard.engines.docker.options import DockerOptions
from leanboard.engines.docker.probe import EngineProbe, ProbeOptions, ProbePlace
from leanboard.engines.docker.spec import Profile
from leanboard.models.check import Check, Level

pytestmark = pytest.mark.docker
MEMORY = 512 << 20
Look = Callable[..., Awaitable[tuple[Check, ...]]]


@pytest.fixture
def place(tmp_path: Path) -> ProbePlace:
    data = tmp_path / "data"
    (data / "symbol-properties").mkdir(parents=True)
    (data / "symbol-properties" / "symbol-properties-database.csv").write_text("market,symbol,type\n")
    for folder in (data, *data.rglob("*")):
        folder.chmod(0o755 if folder.is_dir() else 0o644)
    return ProbePlace(tmp_path / "home" / "work", data, MEMORY)


@pytest.fixture
async def look(docker_daemon, lean_image, place: ProbePlace) -> AsyncIterator[Look]:
    """Look with these options; then nothing may be left, whatever was found."""
    instance = os.urandom(8).hex()

    async def look(where: ProbePlace = place, **options: object) -> tuple[Check, ...]:
        made = DockerOptions(**{"instance": instance, "image": lean_image, "profile": Profile(), **options})
        engine = DockerEngine(DockerClient(docker_daemon.address), made)
        await engine.start()
        try:
            return await engine.examine(where)
        finally:
            await engine.close()

    yield look
    found = docker_daemon.client().containers.list(all=True, filters={"label": f"leanboard.instance={instance}"})
    assert found == []
    assert [path for path in place.work.parent.rglob("*") if path != place.work] == []


def of(checks: tuple[Check, ...], subject: str) -> Check:
    [found] = [check for check in checks if check.subject == subject]
    return found


def bad(checks: tuple[Check, ...]) -> list[Check]:
    return [check for check in checks if check.level is Level.ERROR]


async def test_all_is_well(look: Look, place: ProbePlace) -> None:
    checks = await look()
    assert not bad(checks)
    assert "as user 10001:10001" in of(checks, "docker container").found
    assert "Python 3.11.11" in of(checks, "docker image").found
    assert "API 1." in of(checks, "docker engine").found


async def test_before_the_first_run_there_is_no_data_folder(look: Look, place: ProbePlace) -> None:
    assert not bad(await look(replace(place, data=place.data / "none")))
    assert not (place.data / "none").exists()


async def test_a_user_who_may_not_write(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the service were not root: it cannot hand folders to another user.
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    found = bad(await look(user="12345:12345"))
    assert {check.subject for check in found} == {"docker user"}
    assert any("user 12345:12345 in the container may not write" in check.found for check in found)
    assert any("/slot/output" in check.found for check in found)
    assert "LEANBOARD_DOCKER_USER=auto" in found[0].remedy


async def test_a_data_folder_that_may_not_be_read(look: Look, place: ProbePlace) -> None:
    place.data.chmod(0o700)
    [check] = bad(await look())
    assert check.subject == "docker data"
    assert f"user 10001:10001 in the container may not read {place.data}" in check.found
    assert "chmod -R a+rX" in check.remedy
    place.data.chmod(0o755)
    (place.data / "symbol-properties").chmod(0o700)
    [check] = bad(await look())
    assert check.found.endswith("/data/symbol-properties")


async def test_a_path_that_the_engine_does_not_have(look: Look, place: ProbePlace) -> None:
    [check] = bad(await look(path_mappings=f"{place.work}=/not/there,{place.data}={place.data}"))
    assert check.subject == "docker paths"
    assert "bind source path does not exist" in check.found


async def test_a_path_that_is_another_folder_on_the_engine(look: Look, place: ProbePlace, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    [check] = bad(await look(path_mappings=f"{place.work}={place.work},{place.data}={other}"))
    assert check.subject == "docker paths"
    assert f"the engine mounts another folder than the service's {place.data}" in check.found


async def test_a_path_that_is_shared_with_nobody(look: Look, place: ProbePlace) -> None:
    [check] = bad(await look(path_mappings=f"{place.data}={place.data}"))
    assert check.subject == "docker paths"
    assert "is in no folder that the service's container shares" in check.found


async def test_a_network_that_is_not_there(look: Look) -> None:
    [check] = bad(await look(profile=Profile(network="nobody-made-it")))
    assert check.subject == "docker network"
    assert "LEANBOARD_DOCKER_NETWORK" in check.remedy


async def test_more_cores_than_there_are(look: Look) -> None:
    [check] = bad(await look(profile=Profile(cpus=1000.0)))
    assert check.subject == "docker limits"
    assert "LEANBOARD_DOCKER_CPUS" in check.remedy


async def test_an_image_that_is_not_there_is_the_engines_line(look: Look) -> None:
    checks = await look(image="nobody/has-it:1")
    assert {check.subject for check in checks} <= {"docker engine", "docker limits", "docker access"}


async def test_an_engine_that_hangs_is_given_up(make_daemon, place: ProbePlace) -> None:
    daemon, image = make_daemon(image="stub")
    client = DockerClient(daemon.address)
    options = ProbeOptions("f" * 16, image, "auto", Profile())
    calls = 0

    class Freezing:
        """A carrier of nothing, under whose hands the engine freezes."""

        manner = Manner()

        async def mounts(self, spec: object, user: str) -> tuple[()]:
            nonlocal calls
            calls += 1
            daemon.freeze()
            return ()

    with ThreadPoolExecutor(1) as pool:
        probe = EngineProbe(client, Freezing(), options, pool, deadline=2.0)
        try:
            checks = await probe.look(place)
        finally:
            daemon.thaw()
            client.close()
    [check] = bad(checks)
    assert "did not get a container through within 2 s" in check.found
    assert calls == 1
    assert list(place.work.iterdir()) == []


async def test_an_engines_disk_that_is_nearly_full(make_daemon, place: ProbePlace) -> None:
    daemon, image = make_daemon(image="contract", data_bytes=700 << 20)
    engine = DockerEngine(DockerClient(daemon.address), DockerOptions("f" * 16, image, Profile()))
    await engine.start()
    check = of(await engine.examine(place), "docker disk")
    await engine.close()
    assert check.level is Level.WARNING
    assert "free on the engine's own disk" in check.found


async def test_an_engine_that_is_down_is_told_once(docker_daemon, place: ProbePlace) -> None:
    options = DockerOptions(instance="f" * 16, image="x", profile=Profile())
    engine = DockerEngine(DockerClient("unix:///not/there.sock"), options)
    await engine.start()
    assert await engine.examine(place) == ()
    assert not (await engine.availability()).ready
    await engine.close()


def test_the_command(bench, docker_daemon, lean_image) -> None:  # noqa: F811
    done = bench.invoke("doctor", "--json", DOCKER_HOST=docker_daemon.address, LEANBOARD_IMAGE=lean_image)
    found = {check["subject"]: check for check in done.json["checks"]}
    assert found["engine docker"]["level"] == "ok"
    assert found["docker container"]["level"] == "ok", found
    done = bench.invoke(
        "doctor",
        DOCKER_HOST=docker_daemon.address,
        LEANBOARD_IMAGE=lean_image,
        LEANBOARD_DOCKER_PATH_MAPPINGS="/nowhere=/x",
    )
    assert done.code == 1
    assert "docker paths" in done.out
    done = bench.invoke("doctor", DOCKER_HOST=docker_daemon.address, LEANBOARD_DOCKER_PATH_MAPPINGS="nonsense")
    assert done.code == 1
    assert "LEANBOARD_DOCKER_PATH_MAPPINGS" in done.out


def test_files_that_are_copied(bench, docker_daemon, lean_image) -> None:  # noqa: F811
    where = {"DOCKER_HOST": docker_daemon.address, "LEANBOARD_IMAGE": lean_image, "LEANBOARD_DOCKER_FILES": "copy"}
    done = bench.invoke("doctor", "--json", **where)
    found = {check["subject"]: check for check in done.json["checks"]}
    assert found["docker container"]["level"] == "ok", found
    assert "as user" in found["docker container"]["found"]
    volumes = docker_daemon.client().volumes.list()
    assert volumes == []
    done = bench.invoke("doctor", "--json", **where, LEANBOARD_DOCKER_DATA="/not/there")
    [error] = [check for check in done.json["checks"] if check["subject"] == "docker paths"]
    assert "LEANBOARD_DOCKER_DATA" in error["remedy"]
