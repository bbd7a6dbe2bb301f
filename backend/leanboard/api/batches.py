"""Batches: many runs as one thing. Start, look, change, run again."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response, status

from leanboard.api import batch_samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import BatchIdPath, IdempotencyKey, Paging, Services
from leanboard.api.openapi import Responses, answers, problems
from leanboard.errors import (
    BodyTooLarge,
    Conflict,
    EngineUnavailable,
    IdempotencyMismatch,
    IllegalTransition,
    ImageNotAllowed,
    InvalidInput,
    LeanboardError,
    MalformedBody,
    NotFound,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from leanboard.models.batch_requests import (
    Addition,
    BatchChanges,
    BatchRequest,
    BatchWaitQuery,
    ItemChanges,
    RerunQuery,
)
from leanboard.models.batches import BatchDetail, BatchEstimate, BatchList

router = APIRouter(tags=["batches"], route_class=StrictRoute)

_LOCATION: dict[str, Any] = {"Location": {"description": "Path of the batch", "schema": {"type": "string"}}}
_BODY = (MalformedBody, UnsupportedMediaType, BodyTooLarge, InvalidInput)
_ITEMS = (ImageNotAllowed, EngineUnavailable, IdempotencyMismatch, ServiceUnavailable)

ItemNumberPath = Annotated[int, Path(ge=1, le=1_000_000, description="Number of the item, from 1", examples=[1])]


def _changed(description: str, *kinds: type[LeanboardError]) -> Responses:
    return {
        **answers(200, description, batch_samples.DETAIL),
        **problems(InvalidInput, NotFound, ServiceUnavailable, *kinds, changes=True),
    }


def _answer(detail: BatchDetail, code: int = status.HTTP_200_OK, headers: dict[str, str] | None = None) -> Response:
    # Rendered here: a batch has thousands of items, and they are valid already.
    return Response(detail.model_dump_json(), code, headers, "application/json")


@router.post(
    "/batch",
    operation_id="startBatch",
    summary="Start a batch",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=BatchDetail,
    responses={
        **answers(202, "Accepted: the batch is durable and will be executed", batch_samples.PENDING, headers=_LOCATION),
        **answers(
            200,
            "It is over within `wait`, or the Idempotency-Key stands for this batch already and nothing was started",
            batch_samples.DETAIL,
            headers=_LOCATION,
            model=BatchDetail,
        ),
        **problems(*_BODY, *_ITEMS, changes=True),
    },
)
async def start_batch(
    body: Annotated[BatchRequest, Body(openapi_examples=batch_samples.REQUESTS)],
    query: Annotated[BatchWaitQuery, Query()],
    services: Services,
    key: IdempotencyKey,
    request: Request,
) -> Response:
    """Accept a batch, all of its items or none; wait for its end if asked to. A client that goes away ends nothing."""
    submission = await services.batches.create(body, idempotency_key=key)
    detail = submission.batch
    if query.wait:
        detail = await services.batches.wait(detail.id, query.wait)
    done = not submission.created or detail.status.is_final
    headers = {"Location": request.app.url_path_for("get_batch", batch_id=detail.id)}
    return _answer(detail, status.HTTP_200_OK if done else status.HTTP_202_ACCEPTED, headers)


@router.post(
    "/batch/estimate",
    operation_id="estimateBatch",
    summary="Say what a batch would be",
    responses={
        **answers(200, "How many runs, and what they would take; nothing was started", batch_samples.ESTIMATE),
        **problems(*_BODY, ImageNotAllowed, EngineUnavailable, changes=True),
    },
)
async def estimate_batch(
    body: Annotated[BatchRequest, Body(openapi_examples=batch_samples.REQUESTS)], services: Services
) -> BatchEstimate:
    """Say how many runs a batch would be, how long they would take and how much disk, from past runs like them."""
    return await services.estimates.estimate(body)


@router.get(
    "/batches",
    operation_id="listBatches",
    summary="List the batches",
    responses={**answers(200, "One page, newest first", batch_samples.LIST), **problems(InvalidInput)},
)
async def list_batches(paging: Paging, services: Services) -> BatchList:
    """Return one page of batches, newest first, without their items."""
    return await services.batches.page(paging.page, paging.page_size)


@router.get(
    "/batch/{batch_id}",
    name="get_batch",
    operation_id="getBatch",
    summary="A batch with all of its items",
    response_model=BatchDetail,
    responses={**answers(200, "The batch at this moment", batch_samples.DETAIL), **problems(InvalidInput, NotFound)},
)
async def get_batch(batch_id: BatchIdPath, services: Services) -> Response:
    """Return where a batch stands, and of each item its summary; `state` says whether anything of it will change."""
    return _answer(await services.batches.get(batch_id))


@router.patch(
    "/batch/{batch_id}",
    operation_id="changeBatch",
    summary="Change a batch's name or workers",
    response_model=BatchDetail,
    responses=_changed("As it is now", MalformedBody, UnsupportedMediaType, BodyTooLarge),
)
async def change_batch(
    batch_id: BatchIdPath,
    body: Annotated[BatchChanges, Body(openapi_examples=batch_samples.CHANGES)],
    services: Services,
) -> Response:
    """Change name and `max_workers`, also while it runs; what is left out stays. Runs that have begun go on."""
    return _answer(await services.batches.change(batch_id, body))


@router.delete(
    "/batch/{batch_id}",
    operation_id="deleteBatch",
    summary="Forget a batch",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(InvalidInput, NotFound, Conflict, changes=True),
)
async def delete_batch(batch_id: BatchIdPath, services: Services) -> None:
    """Forget a batch that is over. Its runs stay among the results."""
    await services.batches.delete(batch_id)


@router.post(
    "/batch/{batch_id}/cancel",
    operation_id="cancelBatch",
    summary="Cancel a batch",
    response_model=BatchDetail,
    responses=_changed("The wish is durable; what runs ends soon", IllegalTransition),
)
async def cancel_batch(batch_id: BatchIdPath, services: Services) -> Response:
    """Let nothing more of a batch start and what runs end; what is complete is kept. It can be resumed."""
    return _answer(await services.batches.cancel(batch_id))


@router.post(
    "/batch/{batch_id}/pause",
    operation_id="pauseBatch",
    summary="Pause a batch",
    response_model=BatchDetail,
    responses=_changed("Nothing more of it starts", IllegalTransition),
)
async def pause_batch(batch_id: BatchIdPath, services: Services) -> Response:
    """Let nothing more of a batch start, also after a restart of the service; what runs goes on."""
    return _answer(await services.batches.pause(batch_id))


@router.post(
    "/batch/{batch_id}/resume",
    operation_id="resumeBatch",
    summary="Resume a batch",
    response_model=BatchDetail,
    responses=_changed("It goes on with what is missing", IllegalTransition),
)
async def resume_batch(batch_id: BatchIdPath, services: Services) -> Response:
    """Let a paused or cancelled batch go on: what has completed or failed stays, the rest runs, on the same code."""
    return _answer(await services.batches.resume(batch_id))


@router.post(
    "/batch/{batch_id}/rerun",
    operation_id="rerunBatch",
    summary="Run items of a batch again",
    response_model=BatchDetail,
    responses=_changed("They wait for their turn", Conflict, *_ITEMS),
)
async def rerun_batch(
    batch_id: BatchIdPath, query: Annotated[RerunQuery, Query()], services: Services, key: IdempotencyKey
) -> Response:
    """Run the failed items again, or all that have ended, with their strategies as they are now."""
    return _answer(await services.batches.rerun(batch_id, everything=query.all, idempotency_key=key))


@router.post(
    "/batch/{batch_id}/items",
    operation_id="addBatchItems",
    summary="Add rows, columns or items to a batch",
    response_model=BatchDetail,
    responses=_changed("The new items wait for their turn", *_BODY, Conflict, *_ITEMS),
)
async def add_batch_items(
    batch_id: BatchIdPath,
    body: Annotated[Addition, Body(openapi_examples=batch_samples.ADDITIONS)],
    services: Services,
    key: IdempotencyKey,
) -> Response:
    """Add symbols (with everything that the batch runs on the others), strategies likewise, or items one by one."""
    return _answer(await services.batches.add(batch_id, body, idempotency_key=key))


@router.put(
    "/batch/{batch_id}/items/{number}",
    operation_id="editBatchItem",
    summary="Edit an item of a batch and run it again",
    response_model=BatchDetail,
    responses=_changed("The item waits for its turn", *_BODY, Conflict, *_ITEMS),
)
async def edit_batch_item(
    batch_id: BatchIdPath,
    number: ItemNumberPath,
    body: Annotated[ItemChanges, Body(openapi_examples=batch_samples.ITEM_CHANGES)],
    services: Services,
    key: IdempotencyKey,
) -> Response:
    """Give one item other values, and run it with them and with its strategy as it is now. An empty body repeats it."""
    return _answer(await services.batches.edit(batch_id, number, body, idempotency_key=key))
