"""One run on a scripted engine: settling, ending early, deafness, engine trouble."""

import asyncio
import json
import time
from dataclasses import replace

import pytest

from leanboard.engines.base import Fetching
from leanboard.engines.sandbox_spec import CSharpBuild, Limits, Requirements, SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.errors import BuildFailed, EngineUnavailable, RequirementsFailed
from leanboard.models.requests import BacktestRequest
from leanboard.models.run import BacktestStatus, FetchProgress, Phase, Reason
from leanboard.services.backtest_monitor import Intent
from leanboard.services.code_reader import CSharpCode, Prepared
from leanboard.services.lean_runner import LeanRunner
from leanboard.services.output_follower import OutputFollower
from leanboard.services.run_plan import RunnerLimits, RunPlan
from leanboard.services.run_watch import RunControl
from services.builders import NOW
from services.scripted_engine import ScriptedEngine, ScriptedSandbox


class Bench:
    """A runner with everything it needs, and what it published."""

    def __init__(self, root, **limits):
        self.follower = OutputFollower(0.005)
        fields = {
            "memory": 1 << 30,
            "cpu_seconds": None,
            "cancel_grace": 0.3,
            "boot_timeout": 5.0,
            "stall_after": 60.0,
            "max_output": 1 << 30,
            **limits,
        }
        self.runner = LeanRunner(RunnerLimits(**fields), self.follower, lambda: NOW)
        self.control = RunControl()
        self.updates = []
        slot = Slot("run-1", root / "slot")
        for folder in (slot.code, slot.output, slot.console, slot.storage):
            folder.mkdir(parents=True)
        self.plan = RunPlan(
            run_id="run",
            slot=slot,
            prepared=Prepared("main.py", None, {"from_config": "1"}, None),
            request=BacktestRequest(strategy_name="main", parameters={"fast": 3}, initial_cash=5000),
            name="main",
            data_folder=root / "data",
            timeout=20.0,
        )

    async def run(self, script, building=None, installing=None, **changes):
        self.engine = ScriptedEngine(script)
        self.engine.building, self.engine.installing = building, installing
        await self.follower.start()
        try:
            plan = replace(self.plan, **changes)
            settled = await self.runner.run(plan, self.engine, self.control, self.updates.append)
        finally:
            await self.follower.close()
            self.runner.close()
        self.sandbox = self.engine.sandboxes[0] if self.engine.sandboxes else None
        return settled


async def a_good_run(sandbox):
    sandbox.launch()
    sandbox.result()
    sandbox.finish()


async def test_a_settled_run_is_ended_at_once_and_held_until_released(tmp_path):
    bench = Bench(tmp_path)
    begun = time.monotonic()
    settled = await bench.run(a_good_run)
    assert settled.outcome.status is BacktestStatus.COMPLETED
    assert bench.sandbox.signals == ["kill"]
    assert not bench.sandbox.removed
    await settled.release()
    assert bench.sandbox.removed
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(("said", "stillborn"), [("ready", True), ("ready\n@@LEANBOARD job", False)])
async def test_what_had_booted_ahead_and_died_before_its_job_is_told_apart(tmp_path, said, stillborn):
    async def waits(sandbox):
        await asyncio.Event().wait()

    bench = Bench(tmp_path)
    booted = ScriptedSandbox(SandboxSpec(bench.plan.slot, "run-1", tmp_path, Limits(1 << 30)), waits)
    (bench.plan.slot.console / "stderr.txt").write_text(f"@@LEANBOARD {said}\n")
    booted.exit(137)
    settled = await bench.run(a_good_run, warm=booted)
    await settled.release()
    assert settled.stillborn is stillborn
    assert settled.outcome.status is BacktestStatus.FAILED


async def test_the_job_carries_parameters_and_what_overrides_them(tmp_path):
    bench = Bench(tmp_path)
    await (await bench.run(a_good_run)).release()
    assert bench.sandbox.job["parameters"] == {"from_config": "1", "fast": "3"}
    assert bench.sandbox.job["initial_cash"] == "5000"
    assert bench.sandbox.job["start_date"] is None


