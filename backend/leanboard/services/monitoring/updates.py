"""What goes into the monitor and what comes out of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.models.events import LogLine
from leanboard.models.results import EquityPoint
from leanboard.models.run import BacktestProgress, Phase, Reason
from leanboard.storage.result_files import ResultState


class Source(StrEnum):
    """Where bytes come from."""

    LOG = "log"  # output/log.txt
    FRAMES = "frames"  # output/frames.ndjson
    STDOUT = "stdout"  # console/stdout.txt
    STDERR = "stderr"  # console/stderr.txt


class Intent(StrEnum):
    """What we ourselves asked of the run, durable before the signal."""

    NONE = "none"
    CANCEL = "cancel"  # somebody cancelled it
    TIME_LIMIT = "time_limit"  # its wall-clock limit was reached
    OUTPUT_LIMIT = "output_limit"  # it wrote more than the setting allows


@dataclass(frozen=True, slots=True)
class Update:
    """What is new after some bytes or some time; None, () and False say "nothing new".

    Attributes:
        phase: A later phase was reached; never goes back.
        progress: The whole progress; percent never goes back.
        equity: New points, oldest first.
        lines: New log records, oldest first, at most ``MAX_LINES``.
        skipped: Records that are left out of ``lines``: older than those in it.
        settle_hint: LEAN's log says that the results are on disk: look at the result file now. A hint, no more:
            a strategy can print such a line, so only a final result file settles a run.
        launched: LEAN has launched the strategy: an interrupt works from here on.
        interrupt_swallowed: LEAN said that it got an interrupt, but had not launched the strategy yet: it goes
            on. Send it again when ``launched`` comes.
        ready: The guest waits for its job.
    """

    phase: Phase | None = None
    progress: BacktestProgress | None = None
    equity: tuple[EquityPoint, ...] = ()
    lines: tuple[LogLine, ...] = ()
    skipped: int = 0
    settle_hint: bool = False
    launched: bool = False
    interrupt_swallowed: bool = False
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the outcome is resolved from, beside what the monitor saw itself.

    Attributes:
        exit: How the sandbox ended; None when nobody knows (it vanished, or was never made).
        intent: What we asked for before it ended.
        result: The result file as it is now.
        settled: We ended the sandbox ourselves because the result was final: the exit says nothing then.
        engine_problem: Text of the engine's error, when the sandbox could not be made or controlled.
        engine_reason: What kind of problem that is: ``build_failed`` and ``requirements_failed`` are the strategy's.
        problem_place: File and line of the strategy that it is about, where it names one.
        user_files: Base names of the strategy's own files, to tell its frames from libraries'; empty when unknown.
        limit: For people, the limit that was reached, such as "600 s" (``time_limit``, ``output_limit``).
    """

    exit: SandboxExit | None
    intent: Intent
    result: ResultState
    settled: bool = False
    engine_problem: str = ""
    engine_reason: Reason = Reason.ENGINE_ERROR
    problem_place: tuple[str, int] | None = None
    user_files: frozenset[str] = field(default_factory=frozenset)
    limit: str = ""
