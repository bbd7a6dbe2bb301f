"""The one shape of every error over HTTP: RFC 9457 problem details."""

from pydantic import Field

from leanboard.models.base import Frozen


class FieldProblem(Frozen):
    """One part of the input that was wrong.

    Attributes:
        field: Path of the part, such as ``parameters.fast``; empty for the whole.
        message: What is wrong and what would be right.
    """

    field: str
    message: str


class ProblemDetails(Frozen):
    """An error, as ``application/problem+json``.

    Attributes:
        title: The status in words.
        code: Stable, for programs.
        detail: For people.
        instance: Only with status 500: names the entry in the service's own log.
    """

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    code: str
    detail: str
    errors: tuple[FieldProblem, ...] = ()
    instance: str | None = None
