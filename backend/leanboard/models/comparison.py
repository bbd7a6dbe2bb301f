"""Finished runs side by side. Runs are named by their timestamps; lists of values are in the order of the runs."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.results import DataProvenance, EquityPoint, Versions
from leanboard.models.run import REFERENCE_PATTERN, BacktestRunInfo, RunReference, Timestamp

MIN_RUNS = 2
MAX_RUNS = 20
_REFERENCE = REFERENCE_PATTERN.removeprefix("^").removesuffix("$")
SEVERAL_PATTERN = rf"^{_REFERENCE}(,{_REFERENCE}){{{MIN_RUNS - 1},{MAX_RUNS - 1}}}$"


def _different(text: str) -> str:
    names = text.split(",")
    if len(set(names)) != len(names):
        msg = "a run is named twice"
        raise ValueError(msg)
    return text


class CompareQuery(Frozen):
    """Which runs, and against which of them."""

    runs: Annotated[str, Field(pattern=SEVERAL_PATTERN), AfterValidator(_different)] = Field(
        description="2 to 20 ids or names of results, with commas between",
        examples=["2026-01-31_12-00-00,2026-01-31_12-10-00"],
    )
    baseline: RunReference | None = Field(
        default=None, description="The run that others are compared with, one of `runs`; the first if left out"
    )
    points: int = Field(
        default=500, ge=4, le=20_000, description="At most as many points of each curve; ends and extremes are kept"
    )

    @property
    def references(self) -> tuple[str, ...]:
        """The runs, in their order."""
        return tuple(self.runs.split(","))


class StatisticKind(StrEnum):
    """What a statistic's text says."""

    RATE = "rate"  # a fraction: 0.0169 for 1.69 %
    NUMBER = "number"
    MONEY = "money"  # account currency
    COUNT = "count"
    DAYS = "days"
    TEXT = "text"


class Better(StrEnum):
    """Which way a statistic is better, all else being equal."""

    HIGHER = "higher"
    LOWER = "lower"


class StatisticCell(Frozen):
    """One run's value of a statistic.

    Attributes:
        text: As LEAN wrote it; null where it did not.
        value: Its number; money with all digits, as text. Null where there is none.
        difference: ``value`` less the baseline's; null for the baseline itself.
        is_better: Than the baseline; null where that is not defined, or they are equal.
    """

    text: str | None = None
    value: float | Decimal | None = None
    difference: float | Decimal | None = None
    is_better: bool | None = None


class StatisticRow(Frozen):
    """One of LEAN's statistics.

    Attributes:
        better: Null where higher is neither better nor worse (Beta, number of orders).
        best: Names of the runs that have the best value; empty where that is not defined, or all are equal.
    """

    name: str
    kind: StatisticKind
    better: Better | None = None
    cells: tuple[StatisticCell, ...]
    best: tuple[Timestamp, ...] = ()


class ValueRow(Frozen):
    """A setting or parameter; a value is null where that run has none."""

    name: str
    values: tuple[str | None, ...]
    differs: bool


class FileChange(StrEnum):
    """What became of a file of the baseline's code."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class FileDiff(Frozen):
    """A file that is not the same as the baseline's.

    Attributes:
        path: In the project's folder.
        diff: Unified; empty where it is not shown.
        note: Why it is not, or not whole.
    """

    path: str
    change: FileChange
    diff: str = ""
    note: str = ""


class CodeDiff(Frozen):
    """A run's code against the baseline's.

    Attributes:
        files: Those that differ; empty when the code is the same.
        note: Why it is not known, or not whole.
    """

    run: Timestamp
    files: tuple[FileDiff, ...] = ()
    note: str = ""


class RebasedCurve(Frozen):
    """A run's equity, 100 at the beginning of the common window; empty where it cannot be given."""

    run: Timestamp
    points: tuple[EquityPoint, ...] = ()


class RebasedEquity(Frozen):
    """The runs' curves over the time that all of them have.

    Attributes:
        start: Of the common window; null when there is none. ``end`` likewise.
    """

    start: UtcDatetime | None = None
    end: UtcDatetime | None = None
    curves: tuple[RebasedCurve, ...] = ()


class Correlation(Frozen):
    """Of the runs' daily returns, pair by pair, over the days that both have.

    Attributes:
        matrix: -1 to 1, one row a run; null where it is not defined: fewer than three returns, or none that differs.
        days: How many daily returns each of them is made of.
    """

    matrix: tuple[tuple[float | None, ...], ...] = ()
    days: tuple[tuple[int, ...], ...] = ()


class Incomparable(StrEnum):
    """Why figures of runs do not say which strategy is better."""

    RESULT = "result"  # there is none, or it cannot be read
    ENDING = "ending"  # one did not complete: its figures cover a part
    DATES = "dates"
    CASH = "cash"
    CURRENCY = "currency"
    COMMISSION = "commission"
    DATA = "data"
    ENGINE = "engine"
    IMAGE = "image"


class ComparisonWarning(Frozen):
    """One thing in which the runs are not comparable."""

    kind: Incomparable
    message: str


class ComparedRun(Frozen):
    """One of the runs.

    Attributes:
        problem: Why LEAN's result is not there; empty when it is.
    """

    timestamp: Timestamp
    run: BacktestRunInfo
    data: DataProvenance = DataProvenance()
    versions: Versions = Versions()
    problem: str = ""


class Comparison(Frozen):
    """Finished runs side by side."""

    baseline: Timestamp
    runs: tuple[ComparedRun, ...]
    warnings: tuple[ComparisonWarning, ...] = ()
    statistics: tuple[StatisticRow, ...] = ()
    settings: tuple[ValueRow, ...] = ()
    parameters: tuple[ValueRow, ...] = ()
    code: tuple[CodeDiff, ...] = ()
    equity: RebasedEquity = RebasedEquity()
    correlation: Correlation = Correlation()
