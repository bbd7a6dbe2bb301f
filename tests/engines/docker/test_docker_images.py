"""One pull per image, who waits for it, and how it ends; the engine is scripted."""

import asyncio
import contextlib
import queue
import threading

import pytest

from leanboard.engines.base import Fetching
from leanboard.engines.docker.facts import ImageFacts
from leanboard.engines.docker.images import ImageStore, PullOptions
from leanboard.errors import EngineError, EngineUnavailable

LEAN = "quantconnect/lean:latest"
FACTS = ImageFacts(id="sha256:1", digest="quantconnect/lean@sha256:2", labels={}, entrypoint=(), size=10)
DEADLINE = 5.0
COMPLETE = {"status": "Status: Downloaded newer image", "complete": True}
_END = object()


class Pull:
    """One call of open_pull; the test says its lines. A ``complete`` line brings the image."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._lines: queue.Queue[object] = queue.Queue()
        self.closed = threading.Event()
        self.left = threading.Event()

    def say(self, *lines: object) -> None:
        for line in lines:
            self._lines.put(line)

    def end(self, *lines: object) -> None:
        self.say(*lines, _END)

    def close(self) -> None:
        self.closed.set()
        self._lines.put(_END)

    def __iter__(self):
        while (line := self._lines.get(timeout=DEADLINE)) is not _END:
            if isinstance(line, Exception):
                raise line
            if "complete" in line:
                self._engine.images[LEAN] = FACTS
            yield line


class Engine:
    """Has images; each pull takes the next of the scripts, the last again and again."""

    def __init__(self) -> None:
        self.images: dict[str, ImageFacts] = {}
        self.pulls: list[Pull] = []
        self.opened = asyncio.Event()
        self.scripts: list[list[object]] = []
        self.refusal: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.away = False
        self._loop = asyncio.get_running_loop()

    async def image(self, reference: str) -> ImageFacts | None:
        if self.away:
            raise EngineUnavailable("no Docker engine answers")
        return self.images.get(reference)

    @contextlib.contextmanager
    def open_pull(self, reference: str, inactivity: float):
        assert reference == LEAN
        assert inactivity > 0
        pull = Pull(self)
        self.pulls.append(pull)
        self._loop.call_soon_threadsafe(self.opened.set)
        assert self.gate.wait(DEADLINE)
        if self.refusal is not None:
            raise self.refusal
        if self.scripts:
            pull.end(*(self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]))
        try:
            yield pull
        finally:
            pull.left.set()

    async def first(self) -> Pull:
        async with asyncio.timeout(DEADLINE):
            await self.opened.wait()
        return self.pulls[0]


def store_of(engine: Engine, **options: object) -> ImageStore:
    return ImageStore(engine, PullOptions(**{"inactivity": DEADLINE, "back_off": (0.01, 0.01), **options}))


def ignore(_: Fetching) -> None:
    """Nobody looks."""


async def in_time(awaitable):
    async with asyncio.timeout(DEADLINE):
        return await awaitable


async def left(pull: Pull) -> None:
    assert await asyncio.to_thread(pull.left.wait, DEADLINE)


def downloading(name: str, current: int, total: int) -> dict[str, object]:
    return {"id": name, "status": "Downloading", "progressDetail": {"current": current, "total": total}}


async def until_told(told: list[Fetching], text: str) -> Fetching:
    async with asyncio.timeout(DEADLINE):
        while True:
            for fetching in told:
                if text in fetching.text:
                    return fetching
            await asyncio.sleep(0.01)


async def test_an_image_that_is_there_is_not_pulled():
    engine = Engine()
    engine.images[LEAN] = FACTS
    told: list[Fetching] = []
    assert await store_of(engine).fetch(LEAN, told.append) == FACTS
    assert (engine.pulls, told) == ([], [])


async def test_r36_one_pull_however_many_wait():
    engine = Engine()
    store = store_of(engine)
    told: list[list[Fetching]] = [[] for _ in range(20)]
    fetches = [asyncio.create_task(store.fetch(LEAN, one.append)) for one in told]
    pull = await engine.first()
    pull.say(downloading("a", 1_200_000_000, 9_800_000_000))
    for one in told:
        assert (await until_told(one, "1.2 of 9.8 GB")).percent == 12.2
    late: list[Fetching] = []
    fetches.append(asyncio.create_task(store.fetch(LEAN, late.append)))
    await until_told(late, "1.2 of 9.8 GB")
    pull.end(COMPLETE)
    assert await in_time(asyncio.gather(*fetches)) == [FACTS] * 21
    assert len(engine.pulls) == 1


async def test_those_who_wait_are_told_a_few_times_a_second_at_most():
    engine = Engine()
    told: list[Fetching] = []
    fetch = asyncio.create_task(store_of(engine).fetch(LEAN, told.append))
    pull = await engine.first()
    pull.say(*(downloading("a", done, 100_000) for done in range(1000)))
    pull.say(downloading("a", 50_000, 100_000))
    await until_told(told, "50.0 of 100.0 kB")
    assert len(told) <= 3
    pull.end(COMPLETE)
    await in_time(fetch)


async def test_who_leaves_does_not_end_it_for_the_others():
    engine = Engine()
    store = store_of(engine)
    stays, leaves = (asyncio.create_task(store.fetch(LEAN, ignore)) for _ in range(2))
    pull = await engine.first()
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    assert not pull.closed.is_set()
    pull.end(COMPLETE)
    assert await in_time(stays) == FACTS


async def test_the_last_one_that_leaves_ends_it_and_the_next_begins_anew():
    engine = Engine()
    store = store_of(engine)
    told: list[Fetching] = []
    fetches = [asyncio.create_task(store.fetch(LEAN, told.append)) for _ in range(2)]
    pull = await engine.first()
    pull.say(downloading("a", 1, 1_000_000))
    await until_told(told, "of 1.0 MB")
    for fetch in fetches:
        fetch.cancel()
    await in_time(asyncio.gather(*fetches, return_exceptions=True))
    await left(pull)
    assert pull.closed.is_set()
    engine.scripts = [[COMPLETE]]
    assert await in_time(store.fetch(LEAN, ignore)) == FACTS
    assert len(engine.pulls) == 2


@pytest.mark.parametrize("steps", range(6))
async def test_who_comes_while_a_pull_is_being_ended_does_not_end_with_it(steps):
    engine = Engine()
    store = store_of(engine)
    leaves = asyncio.create_task(store.fetch(LEAN, ignore))
    pull = await engine.first()
    engine.scripts = [[COMPLETE]]
    leaves.cancel()
    for _ in range(steps):  # of the event loop: whether it comes just before, between, or just after
        await asyncio.sleep(0)
    comes = asyncio.create_task(store.fetch(LEAN, ignore))
    with pytest.raises(asyncio.CancelledError):
        await in_time(leaves)
    pull.end(COMPLETE)
    assert await in_time(comes) == FACTS


async def test_a_pull_that_cannot_be_ended_yet_is_taken_over_by_who_comes_next():
    engine = Engine()
    engine.gate.clear()  # the engine waits for the registry and has not begun to answer
    store = store_of(engine)
    fetch = asyncio.create_task(store.fetch(LEAN, ignore))
    pull = await engine.first()
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await in_time(fetch)
    again = asyncio.create_task(store.fetch(LEAN, ignore))
    await asyncio.sleep(0)
    pull.end(COMPLETE)
    await asyncio.sleep(0.02)
    engine.gate.set()
    assert await in_time(again) == FACTS
    assert len(engine.pulls) == 1


async def test_a_pull_that_nobody_wants_any_more_ends_when_the_engine_answers():
    engine = Engine()
    engine.gate.clear()
    fetch = asyncio.create_task(store_of(engine).fetch(LEAN, ignore))
    pull = await engine.first()
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await in_time(fetch)
    engine.gate.set()
    await left(pull)


async def test_r36_it_is_given_up_when_nothing_comes_any_more():
    engine = Engine()
    fetch = asyncio.create_task(store_of(engine, inactivity=0.1).fetch(LEAN, ignore))
    pull = await engine.first()
    pull.say(downloading("a", 1, 100))
    with pytest.raises(EngineError, match=r"nothing came for 0\.1 s .*LEANBOARD_DOCKER_PULL_TIMEOUT.*docker pull"):
        await in_time(fetch)
    await left(pull)
    assert len(engine.pulls) == 1


async def test_r36_it_may_last_as_long_as_something_comes():
    engine = Engine()
    fetch = asyncio.create_task(store_of(engine, inactivity=0.5).fetch(LEAN, ignore))
    pull = await engine.first()
    for done in range(10):
        pull.say(downloading("a", done, 100))
        await asyncio.sleep(0.1)
    pull.end(COMPLETE)
    assert await in_time(fetch) == FACTS


async def test_r36_a_registry_that_fails_for_the_moment_is_asked_again():
    engine = Engine()
    engine.scripts = [[{"error": "received unexpected HTTP status: 502"}], [{"error": "unexpected EOF"}], [COMPLETE]]
    told: list[Fetching] = []
    assert await in_time(store_of(engine).fetch(LEAN, told.append)) == FACTS
    assert len(engine.pulls) == 3
    assert any("502; again in 0.01 s" in fetching.text for fetching in told)


async def test_r36_it_is_not_asked_for_ever():
    engine = Engine()
    engine.scripts = [[{"error": "connection refused"}]]
    with pytest.raises(EngineError, match=r"connection refused \(3 tries\).*docker pull.*LEANBOARD_IMAGE"):
        await in_time(store_of(engine).fetch(LEAN, ignore))
    assert len(engine.pulls) == 3


@pytest.mark.parametrize(
    "problem",
    [
        "manifest for quantconnect/lean:latest not found: manifest unknown",
        "pull access denied for lean, repository does not exist",
        "toomanyrequests: You have reached your pull rate limit",
        "write /var/lib/docker/tmp/x: no space left on device",
    ],
)
async def test_r36_a_final_answer_is_not_asked_for_again(problem):
    engine = Engine()
    engine.scripts = [[{"error": problem}]]
    with pytest.raises(EngineError, match=problem):
        await in_time(store_of(engine).fetch(LEAN, ignore))
    engine.refusal = EngineError(f"Docker refused: {problem}")
    with pytest.raises(EngineError, match=f"could not be pulled: {problem}"):
        await in_time(store_of(engine).fetch(LEAN, ignore))
    assert len(engine.pulls) == 2


async def test_a_full_disk_is_final_whatever_kind_of_error_the_client_makes_of_it():
    engine = Engine()
    engine.refusal = EngineUnavailable("the Docker engine's disk is full: no space left on device")
    with pytest.raises(EngineError, match="disk is full"):
        await in_time(store_of(engine).fetch(LEAN, ignore))
    assert len(engine.pulls) == 1


async def test_an_engine_that_goes_away_is_said_to_be_away():
    engine = Engine()
    fetch = asyncio.create_task(store_of(engine).fetch(LEAN, ignore))
    pull = await engine.first()
    engine.away = True
    pull.end()  # as the SDK does it: the stream ends without an error
    with pytest.raises(EngineUnavailable):
        await in_time(fetch)


async def test_a_stream_that_ends_without_the_image_is_tried_again():
    engine = Engine()
    engine.scripts = [[], [RuntimeError("Read timed out.")], [COMPLETE]]
    told: list[Fetching] = []
    assert await in_time(store_of(engine).fetch(LEAN, told.append)) == FACTS
    assert any("broke it off: Read timed out." in fetching.text for fetching in told)


async def test_after_a_failure_the_next_begins_anew():
    engine = Engine()
    store = store_of(engine)
    engine.scripts = [[{"error": "manifest unknown"}]]
    with pytest.raises(EngineError):
        await in_time(store.fetch(LEAN, ignore))
    engine.scripts = [[COMPLETE]]
    assert await in_time(store.fetch(LEAN, ignore)) == FACTS


async def test_pulling_can_be_switched_off():
    engine = Engine()
    with pytest.raises(EngineError, match=r"LEANBOARD_DOCKER_PULL is off: docker pull quantconnect/lean:latest"):
        await in_time(store_of(engine, allowed=False).fetch(LEAN, ignore))
    assert engine.pulls == []


async def test_close_ends_what_is_under_way():
    engine = Engine()
    store = store_of(engine)
    fetch = asyncio.create_task(store.fetch(LEAN, ignore))
    pull = await engine.first()
    await in_time(store.close())
    with pytest.raises(asyncio.CancelledError):
        await in_time(fetch)
    await left(pull)
