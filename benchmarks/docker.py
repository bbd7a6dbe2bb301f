"""Measures the docker engine: overhead over a bare `docker run`, delays to the WebSocket, settled to available.

    .venv/bin/python benchmarks/docker.py [--repeat 10] [--runs 8] [--many 200] [--address unix:///... --image REF]

Without an address it starts a Docker daemon of its own and brings the tests' contract image into it (as root, with
Debian's docker.io and debootstrap). Figures are comparable within one run only: the machine's noise is in them.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect

PROJECT = Path(__file__).resolve().parent.parent
# This file is called like the package: its own folder must not be where `import docker` looks.
sys.path[0] = str(PROJECT / "tests")

from containers import daemon as daemons  # noqa: E402
from containers.fixtures import load_image  # noqa: E402
from leanboard.app import find_data_folder  # noqa: E402
from leanboard.settings import Settings  # noqa: E402
from leanboard.terminal.local import started  # noqa: E402

API = "/api/v2/backtest"
CLI = shutil.which("docker") or "docker"
CPU_TICKS = os.sysconf("SC_CLK_TCK")


def quantile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def told(title: str, values: list[float]) -> None:
    """Print a line of milliseconds."""
    p50, p99, worst = (1000 * value for value in (quantile(values, 0.5), quantile(values, 0.99), max(values)))
    print(f"{title}: n {len(values)}   p50 {p50:.1f} ms   p99 {p99:.1f} ms   max {worst:.1f} ms")


def stub(lines: int, per_second: float) -> str:
    """Return a strategy that the stub image reads."""
    return f'# stub: {{"lines": {lines}, "per_second": {per_second}}}\n' + (
        "from AlgorithmImports import *\n\n\nclass Stub(QCAlgorithm):\n    def initialize(self):\n        pass\n"
    )


class Client:
    """Talks to the service as a browser would."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url, timeout=60)
        self._ws = url.replace("http", "ws")

    async def submit(self, strategy: str, **more: str) -> dict[str, Any]:
        """Start a run on the docker engine."""
        body = {"strategy_name": strategy, "engine": "docker", **more}
        answer = await self._http.post(f"{API}/run", json=body)
        answer.raise_for_status()
        return dict(answer.json())

    async def watch(self, run_id: str, delays: list[float], begun: float = 0.0) -> tuple[str, datetime]:
        """Follow to the end; fills in the delays of log lines; returns status, and when the result came.

        Args:
            run_id: Which.
            delays: Gets seconds between a line's own stamp and its arrival.
            begun: Unix seconds; lines stamped before are not counted (the run was still booting its neighbours).
        """
        result = datetime.now(UTC)
        async with connect(f"{self._ws}{API}/monitor/{run_id}", max_size=None) as connection:
            async for text in connection:
                now = datetime.now(UTC)
                event = json.loads(text)
                if event["type"] == "log":
                    texts = [line["logged_at"] for line in event["lines"] if line["logged_at"]]
                    stamps = [datetime.fromisoformat(text) for text in texts]
                    delays += [(now - stamp).total_seconds() for stamp in stamps if stamp.timestamp() >= begun]
                elif event["type"] == "result":
                    result = now
                elif event["type"] == "end":
                    return event["run"]["status"], result
        return "no end", result

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


# --- overhead -------------------------------------------------------------------------------------------------------


