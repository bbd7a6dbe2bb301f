"""Every error looks the same, and says nothing it should not."""

import pytest

from api.api_fakes import API
from api.serving import Served, problem
from leanboard.errors import LeanboardError
from leanboard.models.problem import ProblemDetails


def test_unknown_path(served: Served) -> None:
    content = problem(served.client.get("/" + "x" * 5000), 404, "not_found")
    assert "xxx" not in str(content)


def test_trailing_slash_is_another_path(served: Served) -> None:
    problem(served.client.get(f"{API}/results/"), 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "OPTIONS", "X" * 300])
def test_method_that_is_not_there(served: Served, method: str) -> None:
    response = served.client.request(method, f"{API}/run")
    content = problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"
    assert len(content["detail"]) < 100


def test_a_bug_shows_a_number_and_no_more(serve, capsys: pytest.CaptureFixture[str]) -> None:
    served = serve(raise_bugs=False)
    served.manager.failure = ZeroDivisionError("secret path and password")
    response = served.run()
    content = problem(response, 500, "internal_error")
    assert "secret" not in response.text
    assert content["instance"].startswith("urn:uuid:")
    logged = capsys.readouterr()
    assert content["instance"].removeprefix("urn:uuid:") in logged.out + logged.err


def test_problems_fit_their_model(served: Served) -> None:
    for response in (served.client.get("/nothing"), served.run(timeout=0), served.post("")):
        assert ProblemDetails.model_validate_json(response.content).status == response.status_code


def test_code_of_the_tree_is_unique() -> None:
    kinds = [LeanboardError]
    for kind in kinds:
        kinds.extend(k for k in kind.__subclasses__() if k.__module__ == LeanboardError.__module__)
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert all(400 <= kind.http_status < 600 for kind in kinds)
