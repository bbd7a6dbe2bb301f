"""What the kernel's files say about a container's memory, from files written as the kernel writes them."""

import asyncio
from pathlib import Path

import pytest

from leanboard.engines.docker.facts import ContainerState
from leanboard.engines.docker.memory import MemoryGauge
from leanboard.engines.docker.watched import Watched, exit_of
from leanboard.engines.sandbox_exit import LossCause

ID = "ab" * 32


class Kernel:
    """A machine with cgroup v2 and the driver of systemd."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.above = root / "system.slice"
        self.own = self.above / f"docker-{ID}.scope"
        self.own.mkdir(parents=True)
        (self.own / "memory.peak").write_text("1048576\n")
        self.counts = {self.above: [7, 9], self.own: [0, 0]}  # others in there had reached their limits before
        self._write()

    def limit_reached(self) -> None:
        for counts in self.counts.values():
            counts[0] += 1
            counts[1] += 1
        self._write()

    def no_memory_left(self) -> None:
        for counts in self.counts.values():
            counts[1] += 1
        self._write()

    def another_reaches_its_limit(self) -> None:
        self.counts[self.above][0] += 1
        self.counts[self.above][1] += 1
        self._write()

    def ended(self) -> None:
        for file in self.own.iterdir():
            file.unlink()
        self.own.rmdir()

    def _write(self) -> None:
        for directory, (oom, killed) in self.counts.items():
            text = f"low 0\nhigh 0\nmax 12\noom {oom}\noom_kill {killed}\noom_group_kill 0\n"
            (directory / "memory.events").write_text(text)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def gauge_of(kernel: Kernel) -> MemoryGauge:
    return MemoryGauge(ID, kernel.root)


def test_the_peak_is_read_while_it_is_there(kernel: Kernel):
    gauge = gauge_of(kernel)
    gauge.read()
    kernel.ended()
    gauge.read()
    assert gauge.peak == 1 << 20


def test_killed_when_the_machine_had_no_memory_left(kernel: Kernel):
    gauge = gauge_of(kernel)
    gauge.read()
    kernel.no_memory_left()
    kernel.ended()
    assert gauge.is_of_the_machine()


def test_killed_at_its_own_limit(kernel: Kernel):
    gauge = gauge_of(kernel)
    gauge.read()
    kernel.limit_reached()
    kernel.ended()
    assert not gauge.is_of_the_machine()


def test_not_certain_when_another_reached_its_limit_at_the_same_time(kernel: Kernel):
    gauge = gauge_of(kernel)
    gauge.read()
    kernel.another_reaches_its_limit()
    kernel.no_memory_left()
    kernel.ended()
    assert not gauge.is_of_the_machine()


def test_what_another_did_before_the_last_look_does_not_count(kernel: Kernel):
    gauge = gauge_of(kernel)
    gauge.read()
    kernel.another_reaches_its_limit()
    gauge.read()
    kernel.no_memory_left()
    kernel.ended()
    assert gauge.is_of_the_machine()


def test_a_child_that_its_limit_had_killed_before_somebody_looked(kernel: Kernel):
    kernel.limit_reached()
    gauge = gauge_of(kernel)
    gauge.read()
    kernel.counts[kernel.above][1] += 1  # some other container, for the machine's sake
    kernel._write()
    kernel.ended()
    assert not gauge.is_of_the_machine()


@pytest.mark.parametrize("looks", [0, 1])
def test_where_the_kernel_shows_nothing_nothing_is_certain(tmp_path: Path, looks: int):
    gauge = MemoryGauge(ID, tmp_path)
    for _ in range(looks):
        gauge.read()
    assert not gauge.is_of_the_machine()
    assert gauge.peak is None


@pytest.mark.parametrize("of_the_machine", [False, True])
async def test_how_the_end_is_told(kernel: Kernel, of_the_machine: bool):
    async def closing() -> None: ...

    ended = asyncio.get_running_loop().create_future()
    watched = Watched("run", 1 << 30, closing, ended, gauge_of(kernel))
    watched.gauge.peak = 1 << 20
    watched.of_the_machine = of_the_machine
    state = ContainerState(ID, "run", "exited", 137, oom_killed=True, error="", labels={}, image_id="sha256:ab")
    found = exit_of(watched, state, engine_restarted=False)
    assert found.out_of_memory is not of_the_machine
    assert found.lost is (LossCause.MACHINE_MEMORY if of_the_machine else None)
    assert (found.exit_code, found.memory_peak) == (137, 1 << 20 if of_the_machine else 1 << 30)
