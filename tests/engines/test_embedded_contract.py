"""The embedded engine against the contract: real child processes, the guest, simulated minute bars."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engines.contract import EngineCase, EngineContract
from engines.install_contract import InstallContract
from leanboard.engines.embedded_engine import EmbeddedEngine
from leanboard.engines.folder_cache import FolderCache
from leanboard.engines.requirements_installer import InstallOptions
from leanboard.engines.slot import Slot
from leanboard.market_data.sources.demo import ensure_demo_data
from leanboard.services.lean_config import lean_config

STRATEGY = """from AlgorithmImports import *
import time


class Held(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        self.add_equity("SPY", Resolution.MINUTE)

    def on_data(self, data):
        time.sleep({seconds})
"""
SECONDS = {"completes": 0.0, "lasts": 0.5}  # a bar; 780 bars


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contract") / "data"
    ensure_demo_data(folder, clock=lambda: datetime.now(UTC))
    return folder


class TestEmbeddedKeepsTheContract(EngineContract, InstallContract):
    @pytest.fixture
    async def engine_case(self, tmp_path: Path, demo_data: Path) -> AsyncIterator[EngineCase]:
        packages = tmp_path / "packages"
        engine = EmbeddedEngine(str(tmp_path), installs=InstallOptions(FolderCache(packages)))
        await engine.start()

        def prepare(slot: Slot, project: str) -> bytes:
            (slot.code / "main.py").write_text(STRATEGY.format(seconds=SECONDS[project]))
            paths = engine.paths(slot, demo_data)
            slot.config.write_bytes(lean_config(paths, algorithm_id=slot.id, name=project))
            job = {"module": "main.py", "code": paths.code, "output": paths.output, "parameters": {}}
            empty = dict.fromkeys(("class_name", "start_date", "end_date", "initial_cash"))
            return json.dumps(job | empty).encode()

        home = tmp_path / "home"
        yield EngineCase(
            engine, home, "completes", "lasts", prepare, patience=60.0, data_folder=demo_data, packages=packages
        )
        await engine.close()
