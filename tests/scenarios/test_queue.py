"""The queue of a real service: a limit that changes, a pause that outlives a kill, runs of batches beside others."""

import asyncio
import time

import pytest

from leanboard.app import running_services
from leanboard.models.batch_requests import BatchChanges, BatchItemRequest, BatchRequest
from leanboard.models.queue import QueueChanges
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import EngineName
from leanboard.services.backtest_manager import ReadyToRun, no_code
from leanboard.settings import Settings
from scenarios.service import API, HEAD
from services.scripted_engine import ScriptedEngine


class Counting(ScriptedEngine):
    """Its sandboxes end when the gate is open; notes who boots and how many there are."""

    def __init__(self):
        super().__init__(self.play)
        self.gate = asyncio.Event()
        self.booted, self.most = [], 0

    @property
    def live(self):
        return sum(not sandbox._exit.done() for sandbox in self.sandboxes)

    async def play(self, sandbox):
        sandbox.launch()
        await self.gate.wait()
        sandbox.result()
        sandbox.finish()

    async def boot(self, spec):
        self.booted.append(spec.slot.id)
        sandbox = await super().boot(spec)
        self.most = max(self.most, self.live)
        return sandbox


async def until(condition, within=60.0):
    async with asyncio.timeout(within):
        while not condition():  # what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def accepted(services, count):
    request, ready = BacktestRequest(strategy_name="main"), ReadyToRun(EngineName.EMBEDDED, no_code)
    return [(await services.manager.accept(request, ready)).run.id for _ in range(count)]


@pytest.fixture
async def place(tmp_path):
    engine = Counting()
    (tmp_path / "data" / "equity" / "usa").mkdir(parents=True)
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "main.py").write_text(HEAD)
    settings = Settings(
        home=tmp_path / "home",
        strategies=(tmp_path / "strategies",),
        data=tmp_path / "data",
        min_free_disk=0,
        max_running=4,
        warm_embedded=0,
    )
    async with running_services(settings, engines={EngineName.EMBEDDED: engine}) as services:
        yield services, engine


async def test_r35_the_limit_changes_while_200_are_queued(place):
    services, engine = place
    control = services.queue_control
    ids = await accepted(services, 200)
    await until(lambda: engine.live == 4)

    await control.change(QueueChanges(max_running=1))
    assert control.state().waiting_total == 196
    engine.gate.set()
    await until(lambda: engine.live == 1)
    begun, engine.most = len(engine.booted), 0
    await until(lambda: len(engine.booted) > begun + 10)
    assert engine.most == 1

    engine.gate.clear()
    await control.change(QueueChanges(max_running=8))
    await until(lambda: engine.live == 8)
    assert control.state().waiting_total == 200 - len(engine.booted)
    engine.gate.set()
    await until(lambda: not services.queue.waiting_count and not services.queue.running)
    assert engine.most == 8
    order = [slot.split("-")[0] for slot in engine.booted]
    assert sorted(order) == sorted(ids), "each once"
    assert all(abs(place - ids.index(run_id)) < 8 for place, run_id in enumerate(order)), "first come, first served"


async def test_a_run_of_its_own_does_not_wait_for_a_batch(place):
    services, engine = place
    items = tuple(BatchItemRequest(strategy="main", parameters={"number": str(number)}) for number in range(20))
    batch = (await services.batches.create(BatchRequest(items=items, fresh=True), idempotency_key=None)).batch
    await until(lambda: engine.live == 4 and services.queue.waiting_count)
    (own,) = await accepted(services, 1)
    run = await services.manager.status(own)
    assert (run.queue.position, run.queue.reason) == (1, "4 of 4 slots busy, position 1")
    assert services.queue_control.state().waiting[1].batch.id == batch.id
    await services.batches.pause(batch.id)
    engine.gate.set()
    await until(lambda: len(engine.booted) > 4 and not services.queue.running)
    assert own in engine.booted[4]
    assert len(engine.booted) == 5

    engine.gate.clear()
    engine.most = 0
    await services.batches.change(batch.id, BatchChanges(max_workers=2))
    await services.batches.resume(batch.id)
    await until(lambda: engine.live == 2)
    engine.gate.set()
    assert (await services.batches.wait(batch.id, 60)).progress.completed == 20
    assert (engine.most, len(engine.booted)) == (2, 21)


async def test_who_watches_a_waiting_run_is_told_of_a_pause(place):
    services, engine = place
    ids = await accepted(services, 5)
    await until(lambda: engine.live == 4)
    async with services.manager.watch(ids[-1]) as events:
        await anext(events)
        await services.queue_control.change(QueueChanges(paused=True))
        async with asyncio.timeout(5):
            while "the queue is paused, position 1" not in await anext(events):
                pass
    engine.gate.set()
    await until(lambda: not services.queue.running)
    assert len(engine.booted) == 4


@pytest.mark.timeout(240)
def test_a_pause_outlives_a_kill(make_service):
    service = make_service(max_running=1).start()
    assert service.client.patch(f"{API}/queue", json={"paused": True, "max_running": 3}).json()["paused"]
    run = service.submit("quick")
    assert service.status(run["id"])["queue"]["reason"] == "the queue is paused, position 1"
    service.end()
    service.start()
    queue = service.client.get(f"{API}/queue").json()
    assert (queue["paused"], queue["max_running"], queue["waiting_total"]) == (True, 1, 1)
    assert service.client.get("/health").json()["paused"]
    time.sleep(0.1)  # more than it takes to start a run
    assert service.boots == 0
    service.client.patch(f"{API}/queue", json={"paused": False})
    assert service.until_ended(run["id"])["status"] == "completed"
