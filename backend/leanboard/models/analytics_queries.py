"""What can be asked of one finished run: which part of it, of which period, and in which form."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from leanboard.models.base import Frozen
from leanboard.models.requests import Resolution

MAX_POINTS = 100_000
MAX_ROWS = 10_000
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$"


def parse_moment(text: str) -> datetime | date:
    """Parse ``2013-10-07`` or ``2013-10-07T14:30:00Z``.

    Raises:
        ValueError: There is no such day or time.
    """
    return datetime.fromisoformat(text).astimezone(UTC) if "T" in text else date.fromisoformat(text)


def _existing(text: str) -> str:
    if not re.match(MOMENT, text):
        msg = "needs to be a day (2013-10-07, UTC) or a time with zone (2013-10-07T14:30:00Z)"
        raise ValueError(msg)
    try:
        parse_moment(text)
    except (ValueError, OverflowError) as error:
        msg = f"there is no such day or time: {error}"
        raise ValueError(msg) from None
    return text


Moment = Annotated[str, Field(pattern=MOMENT), AfterValidator(_existing)]


class Format(StrEnum):
    """How a table is answered."""

    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time, both ends included; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def seconds(self) -> tuple[float, float]:
        """Both ends in unix seconds, infinite where it is open."""
        start = -math.inf if self.start is None else self.start.timestamp()
        return start, math.inf if self.end is None else self.end.timestamp()


class FormatQuery(Frozen):
    """Any table."""

    format: Format = Field(default=Format.JSON, description="`json` or `csv`")


class PeriodQuery(FormatQuery):
    """A part of something that has times."""

    start: Moment | None = Field(default=None, description="From this day or time on, UTC if it is a day")
    end: Moment | None = Field(default=None, description="To this day or time, a day to its end")

    @field_validator("end")
    @classmethod
    def _not_before_start(cls, end: str | None, info: ValidationInfo) -> str | None:
        start, last = _moment(info.data.get("start"), time.min), _moment(end, time.max)
        if start is not None and last is not None and last < start:
            msg = "the period ends before it starts"
            raise ValueError(msg)
        return end

    @property
    def period(self) -> Period:
        """Both ends as moments."""
        return Period(_moment(self.start, time.min), _moment(self.end, time.max))


def _moment(text: str | None, of_day: time) -> datetime | None:
    if text is None:
        return None
    parsed = parse_moment(text)
    return parsed if isinstance(parsed, datetime) else datetime.combine(parsed, of_day, UTC)


class CurveQuery(PeriodQuery):
    """A part of a curve, thinned."""

    points: int = Field(
        default=2000, ge=4, le=MAX_POINTS, description="At most as many points; ends and extremes are always kept"
    )


class RowsQuery(FormatQuery):
    """A page of a long table; CSV has all rows unless a page is asked for."""

    symbol: str | None = Field(default=None, min_length=1, max_length=100, description="Ticker, or LEAN's symbol id")
    page: int | None = Field(default=None, ge=1, le=1_000_000, description="From 1")
    page_size: int | None = Field(default=None, ge=1, le=MAX_ROWS, description="Rows on a page")


class CandlesQuery(CurveQuery):
    """Which candles."""

    symbol: str = Field(min_length=1, max_length=100, description="Ticker, or LEAN's symbol id, of a traded symbol")
    resolution: Resolution | None = Field(
        default=None, description="As subscribed if left out, or coarser; never finer than there is data"
    )
    points: int = Field(default=5000, ge=4, le=20_000, description="Candles, at most; too many are refused")


class FullQuery(Frozen):
    """How much of the curves comes with everything else."""

    points: int = Field(default=500, ge=4, le=MAX_POINTS, description="At most as many points of each curve")


class LogSource(StrEnum):
    """Which of a run's logs."""

    ENGINE = "engine"  # log.txt: LEAN's own, with everything in it
    USER = "user"  # <id>-log.txt: the strategy's messages alone
    STDOUT = "stdout"
    STDERR = "stderr"
    BUILD = "build"  # the compiler's


class LogLevel(StrEnum):
    """Of a record in LEAN's log."""

    TRACE = "trace"
    DEBUG = "debug"
    ERROR = "error"


class LogQuery(Frozen):
    """A part of a log."""

    source: LogSource = Field(default=LogSource.ENGINE, description="Which log")
    offset: int = Field(
        default=0,
        ge=-(2**53),
        le=2**53,
        description="Byte to begin at: 0, or `next_offset` of the answer before; negative: bytes before the end",
    )
    limit: int = Field(default=500, ge=1, le=5000, description="Records, at most")
    query: str | None = Field(
        default=None, min_length=1, max_length=200, description="Text in the record, upper and lower case alike"
    )
    level: LogLevel | None = Field(default=None, description="Of this level alone")
