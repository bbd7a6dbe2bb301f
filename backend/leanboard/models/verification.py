"""A run and its repetition, held against each other."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.run import BacktestRunInfo


class VerificationState(StrEnum):
    """Whether a repetition gave what the run had given."""

    PENDING = "pending"  # it has not ended
    EQUAL = "equal"  # in all that was compared
    DIFFERENT = "different"


class TextDifference(Frozen):
    """One thing that differs; a text is null where that run has none.

    Attributes:
        name: ``status``, ``reason``, or the statistic's name as LEAN writes it.
    """

    name: str
    original: str | None
    repeated: str | None


class FirstDifference(Frozen):
    """Where two runs part.

    Attributes:
        time: Simulated, UTC.
        kind: Of what differs there.
        what: For people, such as ``order 3: quantity``.
        original: Its value; null where that run has no such order or point.
        repeated: Likewise.
    """

    time: UtcDatetime
    kind: Literal["order", "equity"]
    what: str
    original: str | None
    repeated: str | None


class Compared(Frozen):
    """How much was held against each other: of both runs together, what only one has included."""

    statistics: int = Field(default=0, ge=0)
    orders: int = Field(default=0, ge=0)
    equity_points: int = Field(default=0, ge=0)


class Verification(Frozen):
    """What came of repeating a run.

    Attributes:
        original: The run that was repeated.
        repeated: The run that repeats it.
        differences: How they ended, and LEAN's statistics where their texts differ; in LEAN's order.
        first: The first order or equity point that differs, in simulated time; null without any.
        warnings: What else was not the same, so that a difference may come from there.
    """

    state: VerificationState
    original: BacktestRunInfo
    repeated: BacktestRunInfo
    compared: Compared = Compared()
    differences: tuple[TextDifference, ...] = ()
    first: FirstDifference | None = None
    warnings: tuple[str, ...] = ()
