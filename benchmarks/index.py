"""Measures the index with ten thousand results: rebuild, start, memory, every kind of list query, reindex.

    .venv/bin/python benchmarks/index.py [--runs 10000] [--repeat 40]

Makes synthetic run directories in a temporary home, runs the service there as a process of its own, and prints seconds
and megabytes. With LEANBOARD_DATABASE set, the index lies there.
"""

import argparse
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx2

from leanboard.models.requests import BacktestRequest
from leanboard.models.results import BacktestStatistics, DataProvenance, ResultFile, Versions
from leanboard.models.run import Applied, BacktestRunInfo, BacktestStatus, EngineName, Outcome, Phase, Reason
from leanboard.storage.layout import HomeLayout, timestamp_of
from leanboard.storage.manifest import RunManifest, text_of
from leanboard.storage.result_query import ResultSort
from served import serving

API = "/api/v2/backtest"
NONE_AHEAD = {"warm_embedded": 0, "warm_docker": 0}
START = datetime(2025, 1, 1, tzinfo=UTC)
WORDS = ("momentum", "reversion", "carry", "breakout", "pairs", "sweep", "fast", "slow", "daily", "minute", "growth")
STATISTICS = (
    "Total Orders", "Average Win", "Average Loss", "Compounding Annual Return", "Drawdown", "Expectancy",
    "Start Equity", "End Equity", "Net Profit", "Sharpe Ratio", "Sortino Ratio", "Probabilistic Sharpe Ratio",
    "Loss Rate", "Win Rate", "Profit-Loss Ratio", "Alpha", "Beta", "Annual Standard Deviation", "Annual Variance",
    "Information Ratio", "Tracking Error", "Treynor Ratio", "Total Fees", "Estimated Strategy Capacity",
    "Lowest Capacity Asset", "Portfolio Turnover", "Drawdown Recovery",
)  # fmt: skip
QUERIES = {
    "newest": {},
    "one status, one tag": {"status": "completed", "tag": "daily"},
    "two bounds": {"sharpe_ratio_min": 1, "drawdown_max": 0.2, "sort": "net_profit"},
    "one word": {"text": "momentum"},
    "two words": {"text": "sweep zero"},
    "a word that nothing has": {"text": "zzz"},
    "the last page": {"page": "last"},
    "strategy and time": {"strategy": "carry", "created_after": "2025-06-01T00:00:00Z"},
    **{f"sorted by {sort}": {"sort": sort.value} for sort in ResultSort},
}


def numbers(chance: random.Random) -> BacktestStatistics:
    """Return statistics as LEAN gives them for a run that traded."""
    floats = {
        name: round(chance.gauss(0.4, 1), 3)
        for name, field in BacktestStatistics.model_fields.items()
        if field.annotation == float | None
    }
    end = Decimal(str(round(chance.uniform(5e4, 3e5), 2)))
    return BacktestStatistics.model_validate(
        {
            "lean": {name: f"{chance.uniform(-2, 100):.3f}%" for name in STATISTICS},
            "runtime": {name: f"${chance.uniform(0, 1e5):,.2f}" for name in ("Equity", "Fees", "Holdings", "Return")},
            **floats,
            "drawdown": round(chance.random(), 3),
            "total_orders": chance.randrange(2000),
            "end_equity": end,
            "start_equity": 100_000,
            "drawdown_recovery": chance.randrange(400),
            "lowest_capacity_asset": "SPY R735QTJ8XC9X",
        }
    )


