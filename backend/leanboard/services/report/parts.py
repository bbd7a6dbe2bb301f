"""Parts that the pages share: figures, tables of returns, notes. View models: what a template shows, written out."""

from collections.abc import Sequence
from dataclasses import dataclass

from leanboard.models.results import DataProvenance
from leanboard.services.report.figures import NOTHING, percent, visible
from leanboard.services.report.monthly import MonthlyReturns, shade, strongest

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Figure:
    """A name and its value; ``style`` is a CSS class such as ``gain``."""

    name: str
    value: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its first column holds names, the others figures or texts.

    Attributes:
        heads: One a column.
        rows: Each as long.
        texts: Numbers of the columns that are read from the left, beside the first.
    """

    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: frozenset[int] = frozenset()


def returns_by_month(found: MonthlyReturns) -> Table | None:
    """Return the table of a row a year, the newest last; None without any month."""
    if not found.months:
        return None
    strong = strongest(found.months.values())
    years = sorted({year for year, _ in found.months})
    rows = []
    for year in years:
        months = [found.months.get((year, month)) for month in range(1, 13)]
        cells = [Cell("" if rate is None else percent(rate, 1), shade(rate, strong)) for rate in months]
        rows.append((Cell(str(year)), *cells, Cell(percent(found.years.get(year), 1), "total")))
    return Table((Cell("Year"), *map(Cell, MONTHS), Cell("Total", "total")), tuple(rows))


def gain(value: float | None) -> str:
    """Return the CSS class of a figure that is good above 0 and bad below."""
    if value is None or not value:
        return ""
    return "gain" if value > 0 else "loss"


def data_notes(data: DataProvenance) -> tuple[str, ...]:
    """Return what a reader must know about the market data."""
    if data.kind == "simulated":
        return ("The market data is simulated: the figures say nothing about any market.",)
    if data.kind == "mixed":
        return ("A part of the market data is simulated: the figures say little about any market.",)
    return ()


def facts(pairs: Sequence[tuple[str, str]]) -> tuple[Figure, ...]:
    """Return what is known; what is not is left out."""
    return tuple(Figure(name, visible(value)) for name, value in pairs if value and value != NOTHING)
