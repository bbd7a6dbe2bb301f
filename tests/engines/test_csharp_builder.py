"""Builds of C# projects: once per content and image, kept, bounded; the container is played by the test."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from leanboard.engines.docker.builder import LEFT_OUT, CSharpBuilder
from leanboard.engines.docker.facts import ImageFacts
from leanboard.engines.docker.spec import COPIED_PATHS
from leanboard.engines.folder_cache import CacheLimits, FolderCache
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import CSharpBuild, Limits, SandboxSpec
from leanboard.engines.slot import Slot
from leanboard.errors import BuildFailed, EngineError
from strategies.projects import CSPROJ, SHARP, write

BUILD = CSharpBuild("S.csproj", "S")
PROJECT = {"Main.cs": SHARP, "S.csproj": CSPROJ, "lib/Own.csproj": CSPROJ}


def image(number="1", **labels):
    return ImageFacts(f"sha256:{number}", "", labels or {"target_framework": "net10.0"}, (), 1)


class Compiler:
    """A container that does what the test says: ``work`` gets the slot and returns the exit."""

    def __init__(self, work):
        self.work, self.specs, self.commands, self.removed = work, [], [], 0
        self.started = asyncio.Event()
        self.going = asyncio.Event()
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


def compiles(slot):
    write(slot.output, {"bin/S.dll": "a library", "bin/S.pdb": "symbols", "bin/de/S.resources.dll": "texts"})
    (slot.output / "bin" / "link.dll").symlink_to("/etc/hostname")
    (slot.console / "stdout.txt").write_text("Build succeeded.\n")
    return SandboxExit(0)


class Bench:
    def __init__(self, root, work=compiles, limits=None, **options):
        self.root = root
        self.compiler = Compiler(work)
        self.pool = ThreadPoolExecutor(2)
        self.cache = FolderCache(root / "builds", limits, left_out=LEFT_OUT)
        self.builder = CSharpBuilder(self.cache, self.compiler, self.pool, **options)

    def spec(self, name="run", files=None):
        slot = Slot(name, self.root / name)
        write(slot.code, files or PROJECT)
        return SandboxSpec(slot, name, self.root / "data", Limits(memory=256 << 20), project="s", build=BUILD)

    def entries(self):
        return sorted(path for path in (self.root / "builds").iterdir() if not path.name.startswith("."))


@pytest.fixture
def bench(tmp_path):
    made = []

    def make(**options):
        made.append(Bench(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.pool.shutdown()


async def test_a_project_is_compiled_once_and_kept(bench):
    one = bench()
    first, second = one.spec("first"), one.spec("second")
    assert await one.builder.build(first, BUILD, image()) == "Build succeeded.\n"
    assert await one.builder.build(second, BUILD, image()) == ""
    assert len(one.compiler.specs) == one.compiler.removed == 1
    for spec in (first, second):
        found = {path.relative_to(spec.slot.build).as_posix() for path in spec.slot.build.rglob("*")}
        assert found == {"S.dll", "de", "de/S.resources.dll"}  # no symbols, no link
    assert list((one.root / "builds" / ".work").iterdir()) == []
    assert one.builder.slots == frozenset()


async def test_what_a_build_is_given(bench):
    one = bench()
    seen = {}

    def look(slot):
        seen.update({path.relative_to(slot.code).as_posix(): path.read_text() for path in slot.code.rglob("*.cs*")})
        return compiles(slot)

    one.compiler.work = look
    await one.builder.build(one.spec(), BUILD, image())
    assert seen["Main.cs"] == SHARP
    assert "<AssemblyName>S</AssemblyName>" in seen["S.csproj"]
    assert "/Lean/Launcher/bin/Debug/*.dll" in seen["lib/Own.csproj"]
    assert "AssemblyName" not in seen["lib/Own.csproj"]
    spec, command = one.compiler.specs[0], one.compiler.commands[0]
    assert (spec.build, spec.limits.memory, spec.slot.config.name) == (None, 1 << 30, "config.json")
    assert {"S.csproj", "-p:TargetFramework=net10.0"} <= set(command.arguments)


async def test_a_container_elsewhere_is_given_its_own_places(bench):
    one = bench(paths=COPIED_PATHS, work=lambda slot: SandboxExit(1))
    with pytest.raises(BuildFailed):
        await one.builder.build(one.spec(), BUILD, image())
    command = one.compiler.commands[0]
    told = " ".join((*command.arguments, *command.environment.values()))
    assert "/LeanCLI" not in told
    assert "/Results" not in told
    assert {"-p:OutputPath=/Leanboard/output/bin/", "-p:RestoreSources=/Leanboard/code"} <= set(command.arguments)
    assert command.environment["HOME"] == "/Leanboard/output/home"


async def test_a_project_file_is_made_where_there_is_none(bench):
    one = bench()
    seen = []
    one.compiler.work = lambda slot: (seen.append((slot.code / "S.csproj").read_text()), compiles(slot))[1]
    await one.builder.build(one.spec(files={"Main.cs": SHARP}), CSharpBuild("", "S"), image())
    assert "<AssemblyName>S</AssemblyName>" in seen[0]


async def test_other_sources_and_other_images_are_compiled_again(bench):
    one = bench()
    await one.builder.build(one.spec("a"), BUILD, image())
    await one.builder.build(one.spec("b", {**PROJECT, "Main.cs": SHARP + " "}), BUILD, image())
    await one.builder.build(one.spec("c"), BUILD, image("2"))
    await one.builder.build(one.spec("d", {**PROJECT, "data.csv": "x"}), BUILD, image())
    assert len(one.compiler.specs) == len(one.entries()) == 4


async def test_two_runs_at_the_same_time_build_once(bench):
    one = bench()
    one.compiler.going.clear()
    runs = [asyncio.create_task(one.builder.build(one.spec(name), BUILD, image())) for name in ("a", "b", "c")]
    await one.compiler.started.wait()
    assert one.builder.slots == {one.compiler.specs[0].slot.id}
    runs[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await runs[0]
    assert one.compiler.removed == 0
    one.compiler.going.set()
    assert await asyncio.gather(*runs[1:]) == ["Build succeeded.\n"] * 2
    assert len(one.compiler.specs) == 1


async def test_the_last_one_who_gives_up_ends_the_build_and_the_next_begins_anew(bench):
    one = bench()
    one.compiler.going.clear()
    run = asyncio.create_task(one.builder.build(one.spec("a"), BUILD, image()))
    await one.compiler.started.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert one.compiler.removed == 1
    one.compiler.going.set()
    await one.builder.build(one.spec("b"), BUILD, image())
    assert len(one.compiler.specs) == 2


def fails(slot):
    text = "/Results/src/Main.cs(3,5): error CS1002: ; expected [/Results/src/S.csproj]\nBuild FAILED.\n"
    (slot.console / "stdout.txt").write_text(text)
    return SandboxExit(1)


async def test_a_failure_is_told_and_not_kept(bench):
    one = bench(work=fails)
    for name in ("a", "b"):
        with pytest.raises(BuildFailed, match=r"Main\.cs\(3\): error CS1002: ; expected") as caught:
            await one.builder.build(one.spec(name), BUILD, image())
        assert caught.value.place == ("Main.cs", 3)
        assert "Build FAILED." in caught.value.output
    assert len(one.compiler.specs) == one.compiler.removed == 2


@pytest.mark.parametrize(
    ("ended", "kind", "text"),
    [
        (SandboxExit(None, detail="gone"), EngineError, "vanished: gone"),
        (SandboxExit(137, out_of_memory=True), BuildFailed, "LEANBOARD_MEMORY"),
        (SandboxExit(0), BuildFailed, "exit code 0"),
    ],
)
async def test_builds_that_end_without_a_library(bench, ended, kind, text):
    one = bench(work=lambda slot: ended)
    with pytest.raises(EngineError, match=text) as caught:
        await one.builder.build(one.spec(), BUILD, image())
    assert caught.type is kind


async def test_a_build_that_hangs_is_ended(bench):
    one = bench(seconds=0.05)
    one.compiler.going.clear()
    with pytest.raises(BuildFailed, match=r"longer than 0\.05 s"):
        await one.builder.build(one.spec(), BUILD, image())
    assert one.compiler.removed == 1


async def test_an_image_that_does_not_say_its_version(bench):
    one = bench()
    with pytest.raises(BuildFailed, match="label target_framework"):
        await one.builder.build(one.spec(), BUILD, image(python_version="3.11"))
    assert one.compiler.specs == []


async def test_the_oldest_builds_are_forgotten(bench):
    one = bench(limits=CacheLimits(entries=2))
    known = set()
    for number, name in enumerate("ab"):
        await one.builder.build(one.spec(name, {**PROJECT, "n": name}), BUILD, image())
        os.utime(*set(one.entries()) - known, (number, number))
        known = set(one.entries())
    await one.builder.build(one.spec("a2", {**PROJECT, "n": "a"}), BUILD, image())  # used again
    await one.builder.build(one.spec("c", {**PROJECT, "n": "c"}), BUILD, image())
    assert len(one.entries()) == 2
    await one.builder.build(one.spec("a3", {**PROJECT, "n": "a"}), BUILD, image())
    assert len(one.compiler.specs) == 3
    await one.builder.build(one.spec("b2", {**PROJECT, "n": "b"}), BUILD, image())
    assert len(one.compiler.specs) == 4


async def test_sizes_are_bounded(bench):
    one = bench(limits=CacheLimits(entry_bytes=10))
    with pytest.raises(BuildFailed, match=r"it is larger than .* keep data outside"):
        await one.builder.build(one.spec(), BUILD, image())
    assert one.entries() == []
    other = bench(limits=CacheLimits(bytes=1))
    await other.builder.build(other.spec("a"), BUILD, image())
    await other.builder.build(other.spec("b", {**PROJECT, "n": "1"}), BUILD, image())
    assert len(other.entries()) == 1


async def test_a_disk_that_refuses_is_the_engines_trouble(bench):
    one = bench()
    (one.root / "builds").write_text("no folder")
    with pytest.raises(EngineError, match="the folder builds cannot be used"):
        await one.builder.build(one.spec(), BUILD, image())
