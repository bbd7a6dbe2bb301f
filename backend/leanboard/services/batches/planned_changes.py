"""More items for a batch that is there, and other values for one of its items. Pure."""

import dataclasses
import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from leanboard.errors import InvalidInput
from leanboard.models.batch_requests import Addition, BatchRequest, ItemChanges
from leanboard.models.batches import BatchItem
from leanboard.models.requests import BacktestRequest
from leanboard.services.batches.drafts import check_count, item_drafts, made_items
from leanboard.services.batches.planned_item import (
    SYMBOLS,
    ItemDraft,
    Place,
    PlannedItem,
    item_of,
    parameter_text,
    refused,
    shortened,
)
from leanboard.services.batches.sweeps import check_distinct, grid_of
from leanboard.services.batches.windows import days_label


def plan_addition(
    batch: BatchRequest, present: Sequence[PlannedItem], addition: Addition, most: int
) -> tuple[PlannedItem, ...]:
    """Return the items that an addition makes, with numbers that no item has had.

    A row (symbols) is everything that was asked for with its symbols taken out, once for each new symbol; a column
    (strategies) likewise. Items that were added earlier count, too, as they are now; edits of the first ones do not.

    Args:
        batch: As it was asked for at first.
        present: All items that it has.
        addition: What shall be added.
        most: Items that a batch may have.

    Raises:
        InvalidInput: It is there already, is named twice, is no run, or makes too many.
    """
    if addition.items is not None:
        check_count(len(present) + len(addition.items), "items", most)
        drafts = item_drafts(addition.items)
    elif addition.symbols is not None:
        there = [planned.item.symbol or "" for planned in present]
        _check_new([symbol.upper() for symbol in addition.symbols], [symbol.upper() for symbol in there], "symbols")
        drafts = _crossed(addition.symbols, _originals(batch, present, "symbols"), _with_symbol, len(present), most)
    else:
        strategies = addition.strategies or ()
        _check_new(strategies, [planned.item.strategy_name for planned in present], "strategies")
        drafts = _crossed(strategies, _originals(batch, present, "strategies"), _with_strategy, len(present), most)
    last = max((planned.item.number for planned in present), default=0)
    return tuple(made_items(batch, drafts, last + 1))


def plan_change(present: PlannedItem, changes: ItemChanges, symbol_parameter: str = SYMBOLS) -> PlannedItem:
    """Return an item with other values, in its old place and with its old number, as one that has not run yet.

    Args:
        present: The item as it is.
        changes: What shall be otherwise.
        symbol_parameter: Of its batch: a symbol that reaches the strategy so stays when the parameters change.

    Raises:
        InvalidInput: The changed item is no run; names the field.
    """
    given = {name: value for name, value in dict(changes).items() if value is not None}
    item, request = present.item, present.request
    if changes.parameters is not None and item.symbol is not None:
        if changes.parameters.get(symbol_parameter, item.symbol) != item.symbol:
            msg = f"{symbol_parameter} is the item's symbol, {item.symbol}, and stays: leave it out"
            raise InvalidInput(msg, field=f"parameters.{symbol_parameter}")
        given["parameters"] = {k: v for k, v in changes.parameters.items() if k != symbol_parameter}
        if symbol_parameter != SYMBOLS:
            given["parameters"][symbol_parameter] = item.symbol
    try:
        changed = request.evolve(**given)
    except ValidationError as error:
        raise refused(error, Place()) from error
    window = _changed_window(item, changed)
    label = _changed_label(present, changed, window)
    fresh = item_of(changed, item.number, label=label, symbol=item.symbol, window=window, scenario=item.scenario)
    name = " / ".join(part for part in label.split(" / ") if part != request.strategy_name)
    if request.name != item.label and item.scenario is None:
        changed = changed.evolve(name=name or None)
    return PlannedItem(fresh.evolve(attempt=item.attempt), changed, present.place)


def _changed_window(item: BatchItem, changed: BacktestRequest) -> str | None:
    """Return the label of its window: one that is its days follows them, one that somebody gave it stays."""
    if item.window != days_label(item.start_date, item.end_date):
        return item.window
    return days_label(changed.start_date, changed.end_date)


