"""The contract between the service and whatever executes LEAN.

An engine makes **sandboxes**: a container, a child process, a player of recordings. Nothing above this
package knows which. The two sides meet in a directory, the **slot**::

    slot/
      code/          the user's project: put there by the caller, before assign at the latest
      output/        LEAN's results folder: log.txt, frames.ndjson, <id>.json ...; written by the sandbox alone
      console/       stdout.txt and stderr.txt: what the process printed, byte for byte; written by the engine
                     build.txt, install.txt: what a compiler and pip printed; packages.txt: what is in packages/
      storage/       LEAN's object store
      build/         a C# project, compiled; put there by the engine's build
      packages/      what requirements.txt asks for; put there by the engine's install
      config.json    LEAN's configuration; written by the caller before boot, never changed after
      sandbox.json   what executes it (``versions``, as models/results.py has them); put there by the engine during boot
      job.json       renamed into place by assign; from then on the guest runs the user's code

**Following is the caller's.** An engine's only duty is that files grow while the sandbox runs. So every engine is
followed by the same code, nothing is lost when the service is away, and what LEAN printed is stored byte for byte.
On another machine's engine only the console and the frames grow; all else comes whole, before ``wait`` returns.

**Order of calls.** (``fetch`` -> ``build`` -> ``install``) -> ``boot`` -> (``wait_ready``) -> ``assign`` ->
(``interrupt``)* -> (``kill``)? -> ``wait`` -> ``remove``. Booting and giving a job are two steps, because a slot may be
booted before anybody asked (a warm slot) and because a cold run is then the same code: boot, assign at once.
``assign`` need not wait for ``wait_ready``; for a warm slot ``install`` comes before it. ``remove`` is the last call;
it may come at any time after ``boot``, also instead of everything else. A slot and its sandbox are used for one run
and never again.

**Concurrency.** Calls on different sandboxes may run at the same time. On one sandbox, ``wait`` may run beside any
other call, and ``interrupt`` and ``kill`` may come while ``assign`` has not returned. All other calls on one sandbox
come one after the other. No call blocks the event loop: an engine that needs threads has its own pool.

**Idempotence.** ``interrupt``, ``kill`` and ``remove`` succeed when the sandbox has already ended or vanished.
``wait`` may be called any number of times, by several tasks, and always gives the same answer once it has given one.
``boot`` for a slot whose sandbox exists already (a lost answer, a restarted service) adopts or replaces it; it never
makes a second one. ``assign`` with the same job a second time does nothing.

**Truth.** What an engine reports about an ended sandbox is evidence, not an outcome: the monitor decides from LEAN's
result file, the exit, and what we ourselves asked for. An engine knows nothing of a run's status.

**Cancellation.** A call whose task is cancelled may have taken effect. The caller answers with ``remove``.

**Outliving.** The sandboxes of an engine with ``outlives`` go on when the service ends: ``close`` leaves them, and a
later process of the service takes them over with ``adopt``. Those of the others end with ``close``.

**Errors.** :class:`leanboard.errors.EngineError` when the sandbox cannot be made or controlled; its text says what
to do. :class:`leanboard.errors.EngineUnavailable` when the engine as a whole cannot do it now (not there, disk full):
from ``boot`` it means "nothing was made; ask again later". :class:`leanboard.errors.BuildFailed` from ``build``: the
project does not compile. :class:`leanboard.errors.RequirementsFailed` from ``install``: pip refuses.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from leanboard.engines.sandbox_exit import SandboxExit
from leanboard.engines.sandbox_spec import SandboxSpec
from leanboard.engines.slot import SandboxPaths, Slot
from leanboard.models.results import Versions
from leanboard.models.run import EngineName


@dataclass(frozen=True, slots=True)
class AllBut:
    """For ``Engine.sweep``: all slots are kept but a few, so whatever is booted meanwhile is safe."""

    doomed: frozenset[str]

    def __contains__(self, slot_id: object) -> bool:
        return slot_id not in self.doomed


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether an engine can run anything now.

    Attributes:
        ready: It can.
        detail: What is there, or what is missing.
        remedy: What to do about it; empty when ready.
        on_request: Not ready, yet a run that asks for this engine by name is taken: it waits for the engine, or
            for its image to be fetched.
    """

    ready: bool
    detail: str
    remedy: str = ""
    on_request: bool = False


