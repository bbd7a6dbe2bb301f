import pytest

from leanboard.terminal.text import clock, file_size, printable, short_duration


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain äöü 漢字", "plain äöü 漢字"),
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred", "^[[31mred"),
        ("a\rb", "a^Mb"),
        ("\x9b2J", "<9B>2J"),
        ("\u202egnp.exe", "<202E>gnp.exe"),
        ("a\r\nb", "a\nb"),
    ],
)
def test_nothing_can_steer_the_terminal(text, wanted):
    assert printable(text) == wanted


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [(0.8412, "0.84 s"), (12.3, "12 s"), (185, "3:05 min"), (7384, "2:03:04 h")],
)
def test_durations(seconds, wanted):
    assert short_duration(seconds) == wanted


@pytest.mark.parametrize(("seconds", "wanted"), [(7, "0:07"), (754.4, "12:34"), (3723, "1:02:03"), (-1, "0:00")])
def test_countdowns(seconds, wanted):
    assert clock(seconds) == wanted


@pytest.mark.parametrize(("size", "wanted"), [(812, "812 B"), (3400, "3.4 kB"), (22.6e6, "22.6 MB"), (5e9, "5.0 GB")])
def test_sizes(size, wanted):
    assert file_size(size) == wanted