async def test_lines_alone_do_not_settle(tmp_path):
    async def forger(sandbox):
        sandbox.launch()
        sandbox.finish()
        await asyncio.sleep(0.3)
        sandbox.result()
        sandbox.exit(0)

    bench = Bench(tmp_path)
    settled = await bench.run(forger)
    await settled.release()
    assert settled.outcome.status is BacktestStatus.COMPLETED


async def test_exit_0_without_a_result_is_a_failure(tmp_path):
    async def silent(sandbox):
        sandbox.launch()
        sandbox.exit(0)

    settled = await Bench(tmp_path).run(silent)
    await settled.release()
    assert settled.outcome.status is BacktestStatus.FAILED


async def test_an_interrupt_before_the_launch_is_sent_again_at_the_launch(tmp_path):
    async def slow_start(sandbox):
        sandbox.log("BaseSetupHandler.Setup(LocalPlatform): UID: 0, PID: 0, Version: 2.5.0.0, Source: WebIDE")
        bench.control.stop(Intent.CANCEL)
        await sandbox.signalled("interrupt")
        sandbox.signals.clear()
        sandbox.launch()
        await sandbox.signalled("interrupt")
        sandbox.result()
        sandbox.finish()
        sandbox.exit(0)

    bench = Bench(tmp_path, cancel_grace=5)
    settled = await bench.run(slow_start)
    await settled.release()
    assert (settled.outcome.status, settled.outcome.partial) == (BacktestStatus.CANCELLED, True)


async def test_a_cancel_before_the_boot_boots_nothing(tmp_path):
    bench = Bench(tmp_path)
    bench.control.stop(Intent.CANCEL)
    settled = await bench.run(a_good_run)
    assert settled.outcome.status is BacktestStatus.CANCELLED
    assert bench.sandbox is None


async def deaf(sandbox):
    sandbox.launch()
    await asyncio.Event().wait()


async def test_r14_deafness_ends_with_a_kill_after_the_grace(tmp_path):
    async def cancelled(sandbox):
        bench.control.stop(Intent.CANCEL)
        await deaf(sandbox)

    bench = Bench(tmp_path)
    begun = time.monotonic()
    settled = await bench.run(cancelled)
    await settled.release()
    assert settled.outcome.reason is Reason.CANCELLED_BY_USER
    assert bench.sandbox.signals[0] == "interrupt"
    assert bench.sandbox.signals.index("kill") > 0
    assert 0.3 <= time.monotonic() - begun < 3


async def test_r18_the_time_limit_interrupts_before_it_kills(tmp_path):
    bench = Bench(tmp_path)
    settled = await bench.run(deaf, timeout=0.2)
    await settled.release()
    assert (settled.outcome.status, settled.outcome.reason) == (BacktestStatus.FAILED, Reason.TIMED_OUT)
    assert bench.sandbox.signals[0] == "interrupt"
    assert bench.sandbox.signals.index("kill") > 0


async def test_r15_a_cancel_after_the_time_limit_does_not_change_the_reason(tmp_path):
    async def cancelled_late(sandbox):
        sandbox.launch()
        await sandbox.signalled("interrupt")
        bench.control.stop(Intent.CANCEL)
        await asyncio.Event().wait()

    bench = Bench(tmp_path)
    settled = await bench.run(cancelled_late, timeout=0.2)
    await settled.release()
    assert settled.outcome.reason is Reason.TIMED_OUT


async def test_too_much_output_ends_the_run(tmp_path):
    async def writer(sandbox):
        sandbox.launch()
        (sandbox.spec.slot.output / "big").write_bytes(b"x" * 2000)
        await asyncio.Event().wait()

    settled = await Bench(tmp_path, max_output=1000).run(writer)
    await settled.release()
    assert settled.outcome.status is BacktestStatus.FAILED
    assert "MB" in settled.outcome.message


async def test_no_sign_of_life_is_an_engine_error_that_names_the_setting(tmp_path):
    async def dead(sandbox):
        await asyncio.Event().wait()

    settled = await Bench(tmp_path, boot_timeout=0.2).run(dead)
    await settled.release()
    assert settled.outcome.reason is Reason.ENGINE_ERROR
    assert "LEANBOARD_BOOT_TIMEOUT" in settled.outcome.message


