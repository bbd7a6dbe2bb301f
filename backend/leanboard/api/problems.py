"""The one way of every error to the client: RFC 9457 problem details with a stable code.

Errors raised on purpose say themselves what they are (leanboard.errors); what FastAPI and Starlette refuse is
translated; everything else is a bug: the client gets a number, the log gets the rest under that number. Before a
WebSocket is accepted the same response refuses its handshake.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from leanboard.errors import InvalidInput, LeanboardError, Problem
from leanboard.models.batch_requests import UNION_TAGS
from leanboard.models.problem import FieldProblem, ProblemDetails
from leanboard.models.wrong_values import message_of, real_errors

PROBLEM_JSON = "application/problem+json"
MAX_ERRORS = 20
MAX_PART = 80  # characters of one key that a client chose
MAX_FIELD = 160
MAX_TEXT = 2000
_PLACES = frozenset({"body", "path", "query", "header"})
_HEADERS: Mapping[int, dict[str, str]] = {
    401: {"WWW-Authenticate": 'Bearer realm="leanboard"'},
    503: {"Retry-After": "10"},
}


class ProblemResponse(Response):
    """A problem on its way out; pure ASCII, so that no text a client sent can break the encoding."""

    media_type = PROBLEM_JSON

    def __init__(self, problem: ProblemDetails, headers: Mapping[str, str] | None = None) -> None:
        text = problem.model_dump_json(exclude_none=True, ensure_ascii=True)
        super().__init__(text, problem.status, {**_HEADERS.get(problem.status, {}), **(headers or {})})


def problem_response(error: LeanboardError) -> ProblemResponse:
    """Return the answer for an error that was raised on purpose."""
    return ProblemResponse(
        ProblemDetails(
            title=HTTPStatus(error.http_status).phrase,
            status=error.http_status,
            code=error.code,
            detail=_cut(error.detail, MAX_TEXT),
            errors=_field_problems(error.problems),
        ),
    )


def install(app: FastAPI) -> None:
    """Make every error of the application take this way."""
    app.add_exception_handler(LeanboardError, _on_leanboard_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(WebSocketRequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_bug)


def _field_problems(problems: Iterable[Problem]) -> tuple[FieldProblem, ...]:
    return tuple(
        FieldProblem(field=_cut(p.field, MAX_FIELD), message=_cut(p.message, MAX_TEXT))
        for p in list(problems)[:MAX_ERRORS]
    )


def _cut(text: str, length: int) -> str:
    # A lone surrogate, which JSON's \ud800 makes, has no encoding.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= length else text[: length - 1] + "…"


async def _on_leanboard_error(connection: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, LeanboardError)
    if error.http_status >= 500:
        log = structlog.get_logger("leanboard.api")
        cause = "" if error.__cause__ is None else repr(error.__cause__)
        log.error("request failed", path=_path(connection), code=error.code, detail=error.detail, cause=cause)
    return problem_response(error)


def _path(connection: HTTPConnection) -> str:
    return str(connection.scope["path"])[:200]


async def _on_validation_error(_: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)
    return problem_response(invalid_input(error.errors()))


def invalid_input(errors: Sequence[Any]) -> InvalidInput:
    """Translate pydantic's list of errors; says how many there were, names the first ones."""
    errors = real_errors(errors)
    problems = tuple(Problem(_path_of(e["loc"]), message_of(e)) for e in errors[:MAX_ERRORS])
    first = problems[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return InvalidInput(f"{first.field}: {first.message}{more}".removeprefix(": "), problems=problems)


def _path_of(location: Sequence[int | str]) -> str:
    parts = [_cut(str(part), MAX_PART) for part in location if part not in UNION_TAGS]
    return ".".join(parts[1:] if parts and parts[0] in _PLACES else parts)


async def _on_http_exception(connection: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    details = {
        HTTPStatus.NOT_FOUND: "there is nothing at this path; GET / lists what there is",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{connection.scope.get('method', '')[:20]} is not allowed here",
    }
    problem = ProblemDetails(
        title=status.phrase,
        status=status,
        code=status.name.lower(),
        detail=details.get(status, _cut(str(error.detail), MAX_TEXT)),
    )
    return ProblemResponse(problem, error.headers)


async def _on_bug(connection: HTTPConnection, error: Exception) -> Response:
    incident = uuid.uuid4()
    log = structlog.get_logger("leanboard.api")
    # The traceback follows in the log: Starlette raises the error again for the server.
    log.error("unexpected error", incident=str(incident), path=_path(connection), error=repr(error))
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return ProblemResponse(
        ProblemDetails(
            title=status.phrase,
            status=status,
            code=LeanboardError.code,
            detail="an error in the service itself; its log says more under the number in instance",
            instance=incident.urn,
        ),
    )