@dataclass(frozen=True, slots=True)
class Fetching:
    """How far an engine is with getting what a run needs: an image, packages.

    Attributes:
        text: For people, such as "pulling quantconnect/lean:latest: 1.2 of 9.8 GB".
        percent: 0 to 100; None while the size is not known.
    """

    text: str
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A sandbox of this installation that the engine still holds.

    Attributes:
        slot_id: Of the slot it was booted for; empty for what somebody made by hand.
        age: Seconds since it was made.
        running: Whether it still runs.
        name: What the engine calls it, where it has a name.
    """

    slot_id: str
    age: float
    running: bool
    name: str = ""


class Sandbox(Protocol):
    """One booted sandbox; see the module's text for order, concurrency and idempotence."""

    @property
    def id(self) -> str:
        """What the engine calls it: a container's name, a process id."""
        ...

    async def wait_ready(self, within: float) -> bool:
        """Wait until the guest waits for its job; False when it ended or ``within`` seconds passed before."""
        ...

    async def assign(self, job: bytes) -> None:
        """Put ``job`` (the text of job.json) in place, by rename: the guest sees all of it or nothing."""
        ...

    async def interrupt(self) -> None:
        """Ask LEAN to end early and write its results: SIGINT. LEAN swallows it while it initializes."""
        ...

    async def kill(self) -> None:
        """End it at once, with every process in it. Returns when the order is given; ``wait`` says when it is done."""
        ...

    async def wait(self) -> SandboxExit:
        """Wait until it has ended and its console files are complete."""
        ...

    async def remove(self) -> None:
        """Let go of everything that the engine holds for it; ends it first if it runs. The slot's files stay."""
        ...


class Engine(Protocol):
    """Makes sandboxes; see the module's text."""

    @property
    def name(self) -> EngineName:
        """Which engine this is."""
        ...

    @property
    def warms(self) -> bool:
        """Whether a sandbox boots before it has its job. Else ``assign`` starts it, and ``wait_ready`` is for later."""
        ...

    @property
    def outlives(self) -> bool:
        """Whether its sandboxes go on when the service ends, to be adopted by the next."""
        ...

    @property
    def other_data(self) -> str:
        """For people: which market data runs read if not ``SandboxSpec.data_folder``; empty when it is that."""
        ...

    async def start(self) -> None:
        """Take what is needed to work (pools, connections); does not fail when the engine is not there."""
        ...

    async def close(self) -> None:
        """Give it back; sandboxes that still run are ended, unless they outlive. Deadline of a few seconds."""
        ...

    async def availability(self) -> Availability:
        """Say whether runs can be started now; costs at most a second."""
        ...

    async def versions(self, image: str) -> Versions | None:
        """Say what a run that is booted now would be made with; None while that is not known.

        Args:
            image: As in the spec; empty for the engine's own. It is not fetched.
        """
        ...

    def hold_reason(self) -> str:
        """Say why nothing can be started at this moment; empty when something can. What is known, at no cost."""
        ...

    def paths(self, slot: Slot, data_folder: Path) -> SandboxPaths:
        """Say where a sandbox of this engine sees the slot; pure."""
        ...

    async def fetch(self, image: str, report: Callable[[Fetching], None]) -> None:
        """Get what booting ``image`` needs and may take long; at once when it is there.

        Several may ask for the same at the same time: it is fetched once, and each is told how far it is.

        Args:
            image: As in the spec; empty for the engine's own.
            report: Called on the event loop; must not block.

        Raises:
            EngineError: It cannot be had; the text says why and what to do.
            EngineUnavailable: The engine is not there.
        """
        ...

    async def build(self, spec: SandboxSpec) -> None:
        """Compile what ``spec.build`` names into ``slot.build``; at once where there is nothing to compile.

        Comes before ``boot``, may take minutes, and may be cancelled at any time. What the compiler printed is in the
        slot's console. Several may build the same at the same time: it is compiled once.

        Raises:
            BuildFailed: The project does not compile, or not here.
            EngineError: The compiler could not be run.
            EngineUnavailable: The engine is not there.
        """
        ...

    async def install(self, spec: SandboxSpec, report: Callable[[Fetching], None]) -> None:
        """Install what ``spec.requirements`` names into ``slot.packages``; at once where it names nothing.

        May take minutes, and may be cancelled at any time. What pip printed is in the slot's console. Several may ask
        for the same at the same time: it is installed once, and each is told how far it is.

        Args:
            spec: With its files in ``slot.code``.
            report: Called on the event loop; must not block. Not called where everything is there already.

        Raises:
            RequirementsFailed: pip refuses, or took too long.
            EngineError: pip could not be run.
            EngineUnavailable: The engine is not there.
        """
        ...

    async def boot(self, spec: SandboxSpec) -> Sandbox:
        """Start a sandbox; returns when it is started, not when it is ready."""
        ...

    async def adopt(self, spec: SandboxSpec) -> Sandbox | None:
        """Take over the sandbox of this slot that an earlier process of the service started, if it is there.

        It may run or have ended. None when there is none, or it was made and never started.
        """
        ...

    async def leftovers(self) -> tuple[LeftOver, ...]:
        """Return all sandboxes of this installation that are there, whoever made them.

        Raises:
            EngineUnavailable: The engine does not answer.
        """
        ...

    async def sweep(self, keep: Container[str]) -> tuple[str, ...]:
        """End and remove sandboxes of this installation whose slot id is not in ``keep``; returns their slot ids.

        Called at start, when sandboxes of an earlier process of the service may still be there.
        """
        ...
