"""Which finished run answers a request, and which does not any more."""

import json
import os
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from leanboard.market_data.content_hashes import ContentHashes
from leanboard.market_data.data_digest import digest_of
from leanboard.models.organising import ReindexState
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import DataProvenance, Versions
from leanboard.models.run import BacktestRunInfo, BacktestStatus, EngineName, Outcome
from leanboard.services.backtest_storage import BacktestStorage
from leanboard.services.batches.identical import Asked, IdenticalRuns
from leanboard.storage.code_digests import code_digest
from storage.homes import APPLIED, COMPLETED, NOON, executed, make_run, opened

EMBEDDED, DOCKER = EngineName.EMBEDDED, EngineName.DOCKER
REQUEST = BacktestRequest(strategy_name="main", end_date="2013-10-11", parameters={"n": 1})
VERSIONS = {
    EMBEDDED: Versions(engine="minilean 1", python="3.11.2"),
    DOCKER: Versions(engine="Docker 27", image="lean", image_id="sha256:ab"),
}
FILES = ("equity/usa/daily/spy.zip", "equity/usa/map_files/spy.csv")


class Engine:
    """What the search asks an engine."""

    other_data = ""

    def __init__(self, versions: Versions | None) -> None:
        self.now = versions

    async def versions(self, image: str) -> Versions | None:
        assert image in ("", "another")
        return self.now if not image else VERSIONS[DOCKER].evolve(image_id="sha256:cd")


class Ground:
    """A home, a data folder, a strategy's snapshot, and engines."""

    def __init__(self, root: Path, storage: BacktestStorage) -> None:
        self.root, self.storage = root, storage
        self.data, self.code = root / "data", root / "code"
        for name in FILES:
            (self.data / name).parent.mkdir(parents=True, exist_ok=True)
            (self.data / name).write_text(f"content of {name}")
        self.code.mkdir()
        (self.code / "main.py").write_text("class Main: pass\n")
        self.engines = {name: Engine(versions) for name, versions in VERSIONS.items()}
        self.hashes = ContentHashes(root / "hashes.db")
        self.searching(storage)

    def searching(self, storage: BacktestStorage) -> "Ground":
        """Look for runs there from now on."""
        self.identical = IdenticalRuns(
            storage=storage,
            engines=self.engines,  # type: ignore[arg-type]
            hashes=self.hashes,
            data_folder=self.data,
        )
        return self

    async def run(
        self,
        number: int,
        request: BacktestRequest = REQUEST,
        *,
        outcome: Outcome = COMPLETED,
        engine: EngineName = EMBEDDED,
        ended: date = date(2013, 10, 11),
        known: bool = True,
        **changes: object,
    ) -> BacktestRunInfo:
        """Have a run executed from this snapshot, with this data."""
        run = make_run(number, engine=engine, created_at=NOON + timedelta(minutes=number), **changes)
        inserted = await self.storage.accept(run, request, self._copy)
        await executed(self.storage, inserted.run)
        slot = self.storage.slot(run.id, 1).root
        result = {"state": {}, "algorithmConfiguration": {"endDate": f"{ended.isoformat()}T00:00:00Z"}}
        (slot / "output" / "algorithm.json").write_text(json.dumps(result))
        (slot / "output" / "succeeded-data-requests-1.txt").write_text("\n".join(FILES))
        (slot / "output" / "failed-data-requests-1.txt").write_text("equity/usa/factor_files/spy.csv")
        (slot / "sandbox.json").write_text(json.dumps({"versions": VERSIONS[engine].model_dump()}))
        data = DataProvenance(digest=digest_of(self.data, FILES, self.hashes) if known else None)
        return (await self.storage.commit(run.id, outcome, APPLIED, data)).run

    def _copy(self, target: Path) -> None:
        for file in self.code.iterdir():
            (target / file.name).write_bytes(file.read_bytes())

    async def answer(self, request: BacktestRequest = REQUEST, engine: EngineName = EMBEDDED) -> str | None:
        found = await self.identical.find(request, engine, code_digest(self.code))
        return found.run.id if found is not None else None

    def directory(self, run: BacktestRunInfo) -> Path:
        return self.root / "home" / "results" / run.timestamp


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(tmp_path / "home") as storage:
        yield Ground(tmp_path, storage)


