"""What handlers ask for by type."""

from typing import Annotated, cast

from fastapi import Depends, Header, Path, Query, Request
from pydantic import Field
from starlette.requests import HTTPConnection

from leanboard.errors import InvalidInput
from leanboard.models.base import Frozen
from leanboard.models.requests import KEY_PATTERN, StrategyName
from leanboard.models.run import BatchId, RunId, RunReference, Timestamp
from leanboard.services import services as built

API = "/api/v2/backtest"
MAX_PAGE_SIZE = 200


def services_of(connection: HTTPConnection) -> built.Services:
    """Return the application's services; they are there as long as the application runs."""
    return cast("built.Services", connection.app.state.services)


async def given_services(connection: HTTPConnection) -> built.Services:
    """As :func:`services_of`, for FastAPI, which takes what is not a coroutine to a thread and back."""
    return services_of(connection)


async def idempotency_key(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            pattern=KEY_PATTERN,
            description="Chosen by the client, unique per order: a repeated call with it answers with what the first "
            "one made and makes nothing. Printable ASCII without blanks, 200 characters at most; good for 24 hours.",
            examples=["3f2c9a52-1f3b-4f0e-9a52-6f9f0c1d2e3f"],
        ),
    ] = None,
) -> str | None:
    """Return the client's key.

    Raises:
        InvalidInput: The header came twice.
    """
    if len(request.headers.getlist("idempotency-key")) > 1:
        raise InvalidInput("the header was sent more than once", field="Idempotency-Key")
    return key


class PageQuery(Frozen):
    """Which page of a list. Unknown parameters are refused: a misspelt one would be ignored in silence."""

    page: int = Field(default=1, ge=1, le=1_000_000, description="From 1")
    page_size: int = Field(default=50, ge=1, le=MAX_PAGE_SIZE, description="Items on a page")

    @property
    def window(self) -> slice:
        """The items of this page."""
        start = (self.page - 1) * self.page_size
        return slice(start, start + self.page_size)


Services = Annotated[built.Services, Depends(given_services)]
IdempotencyKey = Annotated[str | None, Depends(idempotency_key)]
Paging = Annotated[PageQuery, Query()]
RunIdPath = Annotated[
    RunId, Path(description="Id of the run, 32 hex digits", examples=["0f8fad5bd9cb469fa16570867728950e"])
]
BatchIdPath = Annotated[
    BatchId, Path(description="Id of the batch, 32 hex digits", examples=["6f1ed002ab5595859014ebf0951522d9"])
]
TimestampPath = Annotated[
    Timestamp, Path(description="Name of the result's directory", examples=["2026-01-31_12-00-00"])
]
RunReferencePath = Annotated[
    RunReference, Path(description="Id of a run, or the name of its result", examples=["2026-01-31_12-00-00"])
]
StrategyNamePath = Annotated[StrategyName, Path(description="A name from the list of strategies", examples=["main"])]
