"""Values that cannot be used are refused with the name of the field, before anything is asked of the service."""

import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from api.api_fakes import API
from api.serving import Served, problem

BAD_IDS = [
    "../../etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cetc",
    "%00",
    "0f8fad5bd9cb469fa16570867728950e%00",
    "0" * 5000,
    "CON",
    "0f8fad5bd9cb469fa16570867728950e.",
    "0f8fad5bd9cb469fa16570867728950e%20",
    "0f8fad5bd9cb469fa16570867728950e%0a",
    "0F8FAD5BD9CB469FA16570867728950E",
    "%ff%fe",
    quote("2026-01-31_12-00-00".translate({ord(str(i)): 0x660 + i for i in range(10)})),
    "2026-01-31_12-00-00-0",
    "2026-01-31_12-00-00.json",
    ".trash",
]
BY_ID = [
    ("GET", "status"),
    ("GET", "progress"),
    ("DELETE", "cancel"),
    ("GET", "results"),
    ("DELETE", "results"),
    ("GET", "strategies"),
]


LEGAL_STRATEGY_NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
CASES = [
    (method, place, bad)
    for method, place in BY_ID
    for bad in BAD_IDS
    if place != "strategies" or not LEGAL_STRATEGY_NAMES.fullmatch(bad)
]


@pytest.mark.parametrize(("method", "place", "bad"), CASES)
def test_b05_bad_id_reaches_nothing(served: Served, method: str, place: str, bad: str) -> None:
    response = served.client.request(method, f"{API}/{place}/{bad}")
    assert response.status_code in {404, 405, 422}
    assert response.headers["content-type"] == "application/problem+json"
    assert served.manager.calls == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("results/nosuch", "timestamp: expected the name of a result, such as"),
        ("status/nosuch", "expected an id, 32 hex digits"),
        ("batch/nosuch", "expected an id, 32 hex digits"),
        ("verify/nosuch", "run: expected the name of a result, such as 2026-01-31_12-00-00, or the id"),
        ("compare?runs=2026-01-31_12-00-00", "runs: expected names of 2 to 20 results with commas"),
        ("results/2026-01-31_12-00-00/equity?start=2010-02-01&end=2010-01-01", "end: the period ends before it starts"),
        ("results/2026-01-31_12-00-00/equity?start=monday", "start: expected a day or a time with its zone"),
    ],
)
def test_b05_a_pattern_is_told_in_words(served: Served, path: str, words: str) -> None:
    detail = served.client.get(f"{API}/{path}").json()["detail"]
    assert words in detail
    assert "[0-9" not in detail


@pytest.mark.parametrize("bad", ["CON", "%00", "x" * 4000])
def test_b05_bad_id_of_a_stream(served: Served, bad: str) -> None:
    with served.refusal(422, "invalid_input"), served.monitor(bad):
        pass
    assert served.manager.calls == []


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"start_date": "2020-01-02", "end_date": "2020-01-01"}, "end_date"),
        ({"start_date": "0001-01-01"}, "start_date"),
        ({"start_date": "9999-12-31"}, "start_date"),
        ({"end_date": "2021-02-30"}, "end_date"),
        ({"end_date": "2021-02-03T00:00:00Z"}, "end_date"),
        ({"end_date": "2021-02-03+25:00"}, "end_date"),
        ({"end_date": 20210203}, "end_date"),
        ({"end_date": tomorrow()}, "end_date"),
    ],
)
def test_b10_periods(served: Served, fields: dict[str, object], field: str) -> None:
    problem(served.run(**fields), 422, "invalid_input", field=field)
    assert served.manager.calls == []


def test_b10_a_single_day_is_taken(served: Served) -> None:
    assert served.run(start_date="2020-01-02", end_date="2020-01-02").status_code == 202


@pytest.mark.parametrize("cash", [0, -1, 1e30, "1,000", "$5", "1_000", True, None.__class__.__name__, [1], "1e3"])
def test_b11_cash(served: Served, cash: object) -> None:
    problem(served.run(initial_cash=cash), 422, "invalid_input", field="initial_cash")


def test_b11_currency_is_no_field(served: Served) -> None:
    problem(served.run(currency="XXX"), 422, "invalid_input", field="currency")


