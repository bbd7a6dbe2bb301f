"""One item of a batch, from what was asked for to a run's request. Pure."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from pydantic import ValidationError

from leanboard.errors import InvalidInput, Problem
from leanboard.models.batch_requests import BatchRequest
from leanboard.models.batches import BatchItem
from leanboard.models.commission import Commission
from leanboard.models.requests import BacktestRequest, EngineChoice, Resolution
from leanboard.models.wrong_values import wrong_fields

MAX_LABEL = 120
MAX_VALUE = 40  # characters of one value in a label
T = TypeVar("T")
SYMBOLS = "symbols"  # a field of a run's request that reaches the strategy as the parameter of that name


@dataclass(frozen=True, slots=True)
class Place:
    """Where in what was asked for an item comes from.

    Attributes:
        item: Path, such as ``items.37`` or ``sweep``; empty where it is not known any more.
        strategy: Path of its strategy, such as ``items.37.strategy`` or ``sweep.strategies.2``.
    """

    item: str = ""
    strategy: str = ""

    def path(self, field: str) -> str:
        """Return the path of a field of the item's request, such as ``parameters.fast``; of the item for ``""``."""
        head = field.partition(".")[0]
        if head == "strategy_name":
            return self.strategy
        if head in _OF_ALL or not self.item:
            return field
        return f"{self.item}.{field}".removesuffix(".") if self.item.startswith("items.") else self.item


_OF_ALL = frozenset({"image", "memory", "cpus", "timeout", "tags"})


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """What an item of a batch will be, and what its run is asked for."""

    item: BatchItem
    request: BacktestRequest
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """What makes one item differ from the others of its batch; None where it is as the batch says.

    Attributes:
        place: Where it comes from.
        symbols: Reach the strategy as the batch's ``symbol_parameter``.
        parameters: On top of the batch's own.
        window: Label of the window whose dates it has.
    """

    place: Place
    strategy: str
    symbols: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    start_date: date | None = None
    end_date: date | None = None
    initial_cash: Decimal | None = None
    commission: Commission | None = None
    resolution: Resolution | None = None
    engine: EngineChoice | None = None
    name: str | None = None
    window: str | None = None
    scenario: str | None = None


def make_item(batch: BatchRequest, number: int, draft: ItemDraft) -> PlannedItem:
    """Return an item with the request of its run.

    Args:
        batch: What it has in common with the others.
        number: Of the item.
        draft: What it does not.

    Raises:
        InvalidInput: The two together make no run; names the place.
    """
    parameters = {**batch.parameters, **draft.parameters}
    if draft.symbols and batch.symbol_parameter in parameters:
        msg = (
            f"the symbol reaches the strategy as the parameter {batch.symbol_parameter!r}, which is given, too: "
            "take it out, or name another symbol_parameter"
        )
        raise InvalidInput(msg, field=draft.place.path(f"parameters.{batch.symbol_parameter}"))
    as_field = batch.symbol_parameter == SYMBOLS
    if draft.symbols and not as_field:
        parameters[batch.symbol_parameter] = ",".join(draft.symbols)
    named = _parts(draft)
    content: dict[str, object] = {
        "strategy_name": draft.strategy,
        "start_date": _first(draft.start_date, batch.start_date),
        "end_date": _first(draft.end_date, batch.end_date),
        "initial_cash": _first(draft.initial_cash, batch.initial_cash),
        "symbols": draft.symbols if draft.symbols and as_field else None,
        "resolution": _first(draft.resolution, batch.resolution),
        "parameters": parameters,
        "commission": _first(draft.commission, batch.commission),
        "engine": _first(draft.engine, batch.engine),
        "image": batch.image,
        "memory": batch.memory,
        "cpus": batch.cpus,
        "timeout": batch.timeout,
        "tags": batch.tags,
        "name": draft.name or shortened(" / ".join(part for part in named if part != draft.strategy)) or None,
    }
    try:
        request = BacktestRequest.model_validate(content)
    except ValidationError as error:
        raise refused(error, draft.place) from error
    label = draft.name or draft.scenario or shortened(" / ".join(named))
    symbol = draft.symbols[0] if len(draft.symbols) == 1 else None
    item = item_of(request, number, label=label, symbol=symbol, window=draft.window, scenario=draft.scenario)
    return PlannedItem(item, request, draft.place)


def item_of(
    request: BacktestRequest,
    number: int,
    *,
    label: str,
    symbol: str | None,
    window: str | None,
    scenario: str | None,
) -> BatchItem:
    """Return the item of a request that has not run yet."""
    return BatchItem(
        number=number,
        label=label,
        strategy_name=request.strategy_name,
        symbol=symbol,
        parameters=request.parameters,
        start_date=request.start_date,
        end_date=request.end_date,
        window=window,
        scenario=scenario,
        initial_cash=request.initial_cash,
        commission=request.commission,
        choice=request.engine,
    )


def parameter_text(name: str, value: str) -> str:
    """Return a parameter as labels show it."""
    return f"{name}={value if len(value) <= MAX_VALUE else value[: MAX_VALUE - 1] + '…'}"


def _parts(draft: ItemDraft) -> list[str]:
    if draft.scenario is not None:
        return [draft.scenario]
    symbols = ",".join(draft.symbols)
    parts = (symbols, draft.strategy, draft.window or "")
    return [*(part for part in parts if part), *(parameter_text(*pair) for pair in draft.parameters.items())]


def shortened(text: str) -> str:
    """Return a text that is no longer than a label."""
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def _first(own: T | None, common: T | None) -> T | None:
    return common if own is None else own


def refused(error: ValidationError, place: Place) -> InvalidInput:
    """Return the refusal of an item whose request is none, with the paths in what was asked for."""
    problems = tuple(Problem(place.path(field), message) for field, message in wrong_fields(error.errors()))
    return InvalidInput("; ".join(f"{p.field}: {p.message}".removeprefix(": ") for p in problems), problems=problems)
