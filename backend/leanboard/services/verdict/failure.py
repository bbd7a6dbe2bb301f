"""Why a run has no good result: the user's own line, its message, the simulated time, and what to do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from leanboard.models.run import BacktestStatus, Reason
from leanboard.models.severity import Severity
from leanboard.models.verdict import Finding, FindingCode
from leanboard.services.monitoring.log_parser import split_time
from leanboard.services.verdict.evidence import Evidence

MAX_TITLE = 300
LONG_TITLE = 120
MAX_EVIDENCE = 5
_END_OF_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")
_NO_CONTEXT = frozenset({"", "RuntimeError"})  # LEAN's own word for failures in initialize

_BEFORE_THE_SIMULATION: Final = (Reason.INIT_ERROR, Reason.BUILD_FAILED, Reason.REQUIREMENTS_FAILED)
_REMEDIES: Final = {
    Reason.CANCELLED_BY_USER: "Run it again for a whole result.",
    Reason.INIT_ERROR: "Correct the line and run it again; nothing was simulated yet.",
    Reason.RUNTIME_ERROR: "Correct the line and run it again.",
    Reason.UNSUPPORTED: "Run it with engine docker, or without what is named.",
    Reason.OUT_OF_MEMORY: "Ask for less data at a time (fewer symbols, coarser bars, a shorter history), or give the "
    "run more memory.",
    Reason.TIMED_OUT: "Give it more time (timeout), or simulate less: a shorter period, coarser bars, fewer symbols.",
    Reason.DISK_FULL: "Log and plot less, or free space and raise the limit.",
    Reason.CRASHED: "Its last words are in log.txt and console/stderr.txt.",
    Reason.LOST: "Run it again.",
    Reason.BUILD_FAILED: "Correct the line; the compiler's output is in console/build.txt.",
    Reason.REQUIREMENTS_FAILED: "Correct requirements.txt, or say where packages come from "
    "(LEANBOARD_REQUIREMENTS_ENV); pip's output is in console/install.txt.",
    Reason.ENGINE_ERROR: "leanboard doctor tries what a run needs and says what to do.",
    Reason.RESULT_UNREADABLE: "Run it again; the file is kept as it is.",
}


@dataclass(frozen=True, slots=True)
class _Advice:
    """What to do about an error that says a certain thing; LEAN's and Python's words."""

    mark: re.Pattern[str]
    remedy: str


_ADVICE: Final = tuple(
    _Advice(re.compile(mark), remedy)
    for mark, remedy in (
        (
            r"No module named",
            "The run's Python does not have this package: name it in requirements.txt, or do without.",
        ),
        (
            r"end date greater than start date",
            "The end lies before the start: correct set_start_date and set_end_date, or the dates of the run.",
        ),
        (r"start date less than today", "The start lies in the future: correct set_start_date."),
        (r"inherits from QCAlgorithm", "One class in the main file must derive from QCAlgorithm."),
        (r"KeyError|was not found in the collection", "Test first whether it is there: `if key in collection`."),
        (r"division by zero|divide by zero", "Test the divisor first."),
        (r"'NoneType' object", "Something is None there: often data that has no bar yet. Test it first."),
        (
            r"Operation timed out|took longer than|Operation was canceled",
            "One step took too long: no endless loops, less work at a time.",
        ),
        (
            r"Unable to locate exchange hours",
            "The data folder's market hours do not know this market: correct the market.",
        ),
        (
            r"Unable to locate symbol properties|market-hours-database",
            "leanboard data check says what the folder lacks.",
        ),
        (r"Error invoking .* data reader", "A row of a data file is none: correct that file."),
    )
)


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Return the reason of a run that failed or was cancelled; nothing for one that completed."""
    run = evidence.run
    if run.status is BacktestStatus.COMPLETED and not evidence.result.known:
        yield _without_result(evidence)
    if run.status is BacktestStatus.COMPLETED or run.reason is None:
        return
    title, *rest = _sentences(run.message) or [run.reason.value]
    remedy = _remedy(run.message, run.reason)
    cancelled = run.status is BacktestStatus.CANCELLED
    yield Finding(
        code=FindingCode(run.reason.value),
        severity=Severity.INFO if cancelled else Severity.ERROR,
        title=title[:MAX_TITLE],
        evidence=tuple(line for line in _evidence(evidence, rest) if line != remedy),
        remedy=remedy,
        location=run.location,
        source=evidence.code.failing_line or None,
        simulated_time=_simulated_time(evidence),
    )


def _without_result(evidence: Evidence) -> Finding:
    return Finding(
        code=FindingCode.RESULT_UNREADABLE,
        severity=Severity.ERROR,
        title="The run completed, but LEAN's result cannot be read any more",
        evidence=(evidence.problem[:MAX_TITLE],) if evidence.problem else (),
        remedy="Run it again, or put the file back.",
    )


def _sentences(message: str) -> list[str]:
    """The lines of a message; a long first line is cut into its sentences, so that a title stays short."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines or len(lines[0]) <= LONG_TITLE:
        return lines
    return [*_END_OF_SENTENCE.split(lines[0]), *lines[1:]]


def _evidence(evidence: Evidence, rest: list[str]) -> Iterator[str]:
    yield from (line[:MAX_TITLE] for line in rest[:MAX_EVIDENCE])
    if evidence.log.context not in _NO_CONTEXT:
        yield f"LEAN was in: {evidence.log.context}"
    if evidence.run.partial:
        orders = evidence.result.orders
        yield f"what LEAN had until then is kept: {orders} order{'' if orders == 1 else 's'}"


def _remedy(message: str, reason: Reason) -> str:
    return next((item.remedy for item in _ADVICE if item.mark.search(message)), _REMEDIES[reason])


def _simulated_time(evidence: Evidence) -> str | None:
    """The clock of the error itself, else how far the run had come; none before the simulation began."""
    if evidence.run.reason in _BEFORE_THE_SIMULATION or not evidence.log.launched:
        return None
    stamped, _ = split_time(evidence.result.error)
    progress = evidence.run.progress
    return stamped or evidence.log.latest or (progress.simulated_time if progress else None) or None
