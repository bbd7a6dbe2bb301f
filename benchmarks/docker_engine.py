"""Measures the docker engine: overhead over a bare `docker run`, delays to the WebSocket, settled to available.

    .venv/bin/python benchmarks/docker_engine.py [--repeat 10] [--runs 8] [--many 200] [--image REF [--address URL]]

Without an image it starts a Docker daemon of its own and brings the tests' contract image into it (as root, with
Debian's docker.io and debootstrap). Figures are comparable within one run only: the machine's noise is in them.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(1, str(PROJECT / "tests"))

from bare_run import BareRun  # noqa: E402
from client import Client, told  # noqa: E402
from containers import daemon as daemons  # noqa: E402
from containers.daemon import Daemon  # noqa: E402
from containers.fixtures import load_image  # noqa: E402
from containers.load import Load  # noqa: E402
from containers.service import DockerService  # noqa: E402
from leanboard.app import find_data_folder  # noqa: E402
from leanboard.settings import Settings  # noqa: E402
from leanboard.terminal.local import started  # noqa: E402

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"

# --- overhead -------------------------------------------------------------------------------------------------------


def stamp_of(log: Path, text: str) -> datetime:
    """Return when LEAN wrote the log line that contains ``text``."""
    line = next(line for line in log.read_text().splitlines() if text in line)
    return datetime.fromisoformat(line.split(" ")[0][:26] + "+00:00")


async def overhead(client: Client, settings: Settings, bare_of: Any, repeat: int) -> None:  # noqa: ANN401
    """Print both walls, taken in turns, and how long after LEAN's last word the result is there."""
    ours, theirs, settled = [], [], []
    bare = None
    for number in range(repeat + 1):
        begun = time.perf_counter()
        run = await client.submit("main")
        status, result = await client.watch(run["id"])
        wall = time.perf_counter() - begun
        assert status == "completed", status
        folder = settings.home / "results" / run["timestamp"]
        bare = bare or bare_of(folder)
        direct = await asyncio.to_thread(bare.seconds)
        if number:  # the first of both reads what is not in the page cache yet
            ours.append(wall)
            theirs.append(direct)
            settled.append((result - stamp_of(folder / "log.txt", "calling engine shutdown")).total_seconds())
    mine, bare_wall = statistics.median(ours), statistics.median(theirs)
    print(f"submit to end event: p50 {mine:.3f} s   docker run: p50 {bare_wall:.3f} s   {mine / bare_wall - 1:+.1%}")
    told("LEAN's shutdown line -> result event at the client", settled)


# --- delays ---------------------------------------------------------------------------------------------------------


async def delays(service: DockerService, count: int, per_second: float, seconds: float) -> None:
    """Print how long lines take from a container's print to a client, and what the service uses meanwhile."""
    service.add_stub("prints", lines=1_000_000, per_second=per_second)
    runs = [service.submit("prints")["id"] for _ in range(count)]
    load = Load(str(service.client.base_url).rstrip("/"), service.pid)
    async with load.watching(runs):
        await load.until_all_print(within=300)
        await load.measure(3)  # what has piled up while they were started
        print(f"{count} containers, {per_second:g} lines/s each, line -> WebSocket: {await load.measure(seconds)}")


def measure_delays(folder: Path, daemon: Daemon, image: str, counts: list[tuple[int, float]], seconds: float) -> None:
    """Print :func:`delays` of a service in a process of its own, so that no reader's time is in its CPU time."""
    for count, per_second in counts:
        root = folder / f"containers-{count}"
        root.mkdir()
        data = find_data_folder(Settings(home=folder / "home")).path
        service = DockerService(
            root, data, daemon=daemon, image=image, max_running=max(8, count), max_streams=1000, memory=256
        )
        try:
            service.start()
            asyncio.run(delays(service, count, per_second, seconds))
        finally:
            service.close()


# --- the whole ------------------------------------------------------------------------------------------------------


@contextmanager
def engine(address: str | None, image: str | None) -> Iterator[tuple[str, str, Daemon | None]]:
    """Give address, LEAN image, and the daemon if it is our own."""
    if image:
        yield address or os.environ.get("DOCKER_HOST") or DEFAULT_ADDRESS, image, None
        return
    reason = daemons.missing_requirement()
    if reason:
        sys.exit(reason)
    with Daemon() as daemon:
        yield daemon.address, load_image(daemon, "contract"), daemon


async def measure_overhead(folder: Path, options: argparse.Namespace, address: str, image: str) -> None:
    """Print :func:`overhead` of a service in this process."""
    settings = Settings(
        home=folder / "home",
        strategies=(PROJECT / "lean_strategies",),
        docker_host=address,
        image=image,
        min_free_disk=0,
    )
    data = find_data_folder(settings).path

    def bare_of(result: Path) -> BareRun:
        return BareRun(address, image, folder / "bare", result=result, data=data)

    async with started(settings) as url:
        client = Client(url, "docker")
        await overhead(client, settings, bare_of, options.repeat)
        await client.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--many", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=20, help="how long delays are measured")
    parser.add_argument("--address")
    parser.add_argument("--image")
    chosen = parser.parse_args()
    with engine(chosen.address, chosen.image) as (at, lean, own), tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        if chosen.repeat:
            asyncio.run(measure_overhead(Path(place), chosen, at, lean))
        if own is not None:
            loads = [(chosen.runs, 20.0), (chosen.many, 2.0)]
            wanted = [load for load in loads if load[0]]
            measure_delays(Path(place), own, load_image(own, "stub"), wanted, chosen.seconds)
