"""The service dies, is ended, or is away, and its containers go on: nothing is lost, nothing is done twice."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx2
import pytest

from containers.restarts import Listener, created_containers, log_of, stub_lines
from containers.service import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]
PATIENCE = 20.0  # seconds; R01 asks for ten, of a machine that has nothing else to do


@pytest.mark.slow
def test_r01_kill_9_with_four_running_and_twenty_queued(make_docker_service, stub_image):
    service = make_docker_service(stub_image, max_running=4).start()
    service.add_stub("long", lines=360, per_second=20)
    service.add_stub("short", lines=10)
    with created_containers(service) as created:
        running = [service.submit("long")["id"] for _ in range(4)]
        queued = [service.submit("short")["id"] for _ in range(20)]
        for run in running:
            service.until_started(run)
        before = {run: service.container(run).id for run in running}
        listener = Listener(service, running[0])
        wait_until(lambda: log_of(listener.events)[-1:] > [20], 10)
        service.end(signal.SIGKILL)
        seen = listener.until_over()

        begun = time.monotonic()
        service.start()
        assert [service.status(run)["status"] for run in running] == ["running"] * 4
        for run in running:
            service.until_started(run, within=begun + PATIENCE - time.monotonic())
        assert {run: service.container(run).id for run in running} == before
        again = Listener(service, running[0], since=seen[-1]["seq"]).until_over()

        assert (again[0]["type"], again[0]["reset"]) == ("snapshot", True)
        numbers = [event["seq"] for event in again]
        assert numbers[0] > seen[-1]["seq"]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        first = log_of(again)[0]
        assert first <= log_of(seen)[-1] + 1
        assert log_of(again) == list(range(first, 361))

        ended = [service.until_ended(run, within=60) for run in running + queued]
        assert [(run["status"], run["attempt"]) for run in ended] == [("completed", 1)] * 24
        assert len(created) == service.boots == 24
    assert service.results()["total"] == 24
    for run in ended[:4]:
        assert stub_lines((service.folder(run) / "log.txt").read_text()) == list(range(1, 361))
    service.until_no_container()


@pytest.mark.parametrize(
    ("point", "containers"),
    [
        ("before_boot", 1),
        ("after_create", 2),  # made and never started: removed, and made again
        ("after_boot", 1),
        ("before_assign", 1),
        ("after_assign", 1),
        ("before_remove", 1),
    ],
)
def test_r02_killed_at_any_point_no_run_is_lost_and_none_runs_twice(make_docker_service, stub_image, point, containers):
    service = make_docker_service(stub_image, docker_orphan_grace=0)
    service.add_stub("quick", lines=10)
    with created_containers(service) as created:
        service.start(point)
        run = service.submit("quick")["id"]
        service.until_dead()
        service.start()
        ended = service.until_ended(run)
        assert (ended["status"], ended["attempt"]) == ("completed", 1)
        assert len(created) == containers
    assert stub_lines((service.folder(ended) / "log.txt").read_text()) == list(range(1, 11))
    assert service.results()["total"] == 1
    service.until_no_container()


def test_r02_killed_right_after_a_cancel_the_wish_is_kept(make_docker_service, stub_image):
    service = make_docker_service(stub_image, cancel_grace=1).start()
    service.add_stub("deaf", lines=1, then="hang", ignore_signals=True)
    run = service.submit("deaf")["id"]
    service.until_started(run)
    service.cancel(run)
    service.end(signal.SIGKILL)
    service.start()
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["attempt"]) == ("cancelled", "cancelled_by_user", 1)
    assert service.boots == 1
    service.until_no_container()


def test_r03_sigterm_leaves_containers_and_the_next_start_adopts_them(make_docker_service, stub_image):
    service = make_docker_service(stub_image, max_running=1).start()
    service.add_stub("long", lines=200, per_second=25)
    service.add_stub("short", lines=10)
    run = service.submit("long")["id"]
    service.until_started(run)
    with ThreadPoolExecutor(1) as pool:
        promised = pool.submit(submit_until_refused, service)
        wait_until(lambda: service.client.get("/health").json()["queued"] >= 2, 10)
        assert service.end(signal.SIGTERM) < 10
        promised = promised.result(20)
    assert service.container(run).status == "running"
    service.start()
    ended = service.until_ended(run)
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    assert stub_lines((service.folder(ended) / "log.txt").read_text()) == list(range(1, 201))
    assert len(promised) >= 2
    assert {service.until_ended(other, within=60)["status"] for other in promised} == {"completed"}
    assert service.boots == 1 + len(promised)


def submit_until_refused(service) -> list[str]:
    """Submit runs until the service takes no more; it says 503, or nobody answers; returns what it promised."""
    promised = []
    with httpx2.Client(base_url=service.client.base_url, timeout=20) as client:
        while True:
            try:
                answer = client.post("/api/v2/backtest/run", json={"strategy_name": "short", "engine": "docker"})
            except httpx2.TransportError:
                return promised
            if answer.status_code != 202:
                assert answer.status_code == 503, answer.text
                return promised
            promised.append(answer.json()["id"])
            time.sleep(0.2)  # the pace of a client, not a wait


def test_r03_a_container_that_is_being_started_at_sigterm_is_not_lost(make_docker_service, stub_image):
    service = make_docker_service(stub_image).start()
    service.add_stub("quick", lines=10)
    with created_containers(service) as created:
        run = service.submit("quick")["id"]
        wait_until(lambda: created, 10)
        assert service.end(signal.SIGTERM) < 10
        service.start()
        ended = service.until_ended(run)
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    service.until_no_container()


@pytest.mark.parametrize(
    ("then", "status"), [("complete", "completed"), ("fail", "failed"), ("exit:3", "failed"), ("oom", "failed")]
)
def test_r04_a_run_that_ends_while_the_service_is_down_is_as_if_it_had_been_up(
    make_docker_service, stub_image, then, status
):
    service = make_docker_service(stub_image, memory=256).start()
    service.add_stub("watched", lines=60, per_second=30, frame_every=10, then=then)
    watched = service.until_ended(service.submit("watched")["id"])

    run = service.submit("watched")["id"]
    service.until_started(run)
    service.end(signal.SIGKILL)
    container = service.container(run)
    container.wait(timeout=30)
    service.start()
    unwatched = service.until_ended(run)

    kept = ("status", "reason", "message", "warnings", "partial", "attempt")
    assert {name: unwatched[name] for name in kept} == {name: watched[name] for name in kept}
    assert unwatched["status"] == status
    if then == "exit:3":
        assert "exit code 3" in unwatched["message"]
    results = [service.result(ended["timestamp"]) for ended in (watched, unwatched)]
    for name in ("statistics", "equity", "applied"):
        assert results[0][name] == results[1][name]
    for ended in (watched, unwatched):
        assert stub_lines((service.folder(ended) / "log.txt").read_text()) == list(range(1, 61))
        assert stub_lines((service.folder(ended) / "console" / "stdout.txt").read_text()) == list(range(1, 61))
    service.until_no_container()


def test_r18_the_time_limit_of_an_adopted_run_counts_from_its_start(make_docker_service, stub_image):
    service = make_docker_service(stub_image).start()
    service.add_stub("long", lines=1000, per_second=25)
    run = service.submit("long", timeout=10)["id"]
    service.until_started(run)
    service.end()
    log = service.home / "work" / run / "slot-1" / "output" / "log.txt"
    wait_until(lambda: len(stub_lines(log.read_text())) > 125, 15)
    service.start()
    adopted = datetime.now(UTC)
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["partial"]) == ("failed", "timed_out", True)
    started, finished = (datetime.fromisoformat(ended[name]) for name in ("started_at", "finished_at"))
    assert (finished - started).total_seconds() >= 10
    assert (finished - adopted).total_seconds() < 8  # 10 would be those of a clock that began with the adoption
