"""The container engine does not answer, or is not there: the service goes on, and concludes nothing."""

import time

import pytest

from containers.restarts import stub_lines
from containers.service import DockerService, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

FROZEN_SECONDS = 22.0  # longer than any call waits: what was asked at the beginning has timed out before the end


def docker_is_ready(service: DockerService) -> bool:
    engines = service.client.get("/health").json()["engines"]
    return next(engine["ready"] for engine in engines if engine["name"] == "docker")


@pytest.mark.slow
def test_r08_an_engine_that_hangs_holds_nothing_up_but_starts(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub")
    service = make_docker_service(image, daemon=daemon, max_running=1).start()
    service.add_stub("long", lines=1000, per_second=1000 / (FROZEN_SECONDS + 8))
    service.add_stub("quick", lines=10)
    run, waiting = (service.submit(name)["id"] for name in ("long", "quick"))
    service.until_started(run)
    daemon.freeze()
    begun = time.monotonic()
    slowest, noticed = 0.0, None
    later = ""
    while time.monotonic() < begun + FROZEN_SECONDS:
        asked = time.monotonic()
        ready = docker_is_ready(service)
        answered = time.monotonic()
        assert service.status(run)["status"] == "running"
        assert service.status(waiting)["status"] == "pending"
        assert service.results()["total"] == 0
        slowest = max(slowest, answered - asked, (time.monotonic() - answered) / 3)
        if not ready and noticed is None:
            noticed = answered - begun
            asked = time.monotonic()
            later = service.submit("quick")["id"]
            slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.1)  # the pace of the questions
    assert slowest < 0.5
    assert noticed is not None
    assert noticed < 15
    assert "does not answer" in service.status(waiting)["queue"]["reason"]
    daemon.thaw()
    wait_until(lambda: docker_is_ready(service), 10)
    ended = [service.until_ended(each, within=60) for each in (run, waiting, later)]
    assert [(each["status"], each["attempt"]) for each in ended] == [("completed", 1)] * 3
    assert stub_lines((service.folder(ended[0]) / "log.txt").read_text()) == list(range(1, 1001))
    assert service.boots == 3
    service.until_no_container()


def test_r08_what_was_booting_when_the_engine_froze_runs_once_when_it_is_back(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub")
    service = make_docker_service(image, daemon=daemon).start()
    service.add_stub("quick", lines=10)
    daemon.freeze()
    run = service.submit("quick")["id"]
    wait_until(lambda: not docker_is_ready(service), 15)
    assert service.status(run)["status"] in ("pending", "running")
    daemon.thaw()
    ended = service.until_ended(run, within=60)
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    assert stub_lines((service.folder(ended) / "log.txt").read_text()) == list(range(1, 11))
    service.until_no_container()


def test_r09_an_engine_that_is_not_there_at_the_start(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub")
    service = make_docker_service(image, daemon=daemon).start()
    service.add_stub("quick", lines=10)
    old = service.until_ended(service.submit("quick")["id"])
    service.end()
    daemon.kill(containerd=True)
    (daemon.folder / "sock").unlink()

    service.start()
    assert not docker_is_ready(service)
    assert service.results()["total"] == 1
    assert service.result(old["timestamp"])["run"]["id"] == old["id"]
    run = service.submit("quick")["id"]
    waits = service.until(run, lambda found: found["queue"] and "is not there" in found["queue"]["reason"])
    assert (waits["status"], waits["phase"]) == ("pending", "queued")

    daemon.start()
    wait_until(lambda: docker_is_ready(service), 10)
    ended = service.until_ended(run)
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    assert service.results()["total"] == 2


def test_r10_a_kill_that_times_out_and_is_done_later_ends_the_run_once(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub")
    service = make_docker_service(image, daemon=daemon, cancel_grace=1).start()
    service.add_stub("deaf", lines=1, then="hang", ignore_signals=True)
    service.add_stub("other", lines=500, per_second=25)
    service.add_stub("quick", lines=10)
    run, other = (service.submit(name)["id"] for name in ("deaf", "other"))
    for each in (run, other):
        service.until_started(each)
    daemon.freeze()
    service.cancel(run)
    wait_until(lambda: not docker_is_ready(service), 15)
    asked = service.status(run)
    assert asked["status"] == "running"
    assert service.client.get(f"/api/v2/backtest/status/{other}").json()["status"] == "running"
    daemon.thaw()
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["attempt"]) == ("cancelled", "cancelled_by_user", 1)
    assert service.cancel(run).status_code == 409
    assert service.until_ended(service.submit("quick")["id"])["status"] == "completed"
    unharmed = service.until_ended(other)
    assert unharmed["status"] == "completed"
    assert stub_lines((service.folder(unharmed) / "log.txt").read_text()) == list(range(1, 501))
    assert service.status(run)["status"] == "cancelled"
    assert service.results()["total"] == 3
    assert service.boots == 3
    service.until_no_container()
