"""The real services behind the interface, on one engine that notes what it is asked."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


@contextmanager
def place(root: Path, engine: Engine, **settings: Any) -> Iterator[Place]:
    """Run the services with a strategy ``main`` and no market data."""
    (root / "strategies").mkdir()
    (root / "strategies" / "main.py").write_text(STRATEGY)
    (root / "data" / "equity" / "usa").mkdir(parents=True)
    base = {"strategies": (root / "strategies",), "data": root / "data", "min_free_disk": 0, "warm_embedded": 0}
    app = create_app(Settings(home=root / "home", **{**base, **settings}), engines={engine.name: engine})
    with TestClient(app, base_url=f"http://{HOST}") as client:
        yield Place(client, root / "home", engine)
