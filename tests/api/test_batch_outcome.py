"""Matrix, comparison and table of a batch over HTTP."""

import csv
import io
from typing import Any

import pytest

from api.api_fakes import API
from api.serving import Served, problem
from leanboard.api import batch_outcome_samples, batch_samples
from leanboard.api.batch_outcome import STATE_HEADER
from leanboard.models.batch_outcome import BatchComparison, BatchMatrix

BATCH = f"{API}/batch/{batch_samples.BATCH_ID}"
UNKNOWN = f"{API}/batch/{'0' * 32}"
VIEWS = ("matrix", "comparison", "export.csv")


@pytest.fixture
def swept(served: Served) -> Served:
    served.services.batches.known[batch_samples.BATCH_ID] = batch_outcome_samples.SWEEP
    return served


def get(served: Served, view: str, **query: Any) -> Any:
    return served.client.get(f"{BATCH}/{view}", params=query)


def test_a_matrix_says_its_metric_and_direction(served: Served) -> None:
    found = BatchMatrix.model_validate_json(get(served, "matrix", metric="drawdown").content)
    assert (found.metric, found.better, found.columns) == ("drawdown", "lower", ("moving_average_cross",))
    assert [row.symbol for row in found.rows] == ["AAPL", "IBM"]


def test_a_comparison_has_ranking_heat_map_and_lines(swept: Served) -> None:
    answer = get(swept, "comparison", x="slow", y="fast", others="best")
    found = BatchComparison.model_validate_json(answer.content)
    assert found == found.model_validate(answer.json())
    assert [one.item.number for one in found.ranking] == [3, 4, 2, 1]
    assert found.heat_map is not None
    assert (found.heat_map.x.name, found.heat_map.y.name, len(found.heat_map.cells)) == ("slow", "fast", 4)
    assert found.parallel.items == (1, 2, 3, 4)


def test_a_table_is_a_download_that_says_its_state(swept: Served) -> None:
    answer = get(swept, "export.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers[STATE_HEADER] == "final"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["parameters.fast"] for row in rows] == ["10", "10", "20", "20"]


@pytest.mark.parametrize("view", VIEWS)
def test_who_has_the_present_answer_gets_no_second_one(swept: Served, view: str) -> None:
    tag = get(swept, view).headers["etag"]
    again = swept.client.get(f"{BATCH}/{view}", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    detail = batch_outcome_samples.SWEEP
    swept.services.batches.known[batch_samples.BATCH_ID] = detail.evolve(items=detail.items[:3])
    assert swept.client.get(f"{BATCH}/{view}", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("view", VIEWS)
def test_a_batch_that_is_not_there(served: Served, view: str) -> None:
    problem(served.client.get(f"{UNKNOWN}/{view}"), 404, "not_found")
    problem(served.client.get(f"{API}/batch/nonsense/{view}"), 422, "invalid_input", field="batch_id")


@pytest.mark.parametrize(
    ("view", "query", "field"),
    [
        ("matrix", {"metric": "sharpe"}, "metric"),
        ("matrix", {"metrics": "drawdown"}, "metrics"),
        ("comparison", {"x": "nonsense"}, "x"),
        ("comparison", {"x": "fast", "y": "fast"}, "y"),
        ("comparison", {"x": "a" * 81}, "x"),
        ("comparison", {"others": "mean"}, "others"),
    ],
)
def test_a_query_that_cannot_be_answered_names_its_field(swept: Served, view: str, query: Any, field: str) -> None:
    problem(get(swept, view, **query), 422, "invalid_input", field=field)


def test_a_report_is_a_page_that_may_do_nothing(swept: Served) -> None:
    answer = get(swept, "report.html", metric="drawdown")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    problem(swept.client.get(f"{UNKNOWN}/report.html"), 404, "not_found")
