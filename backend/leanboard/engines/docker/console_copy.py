"""Brings a container's streams into its slot while it runs: one thread a container, for engines without our disk.

Docker keeps what a container printed until the container is removed, and gives the same bytes each time it is asked.
So whatever breaks (the connection, the engine, this service), the stream is asked for from its beginning, and what
the files hold already is passed over: no gap, nothing twice. Times are not needed for that, and could not tell two
lines of the same nanosecond apart.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from io import BufferedWriter
from pathlib import Path
from typing import Protocol, Self

import structlog

from leanboard.engines.docker.console_frames import STDERR, STDOUT, Demultiplexer, FrameLines
from leanboard.engines.slot import Slot
from leanboard.engines.slot_files import STREAMS
from leanboard.errors import EngineError, EngineUnavailable

AGAIN_SECONDS = 0.5
MOST_REFUSALS = 5
FRAMES = "frames.ndjson"
_BLOCK = 1 << 20

log = structlog.get_logger(__name__)


class ConsoleStream(Protocol):
    """What Docker gives of both streams, in its frames."""

    def __iter__(self) -> "ConsoleStream":
        """Itself."""
        ...

    def __next__(self) -> bytes:
        """Wait for more; ends when the container has ended, the engine died, or somebody closed."""
        ...

    def shut(self) -> None:
        """End it; called from another thread, and ends a read that blocks."""
        ...

    def close(self) -> None:
        """Let go of it; called from the thread that reads."""
        ...


class OpenConsole(Protocol):
    """Asks Docker for a container's streams from their beginning; blocks."""

    def __call__(self, name: str, *, follow: bool) -> ConsoleStream | None:
        """Open it; None when there is no such container. Errors as of the client's calls."""
        ...


class ConsoleCopy:
    """One container's streams.

    Args:
        name: Of the container.
        files: Of its slot; closed when the thread ends.
        open_console: Asks the engine.
    """

    def __init__(self, name: str, files: "ConsoleFiles", open_console: OpenConsole) -> None:
        self._name = name
        self._files = files
        self._open = open_console
        self._refusals = 0
        self._over = threading.Event()
        self._closed = False
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._stream: ConsoleStream | None = None
        self._complete = asyncio.Event()
        self._problem: EngineError | None = None
        self._thread: threading.Thread | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to bring."""

        def told() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._complete.set)

        self._thread = threading.Thread(target=self._work, args=(told,), name=f"console-{self._name}", daemon=True)
        self._thread.start()

    async def complete(self) -> None:
        """Wait until the thread has ended: after :meth:`finish`, with all that there is.

        Raises:
            EngineError: Our disk refused.
        """
        await self._complete.wait()
        if self._problem is not None:
            raise self._problem

    def finish(self) -> None:
        """Take note that the container has ended: what Docker has now is all."""
        self._over.set()
        self._wake.set()

    def reconnect(self) -> None:
        """Give up the connection: nobody answers at its other end."""
        with self._lock:
            if self._stream is not None:
                self._stream.shut()

    def close(self) -> None:
        """End the thread soon; what is missing is brought when somebody starts again."""
        self._closed = True
        self._wake.set()
        self.reconnect()

    def join(self, seconds: float) -> None:
        """Wait for the thread; blocks."""
        if self._thread is not None:
            self._thread.join(seconds)

    # --- in the thread -------------------------------------------------------------------------------------------

    def _work(self, told: Callable[[], None]) -> None:
        try:
            with self._files:
                while not self._closed and not self._brought():
                    self._wake.wait(AGAIN_SECONDS)
                    self._wake.clear()
        except Exception as error:  # whoever waits must be told
            log.exception("a console could not be brought", name=self._name)
            self._problem = EngineError(f"the console could not be brought: {error}")
        told()

    def _brought(self) -> bool:
        """Read the stream from its beginning to its end; says whether all is here."""
        was_over = self._over.is_set()  # before the engine is asked: what it has then is complete
        try:
            stream = self._open(self._name, follow=not was_over)
            if stream is None:
                return True
            self._copy(stream)
        except EngineUnavailable:
            return False
        except EngineError as error:  # the stream makes no sense, or is the engine's complaint about its own files
            log.warning("Docker does not give a console", name=self._name, problem=error.detail)
            self._refusals += 1
            return was_over and self._refusals >= MOST_REFUSALS
        return was_over and not self._closed

    def _copy(self, stream: ConsoleStream) -> None:
        with self._lock:
            self._stream = stream
        try:
            frames = Demultiplexer()
            self._files.rewind()
            for data in stream:
                for kind, piece in frames.feed(data):
                    self._files.write(kind, piece)
                self._files.flush()
        finally:
            with self._lock:
                self._stream = None
            stream.close()


class ConsoleFiles:
    """The slot's files that are made of the streams; used by one thread at a time. Blocks.

    Args:
        slot: Of the run. Frames that an earlier process brought are made anew from what it stored of stdout: it may
            have died between the two files.

    Raises:
        OSError: The disk refused.
    """

    def __init__(self, slot: Slot) -> None:
        self._lines = FrameLines()
        self._frames_path = slot.output / FRAMES
        paths = dict(zip((STDOUT, STDERR), (slot.console / name for name in STREAMS), strict=True))
        self._restore(paths[STDOUT])
        self._files: dict[int, BufferedWriter] = {kind: path.open("ab") for kind, path in paths.items()}
        self._frames: BufferedWriter | None = None
        self._skip = dict.fromkeys(paths, 0)

    def _restore(self, stored: Path) -> None:
        if not stored.exists() or not stored.stat().st_size:
            return
        staged = self._frames_path.with_name(FRAMES + ".tmp")
        with stored.open("rb") as source, staged.open("wb") as target:
            while block := source.read(_BLOCK):
                target.write(self._lines.feed(block))
        staged.replace(self._frames_path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (*self._files.values(), *filter(None, [self._frames])):
            file.close()

    def rewind(self) -> None:
        """Expect the streams from their beginning."""
        self.flush()
        self._skip = {kind: file.seek(0, os.SEEK_END) for kind, file in self._files.items()}

    def write(self, kind: int, piece: bytes) -> None:
        """Take the next bytes of a stream."""
        known = min(self._skip[kind], len(piece))
        self._skip[kind] -= known
        new = piece[known:]
        if kind == STDOUT:
            self._take_frames(new)
        self._files[kind].write(new)

    def _take_frames(self, data: bytes) -> None:
        if frames := self._lines.feed(data):
            if self._frames is None:
                self._frames = self._frames_path.open("ab")
            self._frames.write(frames)

    def flush(self) -> None:
        """Let others see what came."""
        for file in (*self._files.values(), *filter(None, [self._frames])):
            file.flush()
