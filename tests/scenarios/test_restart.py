"""After the death of the service at any time and a restart, nothing is lost and nothing is done twice."""

import signal
import time

import httpx2
import pytest

from services.loopback import posted

KILL_POINTS = [
    # of the storage
    "after_dir",
    "after_row",
    "before_commit",
    "after_move",
    "after_manifest",
    "after_rename",
    "before_db_commit",
    "after_db_commit",
    # of the engine
    "before_boot",
    "after_boot",
    "before_assign",
    "after_assign",
    "before_remove",
]


def nothing_is_half_written(service):
    results = service.home / "results"
    for folder in results.iterdir():
        if folder.name != ".trash":
            assert (folder / "run.json").is_file(), folder
    work = service.home / "work"
    assert not any(work.iterdir()), list(work.iterdir())


def submit_until_dead(service, strategy):
    """The service may die before it answers; then nobody was promised anything."""
    try:
        return service.submit(strategy)["id"]
    except httpx2.TransportError:
        return None


@pytest.mark.parametrize("point", KILL_POINTS)
def test_r02_killed_at_any_point_no_run_is_lost(make_service, point):
    service = make_service().start(point)
    promised = submit_until_dead(service, "quick")
    service.until_dead()
    service.start()
    runs = service.results(page_size=200)["items"]
    if promised is not None:
        service.until_ended(promised)
        runs = service.results(page_size=200)["items"]
        assert [item["run"]["id"] for item in runs] == [promised]
        assert runs[0]["run"]["status"] == "completed"
        assert runs[0]["statistics"]["lean"]["Total Orders"] == "1"
    else:
        # Accepted without an answer, or not accepted at all; but never in between.
        service.until_idle()
        runs = service.results(page_size=200)["items"]
        assert [item["run"]["status"] for item in runs] in ([], ["completed"])
    service.end(signal.SIGTERM)
    nothing_is_half_written(service)


def test_r01_r02_kill_9_with_runs_active_and_queued(make_service):
    service = make_service(max_running=2).start()
    runs = [service.submit("slow", name=f"run {number}")["id"] for number in range(2)]
    runs += [service.submit("quick", name=f"run {number}")["id"] for number in range(2, 8)]
    for run in runs[:2]:
        service.until_trading(run)
    service.end(signal.SIGKILL)
    service.start()
    ended = [service.until_ended(run, within=60) for run in runs]
    assert [run["status"] for run in ended] == ["completed"] * 8
    assert [run["attempt"] for run in ended] == [2, 2, 1, 1, 1, 1, 1, 1]
    assert service.results()["total"] == 8
    assert service.boots == 10  # two interrupted ones were started again, once


def test_r02_a_run_interrupted_more_often_than_allowed_is_lost_and_the_operator_is_told(make_service):
    with posted() as operator:
        service = make_service(restart_attempts=1, notify=f"json://127.0.0.1:{operator.port}").start()
        run = service.submit("slow", name="the slow one")["id"]
        for _ in range(2):
            service.until_trading(run)
            service.end(signal.SIGKILL)
            service.start()
        ended = service.until_ended(run)
        assert operator.next()["title"] == "Leanboard: run the slow one failed"
    assert (ended["status"], ended["reason"], ended["attempt"]) == ("failed", "lost", 2)
    assert "interrupted" in ended["message"]


def test_r02_no_sandbox_outlives_its_service(make_service):
    service = make_service().start()
    run = service.submit("deaf")["id"]
    service.until_deaf(run)
    service.end(signal.SIGKILL)
    service.start()
    service.until_deaf(run, attempt=2)
    assert service.boots == 2
    assert len(service.children()) == 1
    service.cancel(run)


def test_r03_sigterm_ends_within_ten_seconds_and_the_runs_go_on_at_the_next_start(make_service):
    service = make_service(max_running=1).start()
    running = service.submit("slow")["id"]
    waiting = service.submit("quick")["id"]
    service.until_trading(running)
    assert service.end(signal.SIGTERM) < 10
    assert service.children() == {}
    service.start()
    ended = service.until_ended(running)
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    assert service.until_ended(waiting)["status"] == "completed"


def test_r04_a_run_that_ended_unobserved_is_settled_at_the_next_start(make_service):
    service = make_service(poll_interval=1).start()
    run = service.submit("quick")["id"]
    slot = service.home / "work" / run / "slot-1" / "output"
    result = slot / f"{run}-1.json"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (slot.is_dir() and list(slot.glob("data-monitor-report-*.json"))):
        time.sleep(0.005)
    assert result.exists()
    service.end(signal.SIGKILL)
    service.start()
    ended = service.until_ended(run)
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    assert service.boots == 1


def test_r29_numbers_of_events_do_not_start_again_after_a_restart(make_service):
    service = make_service().start()
    run = service.submit("slow")["id"]
    service.until_trading(run)
    service.end(signal.SIGKILL)
    service.start()
    first = next(service.events(run, since=3))
    assert first["type"] == "snapshot"
    assert first["reset"] is True


def test_r02_killed_right_after_a_cancel_the_wish_is_kept(make_service):
    service = make_service().start()
    run = service.submit("deaf")["id"]
    service.until_deaf(run)
    service.cancel(run)
    service.end(signal.SIGKILL)
    service.start()
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["attempt"]) == ("cancelled", "cancelled_by_user", 1)
    assert service.boots == 1
