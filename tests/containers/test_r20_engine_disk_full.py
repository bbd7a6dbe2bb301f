"""The disk of the container engine is full."""

import contextlib
from pathlib import Path

import pytest

from containers.restarts import stub_lines
from containers.service import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

MEGABYTE = 1 << 20
TRIES = 3  # of the held run: the first, and two more some seconds apart


def fill(folder: Path) -> Path:
    """Leave not a byte on the file system of a folder."""
    path = folder / "fill"
    with path.open("wb", buffering=0) as file:
        for size in (MEGABYTE, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return path


def test_r20_the_engines_full_disk_holds_starts_and_harms_no_run(make_daemon, make_docker_service):
    daemon, image = make_daemon(image="stub", data_bytes=600 * MEGABYTE)
    service = make_docker_service(image, daemon=daemon).start()
    service.add_stub("long", lines=400, per_second=50, then="wait,complete")
    service.add_stub("quick", lines=10)
    run = service.submit("long")["id"]
    service.until_started(run)
    filled = fill(daemon.data_root)
    held = service.submit("quick")["id"]
    waits = service.until(held, lambda found: found["queue"] and "disk is full" in found["queue"]["reason"])
    assert waits["status"] == "pending"
    # Looked at while the long run has its container: what goes with that frees room, and the held one may start then.
    wait_until(lambda: service.boots >= 1 + TRIES, 60, lambda: service.log)
    tried = service.until(held, lambda found: found["status"] == "pending" or found["attempt"] > 1)
    assert (tried["status"], tried["attempt"]) == ("pending", 1)
    assert service.status(run)["status"] == "running"
    service.let_go_on(run)
    ended = service.until_ended(run)
    assert ended["status"] == "completed"
    for name in ("log.txt", "console/stdout.txt"):
        assert stub_lines((service.folder(ended) / name).read_text()) == list(range(1, 401)), name
    filled.unlink()
    after = service.until_ended(held)
    assert (after["status"], after["attempt"]) == ("completed", 1)
    service.until_no_container()
