"""Measures batches on the embedded engine: busy cores, fairness, the service's own work, its memory.

    .venv/bin/python benchmarks/batch.py [--only busy|fair|short|memory] [--runs 50] [--many 500] [--cores 2]

* busy: a batch on as many slots as cores; how much of the cores its process tree used, and how much of the time slots
  had a run (more than all where one is kept while the next runs), until the last run has begun;
* fair: three users' batches at once, one of them larger; when each ends, in shares of a third of the machine;
* short: many runs that do next to nothing, so that what the service adds to a run shows: CPU time of its process a run
  (accepting, following, settling and storing it included), and the pause between one run's end and the next one's
  beginning in the same slot;
* memory: the service's resident memory after 100 and after all of many such runs.

The service is a process of its own, so that its work is not mixed with the client's. CPU times count whatever else the
machine does meanwhile only as far as caches are shared; pauses and wall-clock times are those of a quiet machine alone.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from client import API, Client, told
from served import serving

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

STRATEGIES = {
    "working": '''
from AlgorithmImports import *


class Working(QCAlgorithm):
    """Five days of minutes, as LEAN's first example."""

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        self.add_equity("SPY", Resolution.MINUTE)
        self.number = int(self.get_parameter("number", 0))
        self.rounds = int(self.get_parameter("rounds", 200))

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", 1)
        sum(i * i for i in range(self.rounds))
''',
    "short": '''
from AlgorithmImports import *


