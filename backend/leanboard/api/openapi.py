"""The interface's description: answers with examples, every problem with its code, security."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from leanboard.api.problems import PROBLEM_JSON, problem_response
from leanboard.errors import AccessDenied, LeanboardError, NotAuthenticated, UntrustedHost
from leanboard.models.problem import ProblemDetails

Responses = dict[int | str, dict[str, Any]]

TAGS = [
    {"name": "runs", "description": "Start, follow and cancel backtests."},
    {"name": "batches", "description": "Many runs as one thing: sweeps, matrices, scenarios."},
    {"name": "results", "description": "Finished runs: list, read, delete."},
    {"name": "compare", "description": "Finished runs side by side, again, and on the other engine."},
    {"name": "strategies", "description": "What can be run, read from its text without running it."},
    {"name": "service", "description": "What there is, how it is, and examples that run as they are."},
]
DESCRIPTION = """\
Runs QuantConnect LEAN backtests: submit, watch live, cancel, browse results.

Runs and batches are also followed live over the WebSockets `/api/v2/backtest/monitor/{run_id}` and
`/api/v2/backtest/batch/{batch_id}`, which OpenAPI has no words for; docs/BACKTEST_API.md describes their events.
"""
_COMMON = (UntrustedHost, NotAuthenticated, LeanboardError)
_REFERENCE = "#/components/schemas/{model}"


def answers(
    status: int,
    description: str,
    example: BaseModel,
    *,
    headers: Mapping[str, Any] | None = None,
    model: type[BaseModel] | None = None,
) -> Responses:
    """Describe a good answer with an example; ``model`` where it is not the operation's own."""
    answer: dict[str, Any] = {
        "description": description,
        "content": {"application/json": {"example": example.model_dump(mode="json")}},
    }
    if headers is not None:
        answer["headers"] = dict(headers)
    if model is not None:
        answer["model"] = model
    return {status: answer}


def problems(*kinds: type[LeanboardError], changes: bool = False) -> Responses:
    """Describe the problems of an operation, the ones that all have included.

    Args:
        kinds: Errors that the operation raises.
        changes: Whether it changes state, and is therefore closed to foreign pages.
    """
    by_status: dict[int, list[type[LeanboardError]]] = {}
    for kind in (*_COMMON, *((AccessDenied,) if changes else ()), *kinds):
        by_status.setdefault(kind.http_status, []).append(kind)
    return {status: _problem(by_status[status]) for status in sorted(by_status)}


def _problem(kinds: list[type[LeanboardError]]) -> dict[str, Any]:
    return {
        "description": "; ".join(f"`{kind.code}`: {_first_line(kind)}" for kind in kinds),
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": _REFERENCE.format(model=ProblemDetails.__name__)},
                "examples": {kind.code: {"value": _example(kind)} for kind in kinds},
            },
        },
    }


def _first_line(kind: type[LeanboardError]) -> str:
    text = "an error in the service itself" if kind is LeanboardError else (kind.__doc__ or "")
    return text.splitlines()[0].rstrip(".")


def _example(kind: type[LeanboardError]) -> dict[str, Any]:
    response = problem_response(kind(_first_line(kind)))
    return ProblemDetails.model_validate_json(bytes(response.body)).model_dump(mode="json", exclude_none=True)


class DescribedApi(FastAPI):
    """FastAPI with our description of errors and security."""

    needs_key: bool = False

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document; made once."""
        if not self.openapi_schema:
            document = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                routes=self.routes,
                tags=self.openapi_tags,
            )
            _add_problem_schema(document["components"]["schemas"])
            if self.needs_key:
                _add_security(document)
            self.openapi_schema = document
        return self.openapi_schema


def _add_problem_schema(schemas: dict[str, Any]) -> None:
    schema = ProblemDetails.model_json_schema(ref_template=_REFERENCE, mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    schemas[ProblemDetails.__name__] = schema


def _add_security(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"key": []}]
    document["paths"]["/health"]["get"]["security"] = [{}, {"key": []}]
