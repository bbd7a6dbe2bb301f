"""A recorded run of real LEAN, verified on the embedded engine."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.api_fakes import API, HOST
from leanboard.app import create_app
from leanboard.engines.embedded_engine import EmbeddedEngine
from leanboard.engines.replay_engine import ReplayEngine
from leanboard.models.run import EngineName
from leanboard.settings import Settings

pytestmark = [pytest.mark.shared, pytest.mark.timeout(120)]


class RecordedLean(ReplayEngine):
    """Stands for the docker engine."""

    @property
    def name(self) -> EngineName:
        return EngineName.DOCKER


class Bench:
    def __init__(self, client: TestClient) -> None:
        self.client = client

    def ended(self, run_id: str) -> dict[str, object]:
        deadline = time.monotonic() + 60
        while (run := self.client.get(f"{API}/status/{run_id}").json())["finished_at"] is None:
            assert time.monotonic() < deadline, run
            time.sleep(0.05)
        return run

    def verified(self, strategy: str) -> dict[str, object]:
        body = {"strategy_name": strategy, "engine": "docker"}
        original = self.ended(self.client.post(f"{API}/run", json=body).json()["id"])
        accepted = self.client.post(f"{API}/verify/{original['timestamp']}")
        assert accepted.status_code == 202, accepted.text
        assert accepted.json()["engine"] == "embedded"
        while (found := self.client.get(accepted.headers["location"]).json())["state"] == "pending":
            self.ended(accepted.json()["id"])
        assert found["original"]["id"] == original["id"]
        return found


@pytest.fixture
def bench(tmp_path: Path, shared: Path) -> Iterator[Bench]:
    recordings, strategies = tmp_path / "recordings", tmp_path / "strategies"
    for name in ("ok-minute", "ok-forex"):
        shutil.copytree(shared / "lean-recordings" / name, recordings / name)
        shutil.copytree(shared / "lean-recordings" / name / "project", strategies / name)
    settings = Settings(
        home=tmp_path / "home",
        strategies=(strategies,),
        data=shared / "lean-data",
        min_free_disk=0,
        warm_embedded=0,
    )
    engines = {
        EngineName.DOCKER: RecordedLean(recordings, 0),
        EngineName.EMBEDDED: EmbeddedEngine("0" * 16),
    }
    with TestClient(create_app(settings, engines=engines), base_url=f"http://{HOST}") as client:
        yield Bench(client)


def test_equal_on_both_engines(bench: Bench) -> None:
    found = bench.verified("ok-minute")
    assert (found["state"], found["differences"], found["first"]) == ("equal", [], None)
    assert found["compared"] == {"statistics": 27, "orders": 1, "equity_points": 396}


def test_the_first_difference_is_named(bench: Bench, tmp_path: Path) -> None:
    recorded = tmp_path / "recordings" / "ok-minute" / "results" / "ok-minute.json"
    result = json.loads(recorded.read_bytes())
    result["orders"]["1"]["price"] += 0.01
    result["statistics"]["Total Fees"] = "$3.45"
    recorded.write_text(json.dumps(result))
    found = bench.verified("ok-minute")
    assert found["state"] == "different"
    assert found["differences"] == [{"name": "Total Fees", "original": "$3.45", "repeated": "$3.44"}]
    assert (found["first"]["what"], found["first"]["time"]) == ("order 1: price", "2013-10-07T13:31:00Z")


def test_what_the_other_engine_does_not_support_is_refused_by_name(bench: Bench, tmp_path: Path) -> None:
    source = tmp_path / "strategies" / "ok-minute" / "main.py"
    source.write_text(source.read_text().replace("self.spy =", "self.add_option('SPY')\n        self.spy ="))
    original = bench.ended(
        bench.client.post(f"{API}/run", json={"strategy_name": "ok-minute", "engine": "docker"}).json()["id"]
    )
    refused = bench.client.post(f"{API}/verify/{original['id']}")
    assert (refused.status_code, refused.json()["code"]) == (422, "strategy_unsupported")
    assert "add_option" in refused.json()["detail"]