class BareRun:
    """The same image, job and profile by the docker command alone, from a slot that a run of ours has left."""

    def __init__(self, address: str, image: str, folder: Path, result: Path, data: Path) -> None:
        self._address = address
        self._image = image
        self._folder = folder
        self._data = data
        guest = PROJECT / "backend" / "leanboard" / "guest" / "lean_run.py"
        for name in ("output", "storage", "console"):
            (folder / name).mkdir(parents=True)
            os.chown(folder / name, 10001, 10001)
        shutil.copytree(result / "code", folder / "code")
        for path in (result / "config.json", result / "job.json", guest):
            shutil.copy(path, folder)

    def seconds(self) -> float:
        """Run once; wall time of the docker command."""
        for path in (self._folder / "output").iterdir():
            path.unlink()
        mounts = {
            "/Leanboard": (self._folder, "ro"), "/LeanCLI": (self._folder / "code", "ro"),
            "/Results": (self._folder / "output", "rw"), "/Storage": (self._folder / "storage", "rw"),
            "/Lean/Launcher/bin/Debug/config.json": (self._folder / "config.json", "ro"),
            "/Lean/Data": (self._data, "ro"),
        }  # fmt: skip
        command = [
            CLI, "-H", self._address, "run", "--rm", "--init", "--network", "none", "--read-only",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "10001:10001",
            "--pids-limit", "512", "--memory", "2g", "--memory-swap", "2g", "--tmpfs", "/tmp:rw,size=64m",
            "-e", "LEANBOARD_JOB=/Leanboard/job.json", "-e", "PYTHONDONTWRITEBYTECODE=1", "-e", "HOME=/tmp",
        ]  # fmt: skip
        for target, (source, mode) in mounts.items():
            command += ["-v", f"{source}:{target}:{mode}"]
        begun = time.perf_counter()
        subprocess.run([*command, self._image], check=True, capture_output=True, timeout=120)
        return time.perf_counter() - begun


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
        status, result = await client.watch(run["id"], [])
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


def cpu_seconds() -> float:
    """Return the CPU time of this process; the service runs in it."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CPU_TICKS


async def delays(client: Client, runs: int, strategy: str, image: str, settle: float) -> None:
    """Print how long log lines take with ``runs`` containers at once."""
    found: list[float] = []
    submitted = [await client.submit(strategy, image=image) for _ in range(runs)]
    begun = time.time() + settle
    tasks = [asyncio.create_task(client.watch(run["id"], found, begun)) for run in submitted]
    await asyncio.sleep(settle)
    cpu, wall = cpu_seconds(), time.perf_counter()
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    used = (cpu_seconds() - cpu) / (time.perf_counter() - wall)
    ended = [status for status, _ in await asyncio.gather(*tasks)]
    told(f"log line -> WebSocket, {runs} containers, {strategy}", found)
    print(f"   CPU of service and {runs} readers together: {used * 100:.1f} % of a core; ended: {set(ended)}")


# --- the whole ------------------------------------------------------------------------------------------------------


@contextmanager
def engine(address: str | None, image: str | None) -> Iterator[tuple[str, str, str]]:
    """Give address, LEAN image and stub image."""
    if address and image:
        yield address, image, ""
        return
    reason = daemons.missing_requirement()
    if reason:
        sys.exit(reason)
    with daemons.running(daemons.Daemon()) as daemon:
        yield daemon.address, load_image(daemon, "contract"), load_image(daemon, "stub")


async def measure(folder: Path, options: argparse.Namespace, address: str, image: str, stub_image: str) -> None:
    """Print everything."""
    strategies = folder / "strategies"
    strategies.mkdir()
    (strategies / "busy.py").write_text(stub(lines=400, per_second=20))
    (strategies / "calm.py").write_text(stub(lines=options.seconds * 2, per_second=2))
    settings = Settings(
        home=folder / "home",
        strategies=(PROJECT / "lean_strategies", strategies),
        docker_host=address,
        image=image,
        allowed_images=(stub_image,) if stub_image else (),
        max_running=max(8, options.many),
        min_free_disk=0,
        memory=512,
    )
    data = find_data_folder(settings).path

    def bare_of(result: Path) -> BareRun:
        return BareRun(address, image, folder / "bare", result, data)

    async with started(settings) as url:
        client = Client(url)
        await overhead(client, settings, bare_of, options.repeat)
        if stub_image:
            await delays(client, options.runs, "busy", stub_image, settle=4)
            if options.many:
                await delays(client, options.many, "calm", stub_image, settle=options.seconds * 0.6)
        await client.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--many", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=90, help="how long each of the many containers prints")
    parser.add_argument("--address")
    parser.add_argument("--image")
    chosen = parser.parse_args()
    with engine(chosen.address, chosen.image) as (at, lean, light), tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        asyncio.run(measure(Path(place), chosen, at, lean, light))
