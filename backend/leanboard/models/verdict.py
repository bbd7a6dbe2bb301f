"""Why a run is as it is: findings with evidence and what to do about them, the most important first."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from leanboard.models.base import Frozen
from leanboard.models.run import BacktestStatus, CodeLocation, Timestamp
from leanboard.models.severity import Severity

MAX_FINDINGS = 8


class FindingCode(StrEnum):
    """Kinds of findings, in the order in which they are shown within a severity.

    docs/reference/findings.md explains each with an example.
    """

    # Why there is no good result: the words of Reason.
    INIT_ERROR = "init_error"
    RUNTIME_ERROR = "runtime_error"
    UNSUPPORTED = "unsupported"
    BUILD_FAILED = "build_failed"
    REQUIREMENTS_FAILED = "requirements_failed"
    OUT_OF_MEMORY = "out_of_memory"
    TIMED_OUT = "timed_out"
    DISK_FULL = "disk_full"
    CRASHED = "crashed"
    LOST = "lost"
    ENGINE_ERROR = "engine_error"
    RESULT_UNREADABLE = "result_unreadable"
    CANCELLED_BY_USER = "cancelled_by_user"
    # Why nothing was traded.
    WARM_UP_UNFINISHED = "warm_up_unfinished"  # the run ended while LEAN was warming up
    NO_SUBSCRIPTION = "no_subscription"  # the strategy asked for no market data
    UNIVERSE_WITHOUT_DATA = "universe_without_data"  # its universe had no files to select from
    NO_DATA = "no_data"  # a security has no data in the run's period
    UNIVERSE_EMPTY = "universe_empty"  # its universe selected nothing
    ORDERS_REFUSED = "orders_refused"  # LEAN refused orders before they existed
    ORDERS_INVALID = "orders_invalid"  # LEAN or the brokerage model refused orders
    ORDERS_UNFILLED = "orders_unfilled"  # no order was filled
    INSIGHTS_WITHOUT_ORDERS = "insights_without_orders"
    INDICATORS_NOT_READY = "indicators_not_ready"  # an indicator needs more bars than the run has
    NEVER_ORDERS = "never_orders"  # the code has no call that orders
    NEVER_ORDERED = "never_ordered"  # it has, and none of them was reached
    # What makes a result other than its reader would think.
    WIPED_OUT = "wiped_out"  # the portfolio's value was zero or less
    ENDED_EARLY = "ended_early"  # the strategy called quit()
    MARGIN_CALLS = "margin_calls"
    PARAMETER_UNFIT = "parameter_unfit"  # a parameter's text is not of the type that the strategy reads
    NOT_APPLIED = "not_applied"  # a field of the request had no effect
    DATES_OUTSIDE_DATA = "dates_outside_data"  # data begins after, or ends before, the run's period
    DATA_GAPS = "data_gaps"  # days without data inside the period
    HISTORY_MISSING = "history_missing"  # no data before the start, for warm-up or history
    FILES_MISSING = "files_missing"  # other files that LEAN looked for
    BENCHMARK_MISSING = "benchmark_missing"  # the benchmark is zero throughout: so are alpha and beta
    SHORT_PERIOD = "short_period"  # too few daily values for statistics
    RUN_WARNING = "run_warning"  # what was noticed when the run ended
    POSITIONS_OPEN = "positions_open"  # nothing was ever closed: no trade to count
    SIMULATED_DATA = "simulated_data"
    LEAN_ANALYSIS = "lean_analysis"  # what LEAN's own analysis says
    LEAN_MESSAGE = "lean_message"  # what LEAN told the strategy's log


class Finding(Frozen):
    """One thing to know about a run.

    Attributes:
        title: What it is, one sentence.
        evidence: What it was concluded from; for a failure the line of code and where in simulated time it was.
        remedy: What to do; empty where nothing is to be done.
        symbol: The ticker that it is about.
        first_date: First day that it is about.
        last_date: The last one.
        location: The line of the user's code that it is about.
        source: That line's text.
        simulated_time: The algorithm's clock when it happened, in the algorithm's zone, as LEAN writes it.
    """

    code: FindingCode
    severity: Severity
    title: str
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    symbol: str | None = None
    first_date: date | None = None
    last_date: date | None = None
    location: CodeLocation | None = None
    source: str | None = None
    simulated_time: str | None = None


class Verdict(Frozen):
    """The findings about one run.

    Attributes:
        trades: Whether any order was filled; null where that is not known.
        findings: By severity, then in the order of FindingCode.
        omitted: How many more there are.
        problem: What could not be looked at; empty when everything was.
    """

    timestamp: Timestamp
    status: BacktestStatus
    trades: bool | None = None
    findings: tuple[Finding, ...] = Field(default=(), max_length=MAX_FINDINGS)
    omitted: int = Field(default=0, ge=0)
    problem: str = ""
