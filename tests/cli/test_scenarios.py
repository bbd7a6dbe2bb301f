"""`leanboard scenarios`, and the runs of a batch in `leanboard results`."""

import pytest
import yaml

from cli.conftest import end, read_until


@pytest.fixture
def served(bench):
    """A bench with a service, which is sooner asked than started by each command."""
    service = bench.start("serve", "--port", "0")
    try:
        read_until(service, "http://127.0.0.1:")
        yield bench
    finally:
        service.terminate()
        end(service)


def save(bench, name, *arguments, strategy="good", engine="replay"):
    return bench.invoke("scenarios", "save", name, strategy, "--engine", engine, *arguments)


def test_a_scenario_is_saved_shown_changed_and_deleted(served, tmp_path):
    assert served.invoke("scenarios").out == "no scenarios\n"
    done = save(served, "Fast cross", "-p", "fast=10", "-p", "on=NO", "--symbols", "AAPL, ON", "--commission", "0.1%")
    assert (done.code, done.out.startswith("saved Fast cross  ")) == (0, True)
    save(served, "another", "--cash", "2500.50", "--start", "2008-01-02")
    table = served.invoke("scenarios").out.splitlines()
    assert [line.split("  ")[0] for line in table] == ["scenario", "another", "Fast cross"]
    assert served.invoke("scenarios", "list", "--page", "2").out == "nothing on this page; there are 2 scenarios\n"

    shown = served.invoke("scenarios", "show", "FAST CROSS").out
    assert yaml.safe_load(shown) == {
        "name": "Fast cross",
        "strategy_name": "good",
        "parameters": {"fast": "10", "on": "NO"},
        "symbols": ["AAPL", "ON"],
        "commission": {"fraction": "0.001"},
        "engine": "replay",
    }
    file = tmp_path / "scenario.yaml"
    file.write_text(shown.replace("Fast cross", "fast CROSS"))
    refused = served.invoke("scenarios", "save", "--file", str(file))
    assert (refused.code, "choose another name" in refused.err, "--replace" in refused.err) == (1, True, True)
    replaced = served.invoke("scenarios", "save", "--file", str(file), "--replace", "-p", "fast=20", "--json").json
    assert (replaced["name"], replaced["parameters"]) == ("fast CROSS", {"fast": "20", "on": "NO"})
    assert served.invoke("scenarios", "show", replaced["id"], "--json").json == replaced
    copy = served.invoke("scenarios", "save", "a copy", "--file", str(file), "--json").json
    assert (copy["name"], copy["strategy_name"]) == ("a copy", "good")

    assert served.invoke("scenarios", "delete", "another").out == "deleted another\n"
    assert served.invoke("scenarios", "delete", replaced["id"], "--json").json == {"deleted": replaced["id"]}
    assert served.invoke("scenarios", "--json").json["total"] == 1
    for command in ("show", "delete"):
        gone = served.invoke("scenarios", command, "another")
        assert (gone.code, "no scenario called 'another'" in gone.err) == (2, True)

    unknown = save(served, "x", strategy="no_such_strategy", engine="auto")
    assert (unknown.code, "no_such_strategy" in unknown.err) == (2, True)

    # The results of a batch are asked for by the same service, so that there is one start less.
    assert served.invoke("results", "list", "--batch", "0" * 32, "--json").json["total"] == 0
    refused = served.invoke("results", "list", "--batch", "latest")
    assert (refused.code, "there are no batches yet" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give NAME and STRATEGY, or --file"),
        (("x",), "give NAME and STRATEGY, or --file"),
        (("", "good"), "NAME"),
        (("x", "../good"), "STRATEGY"),
        (("x", "good", "-p", "fast"), "--param fast: expected NAME=VALUE"),
        (("x", "good", "--cash", "much"), "--cash"),
        (("x", "good", "--commission", "100%"), "--commission"),
        (("x", "good", "--start", "2013-13-01"), "--start"),
        (("x", "good", "--symbols", "A,a"), "--symbols"),
        (("--file", "nowhere.yaml"), "cannot read nowhere.yaml"),
    ],
)
def test_what_cannot_be_is_named_in_the_words_of_the_command(bench, arguments, said):
    refused = bench.invoke("scenarios", "save", *arguments)
    assert (refused.code, said in refused.err) == (2, True), refused.err


def test_a_file_that_cannot_be_is_named_with_its_line(bench, tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text("name: x\nstrategy_name: good\ncash: 5\n")
    refused = bench.invoke("scenarios", "save", "--file", str(file))
    assert (refused.code, "line 3: cash: there is no field of this name" in refused.err) == (2, True)
