"""The replay engine: the contract, its order checks, LEAN's signals, and every recording byte for byte."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engines.contract import EngineCase, EngineContract, content, write_config
from engines.tiny_recordings import BANNER, BOOT, RUN, ending, write_recording
from leanboard.engines.recording import names
from leanboard.engines.replay_engine import ReplayEngine
from leanboard.engines.slot import Slot
from leanboard.errors import EngineError
from leanboard.storage.result_files import read_result

SWALLOWED = b"Program.ExitKeyPress(): Lean instance has been cancelled"


def prepare(slot: Slot, project: str) -> bytes:
    (slot.code / "main.py").write_text("# played\n")
    write_config(slot)
    return json.dumps({"module": project}).encode()


def case_of(engine: ReplayEngine, home: Path) -> EngineCase:
    return EngineCase(engine, home, completes="completes", lasts="lasts", prepare=prepare)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    write_recording(folder / "completes", (*BOOT, *RUN, *ending(0.06)))
    write_recording(folder / "lasts", (*BOOT, *RUN, *ending(3600)))
    write_recording(folder / "slow-start", (BOOT[0], *((at + 3600, text) for at, text in BOOT[1:])))
    write_recording(folder / "slow-import", (*BOOT, *((at + 3600, text) for at, text in RUN), *ending(7200)))
    write_recording(folder / "killed", (*BOOT, *RUN, (3600, "x")), exit_code=143)
    write_recording(folder / "crashed", ((0.0, BANNER),), exit_code=134)
    return folder


@pytest.fixture
async def case(recordings: Path, tmp_path: Path) -> AsyncIterator[EngineCase]:
    engine = ReplayEngine(recordings)
    await engine.start()
    yield case_of(engine, tmp_path / "home")
    await engine.close()


class TestReplayKeepsTheContract(EngineContract):
    @pytest.fixture
    async def engine_case(self, case: EngineCase) -> EngineCase:
        return case


class TestOrderIsChecked:
    """A violation names the rule that was broken."""

    async def test_start_comes_before_boot(self, recordings: Path, tmp_path: Path):
        case = case_of(ReplayEngine(recordings), tmp_path / "home")
        with pytest.raises(AssertionError, match="start comes before boot"):
            await case.booted("completes")

    async def test_the_config_is_written_before_boot(self, case: EngineCase):
        spec, _ = case.spec("completes")
        spec.slot.config.unlink()
        with pytest.raises(AssertionError, match=r"config\.json is written before boot"):
            await case.engine.boot(spec)

    async def test_the_config_has_the_algorithm_id(self, case: EngineCase):
        spec, _ = case.spec("completes")
        spec.slot.config.write_text('{"algorithm-id": "another"}')
        with pytest.raises(AssertionError, match="algorithm id"):
            await case.engine.boot(spec)

    async def test_directories_exist_before_boot(self, case: EngineCase):
        spec, _ = case.spec("completes")
        spec.slot.output.rmdir()
        with pytest.raises(AssertionError, match="output/"):
            await case.engine.boot(spec)

    async def test_the_config_is_never_changed(self, case: EngineCase):
        sandbox, spec, job = await case.booted("lasts")
        spec.slot.config.write_text("{}")
        with pytest.raises(AssertionError, match="never changed after boot"):
            await sandbox.assign(job)

    async def test_the_job_comes_from_assign(self, case: EngineCase):
        sandbox, spec, job = await case.booted("lasts")
        spec.slot.job.write_text("{}")
        with pytest.raises(AssertionError, match="renamed into place by assign"):
            await sandbox.assign(job)

    async def test_the_code_is_there_before_assign(self, case: EngineCase):
        sandbox, spec, job = await case.booted("lasts")
        (spec.slot.code / "main.py").unlink()
        spec.slot.code.rmdir()
        with pytest.raises(AssertionError, match="code/"):
            await sandbox.assign(job)

    async def test_one_job_for_a_slot(self, case: EngineCase):
        sandbox, _, job = await case.booted("lasts")
        await sandbox.assign(job)
        with pytest.raises(AssertionError, match="another job"):
            await sandbox.assign(b"{}")

    async def test_remove_is_the_last_call(self, case: EngineCase):
        sandbox, _, job = await case.booted("lasts")
        await sandbox.remove()
        with pytest.raises(AssertionError, match="remove is the last call"):
            await sandbox.assign(job)
        with pytest.raises(AssertionError, match="remove is the last call"):
            await sandbox.wait_ready(1)

    async def test_a_slot_is_used_once(self, case: EngineCase):
        sandbox, spec, _ = await case.booted("lasts")
        await sandbox.remove()
        with pytest.raises(AssertionError, match="never again"):
            await case.engine.boot(spec)

    async def test_calls_come_one_after_the_other(self, case: EngineCase):
        sandbox, _, job = await case.booted("slow-start")
        waiting = asyncio.ensure_future(sandbox.wait_ready(60))
        await asyncio.sleep(0)
        with pytest.raises(AssertionError, match="one after the other: assign during wait_ready"):
            await sandbox.assign(job)
        await sandbox.kill()
        assert not await waiting


class TestSignalsActAsOnLean:
    async def test_before_lean_has_its_job_an_interrupt_kills(self, case: EngineCase):
        sandbox, spec, _ = await case.booted("slow-start")
        await case.until(lambda: BANNER.encode() in content(spec.slot.output / "log.txt"))
        await sandbox.interrupt()
        assert (await case.ended(sandbox)).exit_code == 130
        assert not read_result(spec.slot.output, spec.algorithm_id).has_result

    async def test_while_it_initializes_an_interrupt_is_swallowed(self, case: EngineCase):
        sandbox, spec, job = await case.booted("slow-import")
        assert await sandbox.wait_ready(case.patience)
        await sandbox.assign(job)
        await sandbox.interrupt()
        await case.until(lambda: SWALLOWED in content(spec.slot.output / "log.txt"))
        await case.until(lambda: SWALLOWED in content(spec.slot.console / "stdout.txt"))
        waiting = asyncio.ensure_future(sandbox.wait())
        await asyncio.sleep(0.02)
        assert not waiting.done()
        await sandbox.kill()
        await waiting

    async def test_a_recording_without_last_words_ends_there_and_then(self, case: EngineCase):
        sandbox, spec, job = await case.booted("killed")
        await sandbox.assign(job)
        await case.until(lambda: b"bought" in content(spec.slot.output / "log.txt"))
        await sandbox.interrupt()
        assert (await case.ended(sandbox)).exit_code == 143

    async def test_a_run_that_crashes_at_its_boot_is_never_ready(self, case: EngineCase):
        sandbox, _, _ = await case.booted("crashed")
        assert not await sandbox.wait_ready(case.patience)
        assert (await case.ended(sandbox)).exit_code == 134


class TestRecordings:
    async def test_an_unknown_recording(self, case: EngineCase):
        with pytest.raises(EngineError, match="no recording named 'nothing'"):
            await case.booted("nothing")

    @pytest.mark.parametrize("broken", ["{", "[]", '{"algorithm_id": "x"}'])
    async def test_a_broken_recording(self, case: EngineCase, recordings: Path, broken: str):
        (recordings / "completes" / "case.json").write_text(broken)
        with pytest.raises(EngineError, match="no recording that can be played"):
            await case.booted("completes")

    async def test_without_recordings_it_is_not_there(self, tmp_path: Path):
        available = await ReplayEngine(tmp_path / "nothing").availability()
        assert not available.ready
        assert "LEANBOARD_RECORDINGS" in available.remedy

    async def test_files_appear_at_their_time(self, recordings: Path, tmp_path: Path):
        engine = ReplayEngine(recordings, speed=100_000)
        await engine.start()
        case = case_of(engine, tmp_path / "home")
        sandbox, spec, job = await case.booted("lasts")  # an hour, played in 36 ms
        await sandbox.assign(job)
        assert (await case.ended(sandbox)).exit_code == 0
        assert read_result(spec.slot.output, spec.algorithm_id).is_final
        await engine.close()


def recorded_console(folder: Path, stream: str) -> bytes:
    entries = (json.loads(line) for line in (folder / "docker.jsonl").read_text().split("\n") if line)
    return b"".join(entry["log"].encode() for entry in entries if entry["stream"] == stream)


def tree(folder: Path, algorithm_id: str, renamed: str) -> dict[str, bytes]:
    found = {}
    for path in folder.rglob("*") if folder.is_dir() else ():
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            found[renamed + name.removeprefix(algorithm_id) if name.startswith(algorithm_id) else name] = (
                path.read_bytes()
            )
    return found


@pytest.mark.shared
async def test_every_recording_is_played_byte_for_byte(shared: Path, tmp_path: Path):
    folder = shared / "lean-recordings"
    engine = ReplayEngine(folder, speed=float("inf"))
    await engine.start()
    case = case_of(engine, tmp_path / "home")
    for name in names(folder):
        sandbox, spec, job = await case.booted(name)
        await sandbox.assign(job)
        recorded = json.loads((folder / name / "case.json").read_text())
        exit_ = await case.ended(sandbox)
        assert (exit_.exit_code, exit_.out_of_memory) == (recorded["exit_code"], recorded["oom_killed"]), name
        for stream in ("stdout", "stderr"):
            played = content(spec.slot.console / f"{stream}.txt")
            assert played == recorded_console(folder / name, stream), name
        expected = tree(folder / name / "results", recorded["algorithm_id"], spec.algorithm_id)
        assert tree(spec.slot.output, spec.algorithm_id, spec.algorithm_id) == expected, name
        await sandbox.remove()
    await engine.close()


@pytest.mark.shared
async def test_intermediate_results_are_played(shared: Path, tmp_path: Path):
    """ok-long-run: the result file is there as an intermediate one before it is final."""
    engine = ReplayEngine(shared / "lean-recordings", speed=300)
    await engine.start()
    case = case_of(engine, tmp_path / "home")
    sandbox, spec, job = await case.booted("ok-long-run")
    await sandbox.assign(job)
    kinds = set()
    waiting = asyncio.ensure_future(sandbox.wait())
    while not waiting.done():
        kinds.add(str(read_result(spec.slot.output, spec.algorithm_id).kind))
        await asyncio.sleep(0.01)
    kinds.add(str(read_result(spec.slot.output, spec.algorithm_id).kind))
    assert kinds - {"torn"} == {"absent", "intermediate", "final"}
    await engine.close()
