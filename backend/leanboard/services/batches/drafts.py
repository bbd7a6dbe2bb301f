"""Drafts of items made into items: all of them or none, and what is wrong is named by its index. Pure."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from leanboard.errors import InvalidInput, Problem, StrategyUnsupported
from leanboard.models.batch_requests import BatchItemRequest, BatchRequest
from leanboard.services.batches.planned_item import ItemDraft, Place, PlannedItem, make_item

MAX_PROBLEMS = 20


def check_count(count: int, field: str, most: int, how: str = "") -> None:
    """Refuse more items than a batch may have.

    Raises:
        InvalidInput: Names the number.
    """
    if count > most:
        msg = (
            f"{_number_text(count)} runs{how}; a batch can have {most} (LEANBOARD_MAX_BATCH): "
            "fewer values, larger steps, or several batches"
        )
        raise InvalidInput(msg, field=field)


def item_drafts(items: Sequence[BatchItemRequest]) -> list[ItemDraft]:
    """Return items that were written out."""
    return [_draft(Place(f"items.{index}", f"items.{index}.strategy"), item) for index, item in enumerate(items)]


def _draft(place: Place, item: BatchItemRequest) -> ItemDraft:
    return ItemDraft(
        place,
        item.strategy,
        () if item.symbol is None else (item.symbol,),
        item.parameters,
        item.start_date,
        item.end_date,
        item.initial_cash,
        item.commission,
        item.resolution,
        item.engine,
        item.name,
    )


def made_items(request: BatchRequest, drafts: Sequence[ItemDraft], first: int = 1) -> list[PlannedItem]:
    """Return items that were written out, numbered from ``first``.

    Raises:
        InvalidInput: Some of them are no runs; names the first twenty problems.
    """
    made: list[PlannedItem] = []
    problems: list[Problem] = []
    for number, draft in enumerate(drafts, start=first):
        try:
            made.append(make_item(request, number, draft))
        except InvalidInput as error:
            problems.extend(error.problems)
    if problems:
        raise several_wrong(problems)
    return made


async def check_each(items: Iterable[PlannedItem], check: Callable[[PlannedItem], Awaitable[None]]) -> None:
    """Put a question to every item, and refuse all of them where one fails.

    Args:
        items: In the order of their numbers.
        check: Raises for an item that cannot run; InvalidInput and StrategyUnsupported are gathered, others passed on.

    Raises:
        InvalidInput: Names the first twenty problems, each by the path of what the item came from.
    """
    problems: dict[Problem, None] = {}
    for planned in items:
        try:
            await check(planned)
        except (InvalidInput, StrategyUnsupported) as error:
            found = error.problems or (Problem("", error.detail),)
            problems.update((Problem(planned.place.path(p.field), p.message), None) for p in found)
    if problems:
        raise several_wrong(tuple(problems))


def several_wrong(problems: Sequence[Problem]) -> InvalidInput:
    """Return the refusal of everything because of some of it."""
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    where = f"{first.field}: " if first.field else ""
    detail = f"nothing was started: {where}{first.message}{more}"
    return InvalidInput(detail, problems=tuple(problems[:MAX_PROBLEMS]))


def _number_text(count: int) -> str:
    return str(count) if count < 10**30 else f"about 10^{len(str(count)) - 1}"