async def test_the_same_again_is_answered_by_the_newest(ground: Ground):
    assert await ground.answer() is None
    await ground.run(1)
    second = await ground.run(2, REQUEST.evolve(name="a name", tags=("x",), timeout=60.0))
    assert await ground.answer() == second.id
    assert await ground.answer(REQUEST.evolve(memory=512)) == second.id
    found = await ground.identical.find(REQUEST, EMBEDDED, code_digest(ground.code))
    assert found is not None
    assert found == await ground.storage.keeper.summary(second.timestamp)


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"n": "2"}},
        {"start_date": date(2013, 10, 8)},
        {"end_date": date(2013, 10, 10)},
        {"initial_cash": 5},
        {"strategy_name": "other"},
        {"symbols": ("SPY",)},
        {"commission": {"per_order": 1}},
    ],
)
async def test_another_request_is_not_answered(ground: Ground, changes: dict[str, object]):
    await ground.run(1)
    other = BacktestRequest.model_validate({**REQUEST.model_dump(exclude_defaults=True), **changes})
    assert await ground.answer(other) is None
    assert await ground.answer() is not None


async def test_other_code_is_not_answered(ground: Ground):
    run = await ground.run(1)
    (ground.code / "main.py").write_text("class Main: pass  # other\n")
    assert await ground.answer() is None
    (ground.code / "main.py").write_text("class Main: pass\n")
    (ground.code / "requirements.txt").write_text("numpy==1.0\n")
    assert await ground.answer() is None
    (ground.code / "requirements.txt").unlink()
    assert await ground.answer() == run.id


async def test_another_engine_version_or_image_is_not_answered(ground: Ground):
    embedded, docker = await ground.run(1), await ground.run(2, engine=DOCKER)
    assert await ground.answer() == embedded.id
    assert await ground.answer(engine=DOCKER) == docker.id
    assert await ground.answer(REQUEST.evolve(image="another"), DOCKER) is None
    assert await ground.answer(engine=EngineName.REPLAY) is None
    ground.engines[EMBEDDED].now = VERSIONS[EMBEDDED].evolve(engine="minilean 2")
    ground.engines[DOCKER].now = VERSIONS[DOCKER].evolve(image_id="sha256:cd")  # the tag means another image now
    assert [await ground.answer(engine=engine) for engine in VERSIONS] == [None, None]
    ground.engines[DOCKER].now = None  # the image is not there
    assert await ground.answer(engine=DOCKER) is None
    ground.engines[DOCKER].now = VERSIONS[DOCKER]
    ground.engines[DOCKER].other_data = "another machine's"
    assert await ground.answer(engine=DOCKER) is None


async def test_other_data_is_not_answered_and_the_same_content_is(ground: Ground):
    run = await ground.run(1)
    file = ground.data / FILES[0]
    content = file.read_text()
    file.write_text(content + "more")
    assert await ground.answer() is None
    file.unlink()
    assert await ground.answer() is None
    file.write_text(content)
    os.utime(file, (1_900_000_000, 1_900_000_000))
    assert await ground.answer() == run.id
    missing = ground.data / "equity/usa/factor_files/spy.csv"
    missing.parent.mkdir()
    missing.write_text("there now")
    assert await ground.answer() is None


@pytest.mark.parametrize("name", ["code/main.py", "algorithm.json", "log.txt", "succeeded-data-requests-1.txt"])
async def test_a_run_whose_files_were_touched_does_not_answer(ground: Ground, name: str):
    older = await ground.run(1)
    run = await ground.run(2)
    path = ground.directory(run) / name
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    assert await ground.answer() == older.id
    path.unlink()
    assert await ground.answer() == older.id
    path.write_bytes(content)
    assert await ground.answer() == run.id


