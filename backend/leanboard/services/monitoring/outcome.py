"""How a run ended, from the evidence; the order of the questions is the contract (2.7).

1. Did an engine fail, or LEAN run something else than asked? 2. Did memory end it? 3. Did we ask for the end?
4. Is there a final result? 5. If not: what killed the process, or kept LEAN from writing?
The result outranks the exit code, and no line of a log outranks the result.
"""

from leanboard.engines.sandbox_exit import LossCause
from leanboard.models.run import BacktestStatus, CodeLocation, Outcome, Reason
from leanboard.services.monitoring.error_text import ErrorText, readable
from leanboard.services.monitoring.facts import Facts
from leanboard.services.monitoring.missing_result import without_result
from leanboard.services.monitoring.updates import Evidence, Intent
from leanboard.services.monitoring.warnings import warnings_of

UNSUPPORTED = "is not supported by the embedded engine"
_INIT_PHRASES = ("During the algorithm initialization", "Algorithm.Initialize() Error:")
_OUT_OF_MEMORY = ("OutOfMemoryException", "MemoryError")
_CANCELED = "Operation was canceled"


def resolve(evidence: Evidence, facts: Facts) -> Outcome:
    """Say how the run ended; pure, and the same for the same evidence and facts."""
    outcome = _not_the_strategy(evidence, facts) or _from_outside(evidence, facts)
    if outcome is not None:
        return outcome
    return _from_result(evidence, facts) if evidence.result.is_final else without_result(evidence, facts)


def _not_the_strategy(evidence: Evidence, facts: Facts) -> Outcome | None:
    """The sandbox could not be made, or LEAN ran something else."""
    if evidence.engine_problem and evidence.intent is Intent.NONE and not evidence.result.is_final:
        return _not_made(evidence)
    if facts.bad_config:
        return _failed(
            Reason.ENGINE_ERROR,
            f"LEAN did not find its configuration and ran something else instead: {facts.bad_config}. "
            "Nothing of this run's result is the strategy's. Check how config.json reaches the sandbox.",
        )
    return None


def _not_made(evidence: Evidence) -> Outcome:
    place = evidence.problem_place
    return Outcome(
        status=BacktestStatus.FAILED,
        reason=evidence.engine_reason,
        message=evidence.engine_problem,
        location=CodeLocation(file=place[0], line=place[1]) if place else None,
    )


def _from_outside(evidence: Evidence, facts: Facts) -> Outcome | None:
    """A limit or a wish ended it. A good result outranks the memory flag, which any child process can set."""
    exit_, good = evidence.exit, _is_good(evidence)
    if exit_ is not None and exit_.out_of_memory and not good:
        return _killed_for_memory(evidence)
    if evidence.intent is not Intent.NONE:
        return _asked_for(evidence, facts)
    if exit_ is not None and exit_.lost is LossCause.MACHINE_MEMORY and not good:
        return _lost_to_others(evidence)
    if exit_ is not None and exit_.cpu_exhausted and not good:
        return _limit(evidence, Reason.TIMED_OUT, "The run used up its CPU time", facts)
    return None


def _is_good(evidence: Evidence) -> bool:
    """A final result without an error in it."""
    result = evidence.result
    return result.is_final and not result.runtime_error and result.status != "RuntimeError"


def _from_result(evidence: Evidence, facts: Facts) -> Outcome:
    result = evidence.result
    text = result.runtime_error or (_told_error(facts) if not result.status else "")
    if facts.interrupted and _CANCELED in text:
        return _interrupted(evidence, facts)
    if text or result.status == "RuntimeError":
        return _error(text or "LEAN reports a runtime error without a text.", evidence, facts)
    if facts.cut_short:
        return _interrupted(evidence, facts)
    return Outcome(status=BacktestStatus.COMPLETED, warnings=warnings_of(evidence, facts))


def _interrupted(evidence: Evidence, facts: Facts) -> Outcome:
    """SIGINT that we did not send: LEAN ends well, with a result of a part of the period, and exit code 0."""
    cause = (evidence.exit.lost if evidence.exit else None) or LossCause.EXTERNAL_KILL
    who = "the container engine was stopped" if cause is LossCause.ENGINE_RESTART else "somebody outside stopped LEAN"
    where = f" at {facts.latest} of its own time" if facts.latest else ""
    return _failed(
        Reason.LOST,
        f"Lost ({cause.value}): {who} (SIGINT, as docker stop sends it){where}. "
        "What LEAN had written until then is kept. Run it again.",
        partial=True,
    )


