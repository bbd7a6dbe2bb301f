"""Batches that cannot be: refused with the field, the count and the way out, and nothing of them is stored."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.api_fakes import API, HOST
from api.serving import problem
from leanboard.app import create_app
from leanboard.models.run import EngineName
from leanboard.settings import Settings
from services.scripted_engine import ScriptedEngine

STRATEGY = "from AlgorithmImports import *\n\n\nclass Main(QCAlgorithm):\n    def initialize(self):\n        pass\n"
BOTH = pytest.mark.parametrize("path", ["batch", "batch/estimate"])


async def never(sandbox: Any) -> None:
    raise AssertionError("nothing may run")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad") / "home"


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    strategies, data = home.parent / "strategies", home.parent / "data"
    strategies.mkdir()
    (strategies / "main.py").write_text(STRATEGY)
    (data / "equity" / "usa").mkdir(parents=True)
    settings = Settings(home=home, strategies=(strategies,), data=data, min_free_disk=0, warm_embedded=0, max_batch=500)
    app = create_app(settings, engines={EngineName.EMBEDDED: ScriptedEngine(never)})
    with TestClient(app, base_url=f"http://{HOST}") as client:
        yield client
        assert client.get(f"{API}/batches").json()["total"] == 0
        assert client.get(f"{API}/results").json()["total"] == 0
        assert not list((home / "batches").glob("[0-9a-f]*"))


def sweep(**content: Any) -> dict[str, Any]:
    return {"sweep": {"strategies": ["main"], **content}}


@BOTH
@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        (
            sweep(parameters={name: {"min": 1, "max": 1000, "step": 1} for name in "abcd"}),
            "sweep",
            "1000000000000 runs (1 strategy x 1000 a x 1000 b x 1000 c x 1000 d); a batch can have 500",
        ),
        (sweep(parameters={"fast": []}), "sweep.parameters.fast", "must not be empty"),
        (sweep(strategies=[]), "sweep.strategies", "must not be empty"),
        (sweep(parameters={"fast": {"min": 1, "max": 9, "step": 0}}), "sweep.parameters.fast.step", "step is 0"),
        (sweep(parameters={"fast": {"min": 1, "max": 9, "step": -1}}), "sweep.parameters.fast.step", "above 0"),
        (sweep(parameters={"fast": {"min": 1, "max": "NaN", "step": 1}}), "sweep.parameters.fast.max", "plain number"),
        (sweep(parameters={"fast": 5}), "sweep.parameters.fast", ""),
        ({}, "", "give exactly one of items, sweep and scenarios"),
        ({"scenarios": ["0" * 32]}, "scenarios.0", "there is no scenario"),
        ({"items": [{"strategy": "main"}] * 501}, "items", "501 runs; a batch can have 500"),
        (sweep() | {"initial_cash": 1e16}, "initial_cash", "equal to 1000000000000000"),
        (sweep() | {"tags": ["t"] * 21}, "tags", "expected at most 20 values"),
        (sweep() | {"parameters": {"fast": "x" * 1001}}, "parameters.fast", "expected at most 1000 characters"),
        (sweep() | {"fresh": "yes"}, "fresh", "valid boolean"),
    ],
)
def test_b13_what_is_no_batch(client: TestClient, path: str, content: Any, field: str, words: str) -> None:
    found = problem(client.post(f"{API}/{path}", json=content), 422, "invalid_input", field)
    assert words in found["detail"]


@BOTH
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_b13_a_bound_that_is_no_number(client: TestClient, path: str, number: str) -> None:
    body = json.dumps(sweep(parameters={"fast": {"min": 1, "max": 9, "step": 1}})).replace("9", number)
    answer = client.post(f"{API}/{path}", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 422, "invalid_input")


@BOTH
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"strategy": "absent"}, "items.37.strategy"),
        ({"symbol": "A B"}, "items.37.symbol"),
        ({"parameters": {"1x": 1}}, "items.37.parameters"),
        ({"start_date": "2010-01-01", "end_date": "2009-01-01"}, "items.37.end_date"),
        ({"simbol": "IBM"}, "items.37.simbol"),
    ],
)
def test_b14_one_of_five_hundred(client: TestClient, path: str, wrong: dict[str, Any], field: str) -> None:
    items = [{"strategy": "main", "symbol": f"S{n}"} for n in range(500)]
    items[37] = {**items[37], **wrong}
    found = problem(client.post(f"{API}/{path}", json={"items": items}), 422, "invalid_input", field)
    assert len(found["errors"]) == 1


def test_b14_many_wrong_ones_are_a_short_answer(client: TestClient) -> None:
    items = [{"strategy": f"absent{n}"} for n in range(50)]
    found = problem(client.post(f"{API}/batch", json={"items": items}), 422, "invalid_input", "items.0.strategy")
    assert "and 49 more" in found["detail"]
    assert len(found["errors"]) == 20


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ('{"items": [' + '{"strategy": "main"},' * 1_000_000 + "]}", 413, "body_too_large"),
        ('{"items":' * 100_000, 400, "malformed_body"),
        ('{"items": [' + ",".join(["[]"] * 60_000) + "]}", 400, "malformed_body"),
        ('{"sweep": {"strategies": ["main"], "strategies": ["main"]}}', 422, "invalid_input"),
    ],
    ids=["20 MB", "100000 deep", "60000 values", "a key twice"],
)
def test_b02_a_body_without_end(client: TestClient, body: str, status: int, code: str) -> None:
    answer = client.post(f"{API}/batch", content=body, headers={"Content-Type": "application/json"})
    problem(answer, status, code)
