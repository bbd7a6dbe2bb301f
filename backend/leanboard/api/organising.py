"""Finished runs put in order: labels, trash, retention, and the index made anew."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field

from leanboard.api import organising_samples as samples
from leanboard.api.bodies import StrictRoute
from leanboard.api.dependencies import Services, TimestampPath
from leanboard.api.openapi import answers, problems
from leanboard.api.samples import SUMMARY
from leanboard.errors import Conflict, InvalidInput, NotFound
from leanboard.models.labels import ResultChanges
from leanboard.models.organising import ReindexReport, RetentionPlan, RetentionRules
from leanboard.models.results import ResultSummary


class RetentionQuery(RetentionRules):
    """The rules as query parameters, which are texts and not JSON's numbers."""

    keep_days: float | None = Field(default=None, gt=0, le=36_500)
    keep_runs: int | None = Field(default=None, ge=1, le=10_000_000)
    keep_size: int | None = Field(default=None, ge=1, le=1_000_000_000)


router = APIRouter(tags=["results"], route_class=StrictRoute)


@router.patch(
    "/results/{timestamp}",
    operation_id="labelResult",
    summary="Label a result",
    responses={
        **answers(200, "The result with its new labels", SUMMARY),
        **problems(InvalidInput, NotFound, Conflict, changes=True),
    },
)
async def label_result(timestamp: TimestampPath, body: ResultChanges, services: Services) -> ResultSummary:
    """Change name, note, tags or star of a finished run; what is left out stays as it is."""
    return await services.storage.keeper.label(timestamp, body)


@router.post(
    "/results/{timestamp}/restore",
    operation_id="restoreResult",
    summary="Restore a deleted result",
    responses={
        **answers(200, "The result, back in its place", SUMMARY),
        **problems(InvalidInput, NotFound, Conflict, changes=True),
    },
)
async def restore_result(timestamp: TimestampPath, services: Services) -> ResultSummary:
    """Take a deleted result back out of the trash, under the name that it had."""
    return await services.storage.keeper.restore(timestamp)


@router.delete(
    "/trash/{timestamp}",
    operation_id="purgeResult",
    summary="Remove a result from the trash",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={204: {"description": "Gone for good, with its files"}, **problems(InvalidInput, NotFound, changes=True)},
)
async def purge_result(timestamp: TimestampPath, services: Services) -> None:
    """Remove a deleted result for good."""
    await services.storage.keeper.purge(timestamp)


@router.delete(
    "/trash",
    operation_id="emptyTrash",
    summary="Empty the trash",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={204: {"description": "Nothing lies in the trash any more"}, **problems(changes=True)},
)
async def empty_trash(services: Services) -> None:
    """Remove all deleted results for good, starred ones too."""
    await services.retention.empty_trash()


@router.get(
    "/retention",
    operation_id="previewRetention",
    summary="What would go",
    responses={**answers(200, "What would go by these rules", samples.PLAN), **problems(InvalidInput)},
)
async def preview_retention(query: Annotated[RetentionQuery, Query()], services: Services) -> RetentionPlan:
    """Return which results would go to the trash now: by the rules given, or by those of the settings."""
    given = RetentionRules.model_validate(query.model_dump(exclude_unset=True))
    return await services.retention.preview(given if given.model_fields_set else services.retention.rules)


@router.post(
    "/retention",
    operation_id="applyRetention",
    summary="Let go what the rules say",
    responses={**answers(200, "What has gone", samples.PLAN), **problems(InvalidInput, changes=True)},
)
async def apply_retention(body: RetentionRules, services: Services) -> RetentionPlan:
    """Move what goes by these rules to the trash, now; a rule that is left out says nothing."""
    return await services.retention.apply(body)


@router.get(
    "/reindex",
    operation_id="getReindex",
    summary="How far a reindex is",
    responses={**answers(200, "The latest one", samples.REINDEX), **problems()},
)
async def get_reindex(services: Services) -> ReindexReport:
    """Return what the latest look at all run directories has found so far."""
    return services.storage.reindexing.report


@router.post(
    "/reindex",
    operation_id="reindex",
    summary="Make the index anew from the run directories",
    status_code=status.HTTP_202_ACCEPTED,
    responses={**answers(202, "It has begun", samples.REINDEX), **problems(changes=True)},
)
async def reindex(services: Services) -> ReindexReport:
    """Begin to compare the index with all run directories, unless that is under way; the directories are right."""
    return services.storage.reindexing.begin()
