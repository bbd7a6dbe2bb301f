"""How much memory a container has used at most, from the kernel's own files where they can be read."""

import contextlib
from pathlib import Path

_PLACES = (
    # cgroup v1, then v2; with Docker's own cgroup driver, then with systemd's
    "/sys/fs/cgroup/memory/docker/{id}/memory.max_usage_in_bytes",
    "/sys/fs/cgroup/memory/system.slice/docker-{id}.scope/memory.max_usage_in_bytes",
    "/sys/fs/cgroup/docker/{id}/memory.peak",
    "/sys/fs/cgroup/system.slice/docker-{id}.scope/memory.peak",
)


class MemoryGauge:
    """Reads a container's peak; asking the engine instead takes it a second each time.

    Args:
        container_id: 64 hex digits.
    """

    def __init__(self, container_id: str) -> None:
        self._places = tuple(Path(place.format(id=container_id)) for place in _PLACES)
        self.peak: int | None = None

    def read(self) -> None:
        """Look now; on another machine, or when the container has ended, nothing changes. Costs microseconds."""
        for place in self._places:
            with contextlib.suppress(OSError, ValueError):
                self.peak = int(place.read_text(encoding="ascii"))
                self._places = (place,)
                return
