"""What an earlier life, an accident or a stranger has left: reported, removed in its time, or not touched."""

import shutil
import sqlite3
import time

import pytest

from containers.service import LABEL_INSTANCE, DockerService, wait_until
from leanboard.engines.docker.spec import LABEL_SLOT

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

FOREIGN = "f" * 16
UNKNOWN = "0" * 32


@pytest.fixture
def make_stray(docker_daemon, stub_image):
    """Make containers that nobody's service has made, or knows any more: ``make_stray(instance, slot_id)``."""
    client, made = docker_daemon.client(), []

    def make(instance: str, slot_id: str | None, name: str | None = None):
        labels = {LABEL_INSTANCE: instance} | ({LABEL_SLOT: slot_id} if slot_id is not None else {})
        stray = client.containers.run(
            stub_image, entrypoint=["sleep", "1000"], labels=labels, name=name, network_mode="none", detach=True
        )
        made.append(stray)
        return stray

    yield make
    for stray in made:
        if exists(stray):
            stray.remove(force=True)


def exists(container) -> bool:
    return any(found.id == container.id for found in container.client.containers.list(all=True, ignore_removed=True))


def problems(service: DockerService) -> dict[str, tuple[str, str]]:
    """By subject: kind and detail."""
    answer = service.client.get("/api/v2/admin/problems", params={"page_size": 200})
    assert answer.status_code == 200, answer.text
    return {item["subject"]: (item["kind"], item["detail"]) for item in answer.json()["items"]}


def until_listed(service: DockerService, subject: str, kind: str, within: float = 10.0) -> str:
    wait_until(lambda: problems(service).get(subject, ("", ""))[0] == kind, within, lambda: str(problems(service)))
    return problems(service)[subject][1]


def in_index(service: DockerService, statement: str, *values: object) -> None:
    """Change the index of a service that does not run."""
    connection = sqlite3.connect(service.home / "index.db")
    with connection:
        assert connection.execute(statement, values).rowcount == 1
    connection.close()


def test_r38_young_strays_are_left_alone_and_old_ones_removed(make_docker_service, stub_image, make_stray):
    grace = 10
    service = make_docker_service(stub_image, docker_orphan_grace=grace).start()
    service.end()
    begun = time.monotonic()
    old = make_stray(service.instance, f"{UNKNOWN}-1")
    unmarked = make_stray(service.instance, None, name="by-hand")
    foreign = make_stray(FOREIGN, f"{UNKNOWN}-1")
    time.sleep(5)  # between the ages of the two; Docker counts ages in whole seconds
    young = make_stray(service.instance, f"{UNKNOWN}-2")
    service.start()
    assert "removed in" in until_listed(service, young.name, "sandbox_unknown")
    wait_until(lambda: not exists(old) and not exists(unmarked), 2 * grace)
    assert exists(young)
    assert time.monotonic() - begun >= grace - 1
    until_listed(service, old.name, "sandbox_removed")
    until_listed(service, "by-hand", "sandbox_removed")
    wait_until(lambda: not exists(young), grace)
    assert exists(foreign)
    assert foreign.name not in problems(service)


def test_r38_the_container_of_a_run_that_is_over_is_removed_at_once(make_docker_service, stub_image, make_stray):
    service = make_docker_service(stub_image, docker_orphan_grace=300).start()
    service.add_stub("short", lines=1)
    run = service.submit("short")["id"]
    service.until_ended(run)
    service.end()
    late = make_stray(service.instance, f"{run}-1")
    service.start()
    wait_until(lambda: not exists(late), 10)
    assert service.status(run)["status"] == "completed"
    assert late.name not in problems(service)


