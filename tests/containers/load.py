"""Measures a service under load from outside: how late lines are, what the process uses, how long calls take.

    load = Load(url, pid)
    async with load.watching(run_ids):          # a WebSocket each
        await load.until_all_print()
        seen = await load.measure(seconds=15)   # Measured: delays, CPU, memory, calls
    print(seen)

For tests and benchmarks; the service is a process of its own, so its CPU time has no reader's in it. Delays are from
the clock that the stub prints in each line (``lean_image/stub``) to the arrival at a client here, on one machine.
"""

import asyncio
import contextlib
import json
import os
import re
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

API = "/api/v2/backtest"
CALL_EVERY = 0.1  # seconds between two calls that look whether the service answers
_PRINTED = re.compile(r"\bstub line \d+ at (\d+\.\d+)")
_TICKS = os.sysconf("SC_CLK_TCK")


def quantile(values: Iterable[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie; infinity for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_memory(pid: int) -> int:
    """Return the most memory that a process has had resident, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


@dataclass
class Watched:
    """What came of one run over its WebSocket.

    Attributes:
        delays: Seconds from print to arrival, by arrival (monotonic seconds).
        begun: It is connected: nothing is missed from here on.
        lines: Log lines that came; skipped are those that the service said it left out.
        ended: The run's last status; empty before its end.
        closed: Why the connection was lost; empty when it was not.
    """

    delays: list[tuple[float, float]] = field(default_factory=list)
    begun: bool = False
    lines: int = 0
    skipped: int = 0
    ended: str = ""
    closed: str = ""

    def take(self, event: dict[str, Any], now: float) -> None:
        """Take an event that has just come."""
        self.begun = True
        if event["type"] == "log":
            self.lines += len(event["lines"])
            self.skipped += event["skipped"]
            at = time.monotonic()
            printed = (_PRINTED.search(line["text"]) for line in event["lines"])
            self.delays += [(at, now - float(match[1])) for match in printed if match]
        elif event["type"] == "end":
            self.ended = event["run"]["status"]


@dataclass(frozen=True)
class Measured:
    """Figures of a stretch of time.

    Attributes:
        delays: Seconds, of all lines that came in it.
        cpu: Of the service, as a share of one core.
        memory: The service's peak so far, bytes.
        calls: Seconds that calls of the HTTP interface took.
    """

    delays: list[float]
    cpu: float
    memory: int
    calls: list[float]

    def __str__(self) -> str:
        p50, p99, worst = (1000 * quantile(self.delays, share) for share in (0.5, 0.99, 1.0))
        return (
            f"{len(self.delays)} lines: p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {worst:.0f} ms; "
            f"CPU {100 * self.cpu:.1f} % of a core; peak {self.memory >> 20} MB; "
            f"{len(self.calls)} calls: p99 {1000 * quantile(self.calls, 0.99):.0f} ms, "
            f"max {1000 * quantile(self.calls, 1.0):.0f} ms"
        )


class Load:
    """Watches runs of one service.

    Args:
        url: Of the service.
        pid: Its process.
    """

    def __init__(self, url: str, pid: int) -> None:
        self._url = url
        self._pid = pid
        self.watched: dict[str, Watched] = {}

    @contextlib.asynccontextmanager
    async def watching(self, run_ids: Iterable[str]) -> AsyncIterator["Load"]:
        """Follow runs over a WebSocket each while the block runs."""
        tasks = []
        for run_id in run_ids:
            self.watched[run_id] = Watched()
            tasks.append(asyncio.create_task(self._watch(run_id, self.watched[run_id])))
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, run_id: str, watched: Watched) -> None:
        address = f"{self._url.replace('http', 'ws', 1)}{API}/monitor/{run_id}"
        async with connect(address, max_size=None, open_timeout=60) as connection:
            try:
                async for text in connection:
                    watched.take(json.loads(text), time.time())
            except ConnectionClosed as error:
                watched.closed = str(error)

    async def until_connected(self, within: float = 60.0) -> None:
        """Wait until the snapshot of every run has come."""
        async with asyncio.timeout(within):
            while not all(watched.begun for watched in self.watched.values()):
                await asyncio.sleep(0.02)

    async def until_all_print(self, within: float = 120.0) -> None:
        """Wait until a line of every run has come."""
        async with asyncio.timeout(within):
            while not all(watched.delays for watched in self.watched.values()):
                await asyncio.sleep(0.1)

    async def until_ended(self, run_id: str, within: float = 120.0) -> Watched:
        """Wait until a run has ended."""
        async with asyncio.timeout(within):
            while not self.watched[run_id].ended and not self.watched[run_id].closed:
                await asyncio.sleep(0.05)
        return self.watched[run_id]

    async def measure(self, seconds: float = 0.0, until: str = "", of: Iterable[str] = ()) -> Measured:
        """Measure for some seconds, or until a run has ended.

        Args:
            seconds: How long, if ``until`` is empty.
            until: The run's id.
            of: Whose lines; of all runs if left out.
        """
        calls: list[float] = []
        calling = asyncio.create_task(self._call(calls))
        begun, cpu = time.monotonic(), cpu_seconds(self._pid)
        try:
            await (self.until_ended(until) if until else asyncio.sleep(seconds))
        finally:
            calling.cancel()
            await asyncio.gather(calling, return_exceptions=True)
        used = (cpu_seconds(self._pid) - cpu) / (time.monotonic() - begun)
        chosen = [self.watched[run_id] for run_id in of] or self.watched.values()
        delays = [delay for watched in chosen for at, delay in watched.delays if at >= begun]
        return Measured(delays, used, peak_memory(self._pid), calls)

    async def _call(self, calls: list[float]) -> None:
        run_id = next(iter(self.watched))
        async with httpx2.AsyncClient(base_url=self._url, timeout=30) as client:
            while True:
                begun = time.monotonic()
                answer = await client.get(f"{API}/status/{run_id}")
                assert answer.status_code == 200, answer.text
                calls.append(time.monotonic() - begun)
                await asyncio.sleep(CALL_EVERY)