CSHARP = Prepared("Main.cs", "Sharp", {"n": "1"}, None, CSharpCode("S.dll", CSharpBuild("S.csproj", "S")))


async def test_a_project_that_does_not_compile_ends_with_the_compilers_words(tmp_path):
    async def building(spec):
        raise BuildFailed(
            "Main.cs(3): error CS1002: ; expected", place=("Main.cs", 3), output="all of it\nBuild FAILED.\n"
        )

    bench = Bench(tmp_path)
    settled = await bench.run(a_good_run, building, prepared=CSHARP)
    assert bench.sandbox is None
    assert (settled.outcome.status, settled.outcome.reason) == (BacktestStatus.FAILED, Reason.BUILD_FAILED)
    assert settled.outcome.message == "Main.cs(3): error CS1002: ; expected"
    assert (settled.outcome.location.file, settled.outcome.location.line) == ("Main.cs", 3)
    assert [line.text for update in bench.updates for line in update.lines] == ["all of it", "Build FAILED."]
    assert set(settled.applied.ignored) == {"parameters.fast", "initial_cash"}


async def test_a_cancel_ends_the_compiler(tmp_path):
    ended = []

    async def building(spec):
        bench.control.stop(Intent.CANCEL)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    bench = Bench(tmp_path)
    settled = await bench.run(a_good_run, building, prepared=CSHARP)
    assert (settled.outcome.reason, ended, bench.sandbox) == (Reason.CANCELLED_BY_USER, [True], None)


async def test_csharp_gets_its_parameters_in_the_configuration(tmp_path):
    bench = Bench(tmp_path)
    await (await bench.run(a_good_run, prepared=CSHARP)).release()
    config = json.loads(bench.plan.slot.config.read_text())
    assert (config["algorithm-language"], config["algorithm-type-name"]) == ("CSharp", "Sharp")
    assert config["parameters"] == {"n": "1", "fast": "3", "initial_cash": "5000"}
    assert bench.sandbox.spec.build == CSharpBuild("S.csproj", "S")


NEEDED = Requirements(("requirements.txt",), "d1")
NEEDS = Prepared("main.py", None, {}, None, requirements=NEEDED)


async def test_requirements_are_installed_before_the_boot_and_told(tmp_path):
    async def installing(spec, report):
        assert bench.engine.sandboxes == []
        assert spec.requirements == NEEDED
        report(Fetching("installing requirements: Collecting tiny"))

    bench = Bench(tmp_path)
    settled = await bench.run(a_good_run, installing=installing, prepared=NEEDS)
    await settled.release()
    assert settled.outcome.status is BacktestStatus.COMPLETED
    told = [(update.phase, update.progress.fetching) for update in bench.updates[:2]]
    assert told == [
        (Phase.INSTALLING, FetchProgress(text="installing requirements: Collecting tiny")),
        (Phase.BOOTING, None),
    ]
    assert bench.sandbox.job["packages"] == "the packages"


async def test_without_requirements_the_job_has_no_packages(tmp_path):
    bench = Bench(tmp_path)
    await (await bench.run(a_good_run)).release()
    assert bench.sandbox.job["packages"] is None


async def test_requirements_that_cannot_be_installed_end_the_run_with_pips_words(tmp_path):
    async def installing(spec, report):
        raise RequirementsFailed("pip says: no", place=("requirements.txt", 2), output="Collecting x\nERROR: no\n")

    bench = Bench(tmp_path)
    settled = await bench.run(a_good_run, installing=installing, prepared=NEEDS)
    assert bench.sandbox is None
    assert (settled.outcome.reason, settled.outcome.message) == (Reason.REQUIREMENTS_FAILED, "pip says: no")
    assert (settled.outcome.location.file, settled.outcome.location.line) == ("requirements.txt", 2)
    assert [line.text for update in bench.updates for line in update.lines] == ["Collecting x", "ERROR: no"]


