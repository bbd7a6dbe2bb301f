"""A run whose engine fetches the image first: what is told meanwhile, and how it ends; with the real services."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.api_fakes import API, HOST
from api.places import Engine, Place, place
from leanboard.engines.base import Fetching
from leanboard.errors import EngineError
from leanboard.models.run import EngineName

HALF = Fetching("pulling lean:1: 4.9 of 9.8 GB", 50.0)


class Fetches(Engine):
    """Reports once, and then waits until it is let go, or raises."""

    def __init__(self, problem: str = "", *, waits: bool = False) -> None:
        super().__init__(EngineName.DOCKER)
        self._problem, self._waits = problem, waits
        self._go = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.left = False

    def let_go(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._go.set)

    async def fetch(self, image: str, report: Any) -> None:
        self._loop = asyncio.get_running_loop()
        report(Fetching("pulling lean:1"))
        report(HALF)
        try:
            if self._waits:
                await self._go.wait()
        finally:
            self.left = True
        if self._problem:
            raise EngineError(self._problem)


@contextmanager
def events_of(here: Place, run_id: str) -> Iterator[Any]:
    with here.client.websocket_connect(f"ws://{HOST}{API}/monitor/{run_id}?since=0") as stream:
        yield stream


def until(stream: Any, kind: str) -> list[dict[str, Any]]:
    found = []
    while not found or found[-1]["type"] != kind:
        found.append(stream.receive_json())
    return found


def test_r36_phase_and_progress_of_a_pull(tmp_path: Path) -> None:
    engine = Fetches(waits=True)
    with place(tmp_path, engine) as here:
        run_id = here.submit().json()["id"]
        with events_of(here, run_id) as stream:
            events = []
            while not events or (events[-1].get("progress") or {}).get("fetching", {}).get("percent") is None:
                events.append(stream.receive_json())
            engine.let_go()
            events += until(stream, "end")
        result = here.client.get(f"{API}/results/{events[-1]['run']['timestamp']}").json()
    phases = [event["run"]["phase"] for event in events if event["type"] == "status"]
    assert phases[phases.index("pulling") :][:2] == ["pulling", "booting"]
    told = [(event["phase"], event["progress"]["fetching"]) for event in events if event["type"] == "progress"]
    assert ("pulling", {"text": HALF.text, "percent": 50.0}) in told
    assert all(fetching is None for phase, fetching in told if phase != "pulling")
    assert result["run"]["status"] == "completed"
    assert result["run"]["progress"]["fetching"] is None


def test_r36_a_page_that_opens_late_sees_how_far_it_is(tmp_path: Path) -> None:
    with place(tmp_path, Fetches(waits=True)) as here:
        run_id = here.submit().json()["id"]
        with events_of(here, run_id) as early:
            until(early, "progress")
            with here.client.websocket_connect(f"ws://{HOST}{API}/monitor/{run_id}") as late:
                snapshot = late.receive_json()
                progress = here.client.get(f"{API}/progress/{run_id}").json()
                here.client.delete(f"{API}/cancel/{run_id}")  # the client cannot leave a stream that goes on
                until(late, "end")
            until(early, "end")
    assert snapshot["run"]["phase"] == "pulling"
    assert snapshot["progress"]["fetching"] == {"text": HALF.text, "percent": 50.0}
    assert progress["fetching"] == {"text": HALF.text, "percent": 50.0}


def test_r36_cancelled_during_the_pull(tmp_path: Path) -> None:
    engine = Fetches(waits=True)
    with place(tmp_path, engine) as here:
        run_id = here.submit(memory=512).json()["id"]
        with events_of(here, run_id) as stream:
            until(stream, "progress")
            here.client.delete(f"{API}/cancel/{run_id}")
            end = until(stream, "end")[-1]
        result = here.client.get(f"{API}/results/{end['run']['timestamp']}").json()
    assert (end["run"]["status"], end["run"]["reason"]) == ("cancelled", "cancelled_by_user")
    assert engine.left
    assert engine.specs == []
    assert result["applied"]["ignored"] == {"memory": "the run ended before its sandbox was booted"}


@pytest.mark.parametrize("waits_behind", [0, 2])
def test_r36_a_pull_that_fails(tmp_path: Path, waits_behind: int) -> None:
    engine = Fetches("the image lean:1 could not be pulled: manifest unknown")
    with place(tmp_path, engine, max_running=1) as here:
        runs = [here.submit().json()["id"] for _ in range(1 + waits_behind)]
        for run_id in runs:
            with events_of(here, run_id) as stream:
                end = until(stream, "end")[-1]
            assert (end["run"]["status"], end["run"]["reason"]) == ("failed", "engine_error")
            assert "manifest unknown" in end["run"]["message"]
    assert engine.specs == []
