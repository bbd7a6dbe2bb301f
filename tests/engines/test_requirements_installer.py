"""Installations of requirements.txt: once per content and interpreter, kept, bounded; pip is played by the test."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from leanboard.engines import side_sandboxes
from leanboard.engines.folder_cache import CacheLimits, FolderCache
from leanboard.engines.requirements_installer import InstallOptions, Interpreter, RequirementsInstaller
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import Limits, Requirements, SandboxSpec
from leanboard.engines.slot import SandboxPaths, Slot
from leanboard.errors import EngineError, RequirementsFailed
from strategies.projects import write

PYTHON = Interpreter("Python 3.11 of the test", ("python",))
NEEDED = Requirements(("requirements.txt", "more/base.txt"), "d1")


def paths(slot, data):
    return SandboxPaths("", str(slot.code), str(slot.output), "", "", "", packages=str(slot.packages))


class Pip:
    """A sandbox that does what the test says: ``work`` gets the slot and returns the exit."""

    def __init__(self, work):
        self.work, self.specs, self.commands, self.removed = work, [], [], 0
        self.started, self.going = asyncio.Event(), asyncio.Event()
        self.going.set()

    async def __call__(self, spec, command):
        self.specs.append(spec)
        self.commands.append(command)
        self.started.set()
        return self

    async def wait(self):
        await self.going.wait()
        return self.work(self.specs[-1].slot)

    async def remove(self):
        self.removed += 1


def installs(slot):
    write(slot.output, {"packages/tiny/__init__.py": "x" * 100, "packages/tiny-1.dist-info/METADATA": "Name: tiny"})
    (slot.output / "packages" / "link.py").symlink_to("/etc/hostname")
    (slot.console / "stdout.txt").write_text("Collecting tiny\nSuccessfully installed tiny-1\n")
    (slot.console / "stderr.txt").write_text("")
    return SandboxExit(0)


class Bench:
    def __init__(self, root, work=installs, limits=None, **options):
        self.root = root
        self.pip = Pip(work)
        self.pool = ThreadPoolExecutor(2)
        self.options = InstallOptions(FolderCache(root / "packages", limits), **options)
        self.installer = RequirementsInstaller(self.options, self.pip, paths, self.pool)
        self.told = []

    def spec(self, name="run", needed=NEEDED):
        slot = Slot(name, self.root / name)
        write(slot.code, {"requirements.txt": "tiny\n", "more/base.txt": "# none\n", "main.py": "secret = 1"})
        slot.console.mkdir(exist_ok=True)
        return SandboxSpec(slot, name, self.root / "data", Limits(memory=256 << 20), requirements=needed)

    async def install(self, name="run", needed=NEEDED, python=PYTHON):
        spec = self.spec(name, needed)
        await self.installer.install(spec, python, self.told.append)
        return spec.slot

    def entries(self):
        return sorted(path for path in (self.root / "packages").iterdir() if not path.name.startswith("."))


@pytest.fixture
def bench(tmp_path):
    made = []

    def make(**options):
        made.append(Bench(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.pool.shutdown()


def other(digest):
    return Requirements(NEEDED.files, digest)


async def test_what_pip_is_given(bench):
    one = bench(environment={"PIP_INDEX_URL": "https://pypi.example.org"})
    seen = []
    one.pip.work = lambda slot: (seen.extend(sorted(path.name for path in slot.code.rglob("*.*"))), installs(slot))[1]
    await one.install()
    assert seen == ["base.txt", "install_requirements.py", "requirements.txt"]  # and nothing else of the strategy's
    spec, command = one.pip.specs[0], one.pip.commands[0]
    assert (spec.requirements, spec.build, spec.limits.memory) == (None, None, 1 << 30)
    assert command.arguments[0] == "python"
    assert command.arguments[2].endswith("/code/project/requirements.txt")
    assert command.environment["PIP_INDEX_URL"] == "https://pypi.example.org"


async def test_what_is_kept_is_regular_and_read_only_and_shared(bench):
    one = bench()
    slots = [await one.install(name) for name in ("a", "b")]
    files = [slot.packages / "tiny" / "__init__.py" for slot in slots]
    assert files[0].stat().st_mode & 0o777 == 0o444
    assert files[0].samefile(files[1])
    assert not (slots[0].packages / "link.py").exists()
    assert (len(one.pip.specs), one.pip.removed) == (1, 1)


async def test_where_there_are_no_links_it_is_copied(bench, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    slot = await bench().install()
    assert (slot.packages / "tiny" / "__init__.py").read_text() == "x" * 100


async def test_what_others_push_out_of_the_cache_is_installed_again(bench, monkeypatch):
    one = bench()
    place, gone = one.options.cache.place, iter([False, False, True, True])
    # Not there, made, pushed out before this run has it, made again.
    monkeypatch.setattr(one.options.cache, "place", lambda key, target: next(gone) and place(key, target))
    slot = await one.install()
    assert (slot.packages / "tiny" / "__init__.py").exists()
    assert len(one.pip.specs) == 2


@pytest.mark.parametrize(
    "second",
    [
        {"needed": other("d2")},
        {"python": Interpreter("Python 3.12", ("python",))},
    ],
)
async def test_what_makes_another_installation(bench, second):
    one = bench()
    await one.install("a")
    await one.install("b", **second)
    assert len(one.entries()) == 2


async def test_another_index_makes_another_installation(bench):
    for url in ("https://a", "https://b"):
        one = bench(environment={"PIP_INDEX_URL": url})
        await one.install(url[-1])
    assert len(one.entries()) == 2


async def test_who_waits_for_another_ones_installation_is_told_as_well(bench):
    one = bench()
    one.pip.going.clear()
    tasks = [asyncio.create_task(one.install(name)) for name in ("a", "b")]
    async with asyncio.timeout(5):
        while [fetching.text for fetching in one.told] != ["installing requirements"] * 2:
            await asyncio.sleep(0.005)
    one.pip.going.set()
    await asyncio.gather(*tasks)
    assert len(one.pip.specs) == 1


async def test_the_last_one_who_gives_up_ends_pip(bench):
    one = bench()
    one.pip.going.clear()
    tasks = [asyncio.create_task(one.install(name)) for name in ("a", "b")]
    await one.pip.started.wait()
    assert len(one.installer.slots) == 1
    tasks[0].cancel()
    await asyncio.gather(tasks[0], return_exceptions=True)
    assert one.pip.removed == 0
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    assert (one.pip.removed, one.installer.slots) == (1, frozenset())
    assert list((one.root / "packages" / ".work").iterdir()) == []


async def test_one_that_takes_too_long_is_ended(bench):
    one = bench(seconds=0.05)
    one.pip.going.clear()
    with pytest.raises(RequirementsFailed, match=r"longer than 0\.05 s \(LEANBOARD_REQUIREMENTS_TIMEOUT\)"):
        await one.install()
    assert one.pip.removed == 1


@pytest.mark.parametrize(
    ("ended", "kind", "text"),
    [
        (SandboxExit(None, detail="gone"), EngineError, "vanished: gone"),
        (SandboxExit(137, out_of_memory=True), RequirementsFailed, "LEANBOARD_MEMORY"),
        (SandboxExit(0, incomplete="too large"), RequirementsFailed, "could not be fetched: too large"),
        (SandboxExit(0), RequirementsFailed, "it said nothing"),
    ],
)
async def test_pips_that_end_without_packages(bench, ended, kind, text):
    one = bench(work=lambda slot: ended)
    with pytest.raises(EngineError, match=text) as caught:
        await one.install()
    assert caught.type is kind
    assert not (one.root / "run" / "packages").exists()


async def test_files_that_are_not_there_are_the_engines_trouble(bench):
    one = bench()
    spec = one.spec(needed=Requirements(("gone.txt",), "d"))
    with pytest.raises(EngineError, match="No such file or directory"):
        await one.installer.install(spec, PYTHON, one.told.append)
    assert one.pip.specs == []


async def test_one_is_bounded_in_size(bench):
    one = bench(limits=CacheLimits(entry_bytes=50))
    with pytest.raises(RequirementsFailed, match="LEANBOARD_REQUIREMENTS_CACHE_SIZE"):
        await one.install()
    assert one.entries() == []


async def test_one_that_writes_and_writes_is_ended(bench, monkeypatch):
    monkeypatch.setattr(side_sandboxes, "LOOK_SECONDS", 0.01)
    one = bench(limits=CacheLimits(entry_bytes=50))
    one.pip.going.clear()
    task = asyncio.create_task(one.install())
    await one.pip.started.wait()
    (one.pip.specs[0].slot.output / "big").write_bytes(b"x" * 200)
    with pytest.raises(RequirementsFailed, match="LEANBOARD_REQUIREMENTS_CACHE_SIZE"):
        await task
    assert one.pip.removed == 1


@pytest.mark.parametrize("limits", [CacheLimits(entries=2), CacheLimits(bytes=250)])
async def test_all_are_bounded_and_the_least_used_goes_first(bench, limits):
    one = bench(limits=limits)
    first = await one.install("a", other("a"))
    os.utime(one.entries()[0], (1, 1))
    await one.install("b", other("b"))
    os.utime(next(path for path in one.entries() if path.stat().st_mtime > 1), (2, 2))
    await one.install("a2", other("a"))  # used again
    await one.install("c", other("c"))
    assert len(one.entries()) == 2
    await one.install("a3", other("a"))
    assert len(one.pip.specs) == 3
    await one.install("b2", other("b"))
    assert len(one.pip.specs) == 4
    assert (first.packages / "tiny" / "__init__.py").is_file()  # whole, whatever was forgotten
