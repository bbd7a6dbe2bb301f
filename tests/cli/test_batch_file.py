"""A batch in a file: read as written, and what is wrong is said with its line."""

import pytest

from leanboard.errors import Problem
from leanboard.terminal.batch_file import read_batch
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.yaml_file import MAX_BYTES

SWEEP = """\
name: crosses
sweep:
  strategies: [cross]
  symbols: [AAPL, ON, NO]        # tickers, whatever older YAML takes them for
  parameters:
    fast: {min: 5, max: 30, step: 2.5}
    at: [5:30:5, 09, 1e3, true, "2.50"]
start_date: 2008-01-01
end_date: 2010-12-31
initial_cash: 2500.50
"""


@pytest.fixture
def file(tmp_path):
    def written(text, name="batch.yaml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return written


def refused(path):
    with pytest.raises(CommandError) as caught:
        read_batch(path)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.message.replace(path, "FILE")


def test_values_mean_what_they_look_like(file):
    request = read_batch(file(SWEEP)).value
    assert request.sweep.symbols == ("AAPL", "ON", "NO")
    assert request.sweep.parameters["at"] == ("5:30:5", "09", "1000.0", "true", "2.50")
    assert str(request.sweep.parameters["fast"].step) == "2.5"
    assert str(request.start_date) == "2008-01-01"
    assert str(request.initial_cash) == "2500.5"


def test_json_with_tabs_is_read_too(file):
    text = '{\n\t"items": [\n\t\t{"strategy": "cross",\t"symbol": "IBM"}\n\t]\n}'
    assert read_batch(file(text, "batch.json")).value.items[0].symbol == "IBM"


def test_anchors_are_for_what_is_said_twice(file):
    text = "items:\n- &a {strategy: cross, symbol: IBM}\n- *a\n"
    assert [item.symbol for item in read_batch(file(text)).value.items] == ["IBM", "IBM"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SWEEP.replace("max: 30", "max: x"), "FILE: line 6: sweep.parameters.fast.max: expected a plain number"),
        (SWEEP.replace("2008-01-01", "2008-13-01"), "FILE: line 8: start_date: "),
        (SWEEP + "fresch: true\n", "FILE: line 11: fresch: there is no field of this name here; did you mean fresh?"),
        (SWEEP + "name: again\n", "FILE: line 11: name stands here for the second time"),
        ("items:\n- strategy: a\n- strategy: b\n  simbol: X\n", "FILE: line 4: items.1.simbol: there is no field"),
        (
            "items:\n- strategy: a\n  simbol: X\n",
            "FILE: line 3: items.0.simbol: there is no field of this name here; did you mean symbol?",
        ),
        (
            SWEEP.replace("step: 2.5", "by: 2.5, step: 1"),
            "FILE: line 6: sweep.parameters.fast.by: there is no field of this name here; there are: min, max, step",
        ),
        (
            SWEEP.replace("2010-12-31", "2007-12-31"),
            "FILE: line 9: end_date: end_date 2007-12-31 lies before start_date 2008-01-01",
        ),
        (SWEEP + "items: []\nfresch: 1\n", "FILE: line 11: items: must not be empty\nFILE: line 12: fresch:"),
        (SWEEP + "items: [{strategy: a}]\n", "FILE: give exactly one of items, sweep and scenarios"),
        ("items:\n\t- strategy: a\n", "FILE: line 2: a tab: indent with spaces"),
        ("name: a: b\n", "FILE: line 1: a second ': '"),
        ('name: "a\nitems: []\n', "FILE: line 3: the file ends here, in what begins on line 1"),
        (
            "sweep: {strategies: [a], parameters: {n: 1:2:3}}",
            "FILE: line 1: sweep.parameters.n: expected a list, or names",
        ),
        ("sweep: {strategies: [a]\nname: x\n", "FILE: line 2: "),
        ("sweep: {strategies: []}", "FILE: line 1: sweep.strategies: must not be empty"),
        ("sweep: {strategies: main}", "FILE: line 1: sweep.strategies: expected a list"),
        (
            "commission: 1\nitems: [{strategy: a}]",
            "FILE: line 1: commission: expected fields and their values, such as {per_order: 1} or ",
        ),
        ("- 1", "FILE: expected a batch: items, sweep or scenarios"),
        ("", "FILE: expected a batch"),
        (
            "name: !!python/object/apply:os.getcwd []",
            "FILE: line 1: tag:yaml.org,2002:python/object/apply:os.getcwd means",
        ),
        ("? [1, 2]\n: 3", "FILE: line 1: the name of a field is expected"),
        ("a: &a\n  b: *a", "FILE: more than 50000 values"),
        ("[" * 2000, "FILE: no YAML: "),
        ("\0", "FILE: no YAML: "),
        (b"\xff\xfe", "FILE is not text in UTF-8"),
        ("#" + " " * MAX_BYTES, "FILE is larger than 1024 KB"),
    ],
    ids=range(27),
)
def test_what_is_wrong_is_said_with_its_line(file, text, message):
    assert refused(file(text)).startswith(message)


def test_a_list_whose_items_are_wrong_is_not_called_empty_as_well(file):
    assert refused(file("scenarios: [abc]")) == "FILE: line 1: scenarios.0: expected an id, 32 hex digits"


def test_laughs_are_not_laughed(file):
    levels = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    levels += [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    assert "more than 50000 values" in refused(file("\n".join(levels)))


def test_a_file_that_is_not_there(tmp_path):
    assert refused(str(tmp_path / "absent.yaml")) == "cannot read FILE: no such file or directory"


def test_a_refusal_of_the_service_gets_lines(file):
    source = read_batch(file(SWEEP))
    error = CommandError("x", code="invalid_input", problems=(Problem("sweep.strategies.0", "no strategy"),))
    assert source.located(error).message == f"{source.name}: line 3: sweep.strategies.0: no strategy"
