"""What lists filter and sort by, taken out of a committed result: one narrow row beside the run's wide one."""

import math
import unicodedata
from decimal import Decimal

from leanboard.models.run import BacktestRunInfo
from leanboard.storage.queries import CommittedResult
from leanboard.storage.run_rows import Values, microseconds, plain
from leanboard.storage.tables import STATISTICS

_LARGEST_INTEGER = 2**63 - 1
_MAX_NAME = 200
_MAX_MESSAGE = 2000  # characters of an error's message that can be searched


def facts_of(result: CommittedResult) -> Values:
    """Return the row of a committed result; every statistic becomes a column."""
    run = result.run
    return {
        "run_id": run.id,
        "created_at": microseconds(run.created_at),
        "finished_at": microseconds(run.finished_at),
        "duration": run.duration.total_seconds() if run.duration is not None else None,
        "status": run.status.value,
        "reason": run.reason.value if run.reason is not None else None,
        "engine": run.engine.value,
        "strategy_name": plain(run.strategy_name)[:_MAX_NAME],
        "data_kind": result.data.kind,
        "partial": run.partial,
        "trashed_at": microseconds(result.trashed_at),
        "labelled": result.labelled,
        "size": _storable(result.size),
        "fingerprint": result.fingerprint,
        **{name: _storable(getattr(result.statistics, name)) for name in STATISTICS},
        **labels_of(run),
    }


def labels_of(run: BacktestRunInfo) -> Values:
    """Return the values that a person's changes of a finished run touch."""
    return {"starred": run.starred, "text": searchable(run)}


def searchable(run: BacktestRunInfo) -> str:
    """Return what a search for words looks at."""
    parts = (run.name, run.note, *run.tags, run.strategy_name, run.message[:_MAX_MESSAGE])
    return folded("\n".join(parts))


def folded(text: str) -> str:
    """Return a text in the form in which two spellings of the same are equal."""
    return plain(unicodedata.normalize("NFKC", text).casefold())


def _storable(value: float | Decimal | str | None) -> float | int | str | None:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Decimal | float):
        number = float(value)
        return number if math.isfinite(number) else None
    return value if value is None or abs(value) <= _LARGEST_INTEGER else None