async def test_a_manifest_that_says_something_else_now_does_not_answer(ground: Ground):
    run = await ground.run(1)
    path = ground.directory(run) / "run.json"
    text = path.read_text()
    path.write_text(text.replace('"n": "1"', '"n": "2"'))
    assert await ground.answer() is None
    path.write_text("{")
    assert await ground.answer() is None
    path.write_text(text)
    assert await ground.answer() == run.id


async def test_only_completed_runs_with_known_data_answer(ground: Ground):
    await ground.run(1, outcome=Outcome(status=BacktestStatus.COMPLETED, partial=True))
    await ground.run(2, outcome=Outcome(status=BacktestStatus.FAILED))
    await ground.run(3, outcome=Outcome(status=BacktestStatus.CANCELLED))
    await ground.run(4, known=False)
    assert await ground.answer() is None


async def test_a_deleted_run_answers_when_it_is_restored(ground: Ground):
    run = await ground.run(1)
    await ground.storage.keeper.delete(run.timestamp)
    assert await ground.answer() is None
    await ground.storage.keeper.restore(run.timestamp)
    assert await ground.answer() == run.id
    (ground.directory(run)).rename(ground.root / "away")
    assert await ground.answer() is None


async def test_a_run_that_ended_with_the_day_it_ran_does_not_answer(ground: Ground):
    open_ended = REQUEST.evolve(end_date=None)
    await ground.run(1, open_ended, ended=NOON.date() - timedelta(days=1))
    assert await ground.answer(open_ended) is None
    second = await ground.run(2, open_ended, ended=date(2013, 10, 11))  # the strategy says it itself
    assert await ground.answer(open_ended) == second.id
    await ground.run(3, open_ended, ended=NOON.date() - timedelta(days=2))  # in New York it was still the day before
    assert await ground.answer(open_ended) == second.id


@pytest.mark.parametrize(("days", "answers"), [(0, False), (1, False), (2, False), (3, True)])
async def test_an_end_that_lean_may_have_cut_to_the_day_before_does_not_answer(
    ground: Ground, days: int, answers: bool
):
    until = REQUEST.evolve(end_date=NOON.date() - timedelta(days=days))
    await ground.run(1, until)
    assert (await ground.answer(until) is not None) is answers


async def test_an_index_that_is_made_anew_knows_them_again(ground: Ground):
    run = await ground.run(1)
    home = ground.root / "home"
    await ground.storage.close()
    for file in home.glob("index.db*"):
        file.unlink()
    async with opened(home) as storage:
        assert await ground.searching(storage).answer() == run.id


async def test_a_reindex_gives_rows_of_earlier_versions_theirs(ground: Ground):
    run = await ground.run(1)
    database = ground.storage._parts.database
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE result SET fingerprint = NULL")
    assert await ground.answer() is None
    ground.storage.reindexing.begin()
    await ground.storage._workshop.finish()
    assert ground.storage.reindexing.report.state is ReindexState.COMPLETED
    assert await ground.answer() == run.id


async def test_many_requests_are_answered_together_as_each_is_alone(ground: Ground):
    for number in range(1, 5):
        await ground.run(number, REQUEST.evolve(parameters={"n": str(number % 2)}))
    await ground.run(5, engine=DOCKER)
    touched = await ground.run(6, REQUEST.evolve(parameters={"n": "6"}))
    (ground.directory(touched) / "log.txt").write_text("another")
    code = code_digest(ground.code)
    requests = [REQUEST.evolve(parameters={"n": str(number)}) for number in (0, 1, 6, 7, 1)]
    asked = [Asked(request, EMBEDDED, code) for request in requests]
    asked += [Asked(REQUEST, DOCKER, code), Asked(REQUEST, EngineName.REPLAY, code), Asked(REQUEST, EMBEDDED, None)]
    alone = [await ground.identical.find(one.request, one.engine, one.code) is not None for one in asked]
    assert await ground.identical.answered(asked) == tuple(alone)
    assert alone == [True, True, False, False, True, True, False, False]
    assert await ground.identical.answered(asked, most=3) is None, "runs of four different requests are there"
    assert await ground.identical.answered(asked[:5], most=3) == tuple(alone[:5])
