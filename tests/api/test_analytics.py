"""Parts of a result over HTTP: forms, conditional requests, refusals."""

import json

import pytest

from api.api_fakes import API
from api.serving import Served, problem
from leanboard.api import analytics_samples, samples
from leanboard.errors import NoResult, ResultUnreadable
from leanboard.models.analytics import FullResult

PLACE = f"{API}/results/{samples.TIMESTAMP}"
TABLES = ["statistics", "equity", "charts", "series/Benchmark/Benchmark", "trades", "orders", "orders/events"]


@pytest.mark.parametrize("table", TABLES)
def test_each_table_has_two_forms_and_a_tag(served: Served, table: str):
    answer = served.client.get(f"{PLACE}/{table}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    text = served.client.get(f"{PLACE}/{table}?format=csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    assert text.text.count("\n") > 1
    for headers in ({"if-none-match": answer.headers["etag"]}, {"if-none-match": f'"x", W/{answer.headers["etag"]}'}):
        again = served.client.get(f"{PLACE}/{table}", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]
    assert served.client.get(f"{PLACE}/{table}", headers={"if-none-match": '"another"'}).status_code == 200


@pytest.mark.parametrize("table", TABLES)
def test_what_cannot_be_read_is_said(served: Served, table: str):
    for error, status, code in (
        (ResultUnreadable("a.json is not valid JSON"), 409, "result_unreadable"),
        (NoResult("the run ended before"), 404, "no_result"),
    ):
        served.services.storage.failure = error
        problem(served.client.get(f"{PLACE}/{table}"), status, code)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("equity?points=3", "points"),
        ("equity?points=100001", "points"),
        ("equity?start=2013-02-31", "start"),
        ("equity?end=yesterday", "end"),
        ("equity?format=xml", "format"),
        ("equity?from=2013-10-07", "from"),
        ("trades?page=0", "page"),
        ("trades?page_size=10001", "page_size"),
        ("trades?symbol=", "symbol"),
        ("orders?limit=-1", "limit"),
        ("series/Benchmark/Benchmark?points=1e9", "points"),
    ],
)
def test_bad_parameters_are_named(served: Served, query: str, field: str):
    problem(served.client.get(f"{PLACE}/{query}"), 422, "invalid_input", field)


def test_unknown_series_and_runs(served: Served):
    problem(served.client.get(f"{PLACE}/series/No/Such%2FSeries"), 404, "not_found")
    problem(served.client.get(f"{API}/results/2020-01-01_00-00-00/trades"), 404, "not_found")


def test_money_is_text_and_points_are_numbers(served: Served):
    (trade,) = served.client.get(f"{PLACE}/trades").json()["items"]
    assert trade["profit_loss"] == "-16.95"
    assert trade["entry_time"] == "2013-10-07T18:30:00Z"
    assert json.loads(served.client.get(f"{PLACE}/equity").text)["equity"][0] == {
        "time": "2013-10-07T04:00:00Z",
        "value": 100000.0,
    }


def test_everything_in_one_answer(served: Served):
    answer = served.client.get(f"{PLACE}/full_results")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["lean"] == analytics_samples.DOCUMENT.root
    assert found["order_events"] == list(analytics_samples.DOCUMENT.order_events)
    assert found["trades"] == served.client.get(f"{PLACE}/trades").json()["items"]
    assert found["orders"] == served.client.get(f"{PLACE}/orders").json()["items"]
    assert found["equity"] == served.client.get(f"{PLACE}/equity").json()
    assert FullResult.model_validate_json(answer.content).result.timestamp == samples.TIMESTAMP
    again = served.client.get(f"{PLACE}/full_results", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = served.client.get(f"{PLACE}/full_results?points=4")
    assert other.headers["etag"] != answer.headers["etag"]


def test_the_result_itself_has_a_tag_whatever_state_its_files_are_in(served: Served):
    tags = set()
    for failure in (None, NoResult("none"), ResultUnreadable("cut off"), ResultUnreadable("too large")):
        served.services.storage.failure = failure
        answer = served.client.get(f"{PLACE}?points=5")
        assert answer.status_code == 200, answer.text
        again = served.client.get(f"{PLACE}?points=5", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        tags.add(answer.headers["etag"])
    assert len(tags) == 4


def test_a_run_without_a_result_of_leans_is_shown_all_the_same(served: Served):
    served.services.storage.failure = NoResult("the run ended before")
    found = served.client.get(f"{PLACE}/full_results").json()
    assert (found["lean"], found["trades"], found["equity"]["equity"]) == (None, [], [])
    assert found["result"]["timestamp"] == samples.TIMESTAMP
    served.services.storage.failure = ResultUnreadable("cut off")
    problem(served.client.get(f"{PLACE}/full_results"), 409, "result_unreadable")
