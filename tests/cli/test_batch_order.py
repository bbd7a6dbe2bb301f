"""From the words of a command line to a batch."""

import pytest

from leanboard.errors import Problem
from leanboard.terminal.batch_order import SweepWords, in_batch_options, sweep_order
from leanboard.terminal.failure import CommandError, ExitCode


def made(common=None, **words):
    return sweep_order(SweepWords(**{"strategies": ["cross"], **words}), common or {}).request


def test_ranges_and_lists_are_axes_and_one_value_is_for_all():
    request = made(parameters=["fast=5:30:2.5", "slow=50, 100", "unit=a:b", "at=09:30"], symbols="AAPL, IBM")
    assert str(request.sweep.parameters["fast"].step) == "2.5"
    assert request.sweep.parameters["slow"] == ("50", "100")
    assert request.parameters == {"unit": "a:b", "at": "09:30"}
    assert request.sweep.symbols == ("AAPL", "IBM")


def test_windows():
    request = made(windows="2008-01-01..2008-12-31,2009-01-01..2009-12-31")
    assert [str(window.end_date) for window in request.sweep.windows] == ["2008-12-31", "2009-12-31"]


@pytest.mark.parametrize(
    ("text", "days"), [("365:90", (365, 90, None)), ("90", (None, 90, None)), ("9:8:7", (9, 8, 7))]
)
def test_walk_forward_takes_the_period(text, days):
    request = made({"start_date": "2008-01-01", "end_date": "2009-12-31"}, walk_forward=text)
    windows = request.sweep.windows
    assert (windows.train_days, windows.test_days, windows.step_days) == days
    assert str(windows.start_date) == "2008-01-01"
    assert request.start_date is None


def test_strategies_by_path_name_their_folder(tmp_path):
    (tmp_path / "mine.py").write_text("")
    order = sweep_order(SweepWords(["cross,main", str(tmp_path / "mine.py")]), {})
    assert order.request.sweep.strategies == ("cross", "main", "mine")
    assert order.has_paths


@pytest.mark.parametrize(
    ("words", "common", "option"),
    [
        ({"parameters": ["fast"]}, {}, "--param fast: expected"),
        ({"parameters": ["fast=1", "fast=2,3"]}, {}, "--param fast is given twice"),
        ({"parameters": ["1x=2,3"]}, {}, "--param 1x"),
        ({"symbols": "AA PL"}, {}, "--symbols"),
        ({"windows": "2008"}, {}, "--windows 2008: expected FIRST..LAST"),
        ({"windows": "2008-02-01..2008-01-01"}, {}, "--windows: end_date 2008-01-01 lies before"),
        ({"walk_forward": "9"}, {}, "needs --from and --to"),
        ({"walk_forward": "x"}, {"start_date": "2008-01-01"}, "--walk-forward x: expected"),
        ({"walk_forward": "9", "windows": "2008-01-01..2008-01-02"}, {}, "give one of them"),
        ({"anchored": True}, {}, "--anchored is for --walk-forward"),
        ({}, {"start_date": "soon"}, "--from: expected a date"),
        ({}, {"max_workers": 0}, "--workers"),
        ({"strategies": ["a b"]}, {}, "STRATEGY"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_command_line(words, common, option):
    with pytest.raises(CommandError) as caught:
        made(common, **words)
    assert caught.value.exit_code is ExitCode.USAGE
    assert option in caught.value.message


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("sweep.parameters.fast.step", "--param fast"),
        ("sweep.strategies.1", "STRATEGY"),
        ("sweep.symbols.0", "--symbols"),
        ("sweep.windows", "--windows"),
        ("start_date", "--from"),
        ("parameters.fast", "--param fast"),
        ("sweep", ""),
        ("image", "--image"),
    ],
)
def test_the_services_refusals_too(field, option):
    error = in_batch_options(CommandError("x", problems=(Problem(field, "is wrong"),)))
    assert error.message == f"{option}: is wrong".removeprefix(": ")


@pytest.mark.parametrize("values", ["1:1e12:1", "nan:5:1", "1:inf:1"])
def test_a_range_with_a_typing_error_is_no_text(values):
    with pytest.raises(CommandError, match="--param fast: expected a plain number"):
        made(parameters=[f"fast={values}"])


def test_a_list_of_no_symbols_is_not_the_strategy_s_own_choice():
    with pytest.raises(CommandError, match="--symbols names none"):
        made(symbols=" , ")


def test_windows_are_called_as_they_were_given():
    refusal = CommandError("", problems=(Problem("sweep.windows", "not one window fits"),))
    assert in_batch_options(refusal).message == "--windows: not one window fits"
    words = SweepWords(["cross"], walk_forward="300:100")
    assert in_batch_options(refusal, words.typed).message == "--walk-forward: not one window fits"


def test_a_matrix_calls_its_strategies_by_their_option():
    with pytest.raises(CommandError) as caught:
        made(strategies=["a b"], strategies_option="--strategies")
    assert caught.value.message.startswith("--strategies: expected the name of a strategy")
    assert caught.value.hint