@pytest.mark.parametrize(
    "parameters",
    [
        {f"p{i}": 1 for i in range(10_000)},
        {"": 1},
        {"a=b": 1},
        {"a\nb": 1},
        {"--privileged": 1},
        {"a": {"b": 1}},
        {"a": [1]},
        {"a": None},
        {"a": "x\ny"},
        {"a": "x" * 1001},
        ["a"],
    ],
    ids=["many", "empty", "equals", "newline", "dashes", "object", "array", "null", "line", "long", "list"],
)
def test_b12_parameters(served: Served, parameters: object) -> None:
    started = time.monotonic()
    response = served.run(parameters=parameters)
    assert time.monotonic() - started < 0.5
    content = problem(response, 422, "invalid_input")
    assert all(error["field"].startswith("parameters") for error in content["errors"])
    assert served.manager.calls == []


def test_b12_value_of_a_megabyte(served: Served) -> None:
    response = served.run(parameters={"a": "x" * 1_000_000})
    assert response.status_code == 422
    assert len(response.content) < 1000


@pytest.mark.parametrize("field", ["memory", "cpus", "cpu"])
def test_b15_limits_are_numbers_and_have_one_name(served: Served, field: str) -> None:
    problem(served.run(**{field: "4gb"}), 422, "invalid_input", field=field)


@pytest.mark.parametrize("timeout", [0, -1, 1e12, "60", True])
def test_b15_timeout(served: Served, timeout: object) -> None:
    problem(served.run(timeout=timeout), 422, "invalid_input", field="timeout")


@pytest.mark.parametrize("name", ["a\x00b", "\u202egpj", "x" * 121, "\x1b[31m"])
def test_b06_names_that_deceive(served: Served, name: str) -> None:
    problem(served.run(name=name), 422, "invalid_input", field="name")


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=abc",
        "page=1e9",
        "page=99999999999999999999",
        "page_size=0",
        "page_size=1000000000",
        "page_size=",
        "limit=-1",
        "limit=1e9",
        "offset=abc",
        "cursor=Zm9yZ2Vk",
    ],
)
@pytest.mark.parametrize("place", ["results", "strategies", "examples"])
def test_b19_pages(served: Served, place: str, query: str) -> None:
    problem(served.client.get(f"{API}/{place}?{query}"), 422, "invalid_input", field=query.partition("=")[0])
    assert served.services.storage.queries == []


@pytest.mark.parametrize(
    "query",
    [
        "sort=created_at;DROP%20TABLE%20runs",
        "sort=__class__",
        "sort=-nonsense",
        "order=sideways",
        "status=finished",
        "status=completed&status=x",
        "strategy=" + "a" * 101,
        "filter=(a%2B)%2B%24",
        "sharpe_ratio_min=1;DROP%20TABLE%20run",
        "sharpe_ratio_min=NaN",
        "sharpe_ratio_min=2&sharpe_ratio_max=1",
        "capacity_max=1e999",
        "total_orders_min=9223372036854775808",
        "net_profit=1",
        "request_min=1",
        "created_after=yesterday",
        "created_after=2026-01-31T12:00:00",
        "created_after=0001-01-01T00:00:00%2B05:00",
        "reason=%27OR%201",
        "text=a%00b",
        "starred=perhaps",
        "page=2&cursor=x",
    ],
)
def test_b20_sort_and_filter(served: Served, query: str) -> None:
    served.client.get(f"{API}/results")  # warm
    served.services.storage.queries.clear()
    started = time.monotonic()
    response = served.client.get(f"{API}/results?{query}")
    assert time.monotonic() - started < 0.5
    problem(response, 422, "invalid_input")
    assert served.services.storage.queries == []


@pytest.mark.parametrize("points", ["1", "-5", "100001", "abc", "NaN"])
def test_b19_points(served: Served, points: str) -> None:
    response = served.client.get(f"{API}/results/2026-01-31_12-00-00?points={points}")
    problem(response, 422, "invalid_input", field="points")


def test_query_reaches_the_storage(served: Served) -> None:
    response = served.client.get(
        f"{API}/results?page=2&page_size=5&sort=net_profit&order=asc&status=failed&status=completed&strategy=main"
        "&sharpe_ratio_min=-1.5&drawdown_max=0.2&engine=docker&starred=true&text=two%20words"
    )
    assert response.status_code == 200
    query = served.services.storage.queries[-1]
    assert query.model_dump(mode="json", exclude_defaults=True) == {
        "page": 2,
        "page_size": 5,
        "sort": "net_profit",
        "order": "asc",
        "status": ["failed", "completed"],
        "strategy": "main",
        "sharpe_ratio_min": -1.5,
        "drawdown_max": 0.2,
        "engine": ["docker"],
        "starred": True,
        "text": "two words",
    }