def _told_error(facts: Facts) -> str:
    """For results of LEAN before 2023, which do not say how the run ended: what the log said."""
    return facts.initialization_error or facts.runtime_error


def _error(text: str, evidence: Evidence, facts: Facts) -> Outcome:
    error = readable(text, evidence.user_files)
    if UNSUPPORTED in error.message:
        return _failed(Reason.UNSUPPORTED, error.message, error)
    if any(word in error.message for word in _OUT_OF_MEMORY):
        message = f"The strategy needed more memory than the run may use, and its engine stopped it: {error.message}"
        return _failed(Reason.OUT_OF_MEMORY, message, error)
    if not facts.launched or any(phrase in text for phrase in _INIT_PHRASES):
        return _failed(Reason.INIT_ERROR, error.message, error)
    return _failed(Reason.RUNTIME_ERROR, error.message, error)


def _killed_for_memory(evidence: Evidence) -> Outcome:
    message = (
        f"The run was killed because it needed more memory than it may use{_memory(evidence)}. "
        "Ask for less data at a time, or raise LEANBOARD_MEMORY."
    )
    partial = evidence.result.has_result
    if not evidence.result.runtime_error:
        return _failed(Reason.OUT_OF_MEMORY, message, partial=partial)
    error = readable(evidence.result.runtime_error, evidence.user_files)
    return _failed(Reason.OUT_OF_MEMORY, f"{message} LEAN's last words: {error.message}", error, partial=partial)


def _lost_to_others(evidence: Evidence) -> Outcome:
    """The kernel took memory back from this run because all together had used up the machine's."""
    message = (
        f"Lost ({LossCause.MACHINE_MEMORY.value}): the machine had no memory left, and its kernel killed the run, "
        f"which was within its own limit{_memory(evidence)}. Run it again, with fewer beside it "
        "(LEANBOARD_MAX_RUNNING) or less memory for each (LEANBOARD_MEMORY)."
    )
    return _failed(Reason.LOST, message, partial=evidence.result.has_result)


def _memory(evidence: Evidence) -> str:
    limit = evidence.exit.memory_limit if evidence.exit else None
    if evidence.exit is None or limit is None:
        return ""
    peak = evidence.exit.memory_peak
    used = f", peak {peak >> 20} MB" if peak is not None else ""
    return f" (limit {limit >> 20} MB{used})"


def _asked_for(evidence: Evidence, facts: Facts) -> Outcome:
    """We ended it: what LEAN had written until then is a part of the result."""
    if evidence.intent is Intent.TIME_LIMIT:
        return _limit(evidence, Reason.TIMED_OUT, "The run reached its time limit", facts)
    if evidence.intent is Intent.OUTPUT_LIMIT:
        return _limit(evidence, Reason.DISK_FULL, "The run wrote more than it may write", facts)
    kept = evidence.result.has_result
    return Outcome(
        status=BacktestStatus.CANCELLED,
        reason=Reason.CANCELLED_BY_USER,
        message="Cancelled; what LEAN had written is kept." if kept else "Cancelled before there was a result.",
        partial=kept,
        warnings=_own_error(evidence),
    )


def _limit(evidence: Evidence, reason: Reason, what: str, facts: Facts) -> Outcome:
    limit = f" of {evidence.limit}" if evidence.limit else ""
    kept = evidence.result.has_result
    where = f" at {facts.latest} of its own time" if facts.latest else ""
    rest = "What LEAN had written is kept." if kept else "There is no result."
    text = evidence.result.runtime_error
    stuck = readable(text, evidence.user_files) if text and _CANCELED in text else None  # says in which line
    return _failed(reason, f"{what}{limit}{where}. {rest}", stuck, partial=kept, warnings=_own_error(evidence))


def _own_error(evidence: Evidence) -> tuple[str, ...]:
    """An error of the strategy's own that came before the end we asked for."""
    text = evidence.result.runtime_error
    if not text or _CANCELED in text:
        return ()
    return (f"The strategy had failed by itself: {readable(text, evidence.user_files).message}",)


def _failed(
    reason: Reason,
    message: str,
    error: ErrorText | None = None,
    *,
    partial: bool = False,
    warnings: tuple[str, ...] = (),
) -> Outcome:
    return Outcome(
        status=BacktestStatus.FAILED,
        reason=reason,
        message=message,
        trace=error.trace if error else "",
        location=error.location if error else None,
        partial=partial,
        warnings=warnings,
    )
