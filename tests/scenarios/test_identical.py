"""A run of a real service answers the same request later, until its data changes."""

import shutil
from pathlib import Path

import pytest

from leanboard.engines.embedded_engine import EmbeddedEngine
from leanboard.market_data.content_hashes import ContentHashes
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import EngineName
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batches.identical import IdenticalRuns
from leanboard.services.run_evidence import read_run_directory
from leanboard.storage.code_digests import code_digest
from leanboard.storage.layout import HomeLayout
from scenarios.service import Service


@pytest.fixture
def data(demo_data: Path, tmp_path: Path) -> Path:
    """A copy of the demonstration data that the test may change."""
    return Path(shutil.copytree(demo_data, tmp_path / "data"))


async def test_what_the_embedded_engine_has_run_is_found_again(tmp_path: Path, data: Path, fork_server):
    service = Service(tmp_path, data, start=fork_server.start, warm_embedded=0)
    fields = {"end_date": "2013-10-08", "commission": {"fraction": 0.00000005}, "parameters": {"n": 3}}
    try:
        service.start()
        run = service.until_ended(service.submit("quick", **fields, name="mine")["id"])
        open_ended = service.until_ended(service.submit("quick")["id"])
    finally:
        service.close()
    assert (run["status"], open_ended["status"]) == ("completed", "completed")

    layout = HomeLayout(service.home)
    storage = BacktestStorage(layout, read_run_directory)
    await storage.start()
    try:
        engines = {EngineName.EMBEDDED: EmbeddedEngine("x")}
        hashes = ContentHashes(layout.data_hashes)
        identical = IdenticalRuns(storage=storage, engines=engines, hashes=hashes, data_folder=data)
        request = BacktestRequest.model_validate({"strategy_name": "quick", **fields})
        plain = BacktestRequest(strategy_name="quick")
        code = tmp_path / "snapshot"
        code.mkdir()
        shutil.copy(tmp_path / "strategies" / "quick.py", code / "main.py")

        async def answer(asked: BacktestRequest) -> str | None:
            found = await identical.find(asked, EngineName.EMBEDDED, code_digest(code))
            return found.run.id if found is not None else None

        assert await answer(request) == run["id"]
        assert await answer(plain) == open_ended["id"]  # the strategy itself says when it ends
        assert await answer(request.evolve(parameters={"n": "4"})) is None

        file = data / "equity/usa/minute/spy/20131008_trade.zip"
        content = file.read_bytes()
        file.unlink()
        assert await answer(request) is None
        file.write_bytes(content)
        assert await answer(request) == run["id"]
        file.write_bytes(content + b" ")
        assert await answer(request) is None
    finally:
        await storage.close()
