"""What is booted ahead, and given up again, on a scripted engine; the whole is in scenarios/test_warm_slots.py."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from leanboard.engines.base import Slot
from leanboard.models.requests import BacktestRequest
from leanboard.models.results import Versions
from leanboard.models.run import EngineName
from leanboard.services import warm_slots
from leanboard.services.run_plan import RunnerLimits
from leanboard.services.warm_slots import Waiting, WarmKind, WarmOptions, WarmSlots
from services.scripted_engine import ScriptedEngine

KIND = WarmKind(EngineName.EMBEDDED)
LIMITS = RunnerLimits(
    memory=1 << 30, cpu_seconds=None, cancel_grace=1, boot_timeout=5, stall_after=60, max_output=1 << 30
)
REQUEST = BacktestRequest(strategy_name="main")


class Engine(ScriptedEngine):
    """Boots ahead; ``image`` is what the name stands for at the moment, None for nothing."""

    warms = True

    def __init__(self):
        super().__init__(self.waits)
        self.image, self.asked = "sha256:one", 0

    async def waits(self, sandbox):
        await asyncio.Event().wait()

    async def sweep(self, keep):
        self.doomed = {name for name in ("left-1", "run-1") if name not in keep}
        return ()

    async def versions(self, image):
        self.asked += 1
        return None if self.image is None else Versions(image_id=self.image)


class Slots:
    """What the pool needs of the storage."""

    def __init__(self, root: Path):
        self.root = root

    async def reserve_slot(self, run_id):
        slot = Slot(f"{run_id}-1", self.root / run_id)
        slot.root.mkdir()
        return slot

    async def reserved_slots(self):
        return (Slot("left-1", self.root / "left"),)

    async def drop_reserved(self, run_id):
        (self.root / run_id / "config.json").unlink()
        (self.root / run_id).rmdir()


async def nobody(_):
    return None


@pytest.fixture
def pool(tmp_path, monkeypatch):
    """Return what starts a pool of one; it looks often."""
    monkeypatch.setattr(warm_slots, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(warm_slots, "GROUND_SECONDS", 0.02)
    monkeypatch.setattr(warm_slots, "FIRST_WAIT", 0.02)
    work, data = tmp_path / "work", tmp_path / "data"
    work.mkdir()
    data.mkdir()

    @contextlib.asynccontextmanager
    async def started(engine, size=1):
        options = WarmOptions(
            sizes={KIND: size}, image="", max_age=60, min_free_memory=0, boot_timeout=5, data_folder=data,
            limits=LIMITS, cores=2,
        )  # fmt: skip
        made = WarmSlots({engine.name: engine}, Slots(work), options)
        await made.recover()
        await made.start(Waiting(lambda _engine, _count: (), nobody, nobody, lambda: 0))
        try:
            yield made
        finally:
            await made.close()

    return started


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def until_ready(pool):
    await until(lambda: pool.health()[0].ready == 1)


async def test_one_that_was_booted_from_another_image_is_given_up(pool):
    engine = Engine()
    async with pool(engine) as slots:
        await until_ready(slots)
        engine.image = "sha256:two"
        await until(lambda: len(engine.sandboxes) == 2)
        assert engine.sandboxes[0].removed
        await until_ready(slots)
        engine.image, engine.asked = None, 0  # the engine does not say: nothing is concluded
        await until(lambda: engine.asked == 3)
        assert slots.health()[0].ready == 1


async def test_one_whose_data_folder_was_replaced_is_given_up(pool, tmp_path):
    engine = Engine()
    async with pool(engine) as slots:
        await until_ready(slots)
        (tmp_path / "data").rename(tmp_path / "old")
        (tmp_path / "data").mkdir()
        await until(lambda: len(engine.sandboxes) == 2)
        assert engine.sandboxes[0].removed


async def test_none_is_booted_from_an_image_that_is_not_there(pool):
    engine = Engine()
    engine.image = None
    async with pool(engine) as slots:
        await until(lambda: engine.asked == 3)
        assert engine.sandboxes == []
        assert slots.health()[0].booting == 0


async def test_the_pause_after_a_death_does_not_grow_while_runs_are_served(pool, monkeypatch):
    engine = Engine()
    async with pool(engine) as slots:
        for _ in range(12):  # doubled each time it would be a minute in the end
            await until_ready(slots)
            engine.sandboxes[-1].exit(137)
            await until(lambda: slots.health()[0].ready == 0)
            await until_ready(slots)
            run_id = slots.claim(KIND.engine, REQUEST)
            assert await slots.take(run_id, 1, KIND.engine, REQUEST) is engine.sandboxes[-1]
            await engine.sandboxes[-1].remove()


@pytest.mark.parametrize("size", [1, 0])
async def test_what_an_earlier_process_had_booted_ahead_goes_also_where_none_is_booted_any_more(pool, size):
    engine = Engine()
    async with pool(engine, size):
        assert engine.doomed == {"left-1"}
