"""Why there is no final result: the process was killed, crashed, could not write, or never ran the strategy."""

from dataclasses import dataclass

from leanboard.engines.sandbox_exit import LossCause
from leanboard.models.run import BacktestStatus, Outcome, Reason
from leanboard.services.monitoring.facts import Facts
from leanboard.services.monitoring.updates import Evidence
from leanboard.storage.json_files import ResultKind

_SIGNALS = {
    129: "SIGHUP",
    130: "SIGINT",
    131: "SIGQUIT",
    137: "SIGKILL",
    143: "SIGTERM",
}
_FULL = ("No space left on device", "the disk was full", "Disk quota exceeded")
_UNWRITABLE = ("Read-only file system", "UnauthorizedAccessException", "is denied", "Permission denied")


@dataclass(frozen=True, slots=True)
class _Cause:
    """A text that names a cause: ``marks`` are looked for in what the process said when it died."""

    marks: tuple[str, ...]
    reason: Reason
    message: str


_CAUSES = (
    _Cause(
        _FULL,
        Reason.DISK_FULL,
        "The disk is full: LEAN could not write its result. Free some space (old results are under "
        "LEANBOARD_HOME/results) and run it again.",
    ),
    _Cause(
        _UNWRITABLE,
        Reason.ENGINE_ERROR,
        "LEAN may not write into its results folder, so there is no result. Check that LEANBOARD_HOME lies on a "
        "writable disk and belongs to the user that the engine runs as.",
    ),
    _Cause(
        ("JsonReaderException", "JSONDecodeError"),
        Reason.ENGINE_ERROR,
        "LEAN could not read its config.json.",
    ),
    _Cause(
        ("Unable to find py file", "Could not find file", "FileNotFoundException", "DirectoryNotFoundException"),
        Reason.ENGINE_ERROR,
        "LEAN did not find a file that it was told to run. Check that the strategy's main file is there and reaches "
        "the sandbox.",
    ),
    _Cause(
        ("Unable to locate any exports matching",),
        Reason.ENGINE_ERROR,
        "LEAN's configuration names a part that this build of LEAN does not have. Check that image and "
        "configuration fit.",
    ),
    _Cause(
        ("out of memory", "Out of memory", "OutOfMemoryException", "MemoryError", "pthread_create failed"),
        Reason.OUT_OF_MEMORY,
        "The run's process died because it got no more memory or threads. Raise LEANBOARD_MEMORY.",
    ),
)


def without_result(evidence: Evidence, facts: Facts) -> Outcome:
    """Tell the causes apart; ``evidence.result`` is not final and nobody asked for the end."""
    if facts.build_failed:
        return _failed(Reason.BUILD_FAILED, "The project did not compile; see the log.", evidence, facts)
    said = "\n".join((*facts.crash, facts.store_failed, facts.write_error))
    for cause in _CAUSES:
        if any(mark in said for mark in cause.marks):
            return _failed(cause.reason, f"{cause.message}{_last_words(facts)}", evidence, facts)
    return _by_exit(evidence, facts)


_LOSSES = {
    LossCause.ENGINE_RESTART: "the container engine died or was restarted, and took the run along",
    LossCause.EXTERNAL_KILL: "somebody outside ended the run's container",
    LossCause.CONTAINER_MISSING: "somebody removed the run's container",
    LossCause.MACHINE_MEMORY: "the machine had no memory left",
}


def _by_exit(evidence: Evidence, facts: Facts) -> Outcome:
    if evidence.exit is not None and evidence.exit.lost is not None:
        cause = evidence.exit.lost
        code = evidence.exit.exit_code
        how = f" (exit code {code})" if code is not None else ""
        message = f"Lost ({cause.value}): {_LOSSES[cause]}{how}. What LEAN had written is kept. Run it again."
        return _failed(Reason.LOST, message, evidence, facts)
    if evidence.exit is not None and evidence.exit.incomplete:
        message = f"What the run left could not be brought back from its container: {evidence.exit.incomplete}."
        return _failed(Reason.ENGINE_ERROR, message, evidence, facts)
    code = evidence.exit.exit_code if evidence.exit else None
    if code is None:
        detail = f": {evidence.exit.detail}" if evidence.exit and evidence.exit.detail else ""
        return _failed(
            Reason.LOST, f"The run's sandbox vanished, and nobody knows how it ended{detail}.", evidence, facts
        )
    if signal := _SIGNALS.get(code):
        message = (
            f"Somebody outside ended the run's process with {signal} (exit code {code}): a person, the system, "
            "or a restart of the machine or of its container engine. Run it again."
        )
        return _failed(Reason.LOST, message, evidence, facts)
    broken = evidence.result.kind in (ResultKind.UNREADABLE, ResultKind.TORN)
    if broken and (facts.posted or code in (0, 1)):
        message = f"LEAN ended, but its result cannot be read: {evidence.result.problem}. The file is kept as it is."
        return _failed(Reason.RESULT_UNREADABLE, message, evidence, facts)
    return _failed(Reason.CRASHED, f"{_crash(code, facts)}{_last_words(facts)}", evidence, facts)


def _crash(code: int, facts: Facts) -> str:
    if code == 0:
        return "LEAN's process ended as if all was well (exit code 0), but left no final result."
    names = {132: "SIGILL", 134: "SIGABRT", 135: "SIGBUS", 136: "SIGFPE", 139: "SIGSEGV"}
    how = f"{names[code]}, exit code {code}" if code in names else f"exit code {code}"
    when = "" if facts.version else " before it had begun"
    return f"LEAN's process crashed{when} ({how}) and left no final result."


def _last_words(facts: Facts) -> str:
    if facts.crash:
        words = next((line for line in reversed(facts.crash) if line[:1].strip()), facts.crash[0])
        if words.startswith("   at "):
            words = facts.crash[0]
        return f" It said: {words.removeprefix('Unhandled exception. ')}"
    words = facts.store_failed or facts.write_error
    return f" It said: {words.partition(chr(10))[0]}" if words else ""


def _failed(reason: Reason, message: str, evidence: Evidence, facts: Facts) -> Outcome:
    return Outcome(
        status=BacktestStatus.FAILED,
        reason=reason,
        message=message,
        trace="\n".join(facts.crash),
        partial=evidence.result.has_result,
    )
