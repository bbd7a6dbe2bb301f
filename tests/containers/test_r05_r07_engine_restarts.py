"""The container engine dies or is restarted under running runs, with and without live-restore."""

from collections.abc import Callable
from pathlib import Path

import pytest

from containers.daemon import Daemon
from containers.restarts import Listener, log_of, stub_lines
from containers.service import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


def die(daemon: Daemon) -> None:
    daemon.kill(containerd=True)
    daemon.start()


RESTARTS = [die, Daemon.restart]


@pytest.mark.parametrize("restart", RESTARTS, ids=["died", "in good order"])
@pytest.mark.parametrize("attempts", [1, 0])
def test_r05_without_live_restore_running_runs_are_lost_and_started_again_if_they_may(
    make_daemon, make_docker_service, restart: Callable[[Daemon], None], attempts
):
    daemon, image = make_daemon(image="stub")
    service = make_docker_service(image, daemon=daemon, max_running=1, restart_attempts=attempts).start()
    service.add_stub("long", lines=150, per_second=25, teardown=2)
    service.add_stub("quick", lines=10)
    run, waiting = (service.submit(name)["id"] for name in ("long", "quick"))
    service.until_started(run)
    listener = Listener(service, run)
    restart(daemon)
    listener.until_over()
    assert not any(event["run"]["status"] == "cancelled" for event in listener.events if "run" in event)
    ended = service.until_ended(run, within=60)
    if attempts:
        assert (ended["status"], ended["attempt"]) == ("completed", 2)
        assert stub_lines((service.folder(ended) / "log.txt").read_text()) == list(range(1, 151))
    else:
        assert (ended["status"], ended["reason"], ended["attempt"]) == ("failed", "lost", 1)
        assert "engine_restart" in ended["message"]
    after = service.until_ended(waiting, within=60)
    assert (after["status"], after["attempt"]) == ("completed", 1)
    assert service.boots == 2 + attempts
    assert service.results()["total"] == 2
    service.until_no_container()


def test_r05_an_engine_that_is_restarted_while_the_service_is_down(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub")
    service = make_docker_service(image, daemon=daemon, restart_attempts=1).start()
    service.add_stub("long", lines=100, per_second=25)
    run = service.submit("long")["id"]
    service.until_started(run)
    service.end()
    die(daemon)
    service.start()
    ended = service.until_ended(run, within=60)
    assert (ended["status"], ended["attempt"]) == ("completed", 2)
    assert stub_lines((service.folder(ended) / "log.txt").read_text()) == list(range(1, 101))


def test_r06_with_live_restore_three_deaths_of_the_engine_change_nothing(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub", live_restore=True)
    service = make_docker_service(image, daemon=daemon, restart_attempts=1).start()
    service.add_stub("long", lines=3000, per_second=250)
    run = service.submit("long")["id"]
    service.until_started(run)
    listener = Listener(service, run)
    for _ in range(3):
        die(daemon)
        assert service.status(run)["status"] == "running"
    ended = service.until_ended(run, within=60)
    assert (ended["status"], ended["attempt"], service.boots) == ("completed", 1, 1)
    every_line = list(range(1, 3001))
    for name in ("log.txt", "console/stdout.txt"):
        assert stub_lines((service.folder(ended) / name).read_text()) == every_line, name
    seen = log_of(listener.until_over())
    assert seen == list(range(seen[0], 3001))
    service.until_no_container()


@pytest.mark.parametrize("then", ["exit:3", "complete"])
def test_r07_a_container_that_ends_while_the_engine_is_dead(make_daemon, make_docker_service, then):
    daemon, image = make_daemon(image="stub", live_restore=True)
    service = make_docker_service(image, daemon=daemon).start()
    service.add_stub("ends", lines=100, per_second=50, then=then)
    run = service.submit("ends")["id"]
    service.until_started(run)
    container = service.container(run)
    pid = container.attrs["State"]["Pid"]
    daemon.kill(containerd=True)
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20)
    assert service.status(run)["status"] == "running"
    daemon.start()
    ended = service.until_ended(run, within=60)
    if then == "complete":
        assert (ended["status"], ended["warnings"]) == ("completed", [])
    else:
        assert (ended["status"], ended["reason"]) == ("failed", "crashed")
        assert "exit code 3" in ended["message"]
    for name in ("log.txt", "console/stdout.txt"):
        assert stub_lines((service.folder(ended) / name).read_text()) == list(range(1, 101)), name
    service.until_no_container()
