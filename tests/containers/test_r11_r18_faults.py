"""One container's life under faults: memory, deafness, silence, strangers' hands; each run ends in one true state."""

import os
import signal
import time
from contextlib import suppress

import pytest

from containers.service import DockerService, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

MEMORY = 256  # MB: the least that a request may ask for
SOON = 5.0  # seconds in which an end is noticed


@pytest.fixture
def service(make_docker_service, stub_image) -> DockerService:
    return make_docker_service(stub_image, cancel_grace=1, stall_after=1, max_running=4).start()


def start(service: DockerService, name: str, fields: dict[str, object] | None = None, **wishes: object) -> str:
    """Start a stub run; return its id once it trades."""
    service.add_stub(name, **wishes)
    run = service.submit(name, **(fields or {}))["id"]
    service.until_started(run)
    return run


def stop_processes(service: DockerService, run: str) -> None:
    """SIGSTOP every process of the container, the init last."""
    pids = [int(row[1]) for row in service.container(run).top()["Processes"]]
    for pid in reversed(pids):
        os.kill(pid, signal.SIGSTOP)


def silence(service: DockerService, run: str, how: str) -> None:
    if how == "paused":
        service.container(run).pause()
    else:
        stop_processes(service, run)
    service.until(run, lambda found: found["progress"] is not None and found["progress"]["stalled"], within=SOON)


# --- memory ------------------------------------------------------------------------------------------------------


def test_r11_a_container_out_of_memory_says_limit_and_peak_and_hurts_nobody(service):
    steady = start(service, "steady", lines=100_000, per_second=20)
    service.add_stub("eater", lines=1, then="oom")
    ended = service.until_ended(service.submit("eater", memory=MEMORY)["id"])
    assert (ended["status"], ended["reason"]) == ("failed", "out_of_memory")
    assert f"limit {MEMORY} MB, peak {MEMORY} MB" in ended["message"]
    assert "stub line 1" in (service.folder(ended) / "log.txt").read_text()
    before = (service.home / "work" / steady / "slot-1" / "output" / "log.txt").stat().st_size
    log = service.home / "work" / steady / "slot-1" / "output" / "log.txt"
    wait_until(lambda: log.stat().st_size > before, SOON)
    assert service.status(steady)["status"] == "running"


def test_r12_a_killed_child_is_a_warning_when_lean_itself_finished(service):
    service.add_stub("parent", lines=1, then="child_oom")
    ended = service.until_ended(service.submit("parent", memory=MEMORY)["id"])
    assert (ended["status"], ended["reason"]) == ("completed", None)
    (warning,) = [text for text in ended["warnings"] if "memory" in text]
    assert "its result is complete" in warning


def test_r12_a_killed_child_counts_when_there_is_no_result(service):
    service.add_stub("parent", lines=1, then="child_oom,exit:3")
    ended = service.until_ended(service.submit("parent", memory=MEMORY)["id"])
    assert (ended["status"], ended["reason"]) == ("failed", "out_of_memory")


# --- silence and deafness ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["paused", "stopped"])
def test_r13_a_silent_container_is_shown_as_stalled_and_a_cancel_ends_it(service, how):
    run = start(service, "silent", lines=100_000, per_second=20)
    silence(service, run, how)
    assert service.status(run)["status"] == "running"
    begun = time.monotonic()
    service.cancel(run)
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
    assert time.monotonic() - begun <= 1 + 5
    service.until_no_container(run)


@pytest.mark.parametrize("how", ["paused", "stopped"])
def test_r13_the_time_limit_ends_a_silent_container(service, how):
    run = start(service, "silent", {"timeout": 4}, lines=100_000, per_second=20)
    begun = time.monotonic()
    silence(service, run, how)
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"]) == ("failed", "timed_out")
    assert time.monotonic() - begun <= 4 + 1 + 5
    service.until_no_container(run)


def test_r13_one_that_goes_on_is_no_longer_stalled_and_completes(service):
    run = start(service, "silent", lines=60, per_second=20)
    silence(service, run, "paused")
    service.container(run).unpause()
    ended = service.until_ended(run)
    assert ended["status"] == "completed"
    assert not ended["progress"]["stalled"]


def test_r14_a_container_that_ignores_signals_is_killed_after_the_grace(service):
    run = start(service, "deaf", lines=1, then="hang", ignore_signals=True)
    begun = time.monotonic()
    service.cancel(run)
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
    assert 1 <= time.monotonic() - begun <= 1 + 5
    service.until_no_container(run)


# --- limits ------------------------------------------------------------------------------------------------------


