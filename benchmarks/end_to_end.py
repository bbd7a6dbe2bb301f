"""Measures what a user waits for: submit to statistics, and a frame's way to the WebSocket.

    .venv/bin/python benchmarks/end_to_end.py [--runs 8] [--repeat 5]

Prints seconds; the machine's noise is in them, so read medians, and compare within one run only.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect

from leanboard.settings import Settings
from leanboard.terminal.local import started

API = "/api/v2/backtest"

# One frame a simulated day would be few: this strategy lets simulated days pass slowly enough to see each frame.
PACED = '''
from AlgorithmImports import *
import time


class Paced(QCAlgorithm):
    """Sleeps 20 ms a day for some hundred days: frames come at their highest rate."""

    def initialize(self):
        self.set_start_date(2010, 1, 4)
        self.set_end_date(2011, 6, 30)
        self.set_cash(100000)
        self.add_equity("AAPL", Resolution.DAILY)

    def on_data(self, data):
        time.sleep(0.02)
'''


def quantile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Client:
    """Talks to the service as a browser would: HTTP and WebSocket over loopback."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url)
        self._ws = url.replace("http", "ws")

    async def submit(self, strategy: str) -> str:
        """Start a run on the embedded engine; returns its id."""
        answer = await self._http.post(f"{API}/run", json={"strategy_name": strategy, "engine": "embedded"})
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def events(self, run_id: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the run's events."""
        async with connect(f"{self._ws}{API}/monitor/{run_id}", max_size=None) as connection:
            async for text in connection:
                yield json.loads(text)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


async def submit_to_statistics(client: Client) -> dict[str, float]:
    """Run `main` once; seconds from submit to the first event of each type."""
    begun = time.perf_counter()
    run_id = await client.submit("main")
    seen: dict[str, float] = {}
    async for event in client.events(run_id):
        seen.setdefault(event["type"], time.perf_counter() - begun)
    return seen


async def frame_delays(client: Client, runs: int) -> list[float]:
    """Watch several runs at once; seconds between a frame's own stamp and its event at the reader."""
    delays: list[float] = []

    async def watch(run_id: str) -> None:
        async for event in client.events(run_id):
            if event["type"] == "progress" and event["progress"].get("written_at"):
                written = datetime.fromisoformat(event["progress"]["written_at"])
                delays.append((datetime.now(UTC) - written).total_seconds())

    run_ids = [await client.submit("paced") for _ in range(runs)]
    await asyncio.gather(*(watch(run_id) for run_id in run_ids))
    return delays


def prepare(folder: Path, runs: int) -> Settings:
    """Return settings of a fresh home with the paced strategy beside the examples."""
    strategies = folder / "strategies"
    strategies.mkdir()
    (strategies / "paced.py").write_text(PACED)
    return Settings(
        home=folder / "home",
        strategies=(Path("lean_strategies"), strategies),
        max_running=runs,
        min_free_disk=0,
    )


async def measure(folder: Path, runs: int, repeat: int) -> None:
    """Print both tables."""
    async with started(prepare(folder, runs)) as url:
        client = Client(url)
        rounds = [await submit_to_statistics(client) for _ in range(repeat)]
        for kind in ("progress", "result", "end"):
            times = [seen[kind] for seen in rounds if kind in seen]
            print(f"submit -> first {kind:9} median {statistics.median(times):6.3f} s   max {max(times):6.3f} s")
        delays = await frame_delays(client, runs)
        print(
            f"frame -> WebSocket, {runs} runs, {len(delays)} frames: "
            f"p50 {quantile(delays, 0.5) * 1000:.1f} ms   p99 {quantile(delays, 0.99) * 1000:.1f} ms   "
            f"max {max(delays) * 1000:.1f} ms",
        )
        await client.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(Path(place), options.runs, options.repeat))
