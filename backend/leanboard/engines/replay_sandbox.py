"""One recorded run that plays, and holds its caller to the order of calls while it does.

Signals act as they do on LEAN (contract 2.6). An interrupt before LEAN has taken its job kills it; while the
strategy is imported or initialized it is swallowed, with LEAN's own line; after the launch the recording jumps to
the end of its data, and LEAN's last words and its result follow (a recording that ends without last words ends
there and then, and an error in the recording stays one). A player cannot compute the partial result of an early
end: the recorded one appears.

A call that the contract does not allow raises AssertionError with the rule's words.
"""

import asyncio
import contextlib
import hashlib
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from leanboard.engines.recording import Action, Recording
from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.errors import EngineError

_KILLED = 137
_INTERRUPTED = 130
_CANCEL_LINE = "TRACE:: Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now\n"
_BATCH = 256  # actions written in one go: how far a player without delays may be ahead of a signal


def must(holds: object, rule: str) -> None:
    """Hold a caller to the contract of leanboard.engines.base, as far as a player can see it."""
    if not holds:
        raise AssertionError(f"engine contract: {rule}")


class ReplaySandbox:
    """One recording that plays."""

    def __init__(
        self,
        spec: SandboxSpec,
        recording: Recording,
        *,
        config: bytes,
        speed: float,
        pool: ThreadPoolExecutor,
        forget: Callable[["ReplaySandbox"], None],
    ) -> None:
        self._spec = spec
        self._recording = recording
        self._speed = speed
        self._pool = pool
        self._forget = forget
        self._config = config
        self._job: bytes | None = None
        self._exclusive = ""
        self._removed = False
        self._assigned = asyncio.Event()
        self._ready = asyncio.Event()
        self._wake = asyncio.Event()
        self._jump = False
        self._swallow = 0
        self._next = 0
        self._ended: asyncio.Future[SandboxExit] = asyncio.get_running_loop().create_future()
        self._player = asyncio.create_task(self._play(), name=f"replay-{spec.slot.id}")

    @property
    def id(self) -> str:
        """Named after its slot."""
        return f"replay-{self._spec.slot.id}"

    @property
    def slot_id(self) -> str:
        """The slot it was booted for."""
        return self._spec.slot.id

    async def wait_ready(self, within: float) -> bool:
        """Wait until the recording has come to where LEAN imports the guest."""
        with self._alone("wait_ready"):
            await self._first_of(self._ready, within)
        return self._ready.is_set() and not self._ended.done()

    async def assign(self, job: bytes) -> None:
        """Put the job in place; the recording goes on."""
        with self._alone("assign"):
            if self._job is not None:
                must(job == self._job, "a slot is used for one run: assign with another job")
                return
            self._job = job
            try:
                await self._in_pool(self._check_and_write, job)
            except OSError as error:
                msg = f"could not write {self._spec.slot.job.name}: {error.strerror}"
                raise EngineError(msg) from error
            self._assigned.set()

    async def interrupt(self) -> None:
        """SIGINT, as LEAN takes it at this point of its run."""
        if self._ended.done():
            return
        if self._next < self._recording.accepted:
            self._end(_INTERRUPTED)
        elif self._next < self._recording.launched:
            self._swallow += 1
        else:
            self._jump = True
        self._wake.set()

    async def kill(self) -> None:
        """SIGKILL: what is written stays as it is."""
        self._end(_KILLED)

    async def wait(self) -> SandboxExit:
        """Wait for the end; the player has closed its files then."""
        ended = await asyncio.shield(self._ended)
        await asyncio.wait({self._player})
        return ended

    async def remove(self) -> None:
        """End it, if it plays, and forget it."""
        with self._alone("remove", last=True):
            self._end(_KILLED)
            self._removed = True
            await asyncio.wait({self._player})
            self._forget(self)

    # --- the player --------------------------------------------------------------------------------------------

    async def _play(self) -> None:
        """Write the timeline, at most a batch at a time, until it ends or something ends it."""
        recording = self._recording
        try:
            await self._play_until(recording.ready)
            if recording.ready < len(recording.actions):
                self._ready.set()
                await self._first_of(self._assigned)
            await self._play_until(len(recording.actions))
            self._end(recording.exit_code, out_of_memory=recording.out_of_memory)
        except OSError as error:  # the slot was taken away, or the disk is full: a process would have crashed
            self._end(134, detail=str(error))

    async def _first_of(self, event: asyncio.Event, within: float | None = None) -> None:
        """Wait for an event, for the end, or for ``within`` seconds, whatever comes first."""
        waits: asyncio.Future[object] = asyncio.ensure_future(event.wait())
        either: set[asyncio.Future[object]] = {waits, asyncio.ensure_future(asyncio.shield(self._ended))}
        try:
            await asyncio.wait(either, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in either:
                one.cancel()

    async def _play_until(self, stop: int) -> None:
        actions = self._recording.actions
        loop = asyncio.get_running_loop()
        begin = loop.time() - self._scaled(self._next)
        while self._next < stop and not self._ended.done():
            if self._swallow:
                await self._say_cancelled()
            elif self._obey_signals():
                begin = loop.time() - self._scaled(self._next)
            elif (due := begin + self._scaled(self._next)) > loop.time():
                await self._sleep(due - loop.time())
            else:
                batch = actions[self._next : self._due(begin, stop)]
                self._next += len(batch)
                await self._in_pool(_write, self._spec.slot.root, batch)

    def _due(self, begin: float, stop: int) -> int:
        """How far the timeline may be played now; the next action is due."""
        now = asyncio.get_running_loop().time()
        end = self._next + 1
        while end < min(stop, self._next + _BATCH) and begin + self._scaled(end) <= now:
            end += 1
        return end

    def _obey_signals(self) -> bool:
        """Jump to the end of the data when LEAN would; returns whether it jumped."""
        ending = self._recording.ending
        if not self._jump:
            return False
        self._jump = False
        if ending is None:
            self._end(self._recording.exit_code, out_of_memory=self._recording.out_of_memory)
        elif self._next < ending:
            self._next = ending
        else:
            return False
        return True

    async def _say_cancelled(self) -> None:
        """What LEAN prints when the interrupt has no effect; its stamps are those of the lines around it."""
        self._swallow = 0
        stamp = "1970-01-01T00:00:00.0000000Z"
        for action in reversed(self._recording.actions[: self._next]):
            if action.path == "output/log.txt":
                stamp = action.data.partition(b" ")[0].decode("ascii", "replace")
                break
        console = f"{stamp[:19].replace('-', '').replace('T', ' ')}.{stamp[20:23]} {_CANCEL_LINE}"
        lines = (
            Action(0.0, "output/log.txt", f"{stamp} {_CANCEL_LINE}".encode(), append=True),
            Action(0.0, "console/stdout.txt", console.encode(), append=True),
        )
        await self._in_pool(_write, self._spec.slot.root, lines)

    def _scaled(self, index: int) -> float:
        """Seconds from the begin of the recording to an action, at this speed."""
        if not 0 < self._speed < math.inf or index >= len(self._recording.actions):
            return 0.0
        return self._recording.actions[index].at / self._speed

    async def _sleep(self, seconds: float) -> None:
        """Wait for the next action, or for a signal."""
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    def _end(self, exit_code: int, *, out_of_memory: bool = False, detail: str = "") -> None:
        if not self._ended.done():
            self._ended.set_result(SandboxExit(exit_code, out_of_memory=out_of_memory, detail=detail))
            self._wake.set()

    async def _in_pool(self, function: Callable[..., None], *arguments: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    # --- the rules ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _alone(self, call: str, *, last: bool = False) -> Iterator[None]:
        """These calls come one after the other, and none after remove but remove."""
        must(not self._removed or last, f"remove is the last call: {call} came after it")
        must(not self._exclusive, f"calls on one sandbox come one after the other: {call} during {self._exclusive}")
        self._exclusive = call
        try:
            yield
        finally:
            self._exclusive = ""

    def _check_and_write(self, job: bytes) -> None:
        slot = self._spec.slot
        must(digest_of(slot.config) == self._config, "config.json is never changed after boot")
        must(slot.code.is_dir(), "code/ is put there before assign at the latest")
        must(not slot.job.exists(), "job.json is renamed into place by assign, by nobody else")
        staged = slot.job.with_name("job.json.tmp")
        staged.write_bytes(job)
        staged.replace(slot.job)


def _write(root: Path, actions: tuple[Action, ...]) -> None:
    """Write actions in their order; LEAN rewrites its result file in place, so that is done here, too."""
    with contextlib.ExitStack() as files:
        streams: dict[str, BinaryIO] = {}
        for action in actions:
            path = root / action.path
            if action.append:
                if action.path not in streams:
                    streams[action.path] = files.enter_context(path.open("ab"))
                streams[action.path].write(action.data)
                continue
            for stream in streams.values():
                stream.flush()  # what was said before a file appeared can be read before it appears
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(action.data)


def digest_of(path: Path) -> bytes:
    """Return what tells whether a file was changed."""
    return hashlib.sha256(path.read_bytes()).digest()
