"""The container engine does not answer, or is not there: the service goes on, and concludes nothing."""

import time
from collections import defaultdict
from functools import partial

import pytest

from containers.restarts import HoldingProxy, stub_lines
from containers.service import DockerService, wait_until
from leanboard.engines.docker.client import CALL_SECONDS

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
    seconds: dict[str, list[float]] = defaultdict(list)

    def ask(what: str, question):
        asked = time.monotonic()
        answer = question()
        seconds[what].append(round(time.monotonic() - asked, 3))
        return answer

    run, waiting = (ask("submitted before", partial(service.submit, name))["id"] for name in ("long", "quick"))
    service.until_started(run)
    daemon.freeze()
    begun = time.monotonic()
    noticed, later = None, ""
    while time.monotonic() < begun + FROZEN_SECONDS:
        ready = ask("health", lambda: docker_is_ready(service))
        assert ask("status", lambda: service.status(run))["status"] == "running"
        assert ask("waiting", lambda: service.status(waiting))["status"] == "pending"
        assert ask("results", service.results)["total"] == 0
        if not ready and noticed is None:
            noticed = time.monotonic() - begun
            later = ask("submit", lambda: service.submit("quick"))["id"]
        time.sleep(0.1)  # the pace of the questions
    assert noticed is not None
    assert noticed < 15
    usually, once = seconds.pop("submitted before"), seconds.pop("submit")
    assert max(max(each) for each in seconds.values()) < 0.5, {
        what: sorted(each)[-3:] for what, each in seconds.items()
    }
    assert max(once) < max(usually) + 0.5  # most of it is the disk's
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


def test_r09_an_engine_that_is_away_when_the_service_comes_back_concludes_nothing(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub", live_restore=True)
    service = make_docker_service(image, daemon=daemon, cancel_grace=1).start()
    service.add_stub("long", lines=300, per_second=25)
    service.add_stub("deaf", lines=1, then="hang", ignore_signals=True)
    run, unwanted = (service.submit(name)["id"] for name in ("long", "deaf"))
    for each in (run, unwanted):
        service.until_started(each)
    service.end()
    daemon.kill(containerd=True)
    service.start()
    assert [service.status(each)["status"] for each in (run, unwanted)] == ["running", "running"]
    assert service.cancel(unwanted).json()["status"] == "running"
    assert next(service.events(run))["type"] == "snapshot"
    daemon.start()
    ended = service.until_ended(run)
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    assert stub_lines((service.folder(ended) / "log.txt").read_text()) == list(range(1, 301))
    assert service.until_ended(unwanted)["status"] == "cancelled"
    assert service.boots == 2
    service.until_no_container()


@pytest.fixture
def way(docker_daemon, tmp_path):
    """A way to the shared daemon, on which kills can be held."""
    proxy = HoldingProxy(docker_daemon.folder / "sock", tmp_path / "way", "/kill?")
    yield proxy
    proxy.close()


@pytest.mark.parametrize("name", ["deaf", "hears"])
def test_r10_a_kill_that_times_out_and_is_done_later_ends_the_run_once(way, make_docker_service, stub_image, name):
    service = make_docker_service(stub_image, docker_host=way.address, cancel_grace=1, max_running=3).start()
    service.add_stub("deaf", lines=1, then="hang", ignore_signals=True)
    service.add_stub("hears", lines=1, then="hang")
    service.add_stub("other", lines=750, per_second=25)
    service.add_stub("quick", lines=10)
    run, other = service.submit(name)["id"], service.submit("other")["id"]
    for each in (run, other):
        service.until_started(each)
    way.hold()
    service.cancel(run)
    wait_until(lambda: way.held, 10)
    begun = time.monotonic()
    between = service.until_ended(service.submit("quick")["id"])  # one call that hangs holds up nothing else
    assert between["status"] == "completed"
    wait_until(lambda: time.monotonic() > begun + CALL_SECONDS + 1, CALL_SECONDS + 5)  # that call's time is up
    assert service.status(run)["status"] == "running"
    assert docker_is_ready(service)
    way.let_go()
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["attempt"]) == ("cancelled", "cancelled_by_user", 1)
    assert service.cancel(run).status_code == 409
    assert service.until_ended(service.submit("quick")["id"])["status"] == "completed"
    unharmed = service.until_ended(other)
    assert unharmed["status"] == "completed"
    assert stub_lines((service.folder(unharmed) / "log.txt").read_text()) == list(range(1, 751))
    assert service.status(run)["status"] == "cancelled"
    assert service.results()["total"] == service.boots == 4
    service.until_no_container()


def test_r10_a_cancel_while_the_engine_hangs_is_done_when_it_is_back(make_daemon, make_docker_service):
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
