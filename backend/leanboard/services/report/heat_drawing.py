"""A heat map as the numbers of an SVG: fields, labels, and how strongly each is tinted. Pure."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from leanboard.models.batch_outcome import AxisKind, HeatCell, HeatMap, MetricValue
from leanboard.services.report.chart import Mark
from leanboard.services.report.figures import visible

MOST = 60  # values of an axis that are drawn
SHADES = 7
_WIDTH = 1040
_HEIGHT = 30
_FIELD = 72  # widest
_TEXT = 46  # below this width a field has no text
_LETTER = 7
_CAPITAL = 9  # tickers have no others
_LONGEST = 22  # letters of a label


@dataclass(frozen=True, slots=True)
class Field:
    """A field; ``tip`` appears under the pointer."""

    x: float
    y: float
    style: str
    text: str
    tip: str


@dataclass(frozen=True, slots=True)
class HeatDrawing:
    """A heat map in the SVG's own units, which are pixels; ``left`` is where the fields begin."""

    left: float
    width: float
    height: float
    field_width: float
    field_height: float
    columns: tuple[Mark, ...]
    rows: tuple[Mark, ...]
    fields: tuple[Field, ...]


class Shades:
    """How strongly values are tinted: by their place among all, so that one far away leaves the others apart.

    Args:
        values: All that are shown.
        factor: -1 where lower is better.
    """

    def __init__(self, values: Iterable[float], factor: int) -> None:
        self._factor = factor
        self._ordered = sorted({factor * value for value in values})

    def __call__(self, value: MetricValue | None) -> str:
        """Return a CSS class; empty where there is no value, or all are equal."""
        if value is None or len(self._ordered) < 2:
            return ""
        place = bisect_left(self._ordered, self._factor * float(value))
        return f"shade{1 + place * (SHADES - 1) // (len(self._ordered) - 1)}"


def heat_drawing(
    found: HeatMap, best: int | None, factor: int, write: Callable[[MetricValue | None], str]
) -> HeatDrawing | None:
    """Return the drawing; None where an axis has more values than can be seen.

    Args:
        found: The map.
        best: Number of the best item of all; its field is framed.
        factor: -1 where lower is better.
        write: Writes a value.
    """
    across, down = len(found.x.values), len(found.y.values)
    if not found.cells or across > MOST or down > MOST:
        return None
    left = 12 + _CAPITAL * max(len(_label(value)) for value in found.y.values)
    longest = _LETTER * max(len(_label(value)) + 1 for value in found.x.values)
    # Numbers can be read from their neighbours, names cannot: each has its label where there is room.
    widest = _FIELD if found.x.kind is AxisKind.NUMBER else max(_FIELD, longest)
    width = min(widest, (_WIDTH - left) / across)
    shades = Shades((cell.value for cell in found.cells if cell.value is not None), factor)
    every = math.ceil(longest / width)

    def field(cell: HeatCell) -> Field:
        text = write(cell.value)
        where = f"{found.x.name}={found.x.values[cell.x]}, {found.y.name}={found.y.values[cell.y]}"
        items = "1 item" if cell.count == 1 else f"{cell.count} items"
        return Field(
            x=left + width * cell.x,
            y=float(_HEIGHT * (down - 1 - cell.y)),  # upwards, as axes go
            style=f"{shades(cell.value)} best".strip() if cell.item == best else shades(cell.value),
            text=text if width >= _TEXT and len(text) * _LETTER < width else "",
            tip=visible(f"{where}: {text} ({items})"),
        )

    return HeatDrawing(
        left=left,
        width=left + width * across + 2,
        height=_HEIGHT * down + 24.0,
        field_width=width,
        field_height=float(_HEIGHT),
        columns=tuple(
            Mark(left + width * (index + 0.5), _label(value))
            for index, value in enumerate(found.x.values)
            if index % every == 0
        ),
        rows=tuple(
            Mark(_HEIGHT * (down - 1 - index) + _HEIGHT / 2, _label(value), "end")
            for index, value in enumerate(found.y.values)
        ),
        fields=tuple(map(field, found.cells)),
    )


def _label(value: str) -> str:
    text = visible(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