class Booted:
    """A sandbox that booted ahead, and the steps that it sees."""

    def __init__(self, bench, script=a_good_run):
        self.steps = []
        self.sandbox = ScriptedSandbox(sandbox_spec_of(bench), script)
        assign, remove = self.sandbox.assign, self.sandbox.remove
        self.sandbox.assign = lambda job: self._noted("assign", assign(job))
        self.sandbox.remove = lambda: self._noted("remove", remove())

    async def _noted(self, step, doing):
        self.steps.append(step)
        await doing


def sandbox_spec_of(bench):
    return SandboxSpec(bench.plan.slot, bench.plan.slot.id, bench.plan.data_folder, Limits(memory=1 << 30))


async def test_a_sandbox_that_booted_ahead_gets_its_packages_before_its_job(tmp_path):
    async def installing(spec, report):
        booted.steps.append("install")

    bench = Bench(tmp_path)
    booted = Booted(bench)
    settled = await bench.run(None, installing=installing, prepared=NEEDS, warm=booted.sandbox)
    assert settled.outcome.status is BacktestStatus.COMPLETED
    assert booted.steps == ["install", "assign"]
    await settled.release()


async def test_a_cancel_ends_pip_and_what_booted_ahead(tmp_path):
    async def installing(spec, report):
        bench.control.stop(Intent.CANCEL)
        try:
            await asyncio.Event().wait()
        finally:
            booted.steps.append("pip ended")

    bench = Bench(tmp_path)
    booted = Booted(bench)
    settled = await bench.run(None, installing=installing, prepared=NEEDS, warm=booted.sandbox)
    assert settled.outcome.reason is Reason.CANCELLED_BY_USER
    assert booted.steps == ["pip ended", "remove"]


async def test_what_booted_ahead_is_removed_when_its_packages_cannot_be_had(tmp_path):
    async def installing(spec, report):
        raise EngineUnavailable("the engine is away")

    bench = Bench(tmp_path)
    booted = Booted(bench)
    with pytest.raises(EngineUnavailable):
        await bench.run(None, installing=installing, prepared=NEEDS, warm=booted.sandbox)
    assert booted.steps == ["remove"]


async def test_an_engine_that_cannot_boot_is_an_engine_error(tmp_path):
    settled = await Bench(tmp_path).run(None)
    await settled.release()
    assert settled.outcome.reason is Reason.ENGINE_ERROR
    assert "no room" in settled.outcome.message


async def test_a_cancelled_task_leaves_no_sandbox(tmp_path):
    bench = Bench(tmp_path)
    task = asyncio.create_task(bench.run(deaf))
    while not (getattr(bench, "engine", None) and bench.engine.sandboxes):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.engine.sandboxes[0].removed


async def test_phases_and_equity_are_published_in_order(tmp_path):
    async def paced(sandbox):
        sandbox.launch()
        for day in range(7, 11):
            sandbox.frame(t=f"2013-10-{day:02d}T00:00:00", equity=100000.0 + day)
            await asyncio.sleep(0.02)
        await a_good_run(sandbox)

    bench = Bench(tmp_path)
    await (await bench.run(paced)).release()
    phases = [update.phase for update in bench.updates if update.phase]
    assert phases == sorted(phases, key=list(Phase).index)
    assert Phase.TRADING in phases
    points = [point.value for update in bench.updates for point in update.equity]
    assert points == [100007.0, 100008.0, 100009.0, 100010.0]
    percents = [u.progress.percent for u in bench.updates if u.progress and u.progress.percent is not None]
    assert percents == sorted(percents)


async def test_nothing_of_the_log_is_lost_when_it_ends_in_a_burst(tmp_path):
    async def chatty(sandbox):
        sandbox.launch()
        with (sandbox.spec.slot.output / "log.txt").open("a") as file:
            file.writelines(f"2026-01-31T12:00:00.0Z TRACE:: Log: 2013-10-07 09:31:00 {n}\n" for n in range(50_000))
        sandbox.result()
        sandbox.finish()
        sandbox.exit(0)

    bench = Bench(tmp_path)
    await (await bench.run(chatty)).release()
    shown = sum(len(update.lines) + update.skipped for update in bench.updates)
    assert shown >= 50_000
