"""Memory, cores and image of a request against the service's limits, with the real services: no engine is asked."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.api_fakes import API, HOST
from api.serving import problem
from leanboard.app import create_app
from leanboard.models.run import EngineName
from leanboard.settings import Settings
from services.scripted_engine import ScriptedEngine, ScriptedSandbox

STRATEGY = """
from AlgorithmImports import *


class Main(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
"""
MEGABYTE = 1 << 20
QUICK = 0.2  # seconds


async def completes(sandbox: ScriptedSandbox) -> None:
    sandbox.launch()
    sandbox.result()
    sandbox.finish()


class Engine(ScriptedEngine):
    """Notes everything that it is asked."""

    def __init__(self, name: EngineName) -> None:
        super().__init__(completes)
        self._name = name
        self.asked: list[str] = []
        self.specs: list[Any] = []

    @property
    def name(self) -> EngineName:
        return self._name

    async def availability(self):
        self.asked.append("availability")
        return await super().availability()

    async def boot(self, spec):
        self.specs.append(spec)
        return await super().boot(spec)


class Place:
    def __init__(self, client: TestClient, home: Path, engine: Engine) -> None:
        self.client, self.home, self.engine = client, home, engine

    def submit(self, **fields: Any) -> Any:
        return self.client.post(f"{API}/run", json={"strategy_name": "main", "engine": self.engine.name, **fields})

    def refused(self, status: int, code: str, field: str, **fields: Any) -> None:
        """Check that a request is refused quickly, before an engine is asked and anything is made."""
        before, asked = self._tree(), list(self.engine.asked)
        started = time.monotonic()
        response = self.submit(**fields)
        taken = time.monotonic() - started
        problem(response, status, code, field=field)
        assert taken < QUICK
        assert self.engine.asked == asked
        assert self.engine.specs == []
        assert self._tree() == before

    def finished(self, **fields: Any) -> dict[str, Any]:
        answer = self.submit(**fields)
        assert answer.status_code == 202, answer.text
        run = answer.json()
        with self.client.websocket_connect(f"ws://{HOST}{API}/monitor/{run['id']}") as stream:
            while stream.receive_json()["type"] != "end":
                pass
        return self.client.get(f"{API}/results/{run['timestamp']}").json()

    def _tree(self) -> set[str]:
        return {str(path) for path in self.home.rglob("*") if "index.db" not in path.name}


Make = Callable[..., Place]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "main.py").write_text(STRATEGY)
    (tmp_path / "data" / "equity" / "usa").mkdir(parents=True)
    with ExitStack() as stack:

        def start(name: EngineName = EngineName.DOCKER, **settings: Any) -> Place:
            base = {"strategies": (tmp_path / "strategies",), "data": tmp_path / "data", "min_free_disk": 0}
            engine = Engine(name)
            chosen = Settings(home=tmp_path / "home", **{**base, **settings})
            app = create_app(chosen, engines={name: engine})
            return Place(stack.enter_context(TestClient(app, base_url=f"http://{HOST}")), tmp_path / "home", engine)

        yield start


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("memory", [1, 255, -1, 0, 4097, 10**9, 10**18, 1e18, "4gb", "512", 512.5, True, [512]]),
        ("cpus", [0, -1, 0.05, 2.5, 1000, 1e18, "2", True, {"n": 1}]),
        ("timeout", [0, -1, 1e12, "60", True]),
    ],
)
def test_b15_limits_out_of_bounds(make: Make, field: str, values: list[object]) -> None:
    place = make(max_memory=4096, max_cpus=2)
    place.submit(memory=1)  # warm
    for value in values:
        place.refused(422, "invalid_input", field, **{field: value})


def test_b15_without_settings_the_machine_is_the_limit(make: Make) -> None:
    place = make()
    place.submit(memory=1)  # warm
    here = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
    place.refused(422, "invalid_input", "memory", memory=here + 1)
    place.refused(422, "invalid_input", "cpus", cpus=(os.cpu_count() or 1) + 0.5)


@pytest.mark.parametrize(
    "image",
    [
        "alpine:latest",
        "quantconnect/lean:latest --privileged",
        "quantconnect/lean:latest\x00",
        "quantconnect/lean@sha256:" + "0" * 64,
        "docker.io/quantconnect/lean:latest",
    ],
)
@pytest.mark.parametrize("engine", ["docker", "auto", "embedded"])
def test_b16_images_that_are_not_listed(make: Make, image: str, engine: str) -> None:
    place = make(allowed_images=("quantconnect/lean:15000",))
    place.submit(memory=1)  # warm
    place.refused(403, "image_not_allowed", "image", image=image, engine=engine)


def test_b16_without_a_list_only_the_setting_is_allowed(make: Make) -> None:
    place = make(image="lean:mine")
    place.submit(memory=1)  # warm
    place.refused(403, "image_not_allowed", "image", image="quantconnect/lean:latest")
    assert place.submit(image="lean:mine").status_code == 202


@pytest.mark.parametrize("image", ["", "x" * 301, 3, True, ["a"]])
def test_b16_what_is_no_text_of_an_image(make: Make, image: object) -> None:
    place = make()
    place.submit(memory=1)  # warm
    place.refused(422, "invalid_input", "image", image=image)


def test_what_is_asked_for_reaches_the_engine(make: Make) -> None:
    place = make(allowed_images=("lean:other",), max_memory=2048, max_cpus=2)
    result = place.finished(image="lean:other", memory=512, cpus=1.5)
    (spec,) = place.engine.specs
    assert (spec.image, spec.limits.memory, spec.limits.cpus) == ("lean:other", 512 * MEGABYTE, 1.5)
    assert result["applied"]["effective"] == {"image": "lean:other", "memory": "512", "cpus": "1.5"}


def test_the_settings_hold_where_nothing_is_asked_for(make: Make) -> None:
    place = make(memory=1024)
    place.finished()
    (spec,) = place.engine.specs
    assert (spec.image, spec.limits.memory, spec.limits.cpus) == ("", 1024 * MEGABYTE, None)


def test_the_embedded_engine_says_what_it_cannot_keep(make: Make) -> None:
    place = make(EngineName.EMBEDDED, max_cpus=2)
    applied = place.finished(image="quantconnect/lean:latest", memory=512, cpus=1)["applied"]
    assert applied["effective"] == {"memory": "512"}
    assert applied["ignored"].keys() == {"image", "cpus"}
