"""Which left-over sandboxes go, which stay, and what is told of them."""

import asyncio
from pathlib import Path

import pytest

from leanboard.engines.base import Availability, LeftOver
from leanboard.errors import EngineUnavailable, NotFound, StorageError
from leanboard.models.run import BacktestStatus, EngineName
from leanboard.models.service import KnownProblem
from leanboard.services.housekeeping import Housekeeping
from leanboard.storage.queries import ProblemKind, StorageProblem

ACTIVE, OVER, UNKNOWN, DAMAGED = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
GRACE = 300.0


class Run:
    def __init__(self, status: BacktestStatus, attempt: int = 1) -> None:
        self.status, self.attempt = status, attempt


class Storage:
    """The rows, and itself the index."""

    def __init__(self) -> None:
        self.rows = {ACTIVE: Run(BacktestStatus.RUNNING, 2), OVER: Run(BacktestStatus.COMPLETED)}
        self.found: tuple[StorageProblem, ...] = ()

    @property
    def index(self) -> "Storage":
        return self

    async def get(self, run_id: str) -> Run:
        if run_id == DAMAGED:
            raise StorageError("the row cannot be read")
        if run_id not in self.rows:
            raise NotFound("there is no such run")
        return self.rows[run_id]

    def problems(self) -> tuple[StorageProblem, ...]:
        return self.found


class Engine:
    """Holds sandboxes by slot id, with their ages."""

    outlives = True

    def __init__(self, **ages: float) -> None:
        self.held = dict(ages)
        self.stuck: set[str] = set()
        self.away = ""
        self.needed = True
        self.looks = 0
        self.appears = ""  # between a look and the removal

    async def leftovers(self) -> tuple[LeftOver, ...]:
        self.looks += 1
        if self.away:
            raise EngineUnavailable(self.away)
        return tuple(LeftOver(slot, age, running=True, name=f"lean-{slot}") for slot, age in self.held.items())

    async def availability(self) -> Availability:
        return Availability(ready=False, detail="", on_request=self.needed)

    async def sweep(self, keep) -> tuple[str, ...]:
        if self.appears:
            self.held[self.appears] = 0.0
        gone = [slot for slot in self.held if slot not in keep and slot not in self.stuck]
        for slot in gone:
            del self.held[slot]
        return tuple(gone)


@pytest.fixture
def storage() -> Storage:
    return Storage()


async def looked(storage: Storage, engine: Engine, work: Path = Path("/nowhere"), looks: int = 1) -> Housekeeping:
    """Return the housekeeping after some looks."""
    keeper = Housekeeping(storage=storage, engines={EngineName.DOCKER: engine}, work=work, grace=GRACE, every=0.0)  # type: ignore[arg-type]
    await keeper.start()
    async with asyncio.timeout(10):
        while engine.looks < looks:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
    await keeper.close()
    return keeper


def kinds(keeper: Housekeeping) -> dict[str, str]:
    return {problem.subject: problem.kind for problem in keeper.problems()}


async def test_what_a_run_uses_stays_and_what_its_past_has_left_goes(storage: Storage):
    engine = Engine(**{f"{ACTIVE}-2": 9999.0, f"{ACTIVE}-1": 1.0, f"{OVER}-1": 1.0})
    keeper = await looked(storage, engine)
    assert list(engine.held) == [f"{ACTIVE}-2"]
    assert keeper.problems() == ()


@pytest.mark.parametrize("slot", [f"{UNKNOWN}-1", "", "by hand", f"{UNKNOWN}-1-2", f"{UNKNOWN.upper()}-1"])
@pytest.mark.parametrize(("age", "kind"), [(GRACE - 1, "sandbox_unknown"), (GRACE, "sandbox_removed")])
async def test_what_no_run_knows_goes_when_it_is_old(storage: Storage, slot: str, age: float, kind: str):
    engine = Engine(**{slot: age})
    keeper = await looked(storage, engine)
    assert (slot in engine.held) == (kind == "sandbox_unknown")
    assert kinds(keeper) == {f"lean-{slot}": kind}


async def test_a_row_that_cannot_be_read_protects_its_sandbox(storage: Storage):
    engine = Engine(**{f"{DAMAGED}-1": 9999.0})
    keeper = await looked(storage, engine)
    assert list(engine.held) == [f"{DAMAGED}-1"]
    assert kinds(keeper) == {f"lean-{DAMAGED}-1": "sandbox_unreadable"}


async def test_what_is_booted_meanwhile_is_safe(storage: Storage):
    engine = Engine(**{f"{OVER}-1": 1.0})
    engine.appears = f"{ACTIVE}-2"
    await looked(storage, engine)
    assert list(engine.held) == [f"{ACTIVE}-2"]


async def test_what_cannot_be_removed_is_told_while_it_is_so(storage: Storage):
    engine = Engine(**{f"{OVER}-1": 1.0})
    engine.stuck = {f"{OVER}-1"}
    keeper = await looked(storage, engine)
    assert kinds(keeper) == {f"{OVER}-1": "sandbox_stuck"}


async def test_files_that_stay_are_named(storage: Storage, tmp_path: Path):
    (tmp_path / UNKNOWN).mkdir()
    keeper = await looked(storage, Engine(**{f"{UNKNOWN}-1": GRACE}), tmp_path)
    (problem,) = keeper.problems()
    assert f"work/{UNKNOWN}" in problem.detail


@pytest.mark.parametrize("needed", [True, False])
async def test_an_engine_that_is_away_is_a_problem_only_where_it_is_missed(storage: Storage, *, needed: bool):
    engine = Engine()
    engine.away, engine.needed = "nobody answers", needed
    keeper = await looked(storage, engine)
    assert kinds(keeper) == ({"docker": "engine_unavailable"} if needed else {})


async def test_the_storages_problems_come_along(storage: Storage):
    storage.found = (StorageProblem(ProblemKind.LOST, UNKNOWN, "its files are gone"),)
    keeper = await looked(storage, Engine())
    assert keeper.problems() == (KnownProblem(kind="lost", subject=UNKNOWN, detail="its files are gone"),)


async def test_engines_whose_sandboxes_end_with_the_service_are_not_asked(storage: Storage):
    engine = Engine()
    engine.outlives = False
    keeper = Housekeeping(storage=storage, engines={EngineName.EMBEDDED: engine}, work=Path("/"), grace=0, every=0.0)  # type: ignore[arg-type]
    await keeper.start()
    await asyncio.sleep(0.02)
    await keeper.close()
    assert engine.looks == 0
