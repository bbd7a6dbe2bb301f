"""Batches of a real service that is killed and started again."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from scenarios.service import API

KILL_POINTS = ["after_dir", "after_row", "before_commit", "after_rename", "before_db_commit", "after_db_commit"]


class Watcher:
    """A batch of a service, looked at from outside; its percent must never go back."""

    def __init__(self, service, body):
        self.service = service
        answer = service.client.post(f"{API}/batch", json=body)
        assert answer.status_code == 202, answer.text
        self.id = answer.json()["id"]
        self.percent = 0.0

    def ask(self, what):
        answer = self.service.client.post(f"{API}/batch/{self.id}/{what}")
        assert answer.status_code == 200, answer.text

    @property
    def items(self):
        return self.service.client.get(f"{API}/batch/{self.id}").json()["items"]

    def look(self):
        (found,) = self.service.client.get(f"{API}/batches").json()["items"]
        progress = found["progress"]
        parts = ("completed", "failed", "running", "pending", "cancelled")
        assert sum(progress[part] for part in parts) == progress["total"]
        assert progress["percent"] >= self.percent, "progress goes back"
        self.percent = progress["percent"]
        return found

    def until(self, condition, within=300.0):
        deadline = monotonic() + within
        while not condition(found := self.look()):
            assert monotonic() < deadline, found["progress"]
            sleep(0.05)
        return found


def final(batch):
    return batch["state"] == "final"


def completed(count):
    return lambda batch: batch["progress"]["completed"] >= count


def sweep(count, strategy="quick", **fields):
    return {"sweep": {"strategies": [strategy], "parameters": {"n": {"min": 1, "max": count, "step": 1}}}, **fields}


@pytest.mark.parametrize(
    "size", [50, pytest.param(500, marks=[pytest.mark.slow, pytest.mark.timeout(600)])], ids=["50", "500"]
)
def test_r34_cancelled_at_a_fifth_resumed_and_killed_twice(make_service, size):
    service = make_service(test_engine="scripted", max_running=4, poll_interval=0.005).start()
    batch = Watcher(service, sweep(size))
    batch.until(completed(size // 5))
    batch.ask("cancel")
    cancelled = batch.until(final)
    kept = [item for item in batch.items if item["status"] == "completed"]
    assert cancelled["status"] == "cancelled"
    assert size // 5 <= len(kept) < size * 2 // 5
    assert len(kept) + cancelled["progress"]["cancelled"] == size

    batch.ask("resume")
    for enough in (size * 2 // 5, size * 7 // 10):
        batch.until(completed(enough))
        service.end()
        service.start()
    ended = batch.until(final)
    assert (ended["status"], ended["progress"]["completed"], ended["progress"]["percent"]) == ("completed", size, 100)
    items = batch.items
    assert [item for item in items if item["number"] in {each["number"] for each in kept}] == kept, "untouched"

    runs = all_runs(service)
    good = Counter(run["batch"]["item"] for run in runs if run["status"] == "completed")
    assert good == Counter(range(1, size + 1)), "each has one run that counts"
    rest = [run["status"] for run in runs if run["status"] != "completed"]
    assert rest == ["cancelled"] * len(rest)
    assert len(rest) <= 6, "those that were in the queue when it was cancelled"
    assert {item["run_id"] for item in items} == {run["id"] for run in runs if run["status"] == "completed"}


def all_runs(service):
    first = service.results(page_size=200)
    pages = [first] + [service.results(page_size=200, page=page) for page in range(2, first["total"] // 200 + 2)]
    return [item["run"] for page in pages for item in page["items"]]


@pytest.mark.parametrize("point", KILL_POINTS)
def test_killed_at_any_point_no_item_is_lost_or_run_twice(make_service, point):
    service = make_service(test_engine="scripted").start(point)
    try:
        batch_id = Watcher(service, sweep(3)).id
    except Exception:  # noqa: BLE001  # it may die before it answers
        batch_id = None
    service.until_dead()
    service.start()
    found = service.client.get(f"{API}/batches").json()["items"]
    assert len(found) == 1, "it was durable before its first run"
    if batch_id is not None:
        assert found[0]["id"] == batch_id
    deadline = monotonic() + 30
    while found[0]["state"] != "final" and monotonic() < deadline:
        sleep(0.02)
        found = service.client.get(f"{API}/batches").json()["items"]
    assert (found[0]["status"], found[0]["progress"]["completed"]) == ("completed", 3)
    assert Counter(run["batch"]["item"] for run in all_runs(service)) == Counter([1, 2, 3])


def test_b17_one_key_from_twenty_clients_is_one_batch(make_service):
    service = make_service(test_engine="scripted").start()

    def post(body):
        return service.client.post(f"{API}/batch?wait=20", json=body, headers={"Idempotency-Key": "mine"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, [sweep(2)] * 20))
        others = list(pool.map(post, [sweep(3)] * 20))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert {answer.json()["state"] for answer in answers} == {"final"}
    assert {(answer.status_code, answer.json()["code"]) for answer in others} == {(409, "idempotency_mismatch")}
    assert service.results()["total"] == 2


def test_a_paused_batch_stays_paused_when_the_service_is_killed(make_service):
    service = make_service(max_running=1).start()
    batch = Watcher(service, sweep(6, "slow"))
    batch.until(lambda found: found["progress"]["running"])
    batch.ask("pause")
    service.end()
    service.start()
    found = batch.until(lambda found: found["status"] == "paused" and not found["progress"]["running"])
    assert found["progress"]["pending"] == 6, "the one that ran starts again when the batch goes on"
    batch.ask("cancel")
    assert batch.until(final)["progress"]["cancelled"] == 6
