"""`leanboard results edit|restore|purge|prune|reindex|import`, and the conditions of the list."""

import shutil

import pytest

from services.test_lean_cli_import import make


@pytest.fixture
def filled(bench):
    for _ in range(2):
        assert bench.invoke("run", "good", "--engine", "replay", "--no-progress", "--tag", "fine").code == 0
    return bench


def listed(bench, *arguments):
    return [item["timestamp"] for item in bench.invoke("results", "list", *arguments, "--json").json["items"]]


def test_edit_find_delete_and_restore(filled):
    second, first = listed(filled)
    done = filled.invoke("results", "edit", first, "--note", "the best", "--tag", "kept", "--untag", "fine", "--star")
    assert (done.code, done.out) == (0, f"{first}  *  good  #kept\n")
    assert "\n  *  #kept  the best\n" in filled.invoke("results", "show", first).out
    for query in (
        ("--text", "BEST"), ("--tag", "kept"), ("--where", "starred=true"), ("--sort", "size", "--starred"),
    ):  # fmt: skip
        assert listed(filled, *query) == [first], query
    assert listed(filled, "--where", "total_orders_min=1", "--where", "drawdown_max=0.9", "--unstarred") == [second]
    assert "* good" in filled.invoke("results").out

    refused = filled.invoke("results", "list", "--where", "sharpe_ratio_minimum=1")
    assert refused.code == 2
    assert "sharpe_ratio_minimum" in refused.err
    assert filled.invoke("results", "list", "--where", "starred").code == 2
    assert filled.invoke("results", "edit", first).code == 2
    assert "name" in filled.invoke("results", "edit", first, "--name", "").err

    assert filled.invoke("results", "delete", first).code == 0
    for path in (".", "..", "", f"../results/{first}", "latest"):
        for command in ("purge", "restore"):
            refused = filled.invoke("results", command, path)
            assert (refused.code, "is not the name of a result" in refused.err) == (2, True), (command, path)
    assert listed(filled, "--trashed") == [first]
    assert filled.invoke("results", "restore", first).out == f"restored {first}\n"
    assert filled.invoke("results", "restore", first).code == 2

    plan = filled.invoke("results", "prune", "--keep-runs", "1", "--dry-run")
    assert "1 results would go" in plan.out
    assert second in plan.out
    assert len(listed(filled)) == 2
    assert filled.invoke("results", "prune", "--keep-runs", "1", "--json").json["total"] == 1
    assert filled.invoke("results", "prune", "--keep-runs", "0").code == 2
    assert filled.invoke("results", "prune", "--dry-run").out.startswith("0 results")
    assert filled.invoke("results", "purge").code == 0
    assert listed(filled, "--trashed") == []
    assert filled.results() == [first]


def test_import_and_reindex(bench, tmp_path):
    folder = make(tmp_path / "projects")
    broken = make(tmp_path / "projects", "2024-05-07_00-00-00")
    (broken / "1234567890.json").write_text("{")
    done = bench.invoke("results", "import", str(tmp_path / "projects"))
    assert (done.code, done.out) == (0, "1 taken, 0 here already, 1 not taken\n")
    assert "2024-05-07_00-00-00" in done.err
    assert listed(bench, "--tag", "lean-cli") == ["2024-05-06_07-08-09"]
    again = bench.invoke("results", "import", str(folder), "--json").json
    assert (again["taken"], again["known"], again["items"][0]["timestamp"]) == (0, 1, "2024-05-06_07-08-09")
    assert bench.invoke("results", "import", str(broken)).code == 1
    assert bench.invoke("results", "import", str(tmp_path / "projects" / "none")).code == 2
    assert "Sharpe Ratio" in bench.invoke("results", "show", "2024-05-06_07-08-09").out

    shutil.rmtree(bench.home / "results" / "2024-05-06_07-08-09")
    report = bench.invoke("results", "reindex")
    assert report.out == "0 run directories: 0 added, 0 refreshed, 1 removed, 0 unreadable\n"
    assert listed(bench) == []
