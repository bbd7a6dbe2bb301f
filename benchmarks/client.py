"""Talks to a service as a browser would: HTTP and WebSocket over loopback."""

import asyncio
import http.client
import json
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
from websockets.asyncio.client import connect

API = "/api/v2/backtest"


def quantile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def told(title: str, values: list[float]) -> None:
    """Print a line of milliseconds."""
    p50, p99, worst = (1000 * value for value in (quantile(values, 0.5), quantile(values, 0.99), max(values)))
    print(f"{title}: n {len(values)}   p50 {p50:.1f} ms   p99 {p99:.1f} ms   max {worst:.1f} ms")


class Client:
    """Starts runs and watches them.

    Args:
        url: Of the service.
        engine: That all runs ask for.
    """

    def __init__(self, url: str, engine: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url, timeout=60)
        self._url = url
        self._ws = url.replace("http", "ws")
        self._engine = engine

    async def submit(self, strategy: str, **more: object) -> dict[str, Any]:
        """Start a run; returns what the service answers."""
        body = {"strategy_name": strategy, "engine": self._engine, **more}
        answer = await self._http.post(f"{API}/run", json=body)
        if answer.is_error:
            sys.exit(f"the service refuses the run: {answer.json()['detail']}")
        return dict(answer.json())

    async def run(self, run_id: str) -> dict[str, Any]:
        """Return how a run stands."""
        return dict((await self._http.get(f"{API}/status/{run_id}")).json())

    async def submit_timed(self, strategy: str) -> tuple[float, dict[str, Any]]:
        """As :meth:`submit`, by as little code as there is; also returns the time at which the request was sent."""
        return await asyncio.to_thread(
            _posted, self._url, json.dumps({"strategy_name": strategy, "engine": self._engine})
        )

    async def health(self) -> dict[str, Any]:
        """Return the service's report."""
        return dict((await self._http.get("/health")).json())

    async def events(self, run_id: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the run's events."""
        async with connect(f"{self._ws}{API}/monitor/{run_id}", max_size=None) as connection:
            async for text in connection:
                yield json.loads(text)

    async def watch(self, run_id: str) -> tuple[str, datetime]:
        """Follow to the end; returns the status, and when the result came."""
        result = datetime.now(UTC)
        async for event in self.events(run_id):
            if event["type"] == "result":
                result = datetime.now(UTC)
            elif event["type"] == "end":
                return event["run"]["status"], result
        return "no end", result

    async def frame_delays(self, run_id: str) -> list[float]:
        """Follow to the end; seconds between each frame's own stamp and the first event here that tells of it.

        Later events repeat the stamp of the latest frame: a change of phase, the end.
        """
        delays: dict[str, float] = {}
        async for event in self.events(run_id):
            stamp = event["progress"].get("written_at") if event["type"] == "progress" else None
            if stamp is not None and stamp not in delays:
                delays[stamp] = (datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()
        return list(delays.values())

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _posted(url: str, body: str) -> tuple[float, dict[str, Any]]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.connect()
    try:
        begun = time.time()
        connection.request("POST", f"{API}/run", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    assert answer.status == http.client.ACCEPTED, text
    return begun, dict(json.loads(text))
