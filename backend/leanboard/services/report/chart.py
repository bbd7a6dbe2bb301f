"""Line charts as the numbers of an SVG: where lines, labels and areas are. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leanboard.services.comparison.curves import Curve, at_times, thinned
from leanboard.services.report.axis import Scale, growth_scale, time_scale, value_scale
from leanboard.services.report.figures import moment, visible
from leanboard.storage.lean_json import unix_time

_BANDS = 120  # parts of the width that say their values under the pointer


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes in the SVG's own units, which are pixels at full width.

    Attributes:
        name: CSS class; the page shows the layout that fits its width.
        points: Most points of a line.
    """

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    time_lines: int
    value_lines: int
    points: int


WIDE = Layout("wide", 1040, 320, left=72, right=12, top=12, bottom=28, time_lines=9, value_lines=5, points=1200)
WIDE_LOW = Layout("wide", 1040, 180, left=72, right=12, top=12, bottom=28, time_lines=9, value_lines=3, points=1200)
NARROW = Layout("narrow", 400, 260, left=62, right=8, top=10, bottom=26, time_lines=4, value_lines=4, points=400)
NARROW_LOW = Layout("narrow", 400, 150, left=62, right=8, top=10, bottom=26, time_lines=4, value_lines=3, points=400)


@dataclass(frozen=True, slots=True)
class Line:
    """A curve to draw.

    Attributes:
        label: In the legend.
        style: CSS class of the line and of its sign in the legend.
        fills: The area between the line and the axis is tinted.
    """

    label: str
    curve: Curve
    style: str
    fills: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of an axis in the drawing.

    Attributes:
        at: x or y.
        anchor: Of its text, SVG's word.
    """

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Path:
    """A drawn line: SVG's path data; ``area`` is empty where nothing is tinted."""

    style: str
    data: str
    area: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the drawing with the text that appears under the pointer."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One layout of a chart."""

    layout: Layout
    columns: tuple[Mark, ...]
    rows: tuple[Mark, ...]
    paths: tuple[Path, ...]
    bands: tuple[Band, ...]
    is_logarithmic: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its legend.

    Attributes:
        title: Also its text for those who do not see it.
        unit: Of the values.
        drawings: Of which the page shows one.
        is_logarithmic: Equal growth takes equal room.
    """

    title: str
    unit: str
    lines: tuple[Line, ...]
    drawings: tuple[Drawing, ...]
    is_logarithmic: bool


def chart(
    title: str,
    lines: Sequence[Line],
    *,
    unit: str = "",
    write: Callable[[float], str],
    layouts: Sequence[Layout] = (WIDE, NARROW),
    as_percent: bool = False,
) -> Chart | None:
    """Return a chart of lines that share their axes; None when none of them has a point.

    Args:
        title: Of the chart.
        lines: From back to front.
        unit: Of the values, for the page.
        write: How a value is written under the pointer.
        layouts: To draw.
        as_percent: The values are fractions.
    """
    there = [line for line in lines if len(line.curve)]
    if not there:
        return None
    drawings = tuple(_drawing(there, layout, write, as_percent=as_percent) for layout in layouts)
    return Chart(title, unit, tuple(there), drawings, any(drawing.is_logarithmic for drawing in drawings))


def _drawing(lines: Sequence[Line], layout: Layout, write: Callable[[float], str], *, as_percent: bool) -> Drawing:
    low = min(float(line.curve.values.min()) for line in lines)
    high = max(float(line.curve.values.max()) for line in lines)
    if as_percent:
        values = value_scale(low, high, layout.value_lines, as_percent=True)
    else:
        values = growth_scale(low, high, layout.value_lines)
    times = time_scale(
        min(float(line.curve.times[0]) for line in lines),
        max(float(line.curve.times[-1]) for line in lines),
        layout.time_lines,
    )
    place = _Place(layout, times, values)
    return Drawing(
        layout=layout,
        columns=tuple(_column(place, tick.value, tick.label) for tick in times.ticks),
        rows=tuple(Mark(place.y(tick.value), tick.label, "end") for tick in values.ticks),
        paths=tuple(_path(line, place) for line in lines),
        bands=_bands(lines, place, write),
        is_logarithmic=values.is_logarithmic,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """From values to coordinates."""

    layout: Layout
    times: Scale
    values: Scale

    def x(self, at: float) -> float:
        inside = self.layout.width - self.layout.left - self.layout.right
        return round(self.layout.left + inside * self.times.share(at), 1)

    def y(self, value: float) -> float:
        inside = self.layout.height - self.layout.top - self.layout.bottom
        return round(self.layout.top + inside * (1 - self.values.share(value)), 1)


def _column(place: _Place, at: float, label: str) -> Mark:
    """Keep the outermost labels inside of the drawing."""
    x, half = place.x(at), 3.4 * len(label)
    if x + half > place.layout.width:
        return Mark(x, label, "end")
    return Mark(x, label, "start" if x - half < 0 else "middle")


def _path(line: Line, place: _Place) -> Path:
    points = [(place.x(at), place.y(value)) for at, value in thinned(line.curve, place.layout.points)]
    data = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    if not line.fills:
        return Path(line.style, data)
    ground = place.y(min(max(0.0, place.values.low), place.values.high))
    return Path(line.style, data, f"{data}L{points[-1][0]:g} {ground:g}L{points[0][0]:g} {ground:g}Z")


def _bands(lines: Sequence[Line], place: _Place, write: Callable[[float], str]) -> tuple[Band, ...]:
    """Cut the width into parts, each with the values at its end; the last value known, where there is none."""
    span = place.times.high - place.times.low
    edges = [place.times.low + span * number / _BANDS for number in range(_BANDS + 1)]
    known = [at_times(line.curve, edges[1:]) for line in lines]
    found = []
    for number, (start, end) in enumerate(pairwise(edges)):
        values = [(line, row[number]) for line, row in zip(lines, known, strict=True)]
        texts = [f"{visible(line.label)}: {write(value)}" for line, value in values if math.isfinite(value)]
        x = place.x(start)
        found.append(Band(x, round(place.x(end) - x, 1), "\n".join((moment(unix_time(end)), *texts))))
    return tuple(found)
