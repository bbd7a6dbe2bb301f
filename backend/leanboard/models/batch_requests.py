"""What a person asks for when several runs are wanted as one: the bodies of ``POST batch`` and its relatives."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, StrictBool, field_validator, model_validator
from pydantic import Tag as PydanticTag

from leanboard.models.base import Frozen
from leanboard.models.commission import Commission
from leanboard.models.numbers import signed_number_text
from leanboard.models.requests import (
    MAX_CPUS,
    MAX_IMAGE,
    MAX_MEMORY,
    MAX_TIMEOUT,
    MIN_CPUS,
    MIN_MEMORY,
    Cash,
    Day,
    EngineChoice,
    Label,
    ParameterName,
    Parameters,
    ParameterValue,
    Resolution,
    StrategyName,
    Tag,
    Ticker,
    not_before_start,
)
from leanboard.models.scenarios import ScenarioId

MAX_WORKERS = 256
MAX_AXIS = 10_000  # values of one axis, written out or computed

Bound = Annotated[Decimal, BeforeValidator(signed_number_text), Field(allow_inf_nan=False)]


class Range(Frozen):
    """Evenly spaced numbers: ``min``, ``min + step`` ... as long as ``max`` is not passed; computed in decimals."""

    min: Bound
    max: Bound
    step: Bound = Field(description="Not 0; its sign leads from min to max")


LIST_TAG, OBJECT_TAG = "<list>", "<object>"
UNION_TAGS = frozenset({LIST_TAG, OBJECT_TAG})
"""What pydantic adds to the path of an error for one of two forms; nobody sends it, and nobody is shown it."""


def _form(value: object) -> str:
    return OBJECT_TAG if isinstance(value, dict | Frozen) else LIST_TAG


Axis = Annotated[
    Annotated[tuple[ParameterValue, ...], Field(min_length=1, max_length=MAX_AXIS), PydanticTag(LIST_TAG)]
    | Annotated[Range, PydanticTag(OBJECT_TAG)],
    Discriminator(_form),
]


class Window(Frozen):
    """A span of simulated days; several are an axis: walk-forward.

    Attributes:
        label: For tables; the two dates if left out.
    """

    start_date: Day
    end_date: Day
    label: Label | None = None

    _in_order = field_validator("end_date")(not_before_start)


class WalkForward(Frozen):
    """Windows that follow each other: each begins ``step_days`` after the one before, as long as whole ones fit.

    Attributes:
        train_days: Length of an in-sample window; null for out-of-sample windows alone. With it each pair becomes two
            windows, labelled ``train n`` and ``test n``.
        test_days: Length of an out-of-sample window, which follows its in-sample window at once.
        step_days: From one pair to the next; test_days if left out.
        anchored: Whether all in-sample windows begin on the first day.
    """

    start_date: Day
    end_date: Day
    train_days: Annotated[int, Field(ge=1, le=20_000, strict=True)] | None = None
    test_days: Annotated[int, Field(ge=1, le=20_000, strict=True)]
    step_days: Annotated[int, Field(ge=1, le=20_000, strict=True)] | None = None
    anchored: StrictBool = False


Windows = Annotated[
    Annotated[tuple[Window, ...], Field(max_length=MAX_AXIS), PydanticTag(LIST_TAG)]
    | Annotated[WalkForward, PydanticTag(OBJECT_TAG)],
    Discriminator(_form),
]


class BatchItemRequest(Frozen):
    """One run of a batch. What it leaves out is as the batch says.

    Attributes:
        symbol: Reaches the strategy as the batch's ``symbol_parameter``.
        parameters: On top of the batch's own.
    """

    strategy: StrategyName
    symbol: Ticker | None = None
    parameters: Parameters = Field(default_factory=dict)
    start_date: Day | None = None
    end_date: Day | None = None
    initial_cash: Cash | None = None
    commission: Commission | None = None
    resolution: Resolution | None = None
    engine: EngineChoice | None = None
    name: Label | None = None


class Sweep(Frozen):
    """Every combination of its axes: strategies, symbols, windows, then parameters, the last one fastest.

    A matrix is a sweep over symbols and strategies alone.
    """

    strategies: Annotated[tuple[StrategyName, ...], Field(min_length=1, max_length=MAX_AXIS)]
    symbols: Annotated[tuple[Ticker, ...], Field(max_length=MAX_AXIS)] = ()
    windows: Windows = ()
    parameters: Annotated[dict[ParameterName, Axis], Field(max_length=20)] = Field(default_factory=dict)


class BatchRequest(Frozen):
    """Runs as one thing: exactly one of ``items``, ``sweep`` and ``scenarios``, and what they have in common.

    What an item says itself comes first. It is the other way round with scenarios, which are compared over one period:
    what the batch says takes the place of their own, but for parameters, where theirs come first.

    Attributes:
        symbol_parameter: Name of the parameter by which an item's symbol reaches its strategy.
        max_workers: Runs of this batch at the same time; null leaves it to the queue's limit.
        fresh: Run everything, also what an identical finished run could answer.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "three by two",
                    "sweep": {"strategies": ["moving_average_cross"], "symbols": ["AAPL", "IBM"]},
                    "start_date": "2008-01-01",
                    "end_date": "2010-12-31",
                },
            ]
        }
    )

    name: Label | None = Field(default=None, description="For people")
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = Field(default=(), description="Of each of its runs")
    items: Annotated[tuple[BatchItemRequest, ...], Field(min_length=1)] | None = None
    sweep: Sweep | None = None
    scenarios: Annotated[tuple[ScenarioId, ...], Field(min_length=1, max_length=MAX_AXIS)] | None = None
    start_date: Day | None = Field(default=None, description="First simulated day of every item that names none")
    end_date: Day | None = Field(default=None, description="Last simulated day, likewise")
    initial_cash: Cash | None = Field(default=None, description="Capital of each run, in its account's currency")
    commission: Commission | None = None
    resolution: Resolution | None = None
    parameters: Parameters = Field(default_factory=dict, description="Of every item")
    symbol_parameter: ParameterName = "symbols"
    engine: EngineChoice = EngineChoice.AUTO
    image: Annotated[str, Field(min_length=1, max_length=MAX_IMAGE)] | None = None
    memory: Annotated[int, Field(ge=MIN_MEMORY, le=MAX_MEMORY, strict=True)] | None = None
    cpus: Annotated[float, Field(ge=MIN_CPUS, le=MAX_CPUS, strict=True)] | None = None
    timeout: float | None = Field(default=None, ge=1, le=MAX_TIMEOUT, strict=True)
    max_workers: Annotated[int, Field(ge=1, le=MAX_WORKERS, strict=True)] | None = None
    fresh: StrictBool = False

    _in_order = field_validator("end_date")(not_before_start)

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(value is not None for value in (self.items, self.sweep, self.scenarios)) != 1:
            msg = "give exactly one of items, sweep and scenarios"
            raise ValueError(msg)
        return self


