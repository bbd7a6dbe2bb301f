"""A container's memory as the kernel's own files tell it, where they can be read: its peak, and whose limit killed it.

Docker's ``OOMKilled`` says that the kernel killed a process of the container for memory. With cgroup v1 it is set when
a limit was reached; when the machine has no memory left, the container just ends by SIGKILL. With cgroup v2 it is set
for both (containerd counts ``oom_kill``, "by any kind of OOM killer"), and only the kernel's files tell them apart: a
cgroup's ``memory.events`` counts, for all cgroups below it, ``oom``, a limit that was reached, and ``oom_kill``, a
process that was killed. The container's own cgroup is removed with it, the one above stays: where that counts a kill
and no limit since a moment at which no process of the container had been killed, no limit in there killed one, the
container's own included.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
_PEAKS = (
    # cgroup v1, then v2; with Docker's own cgroup driver, then with systemd's
    "memory/docker/{id}/memory.max_usage_in_bytes",
    "memory/system.slice/docker-{id}.scope/memory.max_usage_in_bytes",
    "docker/{id}/memory.peak",
    "system.slice/docker-{id}.scope/memory.peak",
)
_EVENTS = ("docker/{id}/memory.events", "system.slice/docker-{id}.scope/memory.events")  # cgroup v2 alone


class MemoryGauge:
    """Reads a container's peak and kills; asking the engine instead takes it a second each time.

    Args:
        container_id: 64 hex digits.
        cgroups: Where the kernel shows cgroups.
    """

    def __init__(self, container_id: str, cgroups: Path = CGROUPS) -> None:
        self._peaks = tuple(cgroups / place.format(id=container_id) for place in _PEAKS)
        self._events = tuple(cgroups / place.format(id=container_id) for place in _EVENTS)
        self._unharmed: tuple[Path, _Events] | None = None
        self.peak: int | None = None

    def read(self) -> None:
        """Look now; on another machine, or when the container has ended, nothing changes. Costs microseconds."""
        for place in self._peaks:
            with contextlib.suppress(OSError, ValueError):
                self.peak = int(place.read_text(encoding="ascii"))
                self._peaks = (place,)
                break
        for place in self._events:
            above = place.parent.parent / place.name
            before, own = _read(above), _read(place)  # in this order: what killed nothing by now had not before
            if before is not None and own is not None:
                self._events = (place,)
                if not own.oom_kill:
                    self._unharmed = above, before

    def is_of_the_machine(self) -> bool:
        """Whether it is certain that what killed for memory in here, after the container's end, was not its limit."""
        if self._unharmed is None:
            return False
        above, before = self._unharmed
        now = _read(above)
        return now is not None and now.oom_kill > before.oom_kill and now.oom == before.oom


@dataclass(frozen=True, slots=True)
class _Events:
    oom: int
    oom_kill: int


def _read(file: Path) -> _Events | None:
    try:
        counts = dict(_counts(file.read_text(encoding="ascii").splitlines()))
        return _Events(counts["oom"], counts["oom_kill"])
    except (OSError, ValueError, KeyError):
        return None


def _counts(lines: Iterable[str]) -> Iterable[tuple[str, int]]:
    for line in lines:
        name, _, count = line.partition(" ")
        yield name, int(count)
