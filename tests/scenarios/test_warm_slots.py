"""Slots that boot before anybody asks, on the embedded engine of a real service."""

import asyncio
import json
import os
import signal
import time

import pytest

from leanboard.settings import Settings
from leanboard.terminal.doctor import look_at_slots
from scenarios.service import Service

pytestmark = pytest.mark.timeout(240)


def warm(service: Service) -> dict[str, object]:
    return service.client.get("/health").json()["warm"][0]


def until_ready(service: Service, count: int = 1, within: float = 60.0) -> dict[str, object]:
    deadline = time.monotonic() + within
    while (found := warm(service))["ready"] < count:
        assert time.monotonic() < deadline, (found, service.log[-2000:])
        time.sleep(0.05)
    return found


def work(service: Service) -> set[str]:
    return {path.name for path in (service.home / "work").iterdir()}


def test_a_run_is_given_a_booted_slot_and_another_one_boots(make_service):
    service = make_service(warm_embedded=1).start()
    until_ready(service)
    (booted,) = service.children().values()
    run = service.submit("quick", name="mine", end_date="2013-10-08")
    assert f"{run['id']}-1" == booted
    ended = service.until_ended(run["id"])
    assert ended["status"] == "completed", ended
    until_ready(service)
    found = warm(service)
    assert (found["hits"], found["misses"], found["size"]) == (1, 0, 1)
    assert found["boot_seconds"] > 0
    (told,) = asyncio.run(look_at_slots(Settings(home=service.home), None))
    assert "1 of 1 ready, 0 booting; 1 runs started in one" in told.found
    assert set(service.children().values()) != {booted}
    result = service.result(ended["timestamp"])
    assert result["run"]["name"] == "mine"
    assert result["applied"]["effective"] == {"end_date": "2013-10-08"}


def test_warm_and_cold_give_the_same(make_service, tmp_path):
    service = make_service(warm_embedded=1).start()
    until_ready(service)
    results = []
    for _ in range(2):  # the second boots its own: another memory limit
        fields = {"memory": 1000} if results else {}
        ended = service.until_ended(service.submit("quick", name="same", **fields)["id"])
        folder = service.home / "results" / ended["timestamp"]
        results.append(json.loads((folder / f"{ended['id']}-1.json").read_text()))
    assert (warm(service)["hits"], warm(service)["misses"]) == (1, 1)
    for result in results:
        del result["state"], result["serverStatistics"]
    assert results[0] == results[1]


def test_one_that_has_died_is_replaced_and_never_handed_out(make_service):
    service = make_service(warm_embedded=1).start()
    until_ready(service)
    ((pid, slot),) = service.children().items()
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not set(service.children().values()) - {slot} or warm(service)["ready"] < 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert slot.partition("-")[0] not in work(service)
    run = service.submit("quick")
    assert f"{run['id']}-1" != slot
    assert service.until_ended(run["id"])["status"] == "completed"
    assert warm(service)["hits"] == 1


def one_runs_and_one_has_booted(service: Service) -> tuple[str, str]:
    """Return the ids of a run that holds the only place, and of the next, whose slot is there already."""
    until_ready(service)
    first, second = (str(service.submit(name)["id"]) for name in ("stuck", "quick"))
    deadline = time.monotonic() + 60
    while f"{second}-1" not in service.children().values():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return first, second


def test_waiting_runs_boot_ahead_of_their_turn(make_service):
    service = make_service(warm_embedded=1, max_running=1, cancel_grace=1).start()
    first, second = one_runs_and_one_has_booted(service)
    assert service.status(second)["status"] == "pending"
    assert service.status(first)["status"] == "running"
    service.cancel(first)
    assert service.until_ended(second)["status"] == "completed"
    assert warm(service)["misses"] == 0


def test_a_cancelled_run_leaves_no_booted_slot(make_service):
    service = make_service(warm_embedded=1, max_running=1, cancel_grace=1).start()
    first, second = one_runs_and_one_has_booted(service)
    assert service.cancel(second).status_code == 200
    assert service.until_ended(second)["status"] == "cancelled"
    deadline = time.monotonic() + 60
    while f"{second}-1" in service.children().values():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    service.cancel(first)
    service.until_ended(first)


def test_old_ones_are_replaced(make_service):
    service = make_service(warm_embedded=1, warm_max_age=1).start()
    until_ready(service)
    (before,) = service.children().values()
    deadline = time.monotonic() + 60
    while before in service.children().values() or not service.children():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_none_boots_while_memory_is_short(make_service):
    service = make_service(warm_embedded=1, warm_min_free_memory=1_000_000).start()
    run = service.submit("quick")
    assert service.until_ended(run["id"])["status"] == "completed"
    found = warm(service)
    assert (found["ready"], found["booting"], found["hits"], found["misses"]) == (0, 0, 0, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_none_is_left_after_the_end_of_the_service(make_service, number):
    service = make_service(warm_embedded=2).start()
    until_ready(service, 2)
    left = work(service)
    service.end(number)
    deadline = time.monotonic() + 30
    while service.children():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert bool(work(service)) == (number is signal.SIGKILL)
    service.start()
    until_ready(service, 2)
    assert not left & work(service)


def test_a_request_that_comes_again_wastes_no_slot_for_ever(make_service):
    service = make_service(warm_embedded=1).start()
    until_ready(service)
    body, headers = {"strategy_name": "quick", "engine": "embedded"}, {"Idempotency-Key": "once"}
    ids = set()
    for _ in range(3):
        ids.add(service.client.post("/api/v2/backtest/run", json=body, headers=headers).json()["id"])
        until_ready(service)
    assert len(ids) == 1
    assert service.until_ended(ids.pop())["status"] == "completed"
    deadline = time.monotonic() + 60
    while work(service) != {slot.partition("-")[0] for slot in service.children().values()} or len(work(service)) != 1:
        assert time.monotonic() < deadline, (work(service), service.children())
        time.sleep(0.05)
