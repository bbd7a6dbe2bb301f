from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.values import points
from leanboard.terminal.equity_curve import ASCII, BLOCKS, BRAILLE, character_set_for, draw, extremes, money

SETS = pytest.mark.parametrize("characters", [BRAILLE, BLOCKS, ASCII], ids=lambda c: c.name)


@pytest.mark.parametrize(
    ("encoding", "terminal", "wanted"),
    [
        ("utf-8", "xterm-256color", BRAILLE),
        ("utf-8", "linux", BLOCKS),
        ("cp437", "", BLOCKS),
        ("ascii", "xterm", ASCII),
        ("latin-1", "xterm", ASCII),
        ("no-such-encoding", "", ASCII),
    ],
)
def test_characters_are_those_that_the_output_can_carry(encoding, terminal, wanted):
    assert character_set_for(encoding, terminal) is wanted


def test_ascii_is_ascii():
    assert "".join(draw(points(1.0, 3.0, 2.0), width=60, height=5, characters=ASCII)).isascii()


@SETS
def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right(characters):
    lines = draw(points(0.0, 100.0), width=40, height=5, characters=characters)
    inner = [line.split(characters.axis[0])[-1].split(characters.axis[1])[-1] for line in lines[:5]]
    begins = [len(text) - len(text.lstrip()) for text in inner]
    assert begins == sorted(begins, reverse=True)
    assert begins[-1] == 0
    assert len(inner[0]) == 40 - len("100 ") - 1


@SETS
def test_labels(characters):
    lines = draw(points(100_000.0, 125_000.0, 90_000.0, 110_000.0), width=60, height=6, characters=characters)
    assert lines[0].startswith("125,000 ")
    assert lines[5].startswith(" 90,000 ")
    assert any(line.startswith("110,000 ") for line in lines)
    assert lines[-1].strip().startswith("2013-10-07")
    assert lines[-1].endswith("2013-10-10")


def test_a_spike_is_never_lost():
    values = [100.0] * 5000
    values[2500] = 1000.0
    top = draw(points(*values, step=timedelta(minutes=1)), width=40, height=4, characters=BRAILLE)[0]
    assert any("\u2800" < character <= "\u28ff" for character in top)


def test_hours_where_there_is_one_day():
    lines = draw(points(1.0, 2.0, 3.0, step=timedelta(hours=1)), width=60, height=4, characters=ASCII)
    assert "2013-10-07 13:30" in lines[-1]
    assert "2013-10-07 15:30" in lines[-1]


def test_time_runs_in_proportion():
    curve = points(0.0, 0.0) + points(10.0, step=timedelta(0))[:0]
    late = (*curve, curve[0].evolve(time=curve[0].time + timedelta(days=100), value=10.0))
    top = draw(late, width=50, height=3, characters=ASCII)[0]
    assert len(top) - len(top.rstrip(":'.")) <= len(top) // 2


@pytest.mark.parametrize(("values", "width", "height"), [((), 80, 5), ((1.0,), 80, 5), ((1.0, 2.0), 10, 5)])
def test_nothing_where_nothing_can_be_drawn(values, width, height):
    assert draw(points(*values), width=width, height=height, characters=BRAILLE) == []


@given(
    values=st.lists(st.floats(min_value=-1e15, max_value=1e15), min_size=2, max_size=60),
    width=st.integers(24, 150),
    height=st.integers(2, 20),
    characters=st.sampled_from([BRAILLE, BLOCKS, ASCII]),
)
def test_always_within_its_bounds(values, width, height, characters):
    lines = draw(points(*values), width=width, height=height, characters=characters)
    assert len(lines) in {0, height + 2}
    assert all(len(line) <= width for line in lines)
    # Every column shows something: the curve has no holes.
    start = len(lines[-2]) - len(lines[-2].lstrip()) + 1 if lines else 0
    for column in range(start, width if lines else 0):
        assert any(line[column : column + 1].strip() for line in lines[:height])


def test_extremes_say_when():
    [line] = extremes(points(100.0, 120.5, 80.0, 90.0), 200)
    assert "first 100.00 (2013-10-07)" in line
    assert "max 120.50 (2013-10-08)" in line
    assert "min 80.00 (2013-10-09)" in line
    assert "last 90.00 (2013-10-10)" in line
    assert len(extremes(points(100.0, 120.5), 60)) == 2
    assert extremes((), 80) == []


def test_money():
    assert money(1234567.891) == "1,234,567.89"
    assert money(-5.0) == "-5.00"
