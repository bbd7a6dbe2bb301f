"""Containers that boot before anybody asks."""

import json
import signal

import pytest

from containers.service import DockerService, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


def warm(service: DockerService) -> dict[str, object]:
    (found,) = service.client.get("/health").json()["warm"]
    return found


def until_ready(service: DockerService) -> None:
    wait_until(lambda: warm(service)["ready"] == 1, 60, lambda: service.log[-3000:])


def test_a_run_gets_the_booted_container_and_none_is_left(make_docker_service, lean_image, minute_data):
    service = make_docker_service(lean_image, data=minute_data, warm_docker=1).start()
    until_ready(service)
    (booted,) = service.containers()
    run = service.submit("quick", name="warm", end_date="2013-10-08")
    ended = service.until_ended(run["id"], within=60)
    assert (ended["status"], ended["message"]) == ("completed", "")
    assert booted.labels["leanboard.run"] == run["id"]
    assert service.result(ended["timestamp"])["applied"]["effective"] == {"end_date": "2013-10-08"}
    until_ready(service)
    assert (warm(service)["hits"], warm(service)["misses"]) == (1, 0)
    wait_until(lambda: len(service.containers()) == 1, 30)
    assert service.containers()[0].id != booted.id
    service.end(signal.SIGTERM)
    assert service.containers() == []
    assert list((service.home / "work").iterdir()) == []


def test_each_image_has_its_own(make_docker_service, docker_daemon, lean_image, minute_data):
    other = f"{lean_image.partition(':')[0]}:other"
    docker_daemon.client().images.get(lean_image).tag(other)
    service = make_docker_service(
        lean_image, data=minute_data, warm_docker=0, allowed_images=other, warm_images=json.dumps({other: 1})
    ).start()
    until_ready(service)
    assert (warm(service)["image"], warm(service)["size"]) == (other, 1)
    (booted,) = service.containers()
    first = service.submit("quick", end_date="2013-10-08")  # the engine's own image: not this one
    second = service.submit("quick", image=other, end_date="2013-10-08")
    assert booted.labels["leanboard.run"] == second["id"]
    for run in (first, second):
        assert service.until_ended(run["id"], within=60)["status"] == "completed"
    assert (warm(service)["hits"], warm(service)["misses"]) == (1, 0)


def test_a_container_that_has_just_died_costs_the_run_nothing(make_docker_service, lean_image, minute_data):
    service = make_docker_service(lean_image, data=minute_data, warm_docker=1).start()
    for _ in range(2):  # the first request may take so long that its death is known by then
        until_ready(service)
        service.containers()[0].remove(force=True)
        ended = service.until_ended(service.submit("quick", end_date="2013-10-08")["id"], within=60)
        assert (ended["status"], ended["attempt"]) == ("completed", 1), ended


def test_after_kill_9_what_had_booted_ahead_is_removed_at_once(make_docker_service, lean_image, minute_data):
    service = make_docker_service(lean_image, data=minute_data, warm_docker=1, docker_orphan_grace=3600).start()
    until_ready(service)
    (left,) = service.containers()
    service.end()
    assert [found.id for found in service.containers()] == [left.id]
    service.start()
    until_ready(service)
    assert left.id not in [found.id for found in service.containers()]
    assert len(list((service.home / "work").iterdir())) == 1


def test_another_image_limit_or_language_boots_its_own(make_docker_service, lean_image, minute_data):
    service = make_docker_service(lean_image, data=minute_data, warm_docker=1).start()
    until_ready(service)
    (booted,) = service.containers()
    run = service.submit("quick", memory=900)
    assert booted.labels["leanboard.run"] != run["id"]
    assert service.until_ended(run["id"], within=60)["status"] == "completed"
    assert (warm(service)["hits"], warm(service)["misses"]) == (0, 1)
