"""Tables of plain columns that never hide a name: what has no room is left out as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

GAP = "  "
MIN_FLEXIBLE = 16


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: Above it.
        right: Numbers stand to the right.
        rank: Columns with the highest rank are left out first where there is no room; 0 always stays.
        flexible: Is shortened before anything is left out; one column at most.
        least: Characters to which it is shortened.
        steady: Characters that it has at least, so that a picture does not tremble while its cells change.
    """

    title: str
    right: bool = False
    rank: int = 0
    flexible: bool = False
    least: int = MIN_FLEXIBLE
    steady: int = 0


def print_table(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> None:
    """Print a table as wide as it needs; in a terminal no wider than that, elsewhere complete."""
    for line in table_lines(columns, rows, console.width if console.is_terminal else None):
        console.print(line, soft_wrap=True)


def print_place(console: Console, page: int | None, page_size: int, total: int, what: str) -> None:
    """Say below a table which page of several it is.

    Args:
        console: Where.
        page: From 1; None for one that was asked for by cursor.
        page_size: Rows of a page.
        total: Rows of all pages.
        what: They are, such as "results".
    """
    pages = -(-total // page_size)
    if page is not None and pages > 1:
        console.print(Text(f"page {page} of {pages}, {total} {what}", style="dim"))


def table_lines(columns: Sequence[Column], rows: Sequence[Sequence[Text]], room: int | None) -> list[Text]:
    """Return the lines of a table, its titles first; no wider than ``room`` where that is not None."""
    widths = [
        max([len(column.title), column.steady, *(row[index].cell_len for row in rows)])
        for index, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    if room is not None:
        shown, widths = _fit(columns, widths, room)
    header = [Text(column.title, style="dim") for column in columns]
    lines = []
    for cells in (header, *rows):
        line = Text(GAP).join(_cell(cells[index], columns[index], widths[index]) for index in shown)
        line.rstrip()
        lines.append(line)
    return lines


def filled(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]]
) -> tuple[Sequence[Column], Sequence[Sequence[Text]]]:
    """Return columns and rows without the columns that no row has anything in."""
    kept = [index for index in range(len(columns)) if any(row[index].plain for row in rows)]
    return [columns[index] for index in kept], [[row[index] for index in kept] for row in rows]


def _fit(columns: Sequence[Column], widths: list[int], room: int) -> tuple[list[int], list[int]]:
    shown, wanted = list(range(len(columns))), widths
    while True:
        widths = list(wanted)
        total = sum(widths[index] for index in shown) + len(GAP) * (len(shown) - 1)
        for index in shown:
            if columns[index].flexible and total > room:
                smaller = max(min(columns[index].least, widths[index]), widths[index] - (total - room))
                total, widths[index] = total - widths[index] + smaller, smaller
        least = max(shown, key=lambda index: (columns[index].rank, index))
        if total <= room or columns[least].rank == 0:
            return shown, widths
        shown.remove(least)


def _cell(text: Text, column: Column, width: int) -> Text:
    cell = text.copy()
    if cell.cell_len > width:
        cell.truncate(width, overflow="ellipsis")
    cell.align("right" if column.right else "left", width)
    return cell
