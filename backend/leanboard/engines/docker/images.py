"""Images: looked up, and pulled once however many runs wait for them.

A pull is shared by reference. Who waits is told how far it is; who leaves does not end it for the others; the last
one that leaves ends it. It is given up after a time without any line of progress, never for lasting long.

Reading a pull blocks, so each has a thread of its own, a daemon: one that hangs in a call which cannot be ended (the
engine has not begun to answer) must hold up neither other pulls nor the end of the process. There is at most one
such thread per reference, and references come from an allow-list.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

import structlog

from leanboard.engines.base import Fetching
from leanboard.engines.docker.facts import ImageFacts
from leanboard.engines.docker.pull_progress import PullTally, describe, fold, is_disk_full, is_final
from leanboard.errors import EngineError

REPORT_SECONDS = 0.25  # between two words to those who wait
BACK_OFF = (1.0, 4.0, 16.0)  # seconds before the second, third and fourth try
MARGIN_SECONDS = 5.0  # so that our own time-out comes before the client's
CLOSE_SECONDS = 2.0
_LAST_WORDS = 300  # characters of an engine's text

Report = Callable[[Fetching], None]

log = structlog.get_logger(__name__)


class PullLines(Protocol):
    """Lines of a pull, as the Docker API gives them: ``status``, ``id``, ``progressDetail``, ``error``."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Give the lines; blocks between two. May end without an error when the engine dies."""
        ...

    def close(self) -> None:
        """End a read that blocks in another thread."""
        ...


class ImageSource(Protocol):
    """What is needed of the engine's client."""

    async def image(self, reference: str) -> ImageFacts | None:
        """Return what is known of an image; None when it is not there."""
        ...

    def open_pull(self, reference: str, inactivity: float) -> AbstractContextManager[PullLines]:
        """Begin a pull; blocks. Leaving the block ends it."""
        ...


@dataclass(frozen=True, slots=True)
class PullOptions:
    """Settings of pulls; times in seconds.

    Attributes:
        allowed: Whether images are pulled at all.
        inactivity: Without any line of progress, after which a pull is given up.
        back_off: Before each further try, when a registry refused for the moment.
    """

    allowed: bool = True
    inactivity: float = 120.0
    back_off: Sequence[float] = BACK_OFF


class ImageStore:
    """The images of one engine; lives on the event loop.

    Args:
        source: The engine's client.
        options: Settings.
    """

    def __init__(self, source: ImageSource, options: PullOptions) -> None:
        self._source = source
        self._options = options
        self._pulls: dict[str, _Pull] = {}
        self._readers: dict[str, _Reader] = {}

    async def fetch(self, reference: str, report: Report) -> ImageFacts:
        """Return the image; pulls it first where it is not there.

        Args:
            reference: Name with tag or digest.
            report: Called on the event loop whenever something is new, a few times a second at most.

        Raises:
            EngineError: It cannot be had; the text says why and what to do.
            EngineUnavailable: The engine is not there.
        """
        pull = self._pulls.get(reference)
        if pull is None:
            pull = self._pulls[reference] = _Pull(reference)
            pull.task = asyncio.create_task(self._obtain(pull), name=f"image-{reference}")
            pull.task.add_done_callback(lambda _: self._forget(pull))
        return await self._wait(pull, report)

    async def close(self) -> None:
        """End all pulls; those who still wait are cancelled."""
        tasks = [pull.task for pull in self._pulls.values() if pull.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)

    async def _wait(self, pull: "_Pull", report: Report) -> ImageFacts:
        assert pull.task is not None  # for the type checker: made in the same step
        waiter = object()
        pull.waiters[waiter] = report
        if pull.told is not None:
            report(pull.told)
        try:
            return await asyncio.shield(pull.task)
        finally:
            del pull.waiters[waiter]
            if not pull.waiters and not pull.task.done():
                self._forget(pull)  # who comes now begins anew, instead of joining what is about to end
                pull.task.cancel()

    def _forget(self, pull: "_Pull") -> None:
        if self._pulls.get(pull.reference) is pull:
            del self._pulls[pull.reference]
        if pull.task is not None and pull.task.done() and not pull.task.cancelled():
            pull.task.exception()  # those who waited have it; without this asyncio warns when nobody did

    async def _obtain(self, pull: "_Pull") -> ImageFacts:
        found = await self._source.image(pull.reference)
        if found is not None:
            return found
        if not self._options.allowed:
            msg = (
                f"the image {pull.reference} is not there, and LEANBOARD_DOCKER_PULL is off: "
                f"docker pull {pull.reference}"
            )
            raise EngineError(msg)
        for delay in (*self._options.back_off, None):
            try:
                return await self._pulled(pull)
            except _BrokenOffError as error:
                if delay is None:
                    tries = f" ({len(self._options.back_off) + 1} tries)"
                    raise EngineError(_way_out(pull.reference, f"{error}{tries}")) from error
                log.warning("pull broken off", image=pull.reference, problem=str(error), again_in=delay)
                pull.tell(Fetching(f"pulling {pull.reference}: {error}; again in {delay:g} s"))
                await asyncio.sleep(delay)
        raise AssertionError  # the last round returns or raises

    async def _pulled(self, pull: "_Pull") -> ImageFacts:
        """Try once.

        Raises:
            _BrokenOffError: Another try may do.
        """
        pull.tell(describe(pull.reference, PullTally()))
        problem = await self._read(pull)
        words = _words(problem)
        if is_final(words) if isinstance(problem, EngineError) else is_disk_full(words):
            raise EngineError(_way_out(pull.reference, words)) from problem
        if isinstance(problem, EngineError):
            raise _BrokenOffError(words) from problem
        # The stream of an engine that dies ends like one that is complete: only the image itself tells, and a look
        # at an engine that is not there says so.
        found = await self._source.image(pull.reference)
        if found is None:
            raise _BrokenOffError("the Docker engine broke it off" + (f": {words}" if words else "")) from problem
        log.info("pulled", image=pull.reference, digest=found.digest)
        return found

    async def _read(self, pull: "_Pull") -> Exception | None:
        """Read a pull to its end, whatever that is; returns its error."""
        reader = self._reader(pull.reference)
        try:
            while not await reader.has_ended(REPORT_SECONDS):
                pull.tell(describe(pull.reference, reader.tally))
                if monotonic() - reader.heard_at > self._options.inactivity:
                    silence = f"nothing came for {self._options.inactivity:g} s"
                    raise EngineError(_way_out(pull.reference, f"{silence} (LEANBOARD_DOCKER_PULL_TIMEOUT)"))
            return reader.problem
        finally:
            reader.close()

    def _reader(self, reference: str) -> "_Reader":
        """Return a reader that begins, or one that nobody wanted any more and that has not begun yet."""
        old = self._readers.get(reference)
        if old is not None and old.revive():
            return old
        wait = self._options.inactivity + MARGIN_SECONDS
        reader = _Reader(asyncio.get_running_loop(), lambda: self._source.open_pull(reference, wait))
        self._readers[reference] = reader
        reader.start(f"pull-{reference}")
        return reader


