"""Measures how long one finished run takes to read: everything at once, and its parts.

    .venv/bin/python benchmarks/results.py [--result FILE] [--repeat 15]

Runs `main` on the embedded engine, puts a large result of LEAN's in the place of its own (``--result``, or one that is
made up: 5 MB, 22 years), and asks for it over HTTP from another process. "first" means that nothing of it is in memory.
Prints milliseconds; the machine's noise is in them, so read medians, and compare within one run only.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
from pydantic_core import from_json, to_json

from leanboard.settings import Settings
from leanboard.terminal.local import started

API = "/api/v2/backtest"
DAY = 86400
PARTS = ("statistics", "equity", "charts", "series/Benchmark/Benchmark", "trades", "orders", "equity?format=csv")

# Another process, so that its reading does not slow down the writing.
CLIENT = """
import http.client, sys, time
host, path, repeat, touched = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
connection = http.client.HTTPConnection(host)
for _ in range(repeat):
    if touched:
        import os
        os.utime(touched)
    begun = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    size = len(answer.read())
    print(time.perf_counter() - begun, answer.status, size)
"""


def invented(years: int = 22, charts: int = 14) -> dict[str, Any]:
    """Return a result in LEAN's form with daily series over some years: 5 MB when written as LEAN does."""
    chance = random.Random(1)
    begin = 883_612_800

    def curve(*, candles: bool) -> list[list[float]]:
        value, points = 100_000.0, []
        for day in range(years * 250):
            value *= 1 + chance.gauss(0, 0.01)
            rest = [round(value * factor, 4) for factor in ((1, 1.01, 0.99, 1) if candles else (1,))]
            points.append([begin + day * DAY, *rest])
        return points

    def chart(name: str, series: str, *, candles: bool = False) -> dict[str, Any]:
        entry = {
            "name": series,
            "unit": "$",
            "index": 0,
            "seriesType": 2 if candles else 0,
            "values": curve(candles=candles),
        }
        return {"name": name, "chartType": 0, "series": {series: entry}}

    found = {"Strategy Equity": chart("Strategy Equity", "Equity", candles=True)}
    found |= {"Benchmark": chart("Benchmark", "Benchmark"), "Drawdown": chart("Drawdown", "Equity Drawdown")}
    found |= {f"Chart {number}": chart(f"Chart {number}", "Series") for number in range(charts)}
    return {"charts": found, "state": {"EndTime": "2026-01-31T12:00:00Z", "Status": "Completed"}, "statistics": {}}


async def finished_run(client: httpx2.AsyncClient) -> str:
    """Run `main`; returns the name of its result."""
    answer = await client.post(f"{API}/run", json={"strategy_name": "main", "engine": "embedded"})
    answer.raise_for_status()
    run = answer.json()
    async with asyncio.timeout(120):
        while run["status"] not in {"completed", "failed"}:
            await asyncio.sleep(0.05)
            run = (await client.get(f"{API}/status/{run['id']}")).json()
    assert run["status"] == "completed", run["message"]
    return str(run["timestamp"])


async def times(url: str, path: str, repeat: int, touched: Path | None = None) -> tuple[list[float], int]:
    """Ask for a path some times in a row; milliseconds, and the size of the answer."""
    host = url.removeprefix("http://")
    command = [sys.executable, "-c", CLIENT, host, path, str(repeat), str(touched or "")]
    done = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    assert all(row[1] == "200" for row in rows), (path, rows[0])
    return [float(row[0]) * 1000 for row in rows], int(rows[0][2])


def show(name: str, found: list[float], size: int) -> None:
    """Print one line."""
    ordered = sorted(found)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"{name:36} median {statistics.median(found):7.1f}   p95 {p95:7.1f} ms   {size / 1e6:6.2f} MB")


def parsers(content: bytes, repeat: int) -> None:
    """Print what parsing and writing alone take, with the library in use and with the standard one."""
    value = from_json(content)
    for name, work in (
        ("pydantic_core.from_json", lambda: from_json(content)),
        ("pydantic_core.to_json", lambda: to_json(value)),
        ("json.loads", lambda: json.loads(content)),
    ):
        found = []
        for _ in range(repeat):
            begun = time.perf_counter()
            work()
            found.append((time.perf_counter() - begun) * 1000)
        show(name, found, len(content))


async def measure(folder: Path, content: bytes, repeat: int) -> None:
    """Print the table."""
    settings = Settings(home=folder / "home", strategies=(Path("lean_strategies"),), min_free_disk=0)
    parsers(content, repeat)
    async with started(settings) as url, httpx2.AsyncClient(base_url=url) as client:
        timestamp = await finished_run(client)
        directory = folder / "home" / "results" / timestamp
        name = json.loads((directory / "config.json").read_text())["algorithm-id"]
        target = directory / f"{name}.json"
        target.write_bytes(content)
        place = f"{API}/results/{timestamp}"
        for path in ("full_results", ""):
            address = f"{place}/{path}".rstrip("/")
            show(f"{path or 'summary'}, first", *await times(url, address, repeat, target))
            show(f"{path or 'summary'}, again", *await times(url, address, repeat))
        for path in PARTS:
            show(f"{path}, again", *await times(url, f"{place}/{path}", repeat))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--result", type=Path, help="LEAN's result file to read")
    parser.add_argument("--repeat", type=int, default=15)
    options = parser.parse_args()
    given = options.result
    data = given.read_bytes() if given else json.dumps(invented(), indent=1).encode()
    os.environ.pop("LEANBOARD_HOME", None)
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(Path(place), data, options.repeat))