def test_r38_an_earlier_attempts_container_goes_and_the_running_one_stays(make_docker_service, stub_image, make_stray):
    service = make_docker_service(stub_image, docker_orphan_grace=300, restart_attempts=2).start()
    service.add_stub("long", lines=100_000, per_second=20)
    run = service.submit("long")["id"]
    service.until_started(run)
    service.end()
    service.container(run).remove(force=True)
    service.start()
    service.until(run, lambda found: found["attempt"] == 2 and found["phase"] == "trading")
    service.end()
    late = make_stray(service.instance, f"{run}-1")
    service.start()
    wait_until(lambda: not exists(late), 10)
    assert (service.status(run)["status"], service.status(run)["attempt"]) == ("running", 2)
    assert len(service.containers(run)) == 1


def test_r38_a_lost_index_costs_no_run_its_result(make_docker_service, stub_image):
    """The rows are gone, the containers go on: rows come back from the directories, results from the containers."""
    service = make_docker_service(stub_image, docker_orphan_grace=0).start()
    service.add_stub("long", lines=60, per_second=15)
    run = service.submit("long")["id"]
    service.until_started(run)
    container = service.container(run).id
    service.end()
    for path in service.home.glob("index.db*"):
        path.unlink()
    service.start()
    assert until_listed(service, f"work/{run}", "restored")
    ended = service.until_ended(run)
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    assert (service.folder(ended) / "log.txt").read_text().count(" stub line ") == 60
    assert service.boots == 1, container
    service.until_no_container()


def test_r38_without_index_and_request_what_was_written_stays(make_docker_service, stub_image):
    service = make_docker_service(stub_image, docker_orphan_grace=1).start()
    service.add_stub("long", lines=100_000, per_second=20)
    run = service.submit("long")["id"]
    service.until_started(run)
    container = service.container(run)
    service.end()
    for path in service.home.glob("index.db*"):
        path.unlink()
    (service.home / "work" / run / "request.json").write_text("{ torn")
    service.start()
    detail = until_listed(service, container.name, "sandbox_removed", within=15)
    assert f"work/{run}" in detail
    assert not exists(container)
    assert " stub line 1 " in (service.home / "work" / run / "slot-1" / "output" / "log.txt").read_text()
    assert until_listed(service, f"work/{run}", "unreadable")


def test_r37_start_up_succeeds_whatever_is_damaged_and_says_what(make_docker_service, stub_image, make_stray):
    service = make_docker_service(stub_image, max_running=4, docker_orphan_grace=300).start()
    service.add_stub("short", lines=1)
    service.add_stub("long", lines=100_000, per_second=20)
    vanished = service.until_ended(service.submit("short")["id"])
    strange = service.submit("long")["id"]
    homeless = service.submit("long")["id"]
    healthy = service.submit("long")["id"]
    for run in (strange, homeless, healthy):
        service.until_started(run)
    strange_container, homeless_container = service.container(strange), service.container(homeless)
    service.end()
    shutil.rmtree(service.folder(vanished))
    in_index(service, "UPDATE run SET status = 'no such status' WHERE id = ?", strange)
    shutil.rmtree(service.home / "work" / homeless)
    ours = make_stray(service.instance, f"{UNKNOWN}-1")
    foreign = make_stray(FOREIGN, f"{UNKNOWN}-1")

    service.start()
    assert service.status(healthy)["status"] == "running"
    assert service.until_ended(homeless)["reason"] == "lost"
    wait_until(lambda: not exists(homeless_container), 10)  # its run is over
    until_listed(service, ours.name, "sandbox_unknown")
    until_listed(service, strange_container.name, "sandbox_unreadable")
    found = problems(service)
    assert found[strange][0] == "unreadable"
    assert found[homeless][0] == "lost"
    assert any(kind == "vanished" for kind, _ in found.values())
    assert all(map(exists, (ours, foreign, strange_container)))
    assert foreign.name not in found
    assert service.until_ended(service.submit("short")["id"])["status"] == "completed"


def test_r37_an_engine_that_went_away_is_a_problem_until_it_is_back(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub")
    service = make_docker_service(image, daemon=daemon).start()
    assert "docker" not in problems(service)
    daemon.stop()
    service.end()
    service.start()
    assert "its runs wait" in until_listed(service, "docker", "engine_unavailable", within=20)
