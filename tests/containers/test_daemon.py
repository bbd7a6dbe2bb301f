"""The tests' own Docker daemon: what its faults do, and that it leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import docker
import pytest

from containers import leftovers
from containers.daemon import Daemon, sweep

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


def hanging(client: docker.DockerClient, image: str):
    return client.containers.run(image, entrypoint=["sleep", "300"], network_mode="none", init=True, detach=True)


def test_without_live_restore_a_killed_daemon_stops_its_containers_when_it_is_back(make_daemon):
    daemon, image = make_daemon(image="contract")
    container = hanging(daemon.client(), image)
    container.reload()
    pid = container.attrs["State"]["Pid"]
    daemon.kill()
    assert not daemon.is_answering()
    assert pid in leftovers.processes(daemon.folder)
    daemon.start()
    container.reload()
    assert container.status == "exited"
    assert container.attrs["State"]["ExitCode"] == 143  # by its stop signal: as `docker stop` does


@pytest.mark.parametrize("containerd", [False, True], ids=["dockerd", "containerd too"])
def test_with_live_restore_containers_go_on(make_daemon, containerd):
    daemon, image = make_daemon(image="contract", live_restore=True)
    container = hanging(daemon.client(), image)
    daemon.kill(containerd=containerd)
    daemon.start()
    container.reload()
    assert container.status == "running"


def test_a_frozen_daemon_answers_nobody_until_it_is_thawed(docker_machine):
    with Daemon() as daemon:
        daemon.freeze()
        assert daemon.is_running
        assert not daemon.is_answering(within=0.3)
        daemon.thaw()
        daemon.wait_until_answering(10)


def test_nothing_is_left_of_a_closed_daemon(make_daemon):
    daemon, image = make_daemon(image="contract")
    hanging(daemon.client(), image)
    assert leftovers.mounts(daemon.folder)
    assert leftovers.cgroups(daemon.folder)
    assert len(leftovers.processes(daemon.folder)) >= 4
    sockets = leftovers.shim_sockets(daemon.folder)
    assert [path.exists() for path in sockets] == [True]
    daemon.close()
    assert leftovers.mounts(daemon.folder) == []
    assert leftovers.cgroups(daemon.folder) == []
    assert leftovers.processes(daemon.folder) == []
    assert [path.exists() for path in sockets] == [False]
    assert not daemon.folder.exists()


KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from containers.daemon import Daemon
daemon = Daemon()
daemon.start()
print(daemon.folder, flush=True)
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_test_left_is_swept(docker_machine, project):
    command = [sys.executable, "-c", KILLED, str(project / "tests")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    folder = Path(done.stdout.strip())
    assert done.returncode == -9
    assert len(leftovers.processes(folder)) == 2
    with Daemon() as mine:
        sweep()
        assert mine.is_answering()
    assert leftovers.processes(folder) == leftovers.mounts(folder) == leftovers.cgroups(folder) == []
    assert not folder.exists()


def test_restart_keeps_data_and_takes_another_setting(make_daemon):
    daemon, image = make_daemon(image="contract")
    assert not daemon.client().info()["LiveRestoreEnabled"]
    daemon.restart(live_restore=True)
    assert daemon.client().info()["LiveRestoreEnabled"]
    assert daemon.client().images.get(image)
