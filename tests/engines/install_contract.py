"""What leanboard.engines.base promises of requirements.txt, as one suite for every engine that installs."""

import asyncio
import hashlib
import json
from dataclasses import replace

import pytest

from engines.contract import EngineCase, content
from engines.distributions import slow_source, wheel
from leanboard.engines.base import Fetching
from leanboard.engines.sandbox_spec import Requirements, SandboxSpec
from leanboard.errors import RequirementsFailed

FILE = "requirements.txt"


def asking(case: EngineCase, text: str) -> tuple[SandboxSpec, bytes]:
    """A slot whose project asks for what lies in its own folder ``wheels``; the service's way of asking lets no such
    thing through, but an engine does not mind, and no index is needed."""
    spec, job = case.spec(case.completes)
    wheels = [wheel(spec.slot.code / "wheels"), slow_source(spec.slot.code / "wheels")]
    (spec.slot.code / FILE).write_text(f"--no-index\n--find-links wheels\n{text}\n")
    files = (FILE, *(f"wheels/{path.name}" for path in wheels))
    digest = hashlib.sha256(text.encode()).hexdigest()
    job = json.dumps({**json.loads(job), "packages": case.engine.paths(spec.slot, spec.data_folder).packages}).encode()
    return replace(spec, requirements=Requirements(files, digest)), job


def unheard(_: Fetching) -> None:
    pass


class InstallContract:
    """The suite; subclasses give the fixture ``engine_case``, whose engine installs into ``case.packages``."""

    async def test_a_strategy_finds_what_was_installed_for_it(self, engine_case: EngineCase):
        spec, job = asking(engine_case, "tiny==1.0")
        told: list[Fetching] = []
        await engine_case.engine.install(spec, told.append)
        assert told[0].text == "installing requirements"
        assert b"Successfully installed tiny-1.0" in content(spec.slot.console / "install.txt")
        assert (spec.slot.packages / "tiny.py").stat().st_mode & 0o777 == 0o444
        main = spec.slot.code / "main.py"
        main.write_text(
            f"import tiny\nassert tiny.__file__.startswith({json.loads(job)['packages']!r})\n{main.read_text()}"
        )
        sandbox = await engine_case.engine.boot(spec)
        await sandbox.assign(job)
        assert (await engine_case.ended(sandbox)).exit_code == 0, content(spec.slot.output / "log.txt")
        await sandbox.remove()

    async def test_a_sandbox_that_booted_ahead_finds_it_as_well(self, engine_case: EngineCase):
        if not engine_case.engine.warms:
            pytest.skip("its sandboxes start with their job: nothing can be brought to them later")
        spec, job = asking(engine_case, "tiny==1.0")
        main = spec.slot.code / "main.py"
        main.write_text(f"import tiny\n{main.read_text()}")
        sandbox = await engine_case.engine.boot(replace(spec, requirements=None))
        assert await sandbox.wait_ready(engine_case.patience)
        await engine_case.engine.install(spec, unheard)
        await sandbox.assign(job)
        assert (await engine_case.ended(sandbox)).exit_code == 0, content(spec.slot.output / "log.txt")
        await sandbox.remove()

    async def test_the_same_is_installed_once(self, engine_case: EngineCase):
        specs = [asking(engine_case, "tiny")[0] for _ in range(3)]
        await asyncio.gather(*(engine_case.engine.install(spec, unheard) for spec in specs))
        late, _ = asking(engine_case, "tiny")
        told: list[Fetching] = []
        await engine_case.engine.install(late, told.append)
        assert (told, content(late.slot.console / "install.txt")) == ([], b"")
        assert all((spec.slot.packages / "tiny.py").is_file() for spec in (*specs, late))
        assert len(entries(engine_case)) == 1

    async def test_a_failure_has_pips_own_lines_and_is_not_kept(self, engine_case: EngineCase):
        for _ in range(2):
            spec, _ = asking(engine_case, "tiny\nno-such-package==1")
            with pytest.raises(
                RequirementsFailed, match="No matching distribution found for no-such-package==1"
            ) as found:
                await engine_case.engine.install(spec, unheard)
            assert found.value.place == (FILE, 4)
            assert content(spec.slot.console / "install.txt").decode() == found.value.output
            assert not spec.slot.packages.exists()
        assert entries(engine_case) == []

    async def test_a_cancel_ends_pip_and_leaves_nothing(self, engine_case: EngineCase):
        spec, _ = asking(engine_case, "slow")
        told: list[Fetching] = []
        task = asyncio.create_task(engine_case.engine.install(spec, told.append))
        await engine_case.until(lambda: any("Preparing" in fetching.text for fetching in told))
        assert await engine_case.engine.leftovers() == ()
        assert await engine_case.engine.sweep(frozenset()) == ()
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await engine_case.engine.leftovers() == ()
        assert entries(engine_case) == []
        assert list((engine_case.packages / ".work").iterdir()) == []

    async def test_nothing_is_done_for_who_asks_for_nothing(self, engine_case: EngineCase):
        spec, _ = engine_case.spec(engine_case.completes)
        await engine_case.engine.install(spec, lambda _: pytest.fail("nothing to tell"))
        assert not spec.slot.packages.exists()


def entries(case: EngineCase) -> list[str]:
    return [path.name for path in case.packages.iterdir() if not path.name.startswith(".")]