class Short(QCAlgorithm):
    """Five days of daily data: the run is little but its own beginning and end."""

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        self.add_equity("SPY", Resolution.DAILY)
        self.number = int(self.get_parameter("number", 0))

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", 1)
''',
}


@dataclass(frozen=True, slots=True)
class Work:
    """CPU seconds of the service's process, of all below it, ended children included, and of the whole machine."""

    own: float
    tree: float
    machine: float

    def since(self, before: "Work") -> "Work":
        """Return what was added."""
        return Work(self.own - before.own, self.tree - before.tree, self.machine - before.machine)


class Service:
    """A service in a process of its own.

    Args:
        url: Where it listens.
        pid: Its process.
    """

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self._http = httpx2.AsyncClient(base_url=url, timeout=60)
        self._pid = pid

    async def call(self, method: str, path: str, **content: Any) -> Any:  # noqa: ANN401  # JSON
        """Return the answer to a call."""
        answer = await self._http.request(method, path, **content)
        answer.raise_for_status()
        return answer.json()

    async def batch(self, name: str, count: int, strategy: str, **parameters: object) -> str:
        """Start a batch; returns its id."""
        sweep = {"strategies": [strategy], "parameters": {"number": {"min": 1, "max": count, "step": 1}}}
        body = {"name": name, "sweep": sweep, "engine": "embedded", "fresh": True, "parameters": parameters}
        return str((await self.call("POST", f"{API}/batch", json=body))["id"])

    async def until(self, batch: str, ended: int | None = None) -> dict[str, Any]:
        """Wait until so many items of a batch have ended, or all; asks once a second, as a person would."""
        while True:
            found: dict[str, Any] = await self.call("GET", f"{API}/batch/{batch}")
            progress = found["progress"]
            done = progress["completed"] + progress["failed"] + progress["cancelled"]
            if found["state"] == "final" or (ended is not None and done >= ended):
                assert not progress["failed"], [item["error_message"] for item in found["items"]]
                return found
            await asyncio.sleep(1)

    def work(self) -> Work:
        """Return the CPU time used so far."""
        own = _cpu(self._pid)
        return Work(own[0], sum(sum(_cpu(pid)) for pid in _tree(self._pid)), _machine())

    def memory(self) -> float:
        """Return the resident MB of the service's process."""
        return int(Path(f"/proc/{self._pid}/statm").read_text().split()[1]) * PAGE / 1e6

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _fields(pid: int) -> list[str]:
    """Return what follows the name in a process's stat."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _cpu(pid: int) -> tuple[float, float]:
    """Return seconds of a process, and of its children that have ended; 0 for one that has just ended itself."""
    try:
        user, system, children_user, children_system = map(int, _fields(pid)[11:15])
    except OSError:
        return 0.0, 0.0
    return (user + system) / TICKS, (children_user + children_system) / TICKS


def _machine() -> float:
    """Return seconds in which the machine's cores were neither idle nor waiting for a disk."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def _tree(root: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_fields(int(entry.name))[1])
            except OSError:
                continue
    found, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found


@asynccontextmanager
async def service(folder: Path, slots: int) -> AsyncIterator[Service]:
    """Start a service in a fresh home, and end it."""
    strategies = folder / "strategies"
    strategies.mkdir(parents=True)
    for name, text in STRATEGIES.items():
        (strategies / f"{name}.py").write_text(text)
    with serving(folder / "home", strategies=strategies, max_running=slots, min_free_disk=0) as served:
        found = Service(served.url, served.pid)
        yield found
        await found.close()


def spans(detail: dict[str, Any]) -> list[tuple[float, float]]:
    """Return when each run of a batch began and ended, in seconds, by their beginning."""
    moments = [(item["started_at"], item["finished_at"]) for item in detail["items"]]
    return sorted((_seconds(begun), _seconds(ended)) for begun, ended in moments)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def pauses(runs: list[tuple[float, float]], slots: int) -> list[float]:
    """Return the seconds between a run's end and the beginning of the one that got its slot."""
    ends = sorted(ended for _, ended in runs)
    begins = sorted(begun for begun, _ in runs)
    return [begun - ends[number] for number, begun in enumerate(begins[slots:])]


async def durable_to_start(found: Service, count: int) -> list[tuple[float, float]]:
    """Run as many as that; when each began, and when its result was durable: before that, its slot is free."""
    client = Client(found.url, "embedded")
    ids = [(await client.submit("short"))["id"] for _ in range(count)]

    async def watched(run_id: str) -> tuple[float, float]:
        async for event in client.events(run_id):
            if event["type"] == "end":
                return _seconds(event["run"]["started_at"]), _seconds(event["time"])
        sys.exit(f"run {run_id} has no end")

    runs = await asyncio.gather(*(watched(run_id) for run_id in ids))
    await client.close()
    return runs


async def measure_busy(folder: Path, options: argparse.Namespace) -> None:
    """Print how much of the cores a batch uses until its last run has begun."""
    async with service(folder / "busy", options.cores) as found:
        await found.until(await found.batch("first", options.cores, "working"))  # whatever is slow once
        begun, before = time.time(), found.work()
        batch = await found.batch("busy", options.runs, "working", rounds=options.rounds)
        samples = [(begun, before)]
        waiting = asyncio.create_task(found.until(batch))
        while not waiting.done():
            await asyncio.sleep(0.25)
            samples.append((time.time(), found.work()))
        runs = spans(await waiting)
        last = runs[-1][0]
        at, after = max((sample for sample in samples if sample[0] <= last), key=lambda sample: sample[0])
        used = after.since(before)
        busy, machine = (100 * each / (at - begun) / options.cores for each in (used.tree, used.machine))
        taken = sum(min(ended, at) - min(started, at) for started, ended in runs)
        length = statistics.median(ended - started for started, ended in runs)
        print(
            f"busy: {options.runs} runs of {length:.2f} s on {options.cores} slots, "
            f"{at - begun:.1f} s until the last began"
        )
        print(
            f"  slots taken {100 * taken / (at - begun) / options.cores:.1f} %   "
            f"cores busy {busy:.1f} % (the whole machine {machine:.1f} %)   "
            f"service's own {100 * used.own / used.tree:.1f} % of that"
        )
        told("  end -> next begins", pauses(runs, options.cores))


async def measure_fair(folder: Path, options: argparse.Namespace) -> None:
    """Print when three users' batches end, and a run of its own, all at once."""
    async with service(folder / "fair", options.cores) as found:
        await found.until(await found.batch("first", options.cores, "working"))
        counts = {"large": options.runs, "small": options.runs // 5, "other": options.runs // 5}
        begun = time.time()
        ids = {name: await found.batch(name, count, "working", rounds=options.rounds) for name, count in counts.items()}
        body = {"strategy_name": "working", "engine": "embedded", "parameters": {"rounds": str(options.rounds)}}
        single = await found.call("POST", f"{API}/run", json=body)
        asked = time.time()
        details = {name: await found.until(batch) for name, batch in ids.items()}
        every = [span for detail in details.values() for span in spans(detail)]
        length = statistics.median(ended - started for started, ended in every)
        for name, count in counts.items():
            runs = spans(details[name])
            share = count * length * len(counts) / options.cores
            waits = [started - begun for started, _ in runs]
            fair = [number * length * len(counts) / options.cores for number in range(1, count + 1)]
            worst = max(wait / own for wait, own in zip(waits, fair, strict=True))
            ended = max(end for _, end in runs) - begun
            print(
                f"fair: {name:6} {count:3} runs   first after {waits[0]:5.2f} s   ended after {ended:6.2f} s = "
                f"{ended / share:4.2f} times its third   longest wait {worst:4.2f} times its fair share"
            )
        run = await found.call("GET", f"{API}/status/{single['id']}")
        print(
            f"fair: a run of its own began after {_seconds(run['started_at']) - asked:.2f} s "
            f"(a run takes {length:.2f} s)"
        )


async def measure_short(folder: Path, options: argparse.Namespace) -> None:
    """Print what the service adds to a run."""
    async with service(folder / "short", options.cores) as found:
        await found.until(await found.batch("first", 20, "short"))
        before = found.work()
        runs = spans(await found.until(await found.batch("short", 2 * options.runs, "short")))
        used = found.work().since(before)
        count = len(runs)
        print(
            f"short: {count} runs   {count / (runs[-1][1] - runs[0][0]):.1f} a second   service's process "
            f"{1000 * used.own / count:.1f} ms CPU a run   all processes {1000 * used.tree / count:.1f} ms"
        )
        told("  end -> next begins", pauses(runs, options.cores))
        told("  result durable -> next begins", pauses(await durable_to_start(found, options.runs), options.cores))


async def measure_memory(folder: Path, options: argparse.Namespace) -> None:
    """Print the service's memory as runs go by."""
    async with service(folder / "memory", options.cores) as found:
        batch = await found.batch("memory", options.many, "short")
        begun = found.memory()
        seen = []
        for ended in range(100, options.many + 1, 100):
            await found.until(batch, ended)
            seen.append(found.memory())
        text = "   ".join(f"{100 * (number + 1)}: {size:.0f}" for number, size in enumerate(seen))
        print(
            f"memory: MB after runs   0: {begun:.0f}   {text}   "
            f"growth from 100 on {100 * (seen[-1] / seen[0] - 1):.1f} %"
        )


MEASURES = {"busy": measure_busy, "fair": measure_fair, "short": measure_short, "memory": measure_memory}


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=MEASURES)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--many", type=int, default=500)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3000, help="how long a run computes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for name, measure in MEASURES.items():
            if options.only in {None, name}:
                asyncio.run(measure(Path(place), options))


if __name__ == "__main__":
    main()