def test_r18_the_time_limit_asks_first_and_keeps_the_partial_result(make_docker_service, stub_image):
    service = make_docker_service(stub_image, cancel_grace=30).start()
    begun = time.monotonic()
    run = start(service, "long", {"timeout": 3}, lines=100_000, per_second=20)
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["partial"]) == ("failed", "timed_out", True)
    assert 3 <= time.monotonic() - begun <= 3 + SOON  # long before a kill
    assert "3 s" in ended["message"]
    assert "Program.ExitKeyPress()" in (service.folder(ended) / "log.txt").read_text()
    assert service.result(ended["timestamp"])["statistics"]["lean"]["Total Orders"] == "0"


def test_r18_r04_a_run_that_ended_in_time_while_the_service_was_down_is_no_time_out(make_docker_service, stub_image):
    service = make_docker_service(stub_image).start()
    run = start(service, "short", {"timeout": 4}, lines=20, per_second=10)
    service.end()
    time.sleep(4)  # its time limit passes while nobody looks
    service.start()
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"]) == ("completed", None)


def test_r18_a_time_limit_of_an_earlier_process_is_remembered(make_docker_service, stub_image):
    service = make_docker_service(stub_image).start()
    run = start(service, "long", {"timeout": 4}, lines=100_000, per_second=10)
    service.end()
    service.container(run).kill("SIGINT")  # as the service had done in its last moment
    time.sleep(4)
    service.start()
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["partial"]) == ("failed", "timed_out", True)


def test_r18_a_run_past_its_time_limit_is_ended_after_a_restart(make_docker_service, stub_image):
    service = make_docker_service(stub_image).start()
    run = start(service, "long", {"timeout": 4}, lines=100_000, per_second=10)
    service.end()
    time.sleep(4)
    service.start()
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["partial"]) == ("failed", "timed_out", True)
    assert "4 s" in ended["message"]


# --- strangers' hands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hand", "cause"),
    [
        (lambda container: container.remove(force=True), "container_missing"),
        (lambda container: container.kill(), "external_kill"),
        (lambda container: container.kill("SIGTERM"), "external_kill"),
        (lambda container: container.kill("SIGINT"), "external_kill"),  # LEAN ends well, and early
        (lambda container: container.stop(timeout=20), "external_kill"),
    ],
    ids=["rm -f", "kill", "SIGTERM", "SIGINT", "stop"],
)
def test_r17_a_run_that_strangers_end_is_lost_within_seconds_and_keeps_its_files(service, hand, cause):
    run = start(service, "victim", lines=100_000, per_second=50)
    log = service.home / "work" / run / "slot-1" / "output" / "log.txt"
    wait_until(lambda: "stub line 3 " in log.read_text(), SOON)
    container = service.container(run)
    begun = time.monotonic()
    with suppress(Exception):
        hand(container)
    ended = service.until_ended(run, within=20)
    assert time.monotonic() - begun <= SOON
    assert (ended["status"], ended["reason"]) == ("failed", "lost")
    assert cause in ended["message"]
    assert "stub line 3 " in (service.folder(ended) / "log.txt").read_text()
    assert ended["partial"] == (service.folder(ended) / f"{run}-1.json").exists()
    service.until_no_container(run)


def test_r17_an_interrupt_that_lean_swallows_changes_nothing(make_docker_service, lean_image, minute_data, tmp_path):
    """By hand, before LEAN has launched the strategy: the run goes on to its end."""
    service = make_docker_service(lean_image, data=minute_data).start()
    (tmp_path / "service" / "strategies" / "sleepy.py").write_text(
        "from AlgorithmImports import *\nimport time\n\n\nclass Sleepy(QCAlgorithm):\n    def initialize(self):\n"
        "        self.set_start_date(2013, 10, 7)\n        self.set_end_date(2013, 10, 8)\n"
        "        self.log('sleeps')\n        time.sleep(2)\n"
    )
    run = service.submit("sleepy")["id"]
    service.until(run, lambda found: found["phase"] == "initializing")
    service.container(run).kill("SIGINT")
    ended = service.until_ended(run)
    assert (ended["status"], ended["partial"]) == ("completed", False)


# --- forged lines ------------------------------------------------------------------------------------------------


def test_b28_forged_engine_lines_neither_end_nor_fail_a_run(make_docker_service, lean_image, minute_data):
    service = make_docker_service(lean_image, data=minute_data).start()
    ended = service.until_ended(service.submit("forger")["id"], within=60)
    assert (ended["status"], ended["reason"]) == ("completed", None)
    assert service.result(ended["timestamp"])["statistics"]["lean"]["Total Orders"] == "0"
