import io

from rich.console import Console
from rich.text import Text

from leanboard.terminal.columns import Column, filled, print_table

COLUMNS = (Column("name"), Column("figure", right=True, rank=2), Column("kind", rank=1), Column("words", flexible=True))
ROWS = [
    [Text("2026-01-31_12-00-00"), Text("1.5%"), Text("equity"), Text("a sentence that goes on and on and on")],
    [Text("b"), Text("100.25%"), Text("fx"), Text("")],
]


def table(width, *, terminal):
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    print_table(console, COLUMNS, ROWS)
    return console.file.getvalue().splitlines()


def test_all_of_it_where_there_is_room():
    assert table(100, terminal=True) == [
        "name                  figure  kind    words",
        "2026-01-31_12-00-00     1.5%  equity  a sentence that goes on and on and on",
        "b                    100.25%  fx",
    ]


def test_the_flexible_column_is_shortened_first():
    lines = table(60, terminal=True)
    assert lines[1] == "2026-01-31_12-00-00     1.5%  equity  a sentence that goes …"
    assert max(map(len, lines)) == 60


def test_then_whole_columns_go_and_names_stay():
    lines = table(46, terminal=True)
    assert lines[0].split() == ["name", "kind", "words"]
    assert lines[1].startswith("2026-01-31_12-00-00")
    assert table(10, terminal=True)[1].startswith("2026-01-31_12-00-00")


def test_a_pipe_gets_everything():
    assert table(10, terminal=False) == table(200, terminal=True)


def test_columns_that_no_row_fills_go():
    columns, rows = filled(COLUMNS[:3], [[Text("a"), Text(""), Text("x")], [Text("b"), Text(""), Text("")]])
    assert [column.title for column in columns] == ["name", "kind"]
    assert [[cell.plain for cell in row] for row in rows] == [["a", "x"], ["b", ""]]