def _changed_label(present: PlannedItem, changed: BacktestRequest, window: str | None) -> str:
    item, before, after = present.item, present.request.parameters, changed.parameters
    if present.request.name == item.label or item.scenario is not None:
        return item.label  # a name that somebody gave it
    parts = [window if window and part == item.window else part for part in item.label.split(" / ")]
    for name in {**before, **after}:
        if before.get(name) == after.get(name):
            continue
        old = parameter_text(name, before.get(name, ""))
        at = parts.index(old) if old in parts else len(parts)
        parts[at : at + 1] = [parameter_text(name, after[name])] if name in after else []
    return shortened(" / ".join(parts))


def _originals(batch: BatchRequest, present: Iterable[PlannedItem], field: str) -> list[ItemDraft]:
    """Return what was asked for at first and added later, as drafts."""
    if batch.scenarios is not None:
        raise InvalidInput("a batch of scenarios has no rows and columns: add items", field=field)
    first = [*grid_of(batch, batch.sweep).drafts()] if batch.sweep is not None else item_drafts(batch.items or ())
    added = [_draft_of(batch, planned) for planned in present if planned.item.number > len(first)]
    return [_without_common(batch, draft) for draft in (*first, *added)]


def _without_common(batch: BatchRequest, draft: ItemDraft) -> ItemDraft:
    """Leave out what the batch says as well, so that drafts of equal items are equal."""
    same: dict[str, Any] = {name: None for name in _COMMON if getattr(draft, name) == getattr(batch, name)}
    parameters = {name: value for name, value in draft.parameters.items() if batch.parameters.get(name) != value}
    return dataclasses.replace(draft, parameters=parameters, **same)


_COMMON = ("start_date", "end_date", "initial_cash", "commission", "resolution", "engine")


def _draft_of(batch: BatchRequest, planned: PlannedItem) -> ItemDraft:
    item, request = planned.item, planned.request
    symbol = {batch.symbol_parameter} if item.symbol is not None else set()
    return ItemDraft(
        Place(),
        request.strategy_name,
        () if item.symbol is None else (item.symbol,),
        {name: value for name, value in request.parameters.items() if name not in symbol},
        request.start_date,
        request.end_date,
        request.initial_cash,
        request.commission,
        request.resolution,
        request.engine,
        window=item.window,
    )


Cross = Callable[[ItemDraft, str, Place], ItemDraft]


def _with_symbol(draft: ItemDraft, symbol: str, place: Place) -> ItemDraft:
    return dataclasses.replace(draft, place=place, symbols=(symbol,) if symbol else (), name=None)


def _with_strategy(draft: ItemDraft, strategy: str, place: Place) -> ItemDraft:
    return dataclasses.replace(draft, place=place, strategy=strategy, name=None)


def _crossed(
    values: Sequence[str], originals: Iterable[ItemDraft], cross: Cross, present: int, most: int
) -> list[ItemDraft]:
    templates = {_key(bare): bare for bare in (cross(draft, "", Place()) for draft in originals)}
    field = "symbols" if cross is _with_symbol else "strategies"
    how = f", with the {present} that there are"
    check_count(present + len(values) * len(templates), field, most, how)
    places = [Place(f"{field}.{index}", f"{field}.{index}") for index in range(len(values))]
    pairs = itertools.product(zip(values, places, strict=True), templates.values())
    return [cross(bare, value, place) for (value, place), bare in pairs]


def _key(draft: ItemDraft) -> Hashable:
    values = (getattr(draft, field.name) for field in dataclasses.fields(draft))
    return tuple(tuple(sorted(value.items())) if isinstance(value, dict) else value for value in values)


def _check_new(values: Sequence[str], present: Iterable[str], field: str) -> None:
    check_distinct(values, field)
    there = set(present)
    for index, value in enumerate(values):
        if value in there:
            raise InvalidInput(f"{value} is in the batch already", field=f"{field}.{index}")
