"""Finished runs once more, on the embedded engine of a real service."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios.service import API, Service

pytestmark = pytest.mark.timeout(120)
DAYS = {"end_date": "2013-10-08"}


@pytest.fixture
def data(demo_data, tmp_path) -> Path:
    """A copy of the demonstration data that the test may change."""
    return Path(shutil.copytree(demo_data, tmp_path / "data"))


@pytest.fixture
def service(tmp_path, data, fork_server) -> Iterator[Service]:
    made = Service(tmp_path, data, start=fork_server.start, warm_embedded=0)
    yield made.start()
    made.close()


def finished(service: Service, **fields: object) -> dict[str, object]:
    run = service.submit("quick", **DAYS, **fields)
    return service.until_ended(run["id"])


def repeated(service: Service, run: dict[str, object], **headers: str) -> dict[str, object]:
    answer = service.client.post(f"{API}/rerun/{run['timestamp']}", headers=headers)
    assert answer.status_code in (200, 202), answer.text
    assert answer.headers["location"] == f"{API}/status/{answer.json()['id']}"
    return answer.json()


def change(archive: Path) -> None:
    """Add a dollar to all prices of a zipped file of trades."""
    with zipfile.ZipFile(archive) as old:
        name = old.namelist()[0]
        rows = [row.split(",") for row in old.read(name).decode().split()]
    dearer = [",".join((time, *(str(int(p) + 10_000) for p in prices), volume)) for time, *prices, volume in rows]
    with zipfile.ZipFile(archive, "w") as new:
        new.writestr(name, "\n".join(dearer) + "\n")


def test_a_rerun_gives_the_same_and_says_so(service, data):
    first = finished(service, name="mine", tags=["a"], initial_cash=50000)
    digest = service.result(first["timestamp"])["data"]["digest"]
    assert digest["files"] > 0
    assert digest["bytes"] > 0

    again = service.until_ended(repeated(service, first)["id"])
    assert (again["rerun_of"], again["name"], again["tags"]) == (first["id"], "mine", ["a"])
    assert (again["status"], again["warnings"]) == ("completed", first["warnings"])
    assert service.result(again["timestamp"])["request"]["initial_cash"] == "50000"
    assert service.result(again["timestamp"])["data"]["digest"] == digest
    found = service.client.get(f"{API}/verify/{again['id']}").json()
    assert (found["state"], found["differences"], found["first"]) == ("equal", [], None)
    assert found["compared"]["statistics"] > 20
    assert found["compared"]["orders"] == 1
    assert found["compared"]["equity_points"] > 10

    refused = service.client.get(f"{API}/verify/{first['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_the_runs_own_code_is_executed_and_what_changed_is_said(service, data, tmp_path):
    first = finished(service)
    (tmp_path / "strategies" / "quick.py").unlink()
    change(next(data.glob("equity/usa/minute/spy/20131007_trade.zip")))

    accepted = repeated(service, first, **{"Idempotency-Key": "once"})
    gone, changed = accepted["warnings"]
    assert "no strategy quick any more" in gone
    assert "has changed since: equity/usa/minute/spy/20131007_trade.zip" in changed
    assert repeated(service, first, **{"Idempotency-Key": "once"})["id"] == accepted["id"]

    again = service.until_ended(accepted["id"])
    assert again["warnings"] == accepted["warnings"]
    found = service.client.get(f"{API}/verify/{again['timestamp']}").json()
    assert (found["state"], found["warnings"]) == (
        "different",
        ["they did not read the same data: the content of its files differs"],
    )
    assert found["first"]["time"].startswith("2013-10-07")


def test_code_that_was_edited_is_not_what_the_run_executed(service):
    first = finished(service)
    code = service.home / "results" / first["timestamp"] / "code"
    source = (code / "main.py").read_text()
    (code / "main.py").write_text(source + "\n")
    refused = service.client.post(f"{API}/rerun/{first['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "code/main.py was edited" in refused.json()["detail"]
    assert list((service.home / "work").iterdir()) == []

    (code / "main.py").unlink()
    assert "no longer in the run directory" in service.client.post(f"{API}/rerun/{first['id']}").json()["detail"]
    (code / "main.py").symlink_to("/etc/passwd")
    assert "no longer in the run directory" in service.client.post(f"{API}/rerun/{first['id']}").json()["detail"]
    assert service.results()["total"] == 1


def test_runs_side_by_side(service):
    first = finished(service, parameters={"fast": 5})
    other = service.until_ended(
        service.submit("slow", end_date="2013-10-10", initial_cash=50000, parameters={"fast": 9})["id"]
    )
    answer = service.client.get(f"{API}/compare", params={"runs": f"{first['id']},{other['timestamp']}"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [run["timestamp"] for run in found["runs"]] == [first["timestamp"], other["timestamp"]]
    assert found["baseline"] == first["timestamp"]
    assert {warning["kind"] for warning in found["warnings"]} == {"dates", "cash"}
    rows = {row["name"]: row for row in found["statistics"]}
    assert list(rows)[:2] == ["Total Orders", "Average Win"]
    assert (rows["Start Equity"]["cells"][1]["value"], rows["Start Equity"]["cells"][1]["difference"]) == (
        "50000",
        "-50000",
    )
    assert found["parameters"] == [{"name": "fast", "values": ["5", "9"], "differs": True}]
    (file,) = found["code"][0]["files"]
    assert "+        self.bars += 1" in file["diff"].splitlines()
    assert [curve["points"][0]["value"] for curve in found["equity"]["curves"]] == [100, 100]
    assert found["equity"]["curves"][0]["points"][0]["time"] == found["equity"]["start"]
    assert found["correlation"]["matrix"][0][1] == found["correlation"]["matrix"][1][0]

    turned = {"runs": f"{first['id']},{other['timestamp']}", "baseline": other["id"]}
    assert service.client.get(f"{API}/compare", params=turned).json()["baseline"] == other["timestamp"]
    for query, field in (
        ({"runs": first["id"]}, "runs"),
        ({"runs": f"{first['id']},{first['timestamp']}"}, "runs"),
        ({"runs": f"{first['id']},{first['id']}"}, "runs"),
        ({"runs": f"{first['id']},../../etc/passwd"}, "runs"),
        ({**turned, "points": "1000000"}, "points"),
        ({**turned, "unknown": "1"}, "unknown"),
    ):
        refused = service.client.get(f"{API}/compare", params=query)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field), query
    unknown = service.client.get(f"{API}/compare", params={"runs": f"{first['id']},{'0' * 32}"})
    assert unknown.status_code == 404


def test_refusals(service):
    unknown = service.client.post(f"{API}/rerun/2000-01-01_00-00-00")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    slow = service.submit("stuck")
    unfinished = service.client.post(f"{API}/verify/{slow['id']}")
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, "illegal_transition")
    service.cancel(slow["id"])
    service.until_ended(slow["id"])
    forged = service.client.post(f"{API}/run", json={"strategy_name": "quick", "rerun_of": slow["id"]})
    assert (forged.status_code, forged.json()["errors"][0]["field"]) == (422, "rerun_of")
    other = service.client.post(f"{API}/verify/{slow['id']}")
    assert (other.status_code, other.json()["code"]) == (409, "engine_unavailable")
    assert "docker" in other.json()["detail"]
