"""What the service says about itself."""

import re
from pathlib import Path

import pytest
from prometheus_client import Gauge
from prometheus_client.parser import text_string_to_metric_families

from api.api_fakes import API, HOST
from api.serving import Served
from leanboard.api import samples
from leanboard.models.health import HealthReport, HealthStatus, HealthSummary
from leanboard.models.service import Example, ExampleListResponse, ProblemListResponse, ServiceIndex
from leanboard.storage.queries import ProblemKind


def test_root_lists_what_is_there(served: Served) -> None:
    index = ServiceIndex.model_validate_json(served.client.get("/").content)
    listed = {(e.method, e.path) for e in index.endpoints}
    described = {
        (method.upper(), path)
        for path, operations in served.client.get("/openapi.json").json()["paths"].items()
        for method in operations
    }
    assert listed == described | {("WS", f"{API}/monitor/{{run_id}}"), ("WS", f"{API}/batch/{{batch_id}}")}
    assert all(e.summary for e in index.endpoints)
    assert served.client.get(index.documentation).status_code == 200


@pytest.mark.parametrize(
    ("status", "expected"),
    [(HealthStatus.OK, 200), (HealthStatus.DEGRADED, 200), (HealthStatus.UNAVAILABLE, 503)],
)
def test_health(served: Served, status: HealthStatus, expected: int) -> None:
    served.manager.report = served.manager.report.evolve(status=status)
    response = served.client.get("/health")
    assert response.status_code == expected
    assert HealthReport.model_validate_json(response.content) == served.manager.report


def test_problems_come_in_pages(served: Served) -> None:
    path = "/api/v2/admin/problems"
    page = ProblemListResponse.model_validate_json(served.client.get(path, params={"page_size": 1, "page": 2}).content)
    assert page.items == samples.PROBLEM_PAGE.items[1:2]
    assert (page.total, page.page, page.page_size) == (2, 2, 1)
    assert served.client.get(path, params={"limit": 1}).status_code == 422


def test_every_kind_of_problem_of_the_storage_is_documented(project: Path) -> None:
    text = (project / "docs" / "BACKTEST_API.md").read_text("utf-8")
    rows = set(re.findall(r"^\| (\w+) \| ", text.partition("admin/problems")[2].partition("### WS")[0], re.MULTILINE))
    assert {kind.value for kind in ProblemKind} <= rows


def test_health_summary_is_only_the_status() -> None:
    assert list(HealthSummary.model_fields) == ["status"]


def test_metrics(served: Served) -> None:
    Gauge("leanboard_probe", "of the services", registry=served.services.metrics).set(7)
    response = served.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }
    assert values["leanboard_runs_running",] == 2
    assert values["leanboard_runs_queued",] == 3
    assert values["leanboard_results", "completed"] == 1
    assert values["leanboard_results", "failed"] == 0
    assert values["leanboard_engine_ready", "embedded"] == 1
    assert values["leanboard_engine_ready", "docker"] == 0
    assert values["leanboard_stream_clients",] == 0
    assert values["leanboard_probe",] == 7


def perform(served: Served, example: Example) -> int:
    if example.method == "WS":
        with served.client.websocket_connect(f"ws://{HOST}{example.path}") as stream:
            while stream.receive_json()["type"] != "end":
                pass
        return 101
    response = served.client.request(example.method, example.path, json=example.body, headers=example.headers)
    return response.status_code


def test_every_example_runs_as_it_is(served: Served) -> None:
    page = ExampleListResponse.model_validate_json(served.client.get(f"{API}/examples").content)
    assert {"run", "run_changed", "run_once", "status", "monitor", "result", "report", "rerun", "cancel_ended"} <= {
        e.name for e in page.items
    }
    for example in page.items:
        assert perform(served, example) == example.expect, example.name
        assert f"{HOST}{example.path}" in example.command


def test_examples_need_what_is_there(served: Served) -> None:
    served.manager.results.clear()
    served.services.strategies.found = ()
    names = [e["name"] for e in served.client.get(f"{API}/examples").json()["items"]]
    assert "run" not in names
    assert "status" not in names
    assert "strategies" in names


def test_commands_take_the_key_from_the_environment(serve) -> None:
    key = "0123456789abcdef"
    served = serve(api_key=key)
    text = served.client.get(f"{API}/examples", headers={"authorization": f"Bearer {key}"}).text
    assert "$LEANBOARD_API_KEY" in text
    assert key not in text
