"""The queue over HTTP."""

import pytest

from api.api_fakes import API
from api.serving import Served, problem


def test_the_queue_says_who_runs_and_who_waits_and_why(served: Served) -> None:
    queue = served.client.get(f"{API}/queue").json()
    assert (queue["max_running"], queue["paused"], queue["waiting_total"]) == (2, False, 1)
    assert queue["running"][0]["queue"] is None
    assert queue["waiting"][0]["batch"]["item"] == 12
    assert queue["waiting"][0]["queue"]["reason"] == "2 of 2 slots busy, position 1, about 20 s"


def test_only_what_is_named_changes(served: Served) -> None:
    assert served.client.patch(f"{API}/queue", json={"max_running": 8}).json()["max_running"] == 8
    assert served.client.patch(f"{API}/queue", json={"paused": True}).json()["paused"] is True
    named = [changes.model_dump(exclude_unset=True) for changes in served.services.queue_control.changes]
    assert named == [{"max_running": 8}, {"paused": True}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_running": 0}, "max_running"),
        ({"max_running": 257}, "max_running"),
        ({"max_running": "4"}, "max_running"),
        ({"max_running": 1.5}, "max_running"),
        ({"max_running": True}, "max_running"),
        ({"max_running": None}, "max_running"),
        ({"paused": "yes"}, "paused"),
        ({"paused": None}, "paused"),
        ({"pause": True}, "pause"),
        ({}, None),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    served: Served, body: dict[str, object], field: str | None
) -> None:
    problem(served.client.patch(f"{API}/queue", json=body), 422, "invalid_input", field)
    assert served.services.queue_control.changes == []
