"""Committed results as the index takes them over, and what a list says of them."""

from datetime import timedelta

from leanboard.models.results import BacktestStatistics, DataProvenance
from leanboard.models.run import BacktestStatus, Phase
from leanboard.storage.queries import CommittedResult
from leanboard.storage.result_list import ResultList
from leanboard.storage.result_query import ResultQuery
from storage.homes import NOON, make_request, make_run

NOTHING = BacktestStatistics()


def committed(
    number: int,
    statistics: BacktestStatistics = NOTHING,
    data: DataProvenance | None = None,
    size: int | None = None,
    **changes: object,
) -> CommittedResult:
    """A result whose run took as many seconds as its number says."""
    run = make_run(
        number,
        **{
            "timestamp": f"2026-01-31_12-00-00-{number}",
            "status": BacktestStatus.COMPLETED,
            "phase": Phase.ENDED,
            "started_at": NOON,
            "finished_at": NOON + timedelta(seconds=number),
            **changes,
        },
    )
    request = make_request(strategy_name=run.strategy_name)
    return CommittedResult(run, request, statistics, data or DataProvenance(), size)


async def ids(results: ResultList, **query: object) -> list[int]:
    page = await results.page(ResultQuery.model_validate(query))
    return [int(item.run.id, 16) for item in page.items]
