"""Measures what a user waits for: submit to statistics, and a frame's way to the WebSocket.

    .venv/bin/python benchmarks/end_to_end.py [--runs 8] [--repeat 5]

Prints seconds; the machine's noise is in them, so read medians, and compare within one run only.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from client import Client, quantile
from leanboard.settings import Settings
from leanboard.terminal.local import started

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


async def submit_to_statistics(client: Client) -> dict[str, float]:
    """Run `main` once; seconds from submit to the first event of each type."""
    begun = time.perf_counter()
    run_id = (await client.submit("main"))["id"]
    seen: dict[str, float] = {}
    async for event in client.events(run_id):
        seen.setdefault(event["type"], time.perf_counter() - begun)
    return seen


async def frame_delays(client: Client, runs: int) -> list[float]:
    """Watch several runs at once; seconds between a frame's own stamp and its event at the reader."""
    started_runs = [await client.submit("paced") for _ in range(runs)]
    seen = await asyncio.gather(*(client.frame_delays(run["id"]) for run in started_runs))
    return [delay for each in seen for delay in each]


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
        client = Client(url, "embedded")
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
