"""What the service says about itself: its endpoints, its examples, its strategies."""

from pydantic import Field, JsonValue

from leanboard.models.base import Frozen
from leanboard.models.strategies import StrategyInfo


class Endpoint(Frozen):
    """One operation. ``method`` is an HTTP method, or WS for a WebSocket."""

    method: str
    path: str
    summary: str


class ServiceIndex(Frozen):
    """The answer of ``GET /``."""

    name: str
    version: str
    documentation: str
    endpoints: tuple[Endpoint, ...]


class Example(Frozen):
    """A call that runs as it is, now, against this service.

    Attributes:
        method: An HTTP method, or WS for a WebSocket.
        path: With query, without host.
        headers: Beyond what the body and the API key need.
        body: JSON to send; null for none.
        expect: The HTTP status that answers it; 101 for a WebSocket.
        command: The same for a shell.
    """

    name: str
    description: str
    method: str
    path: str
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, JsonValue] | None = None
    expect: int = Field(ge=100, le=599)
    command: str


class ExampleListResponse(Frozen):
    """One page of examples."""

    items: tuple[Example, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)


class KnownProblem(Frozen):
    """Something wrong with the installation that a person should know about; none keeps the service from working.

    Attributes:
        kind: Stable, for programs.
        subject: Path relative to the home, a run's id, an engine, or what the engine calls a sandbox.
        detail: For people: what was found, and what to do.
    """

    kind: str
    subject: str
    detail: str


class ProblemListResponse(Frozen):
    """One page of problems, the present ones first."""

    items: tuple[KnownProblem, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)


class StrategyListResponse(Frozen):
    """One page of strategies, by name; their source is in the detail of each."""

    items: tuple[StrategyInfo, ...]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)
