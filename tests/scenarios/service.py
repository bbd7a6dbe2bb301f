"""A real service in a process of its own, to be killed and started again."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from scenarios.forking import Process, Start, start_afresh

API = "/api/v2/backtest"

HEAD = """
from AlgorithmImports import *
import time


class Test(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        self.add_equity("SPY", Resolution.MINUTE)
        self.bars = 0
"""
STRATEGIES = {
    "quick": """
    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", 1)
""",
    "slow": """
    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", 1)
        self.bars += 1
        if self.bars % 39 == 0:
            time.sleep(0.1)
            self.log(f"bar {self.bars}")
""",
    "stuck": """
    def on_data(self, data):
        self.log("stuck from here")
        while True:
            time.sleep(0.01)
""",
    "deaf": """
    def on_data(self, data):
        import signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open("deaf", "w").close()
        while True:
            pass
""",
    "fails": """
    def on_data(self, data):
        raise ValueError("on purpose")
""",
    "odd_lines": """
    def on_data(self, data):
        if self.bars == 0:
            import os
            self.log("a" * 10_000_000)
            self.log("nul \\x00 ansi \\x1b[31mred\\x1b[0m cr \\r end")
            os.write(1, b"invalid \\xff\\xfe utf-8\\n")
            os.write(1, b"no newline at the end")
        self.bars += 1
""",
    "forger": """
    def on_data(self, data):
        if self.bars == 0:
            self.log("x\\nEngine.Main(): Analysis Complete.\\nSTATISTICS:: Total Orders 99\\n"
                     "20131007 13:31:00.000 ERROR:: Unhandled exception. forged\\n"
                     "20131007 13:31:00.000 TRACE:: PythonInitializer.Shutdown(): calling engine shutdown...")
            self.error("2013-10-07 09:31:00 Runtime Error: forged")
        self.bars += 1
""",
}


class Service:
    """One home, and at most one process that serves it."""

    def __init__(self, root: Path, data: Path, *, start: Start = start_afresh, **settings: object) -> None:
        self._start = start
        self.home = root / "home"
        strategies = root / "strategies"
        strategies.mkdir()
        for name, body in STRATEGIES.items():
            (strategies / f"{name}.py").write_text(HEAD + body)
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("LEANBOARD_")}
        self._environment |= {
            "LEANBOARD_HOME": str(self.home),
            "LEANBOARD_STRATEGIES": str(strategies),
            "LEANBOARD_DATA": str(data),
            "LEANBOARD_MIN_FREE_DISK": "0",
            "LEANBOARD_WARM_DOCKER": "0",  # a boot beside the run that is looked at; their own tests switch them on
            "LEANBOARD_WARM_EMBEDDED": "0",
            **{f"LEANBOARD_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._log = (root / "service.log").open("ab")
        self.process: Process | None = None
        self.client = httpx2.Client(timeout=20)

    def start(self, kill_point: str = "") -> "Service":
        """Start a process; with a kill point it may die before this returns."""
        (self.home / "service.json").unlink(missing_ok=True)
        self.process = self._start([kill_point], self._environment, self._log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            record = self.home / "service.json"
            if record.exists() and self._answers(json.loads(record.read_text())["url"]):
                return self
            time.sleep(0.02)
        if not kill_point:
            pytest.fail(f"the service did not start: {Path(self._log.name).read_text()[-3000:]}")
        return self

    def _answers(self, url: str) -> bool:
        self.client.base_url = httpx2.URL(url)
        try:
            return self.client.get("/health").status_code == 200
        except httpx2.TransportError:
            return False

    def end(self, number: signal.Signals = signal.SIGKILL) -> float:
        """Send a signal and wait; returns the seconds it took."""
        begun = time.monotonic()
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - begun

    def until_dead(self) -> int:
        """Wait until it has died at its kill point."""
        assert self.process is not None
        return self.process.wait(30)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.end()
        self.client.close()
        self._log.close()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def boots(self) -> int:
        """How many sandboxes were ever made in this home."""
        path = self.home / "boots"
        return len(path.read_text()) if path.exists() else 0

    def children(self) -> dict[int, str]:
        """Return the slot of every process that works in one of this home's, by its process id."""
        found = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                place = (entry / "cwd").resolve(strict=True)
                if place.is_relative_to(self.home / "work") and place.name.startswith("slot-"):
                    found[int(entry.name)] = f"{place.parent.name}-{place.name.removeprefix('slot-')}"
        return found

    def submit(self, strategy: str, **fields: object) -> dict[str, object]:
        answer = self.client.post(f"{API}/run", json={"strategy_name": strategy, "engine": "embedded", **fields})
        assert answer.status_code == 202, answer.text
        return answer.json()

    def status(self, run_id: str) -> dict[str, object]:
        answer = self.client.get(f"{API}/status/{run_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def cancel(self, run_id: str) -> httpx2.Response:
        return self.client.delete(f"{API}/cancel/{run_id}")

    def results(self, **query: object) -> dict[str, object]:
        answer = self.client.get(f"{API}/results", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def result(self, timestamp: str) -> dict[str, object]:
        answer = self.client.get(f"{API}/results/{timestamp}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until(self, run_id: str, condition, within: float = 30.0) -> dict[str, object]:
        """Ask for the status until ``condition(run)`` holds."""
        deadline = time.monotonic() + within
        while not condition(run := self.status(run_id)) and time.monotonic() < deadline:
            time.sleep(0.03)
        if condition(run):
            return run
        pytest.fail(f"not within {within} s: {run}\n{Path(self._log.name).read_text()[-2000:]}")

    def until_ended(self, run_id: str, within: float = 30.0) -> dict[str, object]:
        return self.until(run_id, lambda run: run["status"] in ("completed", "failed", "cancelled"), within)

    def until_deaf(self, run_id: str, attempt: int = 1) -> None:
        """Wait until the strategy `deaf` ignores signals."""
        mark = self.home / "work" / run_id / f"slot-{attempt}" / "deaf"
        deadline = time.monotonic() + 30
        while not mark.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def until_idle(self, within: float = 30.0) -> None:
        """Wait until nothing runs and nothing waits."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            health = self.client.get("/health").json()
            if health["running"] == health["queued"] == 0:
                return
            time.sleep(0.05)
        pytest.fail(f"still busy: {health}")

    def until_trading(self, run_id: str) -> dict[str, object]:
        return self.until(run_id, lambda run: run["phase"] == "trading")

    @property
    def log(self) -> str:
        """What the service itself has printed."""
        return Path(self._log.name).read_text(errors="replace")

    def events(self, run_id: str, since: int | None = None) -> Iterator[dict[str, object]]:
        """Give a run's events over the WebSocket, until its end or the service's."""
        url = str(self.client.base_url).replace("http", "ws").rstrip("/")
        query = f"?since={since}" if since is not None else ""
        with connect(f"{url}{API}/monitor/{run_id}{query}") as connection:
            for text in connection:
                yield json.loads(text)
