"""Plays recorded runs into slots, with their timing or faster, and checks the order of calls while it does.

For tests and demonstrations: everything above the engines meets what real LEAN printed and wrote, without LEAN.
``SandboxSpec.project`` names the recording. Result files get the run's algorithm id in their names; their content
stays as it was recorded.
"""

import asyncio
import json
from collections.abc import Callable, Container
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leanboard.engines.base import Availability, Engine, Fetching, LeftOver, Sandbox
from leanboard.engines.recording import Recording, RecordingError, load, names
from leanboard.engines.replay_sandbox import ReplaySandbox, digest_of, must
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot import SandboxPaths, Slot
from leanboard.errors import EngineError
from leanboard.models.run import EngineName


class ReplayEngine:
    """Makes players of the recordings in a folder."""

    def __init__(self, recordings: Path, speed: float = 1.0) -> None:
        """Take the folder as it is; it need not be there.

        Args:
            recordings: Folder with one folder a recording.
            speed: Times faster than recorded; 0 or infinity for as fast as possible.
        """
        self._recordings = recordings
        self._speed = speed
        self._pool: ThreadPoolExecutor | None = None
        self._sandboxes: dict[str, ReplaySandbox] = {}
        self._used: set[str] = set()
        self._booting: dict[str, asyncio.Lock] = {}

    @property
    def name(self) -> EngineName:
        """Replay."""
        return EngineName.REPLAY

    @property
    def warms(self) -> bool:
        """It does."""
        return True

    @property
    def outlives(self) -> bool:
        """Its sandboxes end with the service."""
        return False

    @property
    def other_data(self) -> str:
        """None: what was recorded is shown as it is."""
        return ""

    async def start(self) -> None:
        """Take the threads that write."""
        self._pool = self._pool or ThreadPoolExecutor(4, thread_name_prefix="replay-files")

    async def close(self) -> None:
        """End the players and their threads."""
        await self.sweep(frozenset())
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    async def availability(self) -> Availability:
        """Ready where there are recordings."""
        found = await asyncio.to_thread(names, self._recordings)
        if found:
            return Availability(ready=True, detail=f"{len(found)} recorded runs in {self._recordings}")
        return Availability(
            ready=False,
            detail=f"no recorded runs in {self._recordings}",
            remedy="set LEANBOARD_RECORDINGS to a folder that holds recordings (each with a case.json)",
        )

    async def versions(self, image: str) -> None:
        """Nobody knows: a recording is played."""
        del image

    def hold_reason(self) -> str:
        """Nothing ever keeps it."""
        return ""

    def paths(self, slot: Slot, data_folder: Path) -> SandboxPaths:
        """The service's own paths."""
        return SandboxPaths(
            guest=str(slot.code / "main.py"),
            code=str(slot.code),
            output=str(slot.output),
            storage=str(slot.storage),
            data=str(data_folder),
            job=str(slot.job),
        )

    async def fetch(self, image: str, report: Callable[[Fetching], None]) -> None:
        """Nothing is to be fetched."""

    async def build(self, spec: SandboxSpec) -> None:
        """C# is refused before it comes here."""

    async def install(self, spec: SandboxSpec, report: Callable[[Fetching], None]) -> None:
        """A recording has run already."""

    async def boot(self, spec: SandboxSpec) -> Sandbox:
        """Begin to play; a slot that has a player keeps it."""
        must(self._pool is not None, "start comes before boot")
        assert self._pool is not None
        async with self._booting.setdefault(spec.slot.id, asyncio.Lock()):
            existing = self._sandboxes.get(spec.slot.id)
            if existing is not None:
                return existing
            must(spec.slot.id not in self._used, "a slot and its sandbox are used for one run and never again")
            loop = asyncio.get_running_loop()
            try:
                recording, config = await loop.run_in_executor(self._pool, self._prepare, spec)
            except (RecordingError, OSError) as error:
                raise EngineError(str(error)) from error
            sandbox = ReplaySandbox(
                spec,
                recording,
                config=config,
                speed=self._speed,
                pool=self._pool,
                forget=self._forget,
            )
            self._used.add(spec.slot.id)
            self._sandboxes[spec.slot.id] = sandbox
            return sandbox

    async def adopt(self, spec: SandboxSpec) -> Sandbox | None:
        """Nothing is taken over: a player ends with its service."""
        del spec
        return None

    async def leftovers(self) -> tuple[LeftOver, ...]:
        """Return the players of this engine."""
        return tuple(LeftOver(slot_id, age=float("inf"), running=True) for slot_id in self._sandboxes)

    async def sweep(self, keep: Container[str]) -> tuple[str, ...]:
        """End the players of this engine that are not wanted; players do not outlive their service."""
        ended = []
        for slot_id, sandbox in tuple(self._sandboxes.items()):
            if slot_id not in keep:
                await sandbox.remove()
                ended.append(slot_id)
        return tuple(ended)

    def _prepare(self, spec: SandboxSpec) -> tuple[Recording, bytes]:
        slot = spec.slot
        for folder in (slot.root, slot.output, slot.console):
            must(folder.is_dir(), f"the slot's directories exist before boot: {folder.name}/")
        must(slot.config.is_file(), "config.json is written before boot")
        must(_algorithm_id(slot.config) == spec.algorithm_id, "config.json holds the algorithm id of the spec")
        must(not slot.job.exists(), "job.json is renamed into place by assign, after boot")
        if spec.project not in names(self._recordings):
            msg = f"there is no recording named {spec.project!r} in {self._recordings}"
            raise RecordingError(msg)
        for stream in ("stdout.txt", "stderr.txt"):
            (slot.console / stream).write_bytes(b"")
        return load(self._recordings / spec.project, spec.algorithm_id), digest_of(slot.config)

    def _forget(self, sandbox: ReplaySandbox) -> None:
        self._sandboxes.pop(sandbox.slot_id, None)
        self._booting.pop(sandbox.slot_id, None)


def _algorithm_id(config: Path) -> object:
    try:
        loaded = json.loads(config.read_bytes())
    except ValueError:
        return None
    return loaded.get("algorithm-id") if isinstance(loaded, dict) else None


def _conforms(engine: ReplayEngine) -> Engine:
    """Let mypy hold the class against the contract."""
    return engine
