"""What earlier runs took, for telling what others will take."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from leanboard.models.run import BacktestStatus, EngineName
from leanboard.storage.database import Database
from leanboard.storage.tables import RESULT, RUN

LATEST = 30  # runs of one strategy on one engine that are looked at


@dataclass(frozen=True, slots=True)
class PastRun:
    """What a run took.

    Attributes:
        seconds: Of wall-clock time, from start to end.
        size: Bytes of its files; None when an earlier version stored it.
        days: Simulated, as the request asked for; None where that left an end to the strategy.
    """

    seconds: float
    size: int | None
    days: int | None


PastRunsByKind = Mapping[tuple[str, EngineName], tuple[PastRun, ...]]
"""The latest runs by strategy and engine; without those that there are none of."""


class PastRuns:
    """Reads the index.

    Args:
        database: Open while this is used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, strategies: Collection[str]) -> PastRunsByKind:
        """Return the latest completed runs of some strategies that are in the list of results.

        Raises:
            StorageError: The database refused.
        """
        kinds = (RESULT.c.strategy_name, RESULT.c.engine)
        rank = func.row_number().over(partition_by=kinds, order_by=RESULT.c.created_at.desc()).label("rank")
        found = select(RESULT.c.run_id, rank).where(*_completed(strategies)).subquery()
        query = (
            select(*kinds, RESULT.c.duration, RESULT.c.size, RUN.c.request)
            .join_from(RESULT, RUN)
            .join(found, found.c.run_id == RESULT.c.run_id)
            .where(found.c.rank <= LATEST)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        past: dict[tuple[str, EngineName], list[PastRun]] = defaultdict(list)
        for row in rows:
            past[row.strategy_name, EngineName(row.engine)].append(PastRun(row.duration, row.size, _days(row.request)))
        return {kind: tuple(runs) for kind, runs in past.items()}


def _completed(strategies: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        RESULT.c.strategy_name.in_(strategies),
        RESULT.c.status == BacktestStatus.COMPLETED.value,
        RESULT.c.duration.is_not(None),
        RESULT.c.trashed_at.is_(None),
    )


def _days(request: str) -> int | None:
    asked: dict[str, Any] = json.loads(request)
    try:
        return days_between(date.fromisoformat(asked["start_date"]), date.fromisoformat(asked["end_date"]))
    except (KeyError, ValueError, TypeError):
        return None


def days_between(start: date | None, end: date | None) -> int | None:
    """Return the days from the first to the last, both included; None where one of them is not known."""
    return None if start is None or end is None else (end - start).days + 1
