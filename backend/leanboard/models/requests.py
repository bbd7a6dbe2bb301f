"""What a person asks for: the body of ``POST run``."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from leanboard.models.base import Frozen
from leanboard.models.commission import Commission
from leanboard.models.numbers import number_text
from leanboard.models.run import BatchPlace, RunId

FIRST_DATE = date(1998, 1, 1)  # the first day of LEAN's US equity data, and its own default start
MAX_CASH = Decimal("1e15")
MAX_TIMEOUT = 7 * 24 * 3600.0
MIN_MEMORY = 256  # MB; below it LEAN is killed while it starts
MAX_MEMORY = 1 << 20  # MB
MIN_CPUS = 0.1
MAX_CPUS = 1024
MAX_IMAGE = 300  # characters of a reference


class EngineChoice(StrEnum):
    """Which engine shall run it; auto takes docker when it can, else embedded when it supports the strategy."""

    AUTO = "auto"
    DOCKER = "docker"
    EMBEDDED = "embedded"
    REPLAY = "replay"


class Resolution(StrEnum):
    """LEAN's bar lengths."""

    TICK = "tick"
    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAILY = "daily"


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PARAMETER_KEY = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")
_TICKER = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$")


def _plain_text(value: str) -> str:
    if _CONTROL.search(value):
        msg = "control characters, line breaks and direction marks are not allowed"
        raise ValueError(msg)
    return value.strip()


def _day_only(value: object) -> object:
    """Keep pydantic from reading numbers and times of day as dates."""
    if isinstance(value, datetime) or not isinstance(value, str | date):
        msg = "expected a date as YYYY-MM-DD"
        raise ValueError(msg)  # noqa: TRY004  # pydantic turns only ValueError into a problem of the field
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        msg = "expected a date as YYYY-MM-DD"
        raise ValueError(msg)
    return value


def _in_range(value: date) -> date:
    if value < FIRST_DATE:
        msg = f"LEAN's data begins on {FIRST_DATE.isoformat()}"
        raise ValueError(msg)
    if value > datetime.now(UTC).date():
        msg = "the day lies in the future"
        raise ValueError(msg)
    return value


def not_before_start(end: date | None, info: ValidationInfo) -> date | None:
    """Refuse an ``end_date`` before the ``start_date`` of the same model, which declares it first.

    Raises:
        ValueError: It is one.
    """
    start = info.data.get("start_date")
    if start is not None and end is not None and start > end:
        msg = f"end_date {end} lies before start_date {start}"
        raise ValueError(msg)
    return end


