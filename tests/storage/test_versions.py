"""run.json says what made the result, also after a restart in the middle of settling."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from leanboard import __version__
from leanboard.models.results import Versions
from leanboard.models.run import EngineName
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.run_evidence import read_run_directory
from leanboard.storage.manifest import manifest_of
from leanboard.storage.settling import made_with
from storage.homes import APPLIED, COMPLETED, DATA, finished, opened, started

NOTED = Versions(
    engine="Docker 20.10.24",
    lean="2.5.0.0",
    python="3.11.11",
    dotnet="net10.0",
    image="quantconnect/lean:latest",
    image_digest="quantconnect/lean@sha256:1",
    image_id="sha256:2",
)
BANNER = (
    "2026-11-21T03:13:50.1Z TRACE:: Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v2.5.0.1 Mode: DEBUG (64bit) "
    "Host: x\nprinted: Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v6.6.6 Mode\n"
)


def note(home: Path, run_id: str, content: object = None) -> None:
    slot = home / "work" / run_id / "slot-1"
    text = content if isinstance(content, str) else json.dumps({"boot": "1", "versions": NOTED.model_dump()})
    (slot / "sandbox.json").write_text(text)
    (slot / "output" / "sandbox.json").write_text('{"versions": {"lean": "forged"}}')


def test_the_version_that_results_are_noted_with_is_that_of_the_installation() -> None:
    assert __version__ == version("leanboard")  # looking it up takes milliseconds: too long for each run


async def test_what_the_engine_noted_is_sealed_and_shown(home: Path, storage: BacktestStorage) -> None:
    run = await started(storage, engine=EngineName.DOCKER)
    note(home, run.id)
    done = await storage.commit(run.id, COMPLETED, APPLIED, DATA)
    directory = home / "results" / done.timestamp
    sealed = manifest_of((directory / "run.json").read_bytes())
    assert sealed.versions == NOTED.evolve(leanboard=__version__)
    assert (await storage.result(done.timestamp)).versions == sealed.versions
    assert not (directory / "sandbox.json").exists()  # run.json has it
    assert (directory / "output-1.sandbox.json").exists()  # the strategy's own


async def test_a_restart_in_the_middle_of_settling_loses_nothing(home: Path) -> None:
    def dying(name: str) -> None:
        if name == "after_drop":
            raise RuntimeError("the end")

    async with opened(home, checkpoint=dying) as storage:
        run = await started(storage, engine=EngineName.DOCKER)
        note(home, run.id)
        with pytest.raises(RuntimeError):
            await storage.commit(run.id, COMPLETED, APPLIED, DATA)
    async with opened(home) as storage:
        await storage.recover()
        assert (await storage.result(run.timestamp)).versions == NOTED.evolve(leanboard=__version__)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"versions": 1}', '{"versions": {"color": "red"}}'])
async def test_a_note_that_cannot_be_read_is_none(home: Path, storage: BacktestStorage, content: str) -> None:
    run = await started(storage, engine=EngineName.DOCKER)
    note(home, run.id, content)
    done = await storage.commit(run.id, COMPLETED, APPLIED, DATA)
    assert (await storage.result(done.timestamp)).versions == Versions(leanboard=__version__, engine="docker")


async def test_a_run_json_of_an_earlier_version_is_read(home: Path, storage: BacktestStorage) -> None:
    run = await finished(storage)
    file = home / "results" / run.timestamp / "run.json"
    content = json.loads(file.read_bytes())
    content["versions"] = {"leanboard": "0.1.0", "python": "3.11.2", "engine": ""}
    file.write_text(json.dumps(content))
    assert (await storage.result(run.timestamp)).versions == Versions(leanboard="0.1.0", python="3.11.2")


def test_what_lean_says_counts_more_than_its_label_and_minilean_is_no_lean() -> None:
    assert made_with(NOTED, EngineName.DOCKER, "v2.5.0.1").lean == "2.5.0.1"
    assert made_with(NOTED, EngineName.DOCKER, "").lean == "2.5.0.0"
    assert made_with(Versions(engine="minilean 1"), EngineName.EMBEDDED, "2.5.0.0").lean == ""


def test_the_banner_tells_where_there_is_no_result(tmp_path: Path) -> None:
    assert read_run_directory(tmp_path, 2).lean_version == ""
    (tmp_path / "log.txt").write_text(BANNER)
    assert read_run_directory(tmp_path, 2).lean_version == "2.5.0.1"
