"""Rows of the index as models, and back. The only place that knows how a value is stored."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from leanboard.errors import StorageError
from leanboard.models.base import Frozen
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestStatistics, DataProvenance, ResultSummary
from leanboard.models.run import BacktestRunInfo
from leanboard.storage.queries import RunChanges
from leanboard.storage.stored_request import request_of, request_text
from leanboard.storage.tables import RESULT, RUN

Values = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_STORED = {*BacktestRunInfo.model_fields} - {"queue"}  # the queue's answer changes all the time and is never stored
_OWN_COLUMNS = tuple(column for column in RUN.c if column.name in _STORED)
INFO_COLUMNS = (*_OWN_COLUMNS, RUN.c.request)  # the request knows which run this one repeats
SUMMARY_COLUMNS = (*INFO_COLUMNS, RUN.c.statistics, RUN.c.data, RESULT.c.size, RESULT.c.trashed_at)


def microseconds(moment: datetime | None) -> int | None:
    """Return a time as it is stored."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def moment(stored: int | None) -> datetime | None:
    """Return a stored time."""
    return None if stored is None else _EPOCH + stored * _MICROSECOND


def plain(text: str) -> str:
    """Return a text as it can be stored: PostgreSQL's holds no NUL, and nobody misses it."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _json(value: Frozen | None) -> str | None:
    return None if value is None else value.model_dump_json(exclude_defaults=True)


def _strings(values: tuple[str, ...]) -> str:
    return json.dumps(values)


def row_of_run(run: BacktestRunInfo) -> Values:
    """Return the values of all columns that a run's info fills."""
    return {
        "id": run.id,
        "timestamp": run.timestamp,
        "status": run.status.value,
        "engine": run.engine.value,
        "strategy_name": plain(run.strategy_name),
        **row_of_labels(run),
        "created_at": microseconds(run.created_at),
        "cancel_requested_at": microseconds(run.cancel_requested_at),
        "attempt": run.attempt,
        **_changeable(run),
    }


def row_of_labels(run: BacktestRunInfo) -> Values:
    """Return the values of the columns that a person's changes of a finished run touch."""
    return {"name": plain(run.name), "note": plain(run.note), "tags": _strings(run.tags), "starred": run.starred}


def tags_of(run: BacktestRunInfo) -> tuple[str, ...]:
    """Return the run's tags as rows of their own."""
    return tuple(sorted({plain(tag) for tag in run.tags}))


def _changeable(run: BacktestRunInfo | RunChanges) -> Values:
    return {
        "phase": None if run.phase is None else run.phase.value,
        "reason": None if run.reason is None else run.reason.value,
        "message": plain(run.message),
        "location": _json(run.location),
        "warnings": _strings(run.warnings),
        "partial": run.partial,
        "started_at": microseconds(run.started_at),
        "finished_at": microseconds(run.finished_at),
        "progress": _json(run.progress),
        "attempt": run.attempt,
    }


def row_of_changes(changes: RunChanges) -> Values:
    """Return the values of the columns that were named in ``changes``."""
    named = changes.model_fields_set
    return {name: value for name, value in _changeable(changes).items() if name in named}


def row_of_result(statistics: BacktestStatistics, data: DataProvenance) -> Values:
    """Return the values of the columns that a committed result fills beside the run's info."""
    return {"committed": True, "statistics": _json(statistics), "data": _json(data)}


def run_of(row: Mapping[Any, Any]) -> BacktestRunInfo:
    """Return the run of a row.

    Raises:
        StorageError: The row holds something that no version of ours writes.
    """
    try:
        return BacktestRunInfo.model_validate(
            {
                **{name: row[name] for name in _COPIED},
                **{name: moment(row[name]) for name in _TIMES},
                **{name: None if row[name] is None else json.loads(row[name]) for name in _OBJECTS},
                **_relations(row["request"]),
            }
        )
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        msg = f"the index holds an unreadable row for run {str(row['id'])[:40]!r}: {error}"
        raise StorageError(msg) from error


def _relations(request: str) -> Values:
    """Look into the request, most of which name no other run and no batch, and need not be read for that."""
    if not any(f'"{name}"' in request for name in _RELATIONS):
        return {}
    asked = json.loads(request)
    return {name: asked.get(name) for name in _RELATIONS}


_RELATIONS = ("rerun_of", "batch")
_TIMES = ("created_at", "started_at", "finished_at", "cancel_requested_at")
_OBJECTS = ("tags", "warnings", "location", "progress")
_COPIED = tuple(column.name for column in _OWN_COLUMNS if column.name not in {*_TIMES, *_OBJECTS})


def summary_of(row: Mapping[Any, Any]) -> ResultSummary:
    """Return a row of the list of results.

    Raises:
        StorageError: As :func:`run_of`.
    """
    run = run_of(row)
    try:
        return ResultSummary(
            timestamp=run.timestamp,
            run=run,
            statistics=statistics_of(row),
            data=DataProvenance.model_validate_json(row["data"] or "{}"),
            size=row["size"],
            trashed_at=moment(row["trashed_at"]),
        )
    except (ValidationError, TypeError) as error:
        raise _unreadable_result(run.id, error) from error


def statistics_of(row: Mapping[Any, Any]) -> BacktestStatistics:
    """Return LEAN's statistics of a row; empty for a run that has none.

    Raises:
        StorageError: As :func:`run_of`.
    """
    try:
        return BacktestStatistics.model_validate_json(row["statistics"] or "{}")
    except (ValidationError, TypeError) as error:
        raise _unreadable_result(row["id"], error) from error


def _unreadable_result(run_id: str, error: Exception) -> StorageError:
    return StorageError(f"the index holds an unreadable result for run {run_id}: {error}")


def request_of_row(run_id: str, stored: str) -> BacktestRequest:
    """Return what was asked for.

    Raises:
        StorageError: As :func:`run_of`.
    """
    try:
        return request_of(stored)
    except (ValidationError, ValueError, TypeError) as error:
        msg = f"the index holds an unreadable request for run {run_id}: {error}"
        raise StorageError(msg) from error


def row_of_request(request: BacktestRequest) -> Values:
    """Return the values of the columns that the request fills."""
    return {"request": request_text(request), "batch_id": None if request.batch is None else request.batch.id}