def manifest(number: int, chance: random.Random) -> RunManifest:
    """Return run.json of a synthetic run; one in ten has failed."""
    failed = chance.random() < 0.1
    created = START + timedelta(minutes=37 * number)
    status = BacktestStatus.FAILED if failed else BacktestStatus.COMPLETED
    reason = Reason.RUNTIME_ERROR if failed else None
    message = f"ZeroDivisionError: division by zero in {chance.choice(WORDS)}.py" * 3 if failed else ""
    strategy = chance.choice(WORDS)
    run = BacktestRunInfo(
        id=uuid.UUID(int=chance.getrandbits(128)).hex,
        timestamp=timestamp_of(created),
        strategy_name=strategy,
        name=" ".join(chance.sample(WORDS, 3)),
        tags=tuple(chance.sample(WORDS, 2)),
        engine=chance.choice((EngineName.DOCKER, EngineName.EMBEDDED)),
        status=status,
        phase=Phase.ENDED,
        reason=reason,
        message=message,
        created_at=created,
        started_at=created + timedelta(seconds=1),
        finished_at=created + timedelta(seconds=1 + chance.expovariate(0.1)),
    )
    files = tuple(ResultFile(path=f"file-{n}.json", size=40_000, sha256="0" * 64) for n in range(12))
    return RunManifest(
        run=run,
        request=BacktestRequest(strategy_name=strategy, parameters={"fast": "20", "slow": "60"}),
        applied=Applied(effective={"start_date": "2013-10-07"}),
        outcome=Outcome(status=status, reason=reason, message=message),
        statistics=BacktestStatistics() if failed else numbers(chance),
        data=DataProvenance(kind="simulated", folder="data", sources=("simulated minute bars",), requests=20),
        versions=Versions(leanboard="0.1.0"),
        files=files,
    )


def fill(home: Path, runs: int) -> None:
    """Make the run directories."""
    layout, chance = HomeLayout(home), random.Random(7)
    for number in range(runs):
        made = manifest(number, chance)
        directory = layout.result_directory(made.run.timestamp)
        directory.mkdir(parents=True)
        (directory / "run.json").write_bytes(text_of(made))


def memory(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def lists(client: httpx2.Client, repeat: int) -> Iterator[tuple[str, list[float], int]]:
    """Time every query; gives its name, the seconds, and how many results it found."""
    total = client.get(f"{API}/results").json()["total"]
    for name, query in QUERIES.items():
        asked = {"page_size": 50, **query}
        if asked.get("page") == "last":
            asked["page"] = max(1, -(-total // 50))
        times = []
        for _ in range(repeat):
            began = time.perf_counter()
            answer = client.get(f"{API}/results", params=asked)
            times.append(time.perf_counter() - began)
        answer.raise_for_status()
        yield name, times, answer.json()["total"]


def reindex(client: httpx2.Client) -> tuple[float, dict[str, object]]:
    """Run a reindex to its end; gives seconds and the report."""
    began = time.perf_counter()
    client.post(f"{API}/reindex").raise_for_status()
    while (report := client.get(f"{API}/reindex").json())["state"] == "running":
        time.sleep(0.02)
    return time.perf_counter() - began, report


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leanboard-index-") as folder:
        home = Path(folder) / "home"
        fill(home, options.runs)
        with serving(home, **NONE_AHEAD) as served:
            print(f"first start, index made of {options.runs} run directories: {served.seconds:.2f} s")
        with serving(home, **NONE_AHEAD) as served, httpx2.Client(base_url=served.url, timeout=120) as client:
            client.get(f"{API}/results")
            print(f"next start: {served.seconds:.2f} s, {memory(served.pid):.0f} MB")
            measure(client, served.pid, options.repeat)


def measure(client: httpx2.Client, pid: int, repeat: int) -> None:
    """Print what a running service needs."""
    everything = []
    for name, times, total in lists(client, repeat):
        everything += times
        p95 = statistics.quantiles(times, n=20)[-1]
        print(f"{name:40} {total:6} found  median {statistics.median(times) * 1e3:6.1f} ms  p95 {p95 * 1e3:6.1f} ms")
    p95 = statistics.quantiles(everything, n=20)[-1]
    print(f"all list queries: p95 {p95 * 1e3:.1f} ms, {memory(pid):.0f} MB")
    seconds, report = reindex(client)
    print(f"reindex: {seconds:.2f} s, {memory(pid):.0f} MB, {report}")


if __name__ == "__main__":
    main()
