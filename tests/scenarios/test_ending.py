"""Cancel, time limit, deafness: always one terminal state, and what there is of a result is kept."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from scenarios.service import HEAD

GREED = "        self.kept = getattr(self, 'kept', b'') + b'x' * 20_000_000"
GREEDY = f"{HEAD}\n    def on_data(self, data):\n{GREED}\n"


def test_r14_a_run_that_ignores_sigint_and_sigterm_is_killed_after_the_grace(make_service):
    service = make_service(cancel_grace=1).start()
    run = service.submit("deaf")["id"]
    service.until_deaf(run)
    begun = time.monotonic()
    assert service.cancel(run).status_code in (200, 202)
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"]) == ("cancelled", "cancelled_by_user")
    assert 1 <= time.monotonic() - begun <= 1 + 5


def test_too_much_memory_is_told_with_the_line_that_asked_for_it(make_service):
    service = make_service(memory=300).start()
    (service.home.parent / "strategies" / "greedy.py").write_text(GREEDY)
    ended = service.until_ended(service.submit("greedy")["id"])
    assert (ended["status"], ended["reason"]) == ("failed", "out_of_memory")
    assert "limit 300 MB" in ended["message"]
    assert ended["location"] == {"file": "main.py", "line": GREEDY.split("\n").index(GREED) + 1}


def test_r15_cancel_of_a_queued_run(make_service):
    service = make_service(max_running=1).start()
    running = service.submit("slow")["id"]
    waiting = service.submit("quick")["id"]
    queue = service.status(waiting)["queue"]
    assert queue["position"] == 1
    assert "1 of 1 slots busy" in queue["reason"]
    service.cancel(waiting)
    assert service.until_ended(waiting)["status"] == "cancelled"
    service.cancel(running)
    service.until_ended(running)
    assert service.boots == 1


@pytest.mark.parametrize("phase", ["booting", "initializing", "trading", "saving", "any"])
def test_r15_cancel_in_every_phase_gives_one_terminal_state(make_service, phase):
    service = make_service().start()
    run = service.submit("slow")["id"]
    if phase != "any":
        service.until(run, lambda found: found["phase"] == phase or found["status"] in ("completed", "failed"))
    answer = service.cancel(run)
    ended = service.until_ended(run)
    if answer.status_code == 409:
        assert ended["status"] == "completed"
    else:
        assert ended["status"] in ("cancelled", "completed")
    assert service.cancel(run).status_code == 409
    assert service.status(run)["status"] == ended["status"]
    assert service.results()["total"] == 1


def test_r15_a_cancelled_run_keeps_what_lean_had_written(make_service):
    service = make_service().start()
    run = service.submit("slow")["id"]
    service.until(run, lambda found: found["progress"] and (found["progress"]["percent"] or 0) > 30)
    service.cancel(run)
    ended = service.until_ended(run)
    assert (ended["status"], ended["partial"]) == ("cancelled", True)
    result = service.result(ended["timestamp"])
    assert result["statistics"]["lean"]["Total Orders"] == "1"
    assert 0 < (ended["progress"] or {}).get("percent", 50) < 100


def test_r16_fifty_concurrent_cancels_and_deletes_never_give_a_500(make_service):
    service = make_service().start()
    run = service.submit("slow")
    service.until_trading(run["id"])

    def attack(number):
        if number % 2:
            return service.cancel(run["id"]).status_code
        return service.client.delete(f"/api/v2/backtest/results/{run['timestamp']}").status_code

    with ThreadPoolExecutor(10) as pool:
        codes = set(pool.map(attack, range(50)))
    assert codes <= {200, 202, 204, 404, 409}, codes
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = service.client.get(f"/api/v2/backtest/status/{run['id']}")
        if answer.status_code == 404 or answer.json()["status"] == "cancelled":
            break
        time.sleep(0.05)
    else:
        pytest.fail(answer.text)


def test_r18_the_time_limit_asks_first_and_keeps_the_partial_result(make_service):
    service = make_service().start()
    run = service.submit("slow", timeout=4)["id"]
    ended = service.until_ended(run)
    assert (ended["status"], ended["reason"], ended["partial"]) == ("failed", "timed_out", True)
    assert "4 s" in ended["message"]
    assert service.result(ended["timestamp"])["statistics"]["lean"]


def test_a_failing_strategy_names_the_users_line(make_service):
    service = make_service().start()
    ended = service.until_ended(service.submit("fails")["id"])
    assert (ended["status"], ended["reason"]) == ("failed", "runtime_error")
    assert "on purpose" in ended["message"]
    code = (service.home / "results" / ended["timestamp"] / "code" / ended["location"]["file"]).read_text()
    assert "raise ValueError" in code.splitlines()[ended["location"]["line"] - 1]


def test_r26_odd_bytes_are_stored_as_they_came(make_service):
    service = make_service().start()
    ended = service.until_ended(service.submit("odd_lines")["id"], within=60)
    assert ended["status"] == "completed"
    folder = service.home / "results" / ended["timestamp"]
    assert b"a" * 10_000_000 in (folder / "log.txt").read_bytes()
    assert b"nul \x00 ansi \x1b[31mred\x1b[0m cr \r end" in (folder / "log.txt").read_bytes()
    stdout = (folder / "console" / "stdout.txt").read_bytes()
    assert b"invalid \xff\xfe utf-8\n" in stdout
    assert b"no newline at the end" in stdout


def test_b28_forged_engine_lines_neither_end_nor_fail_a_run(make_service):
    service = make_service().start()
    ended = service.until_ended(service.submit("forger")["id"])
    assert (ended["status"], ended["reason"]) == ("completed", None)
    statistics = service.result(ended["timestamp"])["statistics"]
    assert statistics["lean"]["Total Orders"] == "0"


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "huge", "missing"])
def test_r30_a_damaged_result_is_listed_and_said(make_service, damage):
    service = make_service().start()
    ended = service.until_ended(service.submit("quick")["id"])
    folder = service.home / "results" / ended["timestamp"]
    config = json.loads((folder / "config.json").read_text())
    path = folder / f"{config['algorithm-id']}.json"
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "huge":
        with path.open("r+b") as file:
            file.truncate(500 << 20)
    else:
        path.write_bytes({"truncated": content[: len(content) // 2], "empty": b"", "garbage": b"\x00\xff" * 99}[damage])
    result = service.result(ended["timestamp"])
    assert result["problem"]
    assert result["statistics"]["lean"]["Total Orders"] == "1"  # from run.json: the index does not need the file
    assert service.results()["total"] == 1
    if damage not in ("missing", "huge"):
        assert path.read_bytes() != content
