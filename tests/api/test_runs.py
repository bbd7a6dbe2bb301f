"""Runs and results over HTTP: what is answered, and how often the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.api_fakes import API
from api.serving import Served, problem
from leanboard.api import samples
from leanboard.errors import (
    EngineUnavailable,
    LeanboardError,
    ServiceUnavailable,
    StorageError,
    StrategyUnsupported,
)
from leanboard.models.results import BacktestListResponse, BacktestResult
from leanboard.models.run import BacktestProgress, BacktestRunInfo
from leanboard.models.service import StrategyListResponse
from leanboard.models.strategies import StrategyInfo

UNKNOWN = "f" * 32


def test_run_is_accepted_with_its_location(served: Served) -> None:
    response = served.run(initial_cash=50000, parameters={"fast": 20})
    assert response.status_code == 202
    run = BacktestRunInfo.model_validate_json(response.content)
    assert response.headers["location"] == f"{API}/status/{run.id}"
    assert served.client.get(response.headers["location"]).json() == response.json()
    (name, request), *_ = served.manager.calls
    assert name == "submit"
    assert request.parameters == {"fast": "20"}


def test_unknown_strategy_names_the_field(served: Served) -> None:
    problem(served.run(strategy_name="nothing"), 422, "invalid_input", field="strategy_name")


def test_b17_same_key_same_body(served: Served) -> None:
    headers = {"Idempotency-Key": "once"}
    first = served.post('{"strategy_name": "main"}', **headers)
    again = served.post('{ "strategy_name" : "main" }', **headers)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]


def test_b17_same_key_other_body(served: Served) -> None:
    headers = {"Idempotency-Key": "once"}
    served.post('{"strategy_name": "main"}', **headers)
    problem(served.post('{"strategy_name": "main", "timeout": 5}', **headers), 409, "idempotency_mismatch")


def test_b17_twenty_at_once(served: Served) -> None:
    headers = {"Idempotency-Key": "once"}
    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(served.post, '{"strategy_name": "main"}', **headers) for _ in range(20)]
    answers = [call.result() for call in calls]
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "\x7f", "ä"])
def test_bad_idempotency_key(served: Served, key: str) -> None:
    response = served.post('{"strategy_name": "main"}', **{"Idempotency-Key": key.encode("latin-1")})
    problem(response, 422, "invalid_input", field="Idempotency-Key")
    assert served.manager.calls == []


def test_two_idempotency_keys(served: Served) -> None:
    headers = [("idempotency-key", "a"), ("idempotency-key", "b")]
    response = served.client.post(f"{API}/run", json={"strategy_name": "main"}, headers=headers)
    problem(response, 422, "invalid_input", field="Idempotency-Key")


def test_b18_unknown_run(served: Served) -> None:
    for _ in range(2):
        problem(served.client.get(f"{API}/status/{UNKNOWN}"), 404, "not_found")
        problem(served.client.get(f"{API}/progress/{UNKNOWN}"), 404, "not_found")
        problem(served.client.delete(f"{API}/cancel/{UNKNOWN}"), 404, "not_found")
    with served.refusal(404, "not_found"), served.monitor(UNKNOWN):
        pass


def test_b18_cancel_twice_then_ended(served: Served) -> None:
    run_id = served.run().json()["id"]
    first = served.client.delete(f"{API}/cancel/{run_id}")
    again = served.client.delete(f"{API}/cancel/{run_id}")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["cancel_requested_at"]
    served.manager.ended(run_id)
    problem(served.client.delete(f"{API}/cancel/{run_id}"), 409, "illegal_transition")


def test_b18_delete_twice(served: Served) -> None:
    path = f"{API}/results/{samples.TIMESTAMP}"
    response = served.client.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    problem(served.client.delete(path), 404, "not_found")
    problem(served.client.get(path), 404, "not_found")


def test_progress(served: Served) -> None:
    answer = served.client.get(f"{API}/progress/{samples.RUN_ID}")
    assert BacktestProgress.model_validate_json(answer.content).percent == 100


def test_results_and_result(served: Served) -> None:
    page = BacktestListResponse.model_validate_json(served.client.get(f"{API}/results").content)
    assert (page.total, page.page) == (1, 1)
    timestamp = page.items[0].timestamp
    for points, expected in (("", 500), ("?points=7", 7)):
        answer = served.client.get(f"{API}/results/{timestamp}{points}")
        assert len(BacktestResult.model_validate_json(answer.content).equity) == expected


def test_statistics_keep_leans_order(served: Served) -> None:
    answer = served.client.get(f"{API}/results/{samples.TIMESTAMP}").json()
    assert list(answer["statistics"]["lean"].items()) == list(samples.STATISTICS.lean.items())


def test_strategies(served: Served) -> None:
    answer = served.client.get(f"{API}/strategies?page=2&page_size=1")
    page = StrategyListResponse.model_validate_json(answer.content)
    assert (page.total, [s.name for s in page.items]) == (2, ["moving_average_cross"])
    detail = served.client.get(f"{API}/strategies/main")
    assert StrategyInfo.model_validate_json(detail.content).source
    problem(served.client.get(f"{API}/strategies/nothing"), 404, "not_found")


@pytest.mark.parametrize("kind", [EngineUnavailable, StrategyUnsupported, ServiceUnavailable, StorageError])
def test_every_error_keeps_its_code(served: Served, kind: type[LeanboardError]) -> None:
    served.manager.failure = kind("what is missing, and what to do")
    response = served.run()
    content = problem(response, kind.http_status, kind.code)
    assert content["detail"] == "what is missing, and what to do"
    assert ("retry-after" in response.headers) == (kind is ServiceUnavailable)
