"""Labels, trash, retention and reindex over HTTP, with the real services behind."""

import shutil
import time
from typing import Any

import pytest

from api.api_fakes import API
from api.places import Engine, Place, place
from api.serving import Served, problem
from leanboard.models.run import EngineName


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("organising")
    with place(root, Engine(EngineName.EMBEDDED)) as service:
        yield service


def results(here: Place, **query: Any) -> list[str]:
    page = here.client.get(f"{API}/results", params=query)
    assert page.status_code == 200, page.text
    return [item["timestamp"] for item in page.json()["items"]]


def test_label_find_delete_and_restore(here: Place) -> None:
    name = here.finished(name="plain")["timestamp"]
    path = f"{API}/results/{name}"
    changed = here.client.patch(path, json={"name": "<b>Straße</b>", "tags": ["x"], "note": "n", "starred": True})
    assert changed.status_code == 200
    assert changed.json()["run"]["name"] == "<b>Straße</b>"
    assert changed.json()["size"] > 0
    for query in ({"text": "STRASSE"}, {"starred": "true"}, {"tag": "x"}, {"total_orders_min": 1, "text": "n"}):
        assert results(here, **query) == [name], query
    assert here.client.delete(path).status_code == 204
    assert results(here) == []
    assert results(here, trashed="true") == [name]
    for method, where in (("get", path), ("patch", path), ("delete", path)):
        body = {"json": {"starred": False}} if method == "patch" else {}
        problem(here.client.request(method, where, **body), 404, "not_found")
    assert here.client.post(f"{path}/restore").status_code == 200
    problem(here.client.post(f"{path}/restore"), 404, "not_found")
    assert results(here) == [name]
    problem(here.client.delete(f"{API}/trash/{name}"), 404, "not_found")
    assert here.client.delete(path).status_code == 204
    assert here.client.delete(f"{API}/trash").status_code == 204
    assert results(here, trashed="true") == []


def test_retention_previews_and_applies(here: Place) -> None:
    names = [here.finished()["timestamp"] for _ in range(3)]
    here.client.patch(f"{API}/results/{names[0]}", json={"starred": True})
    assert here.client.get(f"{API}/retention").json()["total"] == 0  # the settings keep everything
    plan = here.client.get(f"{API}/retention", params={"keep_runs": 2}).json()
    assert [item["timestamp"] for item in plan["items"]] == [names[1]]
    assert here.client.post(f"{API}/retention", json={"keep_runs": 2}).json() == plan
    assert sorted(results(here)) == sorted({names[0], names[2]})
    assert here.client.post(f"{API}/retention", json={}).json()["total"] == 0
    problem(here.client.post(f"{API}/retention", json={"keep_runs": 0}), 422, "invalid_input", field="keep_runs")
    problem(here.client.get(f"{API}/retention?keep=1"), 422, "invalid_input", field="keep")


def test_reindex_while_the_service_works(here: Place) -> None:
    name = here.finished()["timestamp"]
    before = here.client.get(f"{API}/results").json()["total"]
    folder = here.home / "results" / name
    away = here.home / "away"
    folder.rename(away)
    report = reindexed(here)
    assert (report["state"], report["removed"], report["added"], report["refreshed"]) == ("completed", 1, 0, 0)
    assert here.client.get(f"{API}/results").json()["total"] == before - 1
    away.rename(folder)
    broken = here.home / "results" / "2020-01-01_00-00-00"
    broken.mkdir()
    (broken / "run.json").write_text("{]")
    report = reindexed(here)
    assert (report["added"], report["removed"], report["unreadable"]) == (1, 0, 1)
    assert report["done"] == report["total"]
    assert here.client.get(f"{API}/results").json()["total"] == before
    shutil.rmtree(broken)
    labels = here.client.patch(f"{API}/results/{name}", json={"note": "one"})
    assert labels.status_code == 200
    (here.home / "results" / name / "labels.json").unlink()
    report = reindexed(here)
    assert (report["refreshed"], report["removed"], report["unreadable"]) == (1, 0, 0)
    assert results(here, text="one") == []


def reindexed(here: Place) -> dict[str, Any]:
    assert here.client.post(f"{API}/reindex").status_code == 202
    deadline = time.monotonic() + 10
    while (report := here.client.get(f"{API}/reindex").json())["state"] == "running":
        assert time.monotonic() < deadline
    return report


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a\x00b"}, "name"),
        ({"name": "\u202egpj"}, "name"),
        ({"note": "x" * 10_001}, "note"),
        ({"tags": ["x" * 41]}, "tags.0"),
        ({"starred": "yes"}, "starred"),
        ({"star": True}, "star"),
        ({}, None),
    ],
)
def test_b06_labels_that_deceive(served: Served, body: dict[str, Any], field: str | None) -> None:
    response = served.client.patch(f"{API}/results/2026-01-31_12-00-00", json=body)
    problem(response, 422, "invalid_input", field=field)


def test_b06_a_label_of_ten_megabytes(served: Served) -> None:
    response = served.client.patch(f"{API}/results/2026-01-31_12-00-00", json={"note": "x" * 10_000_000})
    problem(response, 413, "body_too_large")
