"""Batches over HTTP, on fakes."""

import json

import pytest

from api.api_fakes import API
from api.serving import Served, problem
from leanboard.api import batch_samples
from leanboard.errors import Conflict, EngineUnavailable, ServiceUnavailable

BATCH = f"{API}/batch/{batch_samples.BATCH_ID}"
NOWHERE = f"{API}/batch/{'0' * 32}"
ONE = {"items": [{"strategy": "main"}]}


def test_a_batch_is_accepted_with_a_place_to_look_at(served: Served) -> None:
    answer = served.client.post(f"{API}/batch", json=ONE)
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{API}/batch/{answer.json()['id']}"
    assert served.client.get(answer.headers["location"]).json() == answer.json()
    assert "wait" not in [name for name, _ in served.services.batches.calls]


@pytest.mark.parametrize(("ends", "status"), [(True, 200), (False, 202)])
def test_a_wait_tells_whether_it_is_over(served: Served, ends: bool, status: int) -> None:
    served.services.batches.ends = ends
    answer = served.client.post(f"{API}/batch?wait=2.5", json=ONE)
    assert answer.status_code == status
    assert (answer.json()["state"] == "final") is ends
    assert next(argument for name, argument in served.services.batches.calls if name == "wait")[1] == 2.5


def test_b17_a_key_that_is_repeated_starts_nothing(served: Served) -> None:
    headers = {"Idempotency-Key": "key"}
    first = served.client.post(f"{API}/batch", json=ONE, headers=headers)
    again = served.client.post(f"{API}/batch", json=ONE, headers=headers)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    other = served.client.post(f"{API}/batch", json={**ONE, "fresh": True}, headers=headers)
    problem(other, 409, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({**ONE, "sweep": {"strategies": ["main"]}}, ""),
        ({"items": []}, "items"),
        ({"items": [{"strategy": "main", "sybmol": "IBM"}]}, "items.0.sybmol"),
        ({"items": [{"strategy": "main"}, {"strategy": "../etc"}]}, "items.1.strategy"),
        ({**ONE, "max_workers": 0}, "max_workers"),
        ({**ONE, "start_date": "2013-10-11", "end_date": "2013-10-07"}, "end_date"),
        ({**ONE, "commission": 1}, "commission"),
        ({"items": [1]}, "items.0"),
    ],
)
def test_what_cannot_be_is_refused_by_name(served: Served, body: object, field: str) -> None:
    problem(served.client.post(f"{API}/batch", json=body), 422, "invalid_input", field)
    assert served.services.batches.calls == []


def test_b14_an_item_that_cannot_run_is_named(served: Served) -> None:
    answer = served.client.post(f"{API}/batch", json={"items": [{"strategy": "nowhere"}]})
    problem(answer, 422, "invalid_input", "items.0.strategy")


@pytest.mark.parametrize("what", ["cancel", "pause", "resume"])
def test_a_batch_that_is_over_takes_no_wishes(served: Served, what: str) -> None:
    problem(served.client.post(f"{BATCH}/{what}"), 409, "illegal_transition")
    problem(served.client.post(f"{NOWHERE}/{what}"), 404, "not_found")


def test_changes_reach_the_batch(served: Served) -> None:
    client, calls = served.client, served.services.batches.calls
    assert client.patch(BATCH, json={"max_workers": None}).status_code == 200
    assert calls[0][1].model_fields_set == {"max_workers"}, "null takes the limit away, and the name stays"
    assert client.post(f"{BATCH}/rerun?all=true").status_code == 200
    assert ("rerun", True) in calls
    assert client.post(f"{BATCH}/items", json={"symbols": ["BAC"]}).status_code == 200
    assert client.put(f"{BATCH}/items/2", json={}).status_code == 200
    problem(client.put(f"{BATCH}/items/3", json={}), 404, "not_found")
    problem(client.put(f"{BATCH}/items/0", json={}), 422, "invalid_input", "number")


@pytest.mark.parametrize(
    ("failure", "status"),
    [(Conflict("nothing has failed"), 409), (EngineUnavailable("no docker"), 409), (ServiceUnavailable("ending"), 503)],
)
def test_refusals_of_the_service_come_through(served: Served, failure: Exception, status: int) -> None:
    served.services.batches.failure = failure
    problem(served.client.post(f"{BATCH}/rerun"), status, failure.code)  # type: ignore[attr-defined]


def test_a_batch_is_forgotten_once(served: Served) -> None:
    assert served.client.delete(BATCH).status_code == 204
    problem(served.client.delete(BATCH), 404, "not_found")
    running = served.client.post(f"{API}/batch", json=ONE).json()["id"]
    problem(served.client.delete(f"{API}/batch/{running}"), 409, "conflict")


def test_the_list_has_pages_and_no_items(served: Served) -> None:
    found = served.client.get(f"{API}/batches?page=1&page_size=10").json()
    assert (found["total"], found["page_size"], "items" in found["items"][0]) == (1, 10, False)
    assert served.client.get(f"{API}/batches?page=2").json()["items"] == []
    assert json.loads(batch_samples.DETAIL.model_dump_json()) == served.client.get(BATCH).json()
