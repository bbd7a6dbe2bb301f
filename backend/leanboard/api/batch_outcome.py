"""What came of a batch: as a matrix, compared, as a table."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from leanboard.api import batch_outcome_samples as samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.conditional import NOT_MODIFIED, TAG_HEADER, known_tags, response_of
from leanboard.api.dependencies import BatchIdPath, Services
from leanboard.api.openapi import Responses, answers, problems
from leanboard.errors import InvalidInput, NotFound
from leanboard.models.base import Frozen
from leanboard.models.batch_outcome import BatchComparison, BatchComparisonQuery, BatchMatrix, MatrixQuery
from leanboard.models.batches import BatchDetail
from leanboard.services.analytics.rendering import CSV, JSON, Body
from leanboard.services.analytics.run_results import Answer, tag_of
from leanboard.services.batches.outcome.comparison import comparison
from leanboard.services.batches.outcome.matrix import matrix
from leanboard.services.batches.outcome.table import csv

router = APIRouter(prefix="/batch/{batch_id}", tags=["batches"], route_class=StrictRoute)
STATE_HEADER = "Leanboard-Batch-State"


def _described(description: str, example: Frozen) -> Responses:
    return {
        **answers(200, description, example, headers=TAG_HEADER, model=type(example)),
        **NOT_MODIFIED,
        **problems(InvalidInput, NotFound),
    }


def _described_table() -> Responses:
    headers: dict[str, Any] = {
        **TAG_HEADER,
        STATE_HEADER: {"description": "partial or final", "schema": {"type": "string"}},
    }
    content = {"text/csv": {"schema": {"type": "string"}, "example": samples.TABLE.decode()}}
    return {
        200: {"description": "One row an item", "content": content, "headers": headers},
        **NOT_MODIFIED,
        **problems(InvalidInput, NotFound),
    }


async def _sent(
    batch_id: str, services: Services, request: Request, view: Callable[[BatchDetail], Body]
) -> tuple[BatchDetail, Response]:
    detail = await services.batches.get(batch_id)
    body = await services.storage.in_thread(view, detail)
    tag = tag_of(hashlib.blake2b(body.content, digest_size=16).hexdigest())
    return detail, response_of(Answer(tag, None if tag in known_tags(request) else body))


@router.get(
    "/matrix",
    operation_id="getBatchMatrix",
    summary="A batch as a matrix",
    responses=_described("Symbols by strategies", samples.MATRIX),
    response_model=BatchMatrix,
)
async def get_batch_matrix(
    batch_id: BatchIdPath, services: Services, request: Request, query: Annotated[MatrixQuery, Query()]
) -> Response:
    """Return rows by symbol and columns by strategy; a cell of several items shows their best and median."""

    def view(detail: BatchDetail) -> Body:
        return Body(matrix(detail, query.metric).model_dump_json().encode(), JSON)

    return (await _sent(batch_id, services, request, view))[1]


@router.get(
    "/comparison",
    operation_id="compareBatch",
    summary="The items of a batch against each other",
    responses=_described("Ranking, heat map, parallel coordinates, walk-forward, warnings", samples.COMPARISON),
    response_model=BatchComparison,
)
async def compare_batch(
    batch_id: BatchIdPath, services: Services, request: Request, query: Annotated[BatchComparisonQuery, Query()]
) -> Response:
    """Return the items ranked by a metric, in short, over their parameters, and what to know before one believes it."""

    def view(detail: BatchDetail) -> Body:
        return Body(comparison(detail, query).model_dump_json().encode(), JSON)

    return (await _sent(batch_id, services, request, view))[1]


@router.get(
    "/export.csv",
    operation_id="exportBatch",
    summary="A batch as CSV",
    responses=_described_table(),
    response_class=Response,
)
async def export_batch(batch_id: BatchIdPath, services: Services, request: Request) -> Response:
    """Return one row an item: what it is, its parameters, how it ended, its metrics, and where its result lies."""
    detail, answer = await _sent(batch_id, services, request, lambda found: Body(csv(found), CSV))
    answer.headers["Content-Disposition"] = f'attachment; filename="leanboard-batch-{batch_id}.csv"'
    answer.headers[STATE_HEADER] = detail.state
    return answer
