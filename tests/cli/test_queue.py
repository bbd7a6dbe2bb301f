"""`leanboard queue`."""

import pytest

from cli.conftest import end, read_until
from leanboard.api.queue_samples import PAUSED, QUEUE
from leanboard.models.check import Level
from leanboard.models.health import HealthReport, HealthStatus
from leanboard.models.queue import QueueState
from leanboard.settings import Settings
from leanboard.storage.layout import HomeLayout
from leanboard.storage.queue_wish import QueueWish, write_wish
from leanboard.terminal import health_checks
from leanboard.terminal.doctor import judge_health
from leanboard.terminal.queue import show_queue, summary


def test_a_queue_without_a_service_can_be_paused_and_has_no_limit(bench):
    assert bench.invoke("queue").out == "no service works in this home; 0 wait for one\n"
    done = bench.invoke("queue", "pause")
    assert (done.code, "the queue is paused" in done.out) == (0, True)
    assert bench.invoke("queue", "--json").json["paused"] is True
    refused = bench.invoke("queue", "limit", "4")
    assert (refused.code, "LEANBOARD_MAX_RUNNING" in refused.err) == (1, True)
    assert bench.invoke("queue", "resume", "--json").json["paused"] is False
    for wrong in ("0", "257", "many"):
        assert bench.invoke("queue", "limit", wrong).code == 2
    assert "max_running" in bench.invoke("queue", "limit", "0").err


def test_a_service_is_paused_and_limited(bench):
    service = bench.start("serve", "--port", "0")
    try:
        read_until(service, "http://127.0.0.1:")
        changed = bench.invoke("queue", "limit", "5")
        assert changed.out == "0 of 5 run, 0 wait; after a restart of the service: 2\n"
        assert "leanboard queue resume" in bench.invoke("queue", "pause").out
        assert "leanboard queue resume" not in bench.invoke("queue", "resume").out
    finally:
        service.terminate()
        end(service)


def test_the_table(capsys):
    show_queue(QUEUE, alone=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["run", "strategy", "engine", "batch", "what", "it", "does,", "or", "waits", "for"]
    assert lines[1].split() == ["0f8fad5b", "main", "embedded", "runs"]
    assert lines[2].split()[:6] == ["1", "7c9e6679", "main", "embedded", "5d1f0c9a", "#12"]
    assert lines[2].endswith("2 of 2 slots busy, position 1, about 20 s")
    assert lines[3] == "1 of 2 run, 1 wait"
    show_queue(QUEUE.evolve(running=(QUEUE.running[0].evolve(settling=True),)), alone=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith("its result is being kept")
    assert lines[3] == "0 of 2 run, 1 wait"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (PAUSED, "1 of 2 run, 1 wait; paused, go on with: leanboard queue resume"),
        (QUEUE.evolve(reason="only 3 MB are free"), "1 of 2 run, 1 wait; nobody starts: only 3 MB are free"),
        (
            QueueState(max_running=8, max_running_at_start=2, paused=False),
            "0 of 8 run, 0 wait; after a restart of the service: 2",
        ),
    ],
)
def test_the_line_about_all(state, text):
    assert summary(state, alone=False) == text


def test_the_doctor_sees_a_pause(tmp_path):
    settings = Settings(home=tmp_path)
    assert list(health_checks.check_queue(settings)) == []
    write_wish(HomeLayout(tmp_path).queue, QueueWish(paused=True))
    [check] = health_checks.check_queue(settings)
    assert (check.level, "leanboard queue resume" in check.remedy) == (Level.WARNING, True)
    health = HealthReport(status=HealthStatus.OK, version="0.1.0", running=1, queued=2, max_running=2, paused=True)
    (runs,) = (check for check in judge_health("http://x", health) if check.subject == "runs")
    assert (runs.level, runs.found) == (Level.WARNING, "1 of 2 running, 2 waiting; the queue is paused")
