"""`leanboard results compare`, `export`, `rerun` and `verify`."""

import pytest


@pytest.fixture
def pair(bench):
    """Two runs of a recording and one that failed; the names of the good ones, the older first."""
    for _ in range(2):
        assert bench.invoke("run", "good", "--engine", "replay", "--no-progress").code == 0
    return bench, bench.results()


def test_compare(pair):
    bench, (one, other) = pair
    shown = bench.invoke("results", "compare", one, "latest")
    assert shown.code == 0, shown.err
    assert f"A  {one}  good (baseline)" in shown.out
    assert f"B  {other}  good" in shown.out
    assert "not comparable" not in shown.out
    assert any(line.split() == ["Net", "Profit", "0.401%", "0.401%"] for line in shown.out.splitlines())
    found = bench.invoke("results", "compare", one, other, "--baseline", other, "--json").json
    assert found["baseline"] == other
    assert [run["timestamp"] for run in found["runs"]] == [one, other]


def test_what_cannot_be_compared(pair):
    bench, _ = pair
    for arguments, words in (
        (["latest"], "name 2 to 20 results"),
        (["latest", "latest"], "named twice"),
        (["latest", "2000-01-01_00-00-00"], "no such run as 2000-01-01_00-00-00"),
        (["latest", "../../etc"], "not the name of a result"),
    ):
        done = bench.invoke("results", "compare", *arguments)
        assert (done.code, words in done.err) == (2, True), done.err


def test_export(pair):
    bench, (one, other) = pair
    single = bench.root / "one.html"
    done = bench.invoke("results", "export", "latest", "--output", str(single), "--json")
    assert done.json == {"file": str(single), "bytes": single.stat().st_size}
    assert single.read_bytes().startswith(b"<!doctype html>")
    assert b"Closed trades" in single.read_bytes() or b"Statistics" in single.read_bytes()

    again = bench.invoke("results", "export", one, "-o", str(single))
    assert (again.code, "--force" in again.err) == (2, True)
    both = bench.invoke("results", "export", one, other, "-o", str(single), "--force")
    assert both.code == 0, both.err
    assert b"2 runs compared" in single.read_bytes()
    assert [path.name for path in bench.root.iterdir() if path.name.startswith(".one")] == []
    assert bench.invoke("results", "export", one, "-o", str(bench.root)).code == 2
    assert bench.invoke("results", "export", one, "-o", str(bench.root / "none" / "one.html")).code == 2


def test_rerun_and_verify(pair):
    bench, (one, other) = pair
    done = bench.invoke("results", "rerun", one)
    assert done.code == 0, done.err
    assert done.out.startswith("equal: ")
    assert "on engine replay" in done.err
    assert len(bench.results()) == 3
    assert bench.invoke("results", "rerun", other, "--json").json["state"] == "equal"
    refused = bench.invoke("results", "verify", one)
    assert refused.code == 1
    assert "played a recording" in refused.err
    assert bench.invoke("results", "rerun", "2000-01-01_00-00-00").code == 2