def _scalar_text(value: object) -> object:
    """LEAN's parameters are strings; whole and broken numbers and booleans are written as LEAN reads them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _plain_text(value)
    msg = "expected text, a number, true or false"
    raise ValueError(msg)


def _check_key(value: str) -> str:
    if not _PARAMETER_KEY.match(value):
        msg = f"{value[:80]!r} is no parameter name: letters, digits, '_', '-', '.'; 64 at most; no digit first"
        raise ValueError(msg)
    return value


def _check_keys(value: dict[str, str]) -> dict[str, str]:
    for key in value:
        _check_key(key)
    return value


def _check_ticker(value: str) -> str:
    if not _TICKER.match(value):
        msg = f"{value[:40]!r} is no ticker"
        raise ValueError(msg)
    return value


def _check_tickers(value: tuple[str, ...]) -> tuple[str, ...]:
    if len({t.upper() for t in value}) != len(value):
        msg = "a ticker is named twice"
        raise ValueError(msg)
    return value


Label = Annotated[str, Field(max_length=120), AfterValidator(_plain_text)]
Tag = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_plain_text)]
Day = Annotated[date, BeforeValidator(_day_only), AfterValidator(_in_range)]
Cash = Annotated[Decimal, BeforeValidator(number_text), Field(gt=0, le=MAX_CASH)]
ParameterValue = Annotated[
    str,
    BeforeValidator(_scalar_text, json_schema_input_type=Annotated[str, Field(max_length=1000)] | int | float | bool),
    Field(max_length=1000),
]
ParameterName = Annotated[str, AfterValidator(_check_key)]
Parameters = Annotated[dict[str, ParameterValue], Field(max_length=200), AfterValidator(_check_keys)]
Ticker = Annotated[str, AfterValidator(_check_ticker)]
Tickers = Annotated[tuple[Ticker, ...], Field(min_length=1, max_length=200), AfterValidator(_check_tickers)]
KEY_PATTERN = r"^[!-~]{1,200}$"
"""Of an Idempotency-Key."""

STRATEGY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
StrategyName = Annotated[str, Field(pattern=STRATEGY_PATTERN)]


class BacktestRequest(Frozen):
    """What to run, and with what.

    ``start_date``, ``end_date``, ``initial_cash`` and ``parameters`` take effect even in strategies that set their
    own; ``symbols`` and ``resolution`` reach the strategy as parameters of those names, and it is the strategy's to
    read them. The result says what took effect.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"strategy_name": "main"},
                {
                    "strategy_name": "moving_average_cross",
                    "start_date": "2008-01-01",
                    "end_date": "2010-12-31",
                    "initial_cash": 50000,
                    "parameters": {"fast": 20, "slow": 60},
                    "name": "a faster cross",
                    "tags": ["example"],
                },
            ],
        },
    )

    strategy_name: StrategyName = Field(description="A name from the list of strategies", examples=["main"])
    start_date: Day | None = Field(default=None, description="First simulated day, YYYY-MM-DD")
    end_date: Day | None = Field(default=None, description="Last simulated day, YYYY-MM-DD")
    initial_cash: Cash | None = Field(default=None, description="In the account's currency")
    symbols: Tickers | None = Field(
        default=None,
        description="Tickers; reach the strategy as the parameter `symbols`, comma-separated",
    )
    resolution: Resolution | None = Field(default=None, description="Reaches the strategy as a parameter")
    parameters: Parameters = Field(
        default_factory=dict,
        description="Read by the strategy with get_parameter",
    )
    commission: Commission | None = Field(
        default=None,
        description="Paid for every order, in place of what the strategy or its brokerage model says",
    )
    engine: EngineChoice = EngineChoice.AUTO
    image: Annotated[str, Field(min_length=1, max_length=MAX_IMAGE)] | None = Field(
        default=None,
        description="LEAN image, one of those that the service allows; docker engine. The setting's if left out",
    )
    memory: Annotated[int, Field(ge=MIN_MEMORY, le=MAX_MEMORY, strict=True)] | None = Field(
        default=None,
        description="MB after which the run is ended; the setting's default if left out",
    )
    cpus: Annotated[float, Field(ge=MIN_CPUS, le=MAX_CPUS, strict=True)] | None = Field(
        default=None,
        description="Cores that it may use at a time; docker engine. The setting's default if left out",
    )
    name: Label | None = Field(default=None, description="For people; the strategy's name if left out")
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    timeout: float | None = Field(
        default=None,
        ge=1,
        le=MAX_TIMEOUT,
        strict=True,
        description="Seconds of wall-clock time after which the run is ended; the setting's default if left out",
    )
    rerun_of: RunId | None = Field(
        default=None,
        description="The run that this one repeats; set by POST rerun and POST verify, refused in POST run",
    )
    batch: BatchPlace | None = Field(
        default=None,
        description="Where in a batch it belongs; set by batches, refused in POST run",
    )

    _in_order = field_validator("end_date")(not_before_start)

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        clash = {"symbols", "resolution"} & set(self.parameters)
        for field in sorted(clash):
            if getattr(self, field) is not None:
                msg = f"parameters.{field} and {field} say the same thing twice: give one of them"
                raise ValueError(msg)
        return self

    def lean_parameters(self) -> dict[str, str]:
        """Return the parameters as the strategy will see them, ``symbols`` and ``resolution`` included."""
        extra = {}
        if self.symbols is not None:
            extra["symbols"] = ",".join(self.symbols)
        if self.resolution is not None:
            extra["resolution"] = self.resolution.value
        return {**self.parameters, **extra}


class WaitQuery(Frozen):
    """How long to wait for a run's end.

    Attributes:
        wait: Seconds.
        points: Most points of the result's equity curve.
    """

    wait: float = Field(default=30.0, ge=0, le=300, description="Seconds to wait at most")
    points: int = Field(default=500, ge=2, le=100_000, description="At most as many points of the equity curve")
