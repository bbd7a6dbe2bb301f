"""A metric over two axes. Pure."""

from collections.abc import Sequence

from leanboard.errors import InvalidInput
from leanboard.models.batch_outcome import BatchComparisonQuery, HeatCell, HeatMap, Others
from leanboard.models.batches import BatchItem
from leanboard.services.batches.outcome.axes import Column
from leanboard.services.batches.outcome.metrics import Scored


def heat_map(items: Sequence[BatchItem], columns: Sequence[Column], query: BatchComparisonQuery) -> HeatMap | None:
    """Return the map; None where items differ in fewer than two things, and none was asked for.

    Raises:
        InvalidInput: An axis that there is not, or the same one twice.
    """
    pair = _pair(columns, query)
    if pair is None:
        return None
    x, y = pair
    further = [column for column in columns if column not in pair]
    shown = [index for index in range(len(items)) if x.texts[index] is not None and y.texts[index] is not None]
    held: dict[str, str] = {}
    if query.others is Others.HELD and shown:
        best = _best(items, shown, query)
        held = {column.name: text for column in further if (text := column.texts[best]) is not None}
        shown = [at for at in shown if all(column.texts[at] == column.texts[best] for column in further)]
    return HeatMap(
        x=x.axis(),
        y=y.axis(),
        others=query.others,
        held=held,
        further=() if query.others is Others.HELD else tuple(column.name for column in further),
        cells=_cells(items, (x, y), shown, query),
    )


def _pair(columns: Sequence[Column], query: BatchComparisonQuery) -> tuple[Column, Column] | None:
    if query.x is not None and query.x == query.y:
        raise InvalidInput(f"x and y are both {query.x}: a heat map has two axes", field="y")
    by_name = {column.name: column for column in columns}
    x, y = _named(by_name, query.x, "x"), _named(by_name, query.y, "y")
    free = [column for column in columns if column not in {x, y} and len(column.values) > 1]
    free.sort(key=lambda column: not column.is_parameter)  # parameters first, else in their order
    missing = (x is None) + (y is None)
    if len(free) < missing:
        return None
    chosen = iter(free)
    return x or next(chosen), y or next(chosen)


def _named(by_name: dict[str, Column], name: str | None, field: str) -> Column | None:
    if name is None:
        return None
    if name not in by_name:
        there = ", ".join(by_name) or "nothing"
        raise InvalidInput(f"the items do not differ in {name}, but in: {there}", field=field)
    return by_name[name]


def _best(items: Sequence[BatchItem], shown: Sequence[int], query: BatchComparisonQuery) -> int:
    best = Scored((items[index] for index in shown), query.metric).best
    return next((index for index in shown if items[index] is best), shown[0])


def _cells(
    items: Sequence[BatchItem],
    axes: tuple[Column, Column],
    shown: Sequence[int],
    query: BatchComparisonQuery,
) -> tuple[HeatCell, ...]:
    x, y = axes
    fields: dict[tuple[int, int], list[BatchItem]] = {}
    for index in shown:
        place = (x.indices[index] or 0, y.indices[index] or 0)
        fields.setdefault(place, []).append(items[index])
    return tuple(_cell(place, found, query) for place, found in sorted(fields.items()))


def _cell(place: tuple[int, int], items: Sequence[BatchItem], query: BatchComparisonQuery) -> HeatCell:
    scored = Scored(items, query.metric)
    best = None if scored.best_value is None else float(scored.best_value)
    return HeatCell(
        x=place[0],
        y=place[1],
        value=scored.median if query.others is Others.MEDIAN else best,
        count=len(items),
        item=(scored.best or items[0]).number,
    )
