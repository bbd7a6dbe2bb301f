"""The event stream of a run that is over: a page that opens late gets what one that watched has seen."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from leanboard.models.events import EndEvent, LogLine, ResultEvent, SnapshotEvent
from leanboard.models.run import BacktestRunInfo, Outcome
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.event_hub import SNAPSHOT_POINTS


async def finished_events(
    storage: BacktestStorage,
    run: BacktestRunInfo,
    now: Callable[[], datetime],
    *,
    reset: bool,
) -> AsyncIterator[str]:
    """Yield snapshot, result and end as JSON; all with seq 0, because nothing can be resumed from them.

    Args:
        storage: Has the result.
        run: It has ended.
        now: The wall clock, UTC.
        reset: The reader wanted to go on from an event that is no longer held.
    """
    result = await storage.result(run.timestamp, SNAPSHOT_POINTS)
    moment = now()
    yield SnapshotEvent(
        run_id=run.id,
        time=moment,
        reset=reset,
        run=result.run,
        progress=result.run.progress,
        equity=result.equity,
        log=tuple(LogLine(text=text) for text in result.log_tail),
        statistics=result.statistics,
    ).model_dump_json()
    yield ResultEvent(
        run_id=run.id,
        time=moment,
        timestamp=result.timestamp,
        statistics=result.statistics,
    ).model_dump_json()
    yield EndEvent(
        run_id=run.id,
        time=moment,
        run=result.run,
        outcome=Outcome(
            status=result.run.status,
            reason=result.run.reason,
            message=result.run.message,
            trace=result.trace,
            location=result.run.location,
            partial=result.run.partial,
            warnings=result.run.warnings,
        ),
    ).model_dump_json()
