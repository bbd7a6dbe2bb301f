"""Scenarios and summaries over HTTP."""

import pytest

from api.api_fakes import API
from api.serving import Served, problem
from leanboard.api import samples, scenario_samples

SCENARIO = f"{API}/scenarios/{scenario_samples.SCENARIO.id}"
BODY = {"name": "mine", "strategy_name": "main"}


def test_a_scenario_is_saved_read_changed_and_deleted(served: Served) -> None:
    saved = served.client.post(f"{API}/scenarios", json=BODY)
    assert saved.status_code == 201
    path = saved.headers["Location"]
    assert served.client.get(path).json() == saved.json()
    assert served.client.put(path, json={**BODY, "initial_cash": 1000.5}).json()["initial_cash"] == "1000.5"
    assert served.client.get(f"{API}/scenarios").json()["total"] == 2
    assert served.client.delete(path).status_code == 204
    for call in (served.client.get, served.client.delete):
        problem(call(path), 404, "not_found")
    problem(served.client.put(path, json=BODY), 404, "not_found")


def test_a_repeated_key_saves_nothing(served: Served) -> None:
    key = {"Idempotency-Key": "k"}
    first = served.client.post(f"{API}/scenarios", json=BODY, headers=key)
    again = served.client.post(f"{API}/scenarios", json=BODY, headers=key)
    assert (again.status_code, again.json(), again.headers["Location"]) == (
        200,
        first.json(),
        first.headers["Location"],
    )
    other = served.client.post(f"{API}/scenarios", json={**BODY, "note": "x"}, headers=key)
    problem(other, 409, "idempotency_mismatch")


def test_a_name_that_is_taken_is_named(served: Served) -> None:
    problem(served.client.post(f"{API}/scenarios", json={**BODY, "name": "fast cross"}), 409, "conflict", "name")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"strategy_name": "../main"}, "strategy_name"),
        ({"start_date": "2013-10-11", "end_date": "2013-10-07"}, "end_date"),
        ({"symbols": ["a", "A"]}, "symbols"),
        ({"commission": {}}, "commission"),
        ({"tags": ["x"]}, "tags"),
        ({"id": "0" * 32}, "id"),
    ],
)
def test_what_cannot_be_is_refused_by_name(served: Served, changes: dict[str, object], field: str) -> None:
    for call, path in ((served.client.post, f"{API}/scenarios"), (served.client.put, SCENARIO)):
        problem(call(path, json={**BODY, **changes}), 422, "invalid_input", field)
    assert served.client.get(SCENARIO).json()["name"] == "fast cross"


@pytest.mark.parametrize("scenario_id", ["latest", "0" * 31, "0" * 33, "A" * 32])
def test_ids_are_checked(served: Served, scenario_id: str) -> None:
    assert served.client.get(f"{API}/scenarios/{scenario_id}").status_code == 422


def test_a_run_in_short_by_id_and_by_name(served: Served) -> None:
    summary = served.client.get(f"{API}/summary/{samples.RUN_ID}").json()
    assert summary == served.client.get(f"{API}/summary/{samples.TIMESTAMP}").json()
    assert (summary["status"], summary["metrics"]["sharpe_ratio"], summary["error_message"]) == ("completed", 8.854, "")
    problem(served.client.get(f"{API}/summary/{'0' * 32}"), 404, "not_found")
    assert served.client.get(f"{API}/summary/latest").status_code == 422
