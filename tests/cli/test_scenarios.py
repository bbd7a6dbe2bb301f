"""`leanboard scenarios`, and the runs of a batch in `leanboard results`."""

import pytest
import yaml

REPLAY = ("--engine", "replay")


def save(bench, name, *arguments):
    return bench.invoke("scenarios", "save", name, "good", *REPLAY, *arguments)


def test_a_scenario_is_saved_shown_changed_and_deleted(bench, tmp_path):
    assert bench.invoke("scenarios").out == "no scenarios\n"
    done = save(bench, "Fast cross", "-p", "fast=10", "-p", "on=NO", "--symbols", "AAPL, ON", "--commission", "0.1%")
    assert (done.code, done.out.startswith("saved Fast cross  ")) == (0, True)
    save(bench, "another", "--cash", "2500.50", "--start", "2008-01-02")
    table = bench.invoke("scenarios").out.splitlines()
    assert [line.split("  ")[0] for line in table] == ["scenario", "another", "Fast cross"]
    assert bench.invoke("scenarios", "list", "--page", "2").out == "nothing on this page; there are 2 scenarios\n"

    shown = bench.invoke("scenarios", "show", "FAST CROSS").out
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
    refused = bench.invoke("scenarios", "save", "--file", str(file))
    assert (refused.code, "choose another name" in refused.err, "--replace" in refused.err) == (1, True, True)
    replaced = bench.invoke("scenarios", "save", "--file", str(file), "--replace", "-p", "fast=20", "--json").json
    assert (replaced["name"], replaced["parameters"]) == ("fast CROSS", {"fast": "20", "on": "NO"})
    assert bench.invoke("scenarios", "show", replaced["id"], "--json").json == replaced
    copy = bench.invoke("scenarios", "save", "a copy", "--file", str(file), "--json").json
    assert (copy["name"], copy["strategy_name"]) == ("a copy", "good")

    assert bench.invoke("scenarios", "delete", "another").out == "deleted another\n"
    assert bench.invoke("scenarios", "delete", replaced["id"], "--json").json == {"deleted": replaced["id"]}
    assert bench.invoke("scenarios", "--json").json["total"] == 1
    for command in ("show", "delete"):
        gone = bench.invoke("scenarios", command, "another")
        assert (gone.code, "no scenario called 'another'" in gone.err) == (2, True)


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
        (("x", "no_such_strategy"), "no_such_strategy"),
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


def test_the_results_of_a_batch_that_is_not_there_are_none(bench):
    assert bench.invoke("run", "good", *REPLAY, "--no-progress").code == 0
    assert bench.invoke("results", "list", "--json").json["total"] == 1
    assert bench.invoke("results", "list", "--batch", "0" * 32, "--json").json["total"] == 0
    refused = bench.invoke("results", "list", "--batch", "latest")
    assert (refused.code, "there is no batch 'latest'" in refused.err) == (2, True)