class ItemChanges(Frozen):
    """New values of one item, which then runs again; what is left out stays as it is."""

    parameters: Parameters | None = Field(default=None, description="All parameters of the item from now on")
    start_date: Day | None = None
    end_date: Day | None = None
    initial_cash: Cash | None = None
    commission: Commission | None = None
    engine: EngineChoice | None = None


class BatchChanges(Frozen):
    """Changes of a batch while it runs; what is left out stays as it is. ``max_workers: null`` takes the limit away."""

    name: Annotated[Label, Field(min_length=1)] | None = None
    max_workers: Annotated[int, Field(ge=1, le=MAX_WORKERS, strict=True)] | None = None


class Addition(Frozen):
    """More items for a batch: rows or columns of its matrix, or items one by one; exactly one of the three."""

    symbols: Annotated[tuple[Ticker, ...], Field(min_length=1, max_length=MAX_AXIS)] | None = None
    strategies: Annotated[tuple[StrategyName, ...], Field(min_length=1, max_length=MAX_AXIS)] | None = None
    items: Annotated[tuple[BatchItemRequest, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(value is not None for value in (self.symbols, self.strategies, self.items)) != 1:
            msg = "give exactly one of symbols, strategies and items"
            raise ValueError(msg)
        return self


class BatchWaitQuery(Frozen):
    """How long to wait for a batch's end."""

    wait: float = Field(default=0.0, ge=0, le=300, description="Seconds to wait at most; 0 answers at once")


class RerunQuery(Frozen):
    """Which items to run again."""

    all: bool = Field(
        default=False, description="Whether all items that have ended run again, or the failed ones alone"
    )
