"""What leanboard.engines.base promises, as one suite for every engine.

An engine joins with a subclass and a fixture::

    class TestMyEngine(EngineContract):
        @pytest.fixture
        async def engine_case(self, tmp_path): ...   # yields an EngineCase with a started engine
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from leanboard.engines.base import Engine, Sandbox
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import Limits, SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.models.run import EngineName
from leanboard.storage.result_files import read_result

LAUNCHED = b"Launching analysis for "
KILLED = 137


@dataclass
class EngineCase:
    """An engine under test.

    Attributes:
        engine: Started; whoever makes the case closes it.
        home: Where slots are made.
        completes: Project that ends by itself within ``patience``, with exit code 0 and a final result.
        lasts: Project that launches and then goes on for minutes, unless it is ended.
        prepare: Fills code/ and config.json of a slot for one of the two and returns the job's text.
        grows: File of the slot in which LEAN's lines can be seen while it runs.
        again: Makes a second engine of the same installation, for those that outlive.
        packages: The cache of what is installed.
        patience: Seconds within which whatever is waited for must happen.
    """

    engine: Engine
    home: Path
    completes: str
    lasts: str
    prepare: Callable[[Slot, str], bytes]
    patience: float = 20.0
    data_folder: Path = Path("/nonexistent")
    packages: Path = Path("/nonexistent")
    grows: str = "output/log.txt"
    again: Callable[[], Engine] = field(default=lambda: pytest.fail("no second engine"))
    _numbers: "count[int]" = field(default_factory=count)

    def spec(self, project: str) -> tuple[SandboxSpec, bytes]:
        """A new slot for a project, and its job."""
        number = next(self._numbers)
        slot = Slot(f"slot{number}", self.home / f"slot-{number}")
        for folder in (slot.code, slot.output, slot.console, slot.storage):
            folder.mkdir(parents=True)
        job = self.prepare(slot, project)
        limits = Limits(memory=1 << 30)
        return SandboxSpec(slot, slot.id, self.data_folder, limits, project=project), job

    async def booted(self, project: str) -> tuple[Sandbox, SandboxSpec, bytes]:
        spec, job = self.spec(project)
        return await self.engine.boot(spec), spec, job

    async def running(self) -> tuple[Sandbox, SandboxSpec]:
        """A sandbox whose strategy is launched and goes on."""
        sandbox, spec, job = await self.booted(self.lasts)
        await sandbox.assign(job)
        await self.until(lambda: LAUNCHED in content(spec.slot.root / self.grows))
        return sandbox, spec

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(self.patience):
            while not holds():
                await asyncio.sleep(0.005)

    async def ended(self, sandbox: Sandbox) -> SandboxExit:
        async with asyncio.timeout(self.patience):
            return await sandbox.wait()


def content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def write_config(slot: Slot, **more: object) -> None:
    slot.config.write_text(json.dumps({"algorithm-id": slot.id, **more}))


class EngineContract:
    """The suite; subclasses give the fixture ``engine_case``."""

    # --- the engine as a whole ---------------------------------------------------------------------------------

    async def test_it_has_a_name_and_says_whether_it_is_there(self, engine_case: EngineCase):
        assert engine_case.engine.name in EngineName
        begin = monotonic()
        available = await engine_case.engine.availability()
        assert monotonic() - begin < 1
        assert available.ready, available.detail
        assert available.detail
        assert not available.remedy

    async def test_paths_are_pure(self, engine_case: EngineCase):
        slot = Slot("x", engine_case.home / "never-made")
        first = engine_case.engine.paths(slot, engine_case.data_folder)
        assert first == engine_case.engine.paths(slot, engine_case.data_folder)
        assert len({first.code, first.output, first.storage}) == 3
        assert not slot.root.exists()

    # --- order -------------------------------------------------------------------------------------------------

    async def test_a_cold_run_leaves_everything_in_its_slot(self, engine_case: EngineCase):
        sandbox, spec, job = await engine_case.booted(engine_case.completes)
        await sandbox.assign(job)
        assert (await engine_case.ended(sandbox)).exit_code == 0
        slot = spec.slot
        assert slot.job.read_bytes() == job
        assert LAUNCHED in content(slot.output / "log.txt")
        assert (slot.console / "stdout.txt").is_file()
        assert (slot.console / "stderr.txt").is_file()
        assert read_result(slot.output, spec.algorithm_id).is_final
        await sandbox.remove()

    async def test_what_a_run_is_made_with_is_known_before(self, engine_case: EngineCase):
        known = await engine_case.engine.versions("")
        sandbox, spec, _ = await engine_case.booted(engine_case.completes)
        await sandbox.remove()
        noted = json.loads(spec.slot.origin.read_text())["versions"] if spec.slot.origin.exists() else None
        assert noted == (known.model_dump() if known is not None else None)
        if engine_case.engine.name is EngineName.DOCKER:
            assert known is not None
            assert known.image_id.startswith("sha256:")
            assert await engine_case.engine.versions("leanboard.invalid/none:1") is None

    async def test_a_warm_sandbox_waits_for_its_job(self, engine_case: EngineCase):
        if not engine_case.engine.warms:
            pytest.skip("its sandboxes start with their job: nothing can be brought to them later")
        sandbox, spec, job = await engine_case.booted(engine_case.completes)
        assert await sandbox.wait_ready(engine_case.patience)
        assert LAUNCHED not in content(spec.slot.output / "log.txt")
        assert not spec.slot.job.exists()
        await sandbox.assign(job)
        assert (await engine_case.ended(sandbox)).exit_code == 0
        assert LAUNCHED in content(spec.slot.output / "log.txt")
        await sandbox.remove()

    async def test_a_sandbox_that_starts_with_its_job_is_not_ready_before(self, engine_case: EngineCase):
        if engine_case.engine.warms:
            pytest.skip("its sandboxes boot before they have their job")
        sandbox, _, job = await engine_case.booted(engine_case.lasts)
        assert not await sandbox.wait_ready(0.2)
        await sandbox.assign(job)
        assert await sandbox.wait_ready(engine_case.patience)
        await sandbox.remove()

    async def test_files_grow_while_it_runs(self, engine_case: EngineCase):
        sandbox, spec = await engine_case.running()
        waiting = asyncio.ensure_future(sandbox.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        assert content(spec.slot.console / "stdout.txt")
        await sandbox.kill()
        await engine_case.ended(sandbox)
        await waiting
        await sandbox.remove()

    async def test_wait_ready_says_no_in_time_and_when_it_has_ended(self, engine_case: EngineCase):
        sandbox, _, _ = await engine_case.booted(engine_case.lasts)
        await sandbox.kill()
        await engine_case.ended(sandbox)
        begin = monotonic()
        assert not await sandbox.wait_ready(engine_case.patience)
        assert monotonic() - begin < engine_case.patience / 2
        await sandbox.remove()

    # --- signals -----------------------------------------------------------------------------------------------

    async def test_an_interrupt_ends_a_launched_run_with_its_result(self, engine_case: EngineCase):
        sandbox, spec = await engine_case.running()
        await sandbox.interrupt()
        assert (await engine_case.ended(sandbox)).exit_code == 0
        assert read_result(spec.slot.output, spec.algorithm_id).is_final
        await sandbox.remove()

    async def test_kill_ends_it_at_once(self, engine_case: EngineCase):
        sandbox, spec = await engine_case.running()
        await sandbox.kill()
        exit_ = await engine_case.ended(sandbox)
        assert exit_.exit_code == KILLED
        assert not exit_.out_of_memory
        assert not read_result(spec.slot.output, spec.algorithm_id).is_final
        await sandbox.remove()

    async def test_signals_may_come_before_the_job(self, engine_case: EngineCase):
        if not engine_case.engine.warms:
            pytest.skip("its sandboxes start with their job: nothing can be brought to them later")
        sandbox, _, _ = await engine_case.booted(engine_case.lasts)
        assert await sandbox.wait_ready(engine_case.patience)
        await sandbox.interrupt()
        await sandbox.kill()
        assert (await engine_case.ended(sandbox)).exit_code not in (0, None)
        await sandbox.remove()

    async def test_a_kill_beside_assign(self, engine_case: EngineCase):
        sandbox, _, job = await engine_case.booted(engine_case.lasts)
        await asyncio.gather(sandbox.assign(job), sandbox.kill())
        assert (await engine_case.ended(sandbox)).exit_code == KILLED
        await sandbox.remove()

    # --- idempotence -------------------------------------------------------------------------------------------

    async def test_everything_may_be_said_twice(self, engine_case: EngineCase):
        sandbox, _, job = await engine_case.booted(engine_case.completes)
        await sandbox.assign(job)
        await sandbox.assign(job)
        first = await engine_case.ended(sandbox)
        for call in (sandbox.interrupt, sandbox.kill, sandbox.interrupt, sandbox.kill):
            await call()
        assert await engine_case.ended(sandbox) == first
        await sandbox.remove()
        await sandbox.remove()
        assert await engine_case.ended(sandbox) == first

    async def test_all_who_wait_get_the_same_answer(self, engine_case: EngineCase):
        sandbox, _, job = await engine_case.booted(engine_case.completes)
        early = [asyncio.ensure_future(sandbox.wait()) for _ in range(3)]
        await sandbox.assign(job)
        answers = [*(await asyncio.gather(*early)), await engine_case.ended(sandbox)]
        assert answers == [answers[0]] * 4
        await sandbox.remove()

    async def test_who_stops_waiting_ends_nothing(self, engine_case: EngineCase):
        sandbox, _ = await engine_case.running()
        waiting = asyncio.ensure_future(sandbox.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        other = asyncio.ensure_future(sandbox.wait())
        await asyncio.sleep(0.02)
        assert not other.done()
        await sandbox.kill()
        await engine_case.ended(sandbox)
        await other
        await sandbox.remove()

    async def test_a_slot_never_has_two_sandboxes(self, engine_case: EngineCase):
        spec, _ = engine_case.spec(engine_case.lasts)
        first = await engine_case.engine.boot(spec)
        second = await engine_case.engine.boot(spec)
        await second.remove()
        await engine_case.ended(first)
        assert await engine_case.engine.sweep(frozenset()) == ()

    # --- remove, sweep, close ----------------------------------------------------------------------------------

    async def test_remove_right_after_boot(self, engine_case: EngineCase):
        sandbox, spec, _ = await engine_case.booted(engine_case.lasts)
        await sandbox.remove()
        assert (await engine_case.ended(sandbox)).exit_code == KILLED
        assert spec.slot.config.is_file()

    async def test_remove_ends_a_running_one_and_leaves_its_files(self, engine_case: EngineCase):
        sandbox, spec = await engine_case.running()
        waiting = asyncio.ensure_future(sandbox.wait())
        await sandbox.remove()
        async with asyncio.timeout(engine_case.patience):
            assert (await waiting).exit_code == KILLED
        assert LAUNCHED in content(spec.slot.output / "log.txt")

    async def test_sandboxes_are_independent(self, engine_case: EngineCase):
        lasting, _ = await engine_case.running()
        quick, spec, job = await engine_case.booted(engine_case.completes)
        await quick.assign(job)
        assert (await engine_case.ended(quick)).exit_code == 0
        assert read_result(spec.slot.output, spec.algorithm_id).is_final
        assert quick.id != lasting.id
        await asyncio.gather(quick.remove(), lasting.remove())

    async def test_sweep_ends_what_is_not_kept(self, engine_case: EngineCase):
        kept, kept_spec = await engine_case.running()
        left, left_spec = await engine_case.running()
        assert await engine_case.engine.sweep(frozenset({kept_spec.slot.id})) == (left_spec.slot.id,)
        assert (await engine_case.ended(left)).exit_code == KILLED
        waiting = asyncio.ensure_future(kept.wait())
        await asyncio.sleep(0.02)
        assert not waiting.done()
        await kept.remove()
        await waiting
        await left.remove()

    async def test_close_ends_what_still_runs(self, engine_case: EngineCase):
        if engine_case.engine.outlives:
            pytest.skip("its sandboxes outlive the service")
        sandbox, spec = await engine_case.running()
        assert await engine_case.engine.adopt(spec) is None
        await engine_case.engine.close()
        assert (await engine_case.ended(sandbox)).exit_code == KILLED

    # --- outliving ---------------------------------------------------------------------------------------------

    async def test_an_engine_that_outlives_leaves_its_sandboxes_and_adopts_them(self, engine_case: EngineCase):
        if not engine_case.engine.outlives:
            pytest.skip("its sandboxes end with the service")
        _, running = await engine_case.running()
        ending, ended, job = await engine_case.booted(engine_case.completes)
        await ending.assign(job)
        await engine_case.ended(ending)
        await engine_case.engine.close()
        next_engine = engine_case.again()
        await next_engine.start()
        left = {found.slot_id: found.running for found in await next_engine.leftovers()}
        assert left == {running.slot.id: True, ended.slot.id: False}
        adopted = await next_engine.adopt(running)
        over = await next_engine.adopt(ended)
        assert (await engine_case.ended(over)).exit_code == 0
        await adopted.interrupt()
        assert (await engine_case.ended(adopted)).exit_code == 0
        assert read_result(running.slot.output, running.algorithm_id).is_final
        for sandbox in (adopted, over):
            await sandbox.remove()
        assert await next_engine.leftovers() == ()
        assert await next_engine.adopt(running) is None
        await next_engine.close()

    async def test_nothing_is_fetched_and_nothing_held_where_all_is_there(self, engine_case: EngineCase):
        told = []
        await engine_case.engine.fetch("", told.append)
        assert told == []
        assert engine_case.engine.hold_reason() == ""
