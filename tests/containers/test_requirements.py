"""requirements.txt in containers: pip of the run's own image; the index is a folder of the image."""

import json
import shutil
import signal

import pytest

from containers.lean_image import WHEELS
from containers.service import wait_until
from scenarios.service import HEAD
from strategies.projects import write

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

USES = f"import tiny\n{HEAD}        self.debug('the word is ' + tiny.WORD)\n"
INDEX = json.dumps({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": WHEELS})


@pytest.fixture
def make(make_docker_service, lean_image, minute_data):
    def made(kill_point="", **settings):
        settings = {"requirements_env": INDEX, "warm_docker": 0, **settings}
        return make_docker_service(lean_image, data=minute_data, **settings).start(kill_point)

    return made


def project(service, name, requirements, source=USES):
    write(service._strategies, {f"{name}/main.py": source, f"{name}/requirements.txt": requirements})


def installing(service):
    """The containers of installations."""
    return [each for each in service.containers() if each.labels["leanboard.slot"].startswith("install-")]


def kept(service):
    return [path.name for path in (service.home / "packages").iterdir() if not path.name.startswith(".")]


@pytest.mark.parametrize("files", ["mount", "copy"])
def test_a_strategy_uses_what_it_asks_for_and_the_next_run_installs_nothing(make, files):
    service = make(docker_files=files)
    project(service, "uses", "tiny==1.0")
    for times in (1, 2):
        ended = service.until_ended(service.submit("uses")["id"], 60)
        assert ended["status"] == "completed", ended
        folder = service.folder(ended)
        assert "the word is tiny" in (folder / "log.txt").read_text()
        assert (folder / "console" / "install.txt").exists() is (times == 1)
    assert len(kept(service)) == 1
    service.until_no_container()


def test_a_container_that_booted_ahead_is_good_for_it_as_well(make):
    service = make(warm_docker=1)
    project(service, "uses", "tiny==1.0")
    wait_until(lambda: service.client.get("/health").json()["warm"][0]["ready"], 60)
    ended = service.until_ended(service.submit("uses")["id"], 60)
    assert ended["status"] == "completed", ended
    assert service.client.get("/health").json()["warm"][0]["hits"] == 1


def test_pips_container_is_held_like_a_runs_but_for_its_network(make):
    service = make(requirements_network="bridge")
    project(service, "lasting", "slow")
    run_id = service.submit("lasting")["id"]
    wait_until(lambda: any(each.status == "running" for each in installing(service)), 30)
    (container,) = installing(service)
    held = container.attrs["HostConfig"]
    assert held["NetworkMode"] == "bridge"
    assert (held["CapDrop"], held["ReadonlyRootfs"], held["PidsLimit"]) == (["ALL"], True, 512)
    assert "no-new-privileges" in " ".join(held["SecurityOpt"])
    assert held["Memory"] >= 1 << 30
    assert "/Lean/Data" not in {mount["Destination"] for mount in container.attrs["Mounts"]}
    assert container.attrs["Config"]["User"] not in ("", "0", "0:0", "root")
    assert service.status(run_id)["phase"] == "installing"
    service.cancel(run_id)
    ended = service.until_ended(run_id, 20)
    assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
    service.until_no_container()
    assert list((service.home / "packages" / ".work").iterdir()) == []


def test_what_cannot_be_installed_ends_the_run_with_pips_own_lines(make):
    service = make()
    project(service, "wrong", "# first\nno-such-package==3\n")
    ended = service.until_ended(service.submit("wrong")["id"], 60)
    assert (ended["status"], ended["reason"]) == ("failed", "requirements_failed")
    assert "No matching distribution found for no-such-package==3" in ended["message"]
    assert ended["location"] == {"file": "requirements.txt", "line": 2}
    assert kept(service) == []


def test_a_service_that_dies_while_pip_works_begins_again(make):
    service = make(docker_orphan_grace=1)
    project(service, "lasting", "slow")
    run_id = service.submit("lasting")["id"]
    wait_until(lambda: installing(service), 30)
    (left,) = (container.id for container in installing(service))
    service.end(signal.SIGKILL)
    service.start()
    wait_until(lambda: left not in [container.id for container in service.containers()], 30)
    wait_until(lambda: installing(service), 30)
    assert len(list((service.home / "packages" / ".work").iterdir())) == 1
    service.cancel(run_id)
    assert service.until_ended(run_id, 30)["status"] == "cancelled"
    service.until_no_container()


def test_a_run_that_is_taken_over_before_it_had_its_job_gets_its_packages(make):
    service = make("before_assign")
    project(service, "uses", "tiny==1.0")
    run_id = service.submit("uses")["id"]
    service.until_dead()
    shutil.rmtree(service.home / "work" / run_id / "slot-1" / "packages")  # as of a slot that had booted ahead
    service.start()
    ended = service.until_ended(run_id, 60)
    assert (ended["status"], ended["attempt"]) == ("completed", 1), ended
