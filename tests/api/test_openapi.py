"""The description of the interface, and the interface held against it."""

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.api_fakes import fake_application
from api.serving import Served
from leanboard.settings import Settings

METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield method, path, item[method]


def test_every_operation_is_described(served: Served) -> None:
    document = served.client.get("/openapi.json").json()
    ids = []
    for method, path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        ids.append(operation["operationId"])
        good = [status for status in operation["responses"] if status.startswith("2")]
        assert good, path
        for status, response in operation["responses"].items():
            described(method, path, status, response)
    assert len(set(ids)) == len(ids)


def described(method: str, path: str, status: str, response: dict) -> None:
    assert response["description"], (method, path, status)
    if status in {"204", "304"}:
        return
    for media_type, content in response["content"].items():
        assert "example" in content or "examples" in content, (method, path, status)
        is_error = status.startswith(("4", "5")) and not (path == "/health" and status == "503")
        assert (media_type == "application/problem+json") == is_error, (method, path, status)


def test_every_example_fits_its_schema(served: Served) -> None:
    document = served.client.get("/openapi.json").json()
    count = 0
    for method, path, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for described_body in (*bodies, *operation["responses"].values()):
            for content in described_body.get("content", {}).values():
                examples = [content["example"]] if "example" in content else []
                examples += [example["value"] for example in content.get("examples", {}).values()]
                whole = {**content["schema"], "components": document["components"]}
                validator = jsonschema_rs.validator_for(whole)
                for example in examples:
                    errors = [error.message for error in validator.iter_errors(example)]
                    assert not errors, (method, path)
                    count += 1
    assert count > 50


def test_security_is_described_only_with_a_key(serve) -> None:
    key = "0123456789abcdef"
    document = serve(api_key=key).client.get("/openapi.json", headers={"authorization": f"Bearer {key}"}).json()
    assert document["security"] == [{"key": []}]
    assert document["paths"]["/health"]["get"]["security"] == [{}, {"key": []}]
    assert "security" not in serve().client.get("/openapi.json").json()


def test_names_of_the_models(served: Served) -> None:
    schemas = served.client.get("/openapi.json").json()["components"]["schemas"]
    names = {name.removesuffix("-Input").removesuffix("-Output") for name in schemas}
    assert {
        "BacktestStatus",
        "StrategyInfo",
        "BacktestRequest",
        "BacktestRunInfo",
        "BacktestProgress",
        "BacktestStatistics",
        "BacktestResult",
        "BacktestListResponse",
        "ProblemDetails",
    } <= names
    assert "HTTPValidationError" not in names


@pytest.fixture(scope="module")
def interface() -> schemathesis.BaseSchema:
    app, _ = fake_application(Settings(allowed_hosts=("testserver",)))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_interface_keeps_its_description(interface: schemathesis.BaseSchema, mode: GenerationMode) -> None:
    checked = 0
    for operation in (result.ok() for result in interface.get_all_operations()):
        if mode is GenerationMode.POSITIVE or has_input(operation):
            checked += check_operation(operation, mode)
    assert checked > 100


def has_input(operation: schemathesis.APIOperation) -> bool:
    """Whether there is anything that could be wrong."""
    return any(len(part) for part in (operation.path_parameters, operation.query, operation.body))


def check_operation(operation: schemathesis.APIOperation, mode: GenerationMode) -> int:
    cases = 0

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        nonlocal cases
        cases += 1
        # A name that fits its pattern need not be there, and periods are more than two dates.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    check()
    return cases
