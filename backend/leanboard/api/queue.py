"""The queue of all runs: look, pause, resume, change its limit."""

from fastapi import APIRouter

from leanboard.api import queue_samples as samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import Services
from leanboard.api.openapi import answers, problems
from leanboard.errors import BodyTooLarge, InvalidInput, MalformedBody, UnsupportedMediaType
from leanboard.models.queue import QueueChanges, QueueState

router = APIRouter(tags=["runs"], route_class=StrictRoute)


@router.get(
    "/queue",
    operation_id="getQueue",
    summary="Who runs, who waits, and why",
    responses={**answers(200, "The queue at this moment", samples.QUEUE), **problems()},
)
async def get_queue(services: Services) -> QueueState:
    """Return limit, pause, all running runs, and the first hundred of those that wait."""
    return services.queue_control.state()


@router.patch(
    "/queue",
    operation_id="changeQueue",
    summary="Pause or resume the queue, change its limit",
    responses={
        **answers(200, "The queue with the changes", samples.PAUSED),
        **problems(MalformedBody, UnsupportedMediaType, BodyTooLarge, InvalidInput, changes=True),
    },
)
async def change_queue(body: QueueChanges, services: Services) -> QueueState:
    """Change the queue; what runs goes on, also where there are more than a lowered limit lets start."""
    return await services.queue_control.change(body)
