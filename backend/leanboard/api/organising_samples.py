"""Values shown in the documentation of how finished runs are put in order."""

from datetime import timedelta

from leanboard.api.samples import ACCEPTED_AT, TIMESTAMP
from leanboard.models.organising import (
    ReindexReport,
    ReindexState,
    RetentionCause,
    RetentionItem,
    RetentionPlan,
    RetentionRules,
)

PLAN = RetentionPlan(
    rules=RetentionRules(keep_days=90, keep_runs=10_000),
    items=(
        RetentionItem(
            timestamp=TIMESTAMP,
            finished_at=ACCEPTED_AT + timedelta(seconds=3),
            size=43_008,
            cause=RetentionCause.AGE,
        ),
    ),
    total=1,
    size=43_008,
)
REINDEX = ReindexReport(
    state=ReindexState.RUNNING,
    started_at=ACCEPTED_AT,
    total=10_000,
    done=4_500,
    refreshed=2,
    unreadable=1,
)