class _BrokenOffError(Exception):
    """A pull that did not come to its end; another try may do."""


def _words(problem: Exception | None) -> str:
    text = "" if problem is None else " ".join(str(problem).split())
    return text.removeprefix("Docker refused: ")[:_LAST_WORDS]


def _way_out(reference: str, problem: str) -> str:
    return (
        f"the image {reference} could not be pulled: {problem}. Pull it by hand (docker pull {reference}), "
        "or set LEANBOARD_IMAGE to one that is there"
    )


@dataclass(eq=False, slots=True)
class _Pull:
    """One image on its way, and who waits for it."""

    reference: str
    waiters: dict[object, Report] = field(default_factory=dict)
    told: Fetching | None = None
    task: asyncio.Task[ImageFacts] | None = None

    def tell(self, fetching: Fetching) -> None:
        """Tell all who wait, unless it is what they know."""
        if fetching == self.told:
            return
        self.told = fetching
        for report in tuple(self.waiters.values()):
            report(fetching)


class _Reader:
    """Reads one pull in a thread. What is written there is read on the event loop: whole values, never parts."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        open_pull: Callable[[], AbstractContextManager[PullLines]],
    ) -> None:
        self._loop = loop
        self._open = open_pull
        self._lock = threading.Lock()  # over _wanted, _lines and _over
        self._wanted = True
        self._over = False
        self._lines: PullLines | None = None
        self._ended = asyncio.Event()
        self.tally = PullTally()
        self.heard_at = monotonic()
        self.problem: Exception | None = None

    def start(self, name: str) -> None:
        """Begin."""
        threading.Thread(target=self._run, name=name, daemon=True).start()

    async def has_ended(self, within: float) -> bool:
        """Wait for its end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._ended.wait()
        return self._ended.is_set()

    def close(self) -> None:
        """End it, as soon as that is possible; nothing is read from here on."""
        with self._lock:
            self._wanted = False
            if self._lines is not None and not self._over:
                self._over = True
                _close(self._lines)

    def revive(self) -> bool:
        """Want it again: True when it has not begun to read yet, and so was not ended."""
        with self._lock:
            if self._over or self._lines is not None:
                return False
            self._wanted = True
            self.heard_at = monotonic()
            return True

    def _run(self) -> None:
        try:
            with self._open() as lines:
                if self._begin(lines):
                    self._take(lines)
        except Exception as error:  # noqa: BLE001  # told apart on the event loop
            self.problem = error
        with self._lock:
            self._over = True
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._ended.set)

    def _begin(self, lines: PullLines) -> bool:
        with self._lock:
            self._lines = lines
            return self._wanted

    def _take(self, lines: PullLines) -> None:
        for line in lines:
            self.heard_at = monotonic()
            if problem := line.get("error"):
                raise EngineError(str(problem))
            self.tally = fold(self.tally, line)


def _close(lines: PullLines) -> None:
    # The thread may come to the end at this very moment; what is closed twice or too late is closed all the same.
    try:
        lines.close()
    except Exception as error:  # noqa: BLE001  # whatever the SDK's inner parts raise: the thread ends at its time-out
        log.debug("a pull could not be closed", problem=str(error))
