"""run.json and the command line say what made a result."""

import json

import pytest

from cli.conftest import bench  # noqa: F401  # the fixture
from leanboard.storage.manifest import manifest_of

pytestmark = pytest.mark.docker


def test_what_made_a_result_in_a_container(bench, project, docker_daemon, lean_image) -> None:  # noqa: F811
    environment = {
        "DOCKER_HOST": docker_daemon.address,
        "LEANBOARD_IMAGE": lean_image,
        "LEANBOARD_STRATEGIES": str(project / "lean_strategies"),
        "LEANBOARD_DATA": str(bench.root.parent / "lean-data"),
    }
    copied = bench.invoke("data", "import-image", "--to", environment["LEANBOARD_DATA"], **environment)
    assert copied.code == 0, copied.err
    done = bench.run("run", "main", "--engine", "docker", "--json", **environment)
    assert done.code == 0, done.err
    versions = json.loads(done.out)["versions"]
    image = docker_daemon.client().images.get(lean_image)
    assert versions["image"] == lean_image
    assert versions["image_id"] == image.id
    assert versions["image_digest"] == ""  # it never was in a registry
    assert (versions["python"], versions["dotnet"]) == ("3.11.11", "net10.0")
    assert versions["engine"].startswith("Docker ")
    assert versions["lean"].startswith("2.5.0.0")
    [directory] = (bench.home / "results").glob("2*")
    assert manifest_of((directory / "run.json").read_bytes()).versions.model_dump() == versions
    assert not (directory / "sandbox.json").exists()

    shown = bench.run("results", "show", **environment)
    assert f"{lean_image} = {image.id}" in shown.out
