"""LEAN's result files: a tolerant reader with strict types.

What LEAN writes changed often, and a run may end at any byte: everything is optional here, both casings of keys
are accepted, and nothing that a file holds makes a function raise. What is missing is None, never 0.

All functions block and may take a while on large files: call them in a thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from leanboard.models.results import EquityPoint
from leanboard.storage.equity_series import equity_points
from leanboard.storage.json_files import NotLoaded, ResultKind, load_object
from leanboard.storage.lean_json import day, integer, lookup, moment, section, text, texts

DEFAULT_LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AlgorithmConfiguration:
    """What LEAN ran with, after the strategy's own calls and the overrides.

    Attributes:
        start_date: First day, in the algorithm's zone; end_date the last one, inclusive.
        account_currency: Such as "USD".
    """

    name: str = ""
    account_currency: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    start_date: date | None = None
    end_date: date | None = None


@dataclass(frozen=True, slots=True)
class ResultState:
    """What a result file says about its run.

    Attributes:
        kind: Everything else is empty unless it is final or intermediate.
        problem: For torn and unreadable: why.
        status: LEAN's own word: Completed, RuntimeError, Running ...; "" in files from before 2023.
        runtime_error: LEAN's text; empty when there was no error.
        started_at: Wall clock, when LEAN began; ended_at when it was done.
        statistics: LEAN's names and text in LEAN's order; runtime likewise.
        total_orders: LEAN's count.
        data_requests: Data files asked for, from the newest data monitor report; None without one.
        lean_version: As LEAN writes it, such as "2.5.0.0".
        size: Of the file in bytes.
    """

    kind: ResultKind
    problem: str = ""
    status: str = ""
    runtime_error: str = ""
    stack_trace: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    statistics: Mapping[str, str] = field(default_factory=dict)
    runtime: Mapping[str, str] = field(default_factory=dict)
    total_orders: int | None = None
    configuration: AlgorithmConfiguration = field(default_factory=AlgorithmConfiguration)
    data_requests: int | None = None
    failed_data_requests: int | None = None
    lean_version: str = ""
    size: int = 0

    @property
    def is_final(self) -> bool:
        """Whether LEAN has finished with it."""
        return self.kind is ResultKind.FINAL

    @property
    def has_result(self) -> bool:
        """Whether there is something to show, if only of a part of the period."""
        return self.kind in (ResultKind.FINAL, ResultKind.INTERMEDIATE)


def read_result(folder: Path, algorithm_id: str, *, limit: int = DEFAULT_LIMIT) -> ResultState:
    """Read ``<id>.json`` of LEAN's results folder.

    Args:
        folder: LEAN's results folder, or a run directory.
        algorithm_id: What LEAN named its files after.
        limit: Bytes; a larger file is not loaded.

    Returns:
        Never raises: what cannot be read is said in ``kind`` and ``problem``.
    """
    return with_data_requests(_read_state(folder / f"{algorithm_id}.json", limit), folder, limit)


def read_summary(folder: Path, algorithm_id: str, *, limit: int = DEFAULT_LIMIT) -> ResultState:
    """Read the small ``<id>-summary.json`` where LEAN wrote one, else ``<id>.json``; for lists.

    A summary is written before the result: that it is final does not say that the run ended well.
    """
    state = _read_state(folder / f"{algorithm_id}-summary.json", limit)
    if not state.has_result:
        state = _read_state(folder / f"{algorithm_id}.json", limit)
    return with_data_requests(state, folder, limit)


def equity_curve(
    folder: Path,
    algorithm_id: str,
    *,
    points: int = 2000,
    limit: int = DEFAULT_LIMIT,
) -> tuple[EquityPoint, ...]:
    """Read the equity curve, thinned to about ``points`` points; both ends and the extremes are kept.

    Returns:
        Oldest first; empty when there is none or it cannot be read.
    """
    try:
        root, _ = load_object(folder / f"{algorithm_id}.json", limit)
    except NotLoaded:
        return ()
    return equity_points(root, points)


def _read_state(path: Path, limit: int) -> ResultState:
    try:
        root, stamp = load_object(path, limit)
    except NotLoaded as reason:
        return ResultState(reason.kind, reason.problem, size=reason.size)
    return state_of(root, stamp.size)


def state_of(root: Mapping[str, object], size: int) -> ResultState:
    """Return what a parsed result file says; the counts of data requests lie in another file."""
    state = section(root, "state")
    statistics = texts(section(root, "statistics"))
    ended = text(state, "EndTime")
    return ResultState(
        kind=ResultKind.FINAL if ended or _is_final_without_state(root) else ResultKind.INTERMEDIATE,
        status=text(state, "Status"),
        runtime_error=text(state, "RuntimeError"),
        stack_trace=text(state, "StackTrace"),
        started_at=moment(text(state, "StartTime")),
        ended_at=moment(ended),
        statistics=statistics,
        runtime=texts(section(root, "runtimeStatistics")),
        total_orders=_total_orders(texts(state), statistics),
        configuration=_configuration(section(root, "algorithmConfiguration")),
        lean_version=text(section(root, "serverStatistics"), "LEAN Version"),
        size=size,
    )


def _is_final_without_state(root: Mapping[str, object]) -> bool:
    """LEAN before 2023 wrote no state; only its last file has totalPerformance."""
    return lookup(root, "state") is None and bool(section(root, "totalPerformance"))


def _total_orders(state: Mapping[str, str], statistics: Mapping[str, str]) -> int | None:
    named = statistics.get("Total Orders") or statistics.get("Total Trades")  # the name before March 2024
    return integer(named if named is not None else state.get("OrderCount"))


def _configuration(raw: Mapping[str, object]) -> AlgorithmConfiguration:
    return AlgorithmConfiguration(
        name=text(raw, "name"),
        account_currency=text(raw, "accountCurrency"),
        parameters=texts(section(raw, "parameters")),
        start_date=day(text(raw, "startDate")),
        end_date=day(text(raw, "endDate")),
    )


def with_data_requests(state: ResultState, folder: Path, limit: int) -> ResultState:
    """Add the counts of the newest data monitor report, if there is one; a folder used twice has several."""
    try:
        newest = max(folder.glob("data-monitor-report-*.json"), default=None)
        report = texts(load_object(newest, limit)[0]) if newest else {}
    except (OSError, ValueError, NotLoaded):
        return state
    return replace(
        state,
        data_requests=integer(report.get("total-data-requests-count")),
        failed_data_requests=integer(report.get("failed-data-requests-count")),
    )
