"""The interface with the real services behind it; only the engine plays a script."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.api_fakes import API, HOST
from api.serving import problem
from leanboard.app import create_app
from leanboard.models.events import RUN_EVENT
from leanboard.models.run import EngineName
from leanboard.settings import Settings
from services.scripted_engine import ScriptedEngine, ScriptedSandbox

STRATEGY = '''
from AlgorithmImports import *


class Main(QCAlgorithm):
    """Buys and holds."""

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.fast = int(self.get_parameter("fast", 5))
'''


async def completes(sandbox: ScriptedSandbox) -> None:
    sandbox.launch()
    for day in range(7, 12):
        sandbox.frame(t=f"2013-10-{day:02d}T00:00:00", equity=100_000.0 + day)
    sandbox.result()
    sandbox.finish()


async def waits_for_its_end(sandbox: ScriptedSandbox) -> None:
    sandbox.launch()
    await sandbox.signalled("interrupt")
    sandbox.result(status="Stopped")
    sandbox.finish()
    sandbox.exit(0)


class Real:
    def __init__(self, client: TestClient, home: Path) -> None:
        self.client = client
        self.home = home

    def submit(self, **fields: Any) -> Any:
        headers = fields.pop("headers", None)
        return self.client.post(f"{API}/run", json={"strategy_name": "main", **fields}, headers=headers)

    def events(self, run_id: str, query: str = "") -> list[dict[str, Any]]:
        found = []
        with self.client.websocket_connect(f"ws://{HOST}{API}/monitor/{run_id}{query}") as stream:
            while not found or found[-1]["type"] != "end":
                text = stream.receive_text()
                RUN_EVENT.validate_json(text)
                found.append(json.loads(text))
        return found

    def finished(self, **fields: Any) -> dict[str, Any]:
        run_id = self.submit(**fields).json()["id"]
        self.events(run_id)
        return self.client.get(f"{API}/status/{run_id}").json()

    def tree(self) -> set[str]:
        return {str(path.relative_to(self.home)) for path in self.home.rglob("*") if "index.db" not in path.name}


@contextmanager
def running(root: Path, script: Any, engine: type[ScriptedEngine] = ScriptedEngine, **more: Any) -> Iterator[Real]:
    strategies = root / "strategies"
    strategies.mkdir()
    (strategies / "main.py").write_text(STRATEGY)
    data = root / "data"
    (data / "equity" / "usa").mkdir(parents=True)
    home = root / "home"
    settings = Settings(
        home=home, strategies=(strategies,), data=data, min_free_disk=0, cancel_grace=5, warm_embedded=0, **more
    )
    app = create_app(settings, engines={EngineName.EMBEDDED: engine(script)})
    with TestClient(app, base_url=f"http://{HOST}") as client:
        yield Real(client, home)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    with running(tmp_path, completes) as service:
        yield service


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Real]:
    with running(tmp_path, waits_for_its_end) as service:
        yield service


def test_a_short_run_is_answered_with_its_result(real: Real) -> None:
    answer = real.client.post(f"{API}/run_sync?wait=20&points=3", json={"strategy_name": "main"})
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert result["run"]["status"] == "completed"
    assert answer.headers["location"] == f"{API}/status/{result['run']['id']}"
    assert real.client.get(f"{API}/results/{result['timestamp']}?points=3").json() == result


def test_a_long_run_is_answered_with_its_id_and_the_same_key_waits_for_the_same_run(patient: Real) -> None:
    headers = {"Idempotency-Key": "one"}
    first = patient.client.post(f"{API}/run_sync?wait=0.05", json={"strategy_name": "main"}, headers=headers)
    assert first.status_code == 202, first.text
    run_id = first.json()["id"]
    assert first.headers["location"] == f"{API}/status/{run_id}"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            patient.client.post, f"{API}/run_sync?wait=20", json={"strategy_name": "main"}, headers=headers
        )
        assert patient.client.delete(f"{API}/cancel/{run_id}").status_code == 200
        again = waiting.result(20)
    assert (again.status_code, again.json()["run"]["id"]) == (200, run_id)
    assert again.json()["run"]["status"] == "cancelled"


@pytest.mark.parametrize("wait", ["-1", "301", "inf", "nan", "soon"])
def test_nobody_waits_for_ever(real: Real, wait: str) -> None:
    refused = real.client.post(f"{API}/run_sync?wait={wait}", json={"strategy_name": "main"})
    problem(refused, 422, "invalid_input", "wait")


def test_submit_watch_and_read(real: Real) -> None:
    accepted = real.submit(name="first", tags=["a"])
    assert accepted.status_code == 202
    run_id = accepted.json()["id"]
    events = real.events(run_id)
    assert events[0]["type"] == "snapshot"
    assert [e["type"] for e in events[-2:]] == ["result", "end"]
    numbers = [e["seq"] for e in events]
    assert numbers == sorted(set(numbers))
    assert events[-1]["run"]["status"] == "completed"
    listed = real.client.get(f"{API}/results?strategy=main&status=completed").json()
    assert listed["total"] == 1
    result = real.client.get(f"{API}/results/{listed['items'][0]['timestamp']}").json()
    assert result["run"]["id"] == run_id
    assert result["statistics"]["lean"] == {"Total Orders": "1"}


class BrokenEngine(ScriptedEngine):
    async def boot(self, spec: Any) -> Any:
        raise ZeroDivisionError


def test_an_error_of_our_own_fails_its_run_and_not_the_service(tmp_path: Path) -> None:
    with running(tmp_path, completes, BrokenEngine) as service:
        for _ in range(2):
            run = service.finished()
            assert (run["status"], run["reason"]) == ("failed", "engine_error")
            assert "its log says more" in run["message"]


def test_no_more_wait_than_may_however_many_come_at_once(tmp_path: Path) -> None:
    with running(tmp_path, waits_for_its_end, max_running=1, max_queued=2) as place, ThreadPoolExecutor(12) as pool:
        wide = tmp_path / "strategies" / "wide"  # to copy it takes longer than to ask
        wide.mkdir()
        (wide / "main.py").write_text(STRATEGY)
        for number in range(900):
            (wide / f"part{number}.py").write_text("")
        codes = [answer.status_code for answer in pool.map(lambda _: place.submit(strategy_name="wide"), range(12))]
        taken = codes.count(202)
        assert codes.count(503) == 12 - taken
        assert 2 <= taken <= 3, "one runs, two wait; who comes before the first has begun to run may find them waiting"


class ClingingSandbox(ScriptedSandbox):
    async def remove(self) -> None:
        await super().remove()
        raise OSError(5, "cannot be let go of")


class ClingingEngine(ScriptedEngine):
    async def boot(self, spec: Any) -> Any:
        return ClingingSandbox(spec, self.script)


def test_a_sandbox_that_cannot_be_let_go_of_does_not_keep_its_runs_end_secret(tmp_path: Path) -> None:
    with running(tmp_path, completes, engine=ClingingEngine) as place:
        answer = place.client.post(f"{API}/run_sync?wait=5", json={"strategy_name": "main"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["run"]["status"] == "completed"


class AbsentMindedEngine(ScriptedEngine):
    asked = 0

    def hold_reason(self) -> str:
        self.asked += 1
        if self.asked == 1:
            raise RuntimeError("what was the question?")
        return ""


def test_an_error_of_our_own_does_not_keep_runs_waiting_for_ever(tmp_path: Path) -> None:
    with running(tmp_path, completes, engine=AbsentMindedEngine) as place:
        answer = place.client.post(f"{API}/run_sync?wait=10", json={"strategy_name": "main"})
        assert answer.status_code == 200, answer.text


def test_r29_late_watcher_gets_the_whole_story(real: Real) -> None:
    run_id = real.submit().json()["id"]
    live = real.events(run_id)
    late = real.events(run_id)
    assert [e["type"] for e in late] == ["snapshot", "result", "end"]
    assert late[0]["reset"] is False
    assert late[-1]["run"] == live[-1]["run"]
    assert late[1]["statistics"] == next(e for e in live if e["type"] == "result")["statistics"]


def test_r29_who_comes_back_after_the_end_is_told_to_start_anew(real: Real) -> None:
    run_id = real.submit().json()["id"]
    seen = real.events(run_id)[0]["seq"]
    back = real.events(run_id, f"?since={seen}")
    assert back[0]["type"] == "snapshot"
    assert back[0]["reset"] is True
    assert [e["type"] for e in back[1:]] == ["result", "end"]


def test_every_example_runs_as_it_is(real: Real) -> None:
    real.finished()
    examples = real.client.get(f"{API}/examples").json()["items"]
    assert {"run", "run_changed", "run_once", "status", "monitor", "result", "report", "rerun", "cancel_ended"} <= {
        e["name"] for e in examples
    }
    for example in examples:
        if example["method"] == "WS":
            assert real.events(example["path"].rpartition("/")[2])
            continue
        response = real.client.request(
            example["method"], example["path"], json=example["body"], headers=example["headers"]
        )
        assert response.status_code == example["expect"], (example["name"], response.text)


def test_b17_one_run_for_twenty_calls_at_once(real: Real) -> None:
    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(real.submit, headers={"Idempotency-Key": "once"}) for _ in range(20)]
    answers = [call.result() for call in calls]
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    ids = {answer.json()["id"] for answer in answers}
    assert len(ids) == 1
    real.events(ids.pop())
    assert real.client.get(f"{API}/results").json()["total"] == 1
    problem(real.submit(timeout=77, headers={"Idempotency-Key": "once"}), 409, "idempotency_mismatch")


def test_b18_cancel_and_delete_in_every_order(patient: Real) -> None:
    run = patient.submit().json()
    path = f"{API}/results/{run['timestamp']}"
    assert patient.client.delete(path).status_code == 409
    first = patient.client.delete(f"{API}/cancel/{run['id']}")
    again = patient.client.delete(f"{API}/cancel/{run['id']}")
    assert first.status_code == 200
    assert again.status_code in {200, 409}  # it may have ended in between
    assert patient.events(run["id"])[-1]["run"]["status"] == "cancelled"
    problem(patient.client.delete(f"{API}/cancel/{run['id']}"), 409, "illegal_transition")
    assert patient.client.delete(path).status_code == 204
    problem(patient.client.delete(path), 404, "not_found")
    problem(patient.client.get(path), 404, "not_found")
    problem(patient.client.get(f"{API}/status/{run['id']}"), 404, "not_found")
    problem(patient.client.delete(f"{API}/cancel/{run['id']}"), 404, "not_found")


def test_b05_nothing_outside_is_touched(real: Real) -> None:
    done = real.finished()
    (real.home.parent / "secret").write_text("keep")
    before = real.tree()
    for bad in ("..%2f..%2fsecret", "%2e%2e", "..", ".trash", f"{done['timestamp']}%2f..", "CON", "x" * 5000, "%00"):
        for method, place in (("GET", "results"), ("DELETE", "results"), ("DELETE", "cancel"), ("GET", "strategies")):
            status = real.client.request(method, f"{API}/{place}/{bad}").status_code
            assert status in {404, 405, 422}, (method, place, bad)
    assert real.tree() == before
    assert (real.home.parent / "secret").read_text() == "keep"


@pytest.mark.parametrize(
    "fields",
    [
        {"strategy_name": "nothing"},
        {"start_date": "2020-01-02", "end_date": "2020-01-01"},
        {"initial_cash": -1},
        {"parameters": {"--x": 1}},
        {"timeout": 0},
        {"volumes": "evil"},
    ],
)
def test_b04_b10_b11_b12_b15_refused_runs_leave_nothing(real: Real, fields: dict[str, object]) -> None:
    before = real.tree()
    problem(real.submit(**fields), 422, "invalid_input")
    assert real.tree() == before


@pytest.mark.parametrize("content", [b"", b"{", b'{"statistics": {"Total', b"\xff\xfe\x00", b"[]"])
def test_r30_result_that_cannot_be_read_is_still_listed(real: Real, content: bytes) -> None:
    run = real.finished()
    directory = real.home / "results" / run["timestamp"]
    files = [file for file in directory.glob("*.json") if file.name.startswith(run["id"])]
    assert files
    for file in files:
        file.write_bytes(content)
    assert real.client.get(f"{API}/results").json()["total"] == 1
    answer = real.client.get(f"{API}/results/{run['timestamp']}")
    assert answer.status_code == 200
    assert answer.json()["problem"]


def test_shutting_down_refuses(tmp_path: Path) -> None:
    with running(tmp_path, completes) as service:
        service.client.app.state.services.manager.refuse()
        response = service.submit()
        problem(response, 503, "service_unavailable")
        assert response.headers["retry-after"]
