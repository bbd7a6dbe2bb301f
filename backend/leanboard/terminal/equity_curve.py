"""An equity curve in characters: braille where the terminal has it, else half blocks, else ASCII.

Pure: numbers in, lines of text out. Time runs from left to right in proportion; each column of dots covers
everything between the lowest and the highest value that falls into it, so that no spike is lost by thinning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leanboard.models.results import EquityPoint

_BRAILLE_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # Unicode: rows of a cell, two dots each
_ASCII_GLYPHS = {0: " ", 1: "'", 2: ".", 3: ":"}
_BLOCK_GLYPHS = {0: " ", 1: "▀", 2: "▄", 3: "█"}
MIN_WIDTH = 24


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """What a curve is drawn with.

    Attributes:
        across: Dots beside each other in a character.
        down: Dots above each other in a character.
        axis: Characters for a labelled row, another row, the corner and the time axis.
    """

    name: str
    across: int
    down: int
    axis: tuple[str, str, str, str]

    def glyph(self, dots: frozenset[tuple[int, int]]) -> str:
        """Return the character that shows these (row, column) dots of one cell."""
        if self.name == "braille":
            return chr(0x2800 + sum(_BRAILLE_DOTS[row][column] for row, column in dots)) if dots else " "
        bits = sum(1 << row for row, _ in dots)
        return (_BLOCK_GLYPHS if self.name == "blocks" else _ASCII_GLYPHS)[bits]


BRAILLE = CharacterSet("braille", 2, 4, ("┤", "│", "└", "─"))
BLOCKS = CharacterSet("blocks", 1, 2, ("┤", "│", "└", "─"))
ASCII = CharacterSet("ascii", 1, 2, ("|", "|", "+", "-"))


def character_set_for(encoding: str, terminal: str = "") -> CharacterSet:
    """Choose what the output can carry and its font can show.

    Args:
        encoding: Of the stream, such as ``utf-8``.
        terminal: The value of TERM; the Linux console's fonts have blocks, but no braille.
    """
    for candidate, sample in ((BRAILLE, "⠿┤└─│"), (BLOCKS, "▀▄█┤└─│")):
        if candidate is BRAILLE and terminal == "linux":
            continue
        try:
            sample.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            continue
        return candidate
    return ASCII


def draw(points: Sequence[EquityPoint], *, width: int, height: int, characters: CharacterSet) -> list[str]:
    """Draw the curve with its labels.

    Args:
        points: In the order of time; at least one.
        width: Characters for everything, labels included.
        height: Lines for the curve itself; the time axis takes two more.
        characters: What to draw with.

    Returns:
        Lines no longer than ``width``, without line ends; empty when there is nothing to draw or no room for it.
    """
    if len(points) < 2 or width < MIN_WIDTH or height < 2:
        return []
    low, high = min(p.value for p in points), max(p.value for p in points)
    labels = _labels(low, high, points[-1].value, height)
    margin = max(len(text) for text in labels.values())
    columns = width - margin - 2
    canvas = _Canvas(columns, height, characters)
    canvas.plot(points, low, high)
    tick, plain, corner, dash = characters.axis
    lines = [
        f"{labels.get(row, ''):>{margin}} {tick if row in labels else plain}{text}".rstrip()
        for row, text in enumerate(canvas.rows())
    ]
    lines.append(f"{'':>{margin}} {corner}{dash * columns}")
    lines.append(" " * (margin + 2) + _time_axis(points[0].time, points[-1].time, columns))
    return lines


def extremes(points: Sequence[EquityPoint], width: int) -> list[str]:
    """Return what stands under the curve: first, lowest, highest and last value, with their days.

    Args:
        points: In the order of time.
        width: One line where that is enough, else two.
    """
    if not points:
        return []
    low, high = min(points, key=lambda p: p.value), max(points, key=lambda p: p.value)
    parts = [
        f"{word} {money(p.value)} ({p.time:%Y-%m-%d})"
        for word, p in (("first", points[0]), ("last", points[-1]), ("min", low), ("max", high))
    ]
    line = "   ".join(parts)
    return [line] if len(line) <= width else ["   ".join(parts[:2]), "   ".join(parts[2:])]


def money(value: float) -> str:
    """Return an amount of the account's currency with thousands separated and two decimals."""
    return f"{value:,.2f}"


def _labels(low: float, high: float, last: float, height: int) -> dict[int, str]:
    """Return row -> label: highest at the top, lowest at the bottom, the last value where it lies between."""
    labels = {0: _short(high, high - low), height - 1: _short(low, high - low)}
    if high > low:
        row = round((high - last) / (high - low) * (height - 1))
        labels.setdefault(row, _short(last, high - low))
    return labels


def _short(value: float, spread: float) -> str:
    decimals = 2 if 0 < spread < 10 else 0
    return f"{value:,.{decimals}f}"


def _time_axis(first: datetime, last: datetime, columns: int) -> str:
    pattern = "%Y-%m-%d" if first.date() != last.date() else "%Y-%m-%d %H:%M"
    start, end = first.strftime(pattern), last.strftime(pattern)
    if columns < len(start) + len(end) + 2:
        return start[:columns]
    return start + end.rjust(columns - len(start))


class _Canvas:
    """A raster of dots, ``across`` x ``down`` of them in a character."""

    def __init__(self, columns: int, rows: int, characters: CharacterSet) -> None:
        self._columns, self._rows, self._characters = columns, rows, characters
        self._width, self._height = columns * characters.across, rows * characters.down
        self._dots: set[tuple[int, int]] = set()

    def plot(self, points: Sequence[EquityPoint], low: float, high: float) -> None:
        """Set the dots of the curve."""
        levels = [self._level(point.value, low, high) for point in points]
        columns = [self._column(point.time, points[0].time, points[-1].time) for point in points]
        for index in range(1, len(points)):
            self._join(columns[index - 1], levels[index - 1], columns[index], levels[index])

    def rows(self) -> list[str]:
        """Return the raster as text, from top to bottom."""
        cells: dict[tuple[int, int], set[tuple[int, int]]] = {}
        down, across = self._characters.down, self._characters.across
        for y, x in self._dots:
            cells.setdefault((y // down, x // across), set()).add((y % down, x % across))
        return [
            "".join(self._characters.glyph(frozenset(cells.get((row, column), ()))) for column in range(self._columns))
            for row in range(self._rows)
        ]

    def _level(self, value: float, low: float, high: float) -> int:
        if high <= low:
            return (self._height - 1) // 2
        return round((high - value) / (high - low) * (self._height - 1))

    def _column(self, time: datetime, first: datetime, last: datetime) -> int:
        span = (last - first).total_seconds()
        share = (time - first).total_seconds() / span if span > 0 else 0.0
        return min(self._width - 1, max(0, round(share * (self._width - 1))))

    def _join(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """Draw a line; every column between the ends gets the levels that the line crosses there."""
        if x1 <= x0:
            self._vertical(x1, y0, y1)
            return
        previous = y0
        for x in range(x0, x1 + 1):
            y = round(y0 + (y1 - y0) * (x - x0) / (x1 - x0))
            self._vertical(x, previous + (y > previous) - (y < previous), y)
            previous = y

    def _vertical(self, x: int, y0: int, y1: int) -> None:
        for y in range(min(y0, y1), max(y0, y1) + 1):
            self._dots.add((y, x))
