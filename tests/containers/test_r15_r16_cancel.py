"""Cancels at any moment, and many at once: one terminal state each, nothing left in the engine or on disk."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from containers.service import DockerService, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

RESULTS = "/api/v2/backtest/results"
ENDED = ("completed", "failed", "cancelled")


def nothing_is_left(service: DockerService) -> None:
    service.until_no_container()
    work = service.home / "work"
    wait_until(lambda: not list(work.iterdir()), 10, lambda: str(list(work.iterdir())))


def test_r15_a_cancel_at_any_moment_gives_one_terminal_state(make_docker_service, stub_image):
    """From before the container is made to after it has ended: every 25 ms of a life of about a second, and its end."""
    service = make_docker_service(stub_image, max_running=4, cancel_grace=5).start()
    service.add_stub("short", lines=10, per_second=20)
    delays = [*(number * 0.025 for number in range(39)), None]

    def live(delay: float | None) -> tuple[str, int, str]:
        run = service.submit("short")["id"]
        if delay is None:
            service.until_ended(run)
        else:
            time.sleep(delay)  # this is what is tried: some moment of its life
        code = service.cancel(run).status_code
        return run, code, service.until_ended(run)["status"]

    with ThreadPoolExecutor(4) as pool:
        lives = list(pool.map(live, delays))
    for run, code, status in lives:
        assert code in (200, 202, 409)
        assert (status == "completed") if code == 409 else (status in ("cancelled", "completed")), (run, code, status)
        assert service.cancel(run).status_code == 409
        assert service.status(run)["status"] == status
    assert {status for _, _, status in lives} == {"cancelled", "completed"}  # else not all moments were tried
    assert service.results(page_size=100)["total"] == len(delays)
    nothing_is_left(service)


def test_r15_a_cancel_between_the_result_and_the_end_of_the_container(make_docker_service, stub_image):
    service = make_docker_service(stub_image).start()
    service.add_stub("slow_end", lines=1, teardown=30)
    run = service.submit("slow_end")["id"]
    service.until(run, lambda found: found["phase"] == "saving" or found["status"] in ENDED)
    code = service.cancel(run).status_code
    ended = service.until_ended(run, within=10)
    assert ended["status"] == "completed" if code == 409 else ended["status"] in ("completed", "cancelled")
    nothing_is_left(service)


def test_r15_a_finished_run_stays_completed(make_docker_service, stub_image):
    service = make_docker_service(stub_image).start()
    service.add_stub("short", lines=1)
    run = service.submit("short")["id"]
    assert service.until_ended(run)["status"] == "completed"
    answer = service.cancel(run)
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
    assert service.status(run)["status"] == "completed"


def test_r15_a_waiting_run_never_gets_a_container(make_docker_service, stub_image):
    service = make_docker_service(stub_image, max_running=1, cancel_grace=1).start()
    service.add_stub("long", lines=1, then="hang")
    running = service.submit("long")["id"]
    service.until_started(running)
    waiting = service.submit("long")["id"]
    service.cancel(waiting)
    assert service.until_ended(waiting)["status"] == "cancelled"
    assert service.containers(waiting) == []
    service.cancel(running)
    service.until_ended(running)
    assert service.boots == 1


def test_r16_fifty_at_once_cancel_delete_and_submit(make_docker_service, stub_image):
    service = make_docker_service(stub_image, max_running=3, cancel_grace=5).start()
    service.add_stub("target", lines=100_000, per_second=20)
    service.add_stub("again", lines=1)
    target = service.submit("target")
    service.until_started(target["id"])

    def attack(number: int) -> int:
        if number % 3 == 0:
            return service.cancel(target["id"]).status_code
        if number % 3 == 1:
            return service.client.delete(f"{RESULTS}/{target['timestamp']}").status_code
        body = {"strategy_name": "again", "engine": "docker"}
        return service.client.post("/api/v2/backtest/run", json=body).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(attack, range(50)))
    assert set(codes) <= {200, 202, 204, 404, 409}, codes
    assert codes.count(202) >= 16  # the submits
    service.until_idle(within=60)
    answer = service.client.get(f"/api/v2/backtest/status/{target['id']}")
    assert answer.status_code == 404 or answer.json()["status"] == "cancelled", answer.text
    others = [item["run"] for item in service.results(page_size=100)["items"] if item["run"]["id"] != target["id"]]
    assert [run["status"] for run in others] == ["completed"] * 16
    nothing_is_left(service)
    there = 0 if answer.status_code == 404 else 1
    assert len([path for path in (service.home / "results").iterdir() if path.name != ".trash"]) == 16 + there
