"""Knows which containers have ended: looks at the engine's list again and again, and sooner where it gets a hint.

Level-triggered: what the list and inspect say counts, whatever was missed before. The engine's stream of endings
only makes the next look come sooner. While the engine does not answer nothing is concluded: containers go on.
Signals that we want to send are kept until they were delivered, so an outage delays them and loses none.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import monotonic

import structlog

from leanboard.engines.docker.client import DockerClient
from leanboard.engines.docker.endings import EndingsListener
from leanboard.engines.docker.facts import ENGINE_PROBLEMS, ContainerState, EngineFacts
from leanboard.engines.docker.memory import MemoryGauge
from leanboard.engines.docker.watched import Watched, exit_of
from leanboard.engines.sandbox_exit import LossCause, SandboxExit
from leanboard.errors import EngineError, EngineUnavailable

BUSY_SECONDS = 1.0  # between two looks while containers are watched
LISTED_A_SECOND = 20  # containers: a list of hundreds costs both sides as much as all else together
MOST_SECONDS = 5.0
IDLE_SECONDS = 3.0
REMOVAL_SECONDS = 0.5  # from a kill by hand to the removal that may follow it
KILL_AGAIN_SECONDS = 2.0  # a kill that is not followed by an end is sent again
_NEVER = -1

log = structlog.get_logger(__name__)


class ContainerWatch:
    """Watches all containers of one installation.

    Args:
        client: Of the engine.
        instance: Whose containers.
        on_outage: Called when the engine does not answer any more.
    """

    def __init__(self, client: DockerClient, instance: str, on_outage: Callable[[], None]) -> None:
        self._client = client
        self._instance = instance
        self._on_outage = on_outage
        self._watched: dict[str, Watched] = {}
        self._hinted: set[str] = set()
        self._wake = asyncio.Event()
        self._looked = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._listener: EndingsListener | None = None
        self._outages = 0
        self.facts: EngineFacts | None = None  # None while the engine does not answer
        self.problem = "the Docker engine has not answered yet"
        self.seen_once = False
        self._looked_at = float("-inf")

    @property
    def age(self) -> float:
        """Seconds since the last look at the engine."""
        return monotonic() - self._looked_at

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="container-watch")
        self._listener = EndingsListener(self._client, self._instance, self.hint, self._broken)
        self._listener.start(asyncio.get_running_loop())

    async def close(self) -> None:
        """Stop looking; containers go on."""
        if self._listener is not None:
            self._listener.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        tasks = [task for watched in self._watched.values() for task in (watched.attending, watched.settling) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for watched in self._watched.values():
            if not watched.ended.done():
                watched.ended.cancel()

    # --- what is watched -----------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        container_id: str,
        memory: int | None,
        closing: Callable[[], Awaitable[None]],
        *,
        unseen: bool = False,
    ) -> Watched:
        """Watch a container; one that is watched already stays so.

        Args:
            name: Of the container.
            container_id: 64 hex digits.
            memory: Its limit in bytes.
            closing: Completes the slot's files.
            unseen: It had ended before anybody watched. Who killed such a one is not known; most often it is a
                restart of the machine, with service and engine.
        """
        found = self._watched.get(name)
        if found is not None and not found.ended.done():
            return found
        ended: asyncio.Future[SandboxExit] = asyncio.get_running_loop().create_future()
        watched = Watched(name, memory, closing, ended, MemoryGauge(container_id))
        watched.outages = _NEVER if unseen else self._outages
        self._watched[name] = watched
        self.hint(name)
        return watched

    def forget(self, watched: Watched) -> None:
        """Stop watching one."""
        if self._watched.get(watched.name) is watched:
            del self._watched[watched.name]

    def condemn(self, name: str) -> None:
        """Note that we end this one ourselves, whoever watches it."""
        watched = self._watched.get(name)
        if watched is not None:
            watched.kill_wanted = True

    def hint(self, name: str = "") -> None:
        """Look at this one now, or at all."""
        if name:
            self._hinted.add(name)
        self._wake.set()

    async def look(self, within: float) -> None:
        """Wait for one look that begins after this call, at most ``within`` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within), self._looked:
                self._wake.set()
                await self._looked.wait()

    # --- looking -------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                await self._look_once()
            except Exception:  # the watch is what everything waits for: it goes on
                log.exception("a look at the Docker engine failed")
            async with self._looked:
                self._looked.notify_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            self._wake.clear()

    def _pause(self) -> float:
        """Seconds to the next look: few while somebody waits for what it brings."""
        if not self._watched:
            return IDLE_SECONDS
        wishes = any(watched.kill_wanted or watched.interrupt_wanted for watched in self._watched.values())
        if wishes or self.facts is None:
            return BUSY_SECONDS
        return min(max(BUSY_SECONDS, len(self._watched) / LISTED_A_SECOND), MOST_SECONDS)

    async def _look_once(self) -> None:
        hinted, self._hinted = self._hinted, set()
        for name in hinted:
            self._attend(name)
        if hinted and self.facts is not None and self.age < BUSY_SECONDS:
            return
        try:
            facts = await self._client.facts()
            listed = {entry.name: entry.status for entry in await self._client.listed(self._instance)}
        except ENGINE_PROBLEMS as error:
            self._looked_at = monotonic()
            self._down(error.detail)
            return
        self._looked_at = monotonic()
        self._up(facts)
        for name, watched in tuple(self._watched.items()):
            if listed.get(name) not in ("running", "paused", "restarting"):
                self._attend(name)
                continue
            watched.outages = self._outages  # it has survived them
            watched.gauge.read()
            if watched.kill_wanted or watched.interrupt_wanted:
                self._attend(name)

    def _attend(self, name: str) -> None:
        """Look at one in a task of its own: a call that hangs keeps nobody from the others."""
        watched = self._watched.get(name)
        if watched is None:
            return
        watched.attended = False
        if watched.attending is None or watched.attending.done():
            watched.attending = asyncio.create_task(self._attend_to(watched), name=f"attend-{name}")

    async def _attend_to(self, watched: Watched) -> None:
        while not watched.attended and watched.settling is None:
            watched.attended = True
            try:
                await self._inspect(watched)
            except EngineUnavailable:  # the looks tell, and come back to it
                return
            except EngineError as error:
                log.warning("the Docker engine refused", name=watched.name, problem=error.detail)
                return

    async def _inspect(self, watched: Watched) -> None:
        state = await self._client.inspect(watched.name)
        if state is None or state.is_over:
            watched.settling = asyncio.create_task(self._settle(watched, state), name=f"settle-{watched.name}")
        elif state.status != "created":
            await self._deliver(watched)
        elif watched.kill_wanted:  # before its job, with which it would have started
            await self._client.remove(watched.name)
            watched.attended = False

    async def _deliver(self, watched: Watched) -> None:
        """Send what was asked for and has not arrived yet."""
        watched.gauge.read()
        if watched.kill_wanted:
            if monotonic() - watched.killed_at >= KILL_AGAIN_SECONDS:
                watched.killed_at = monotonic()
                await self._client.signal(watched.name, "SIGKILL")
        elif watched.interrupt_wanted:
            watched.interrupt_wanted = False
            try:
                await self._client.signal(watched.name, "SIGINT")
            except BaseException:  # it may still arrive; LEAN does not mind a second one
                watched.interrupt_wanted = True
                raise

    async def _settle(self, watched: Watched, state: ContainerState | None) -> None:
        watched.of_the_machine = watched.gauge.is_of_the_machine()
        problem = await self._close_slot(watched)
        exit_ = exit_of(watched, state, engine_restarted=watched.outages != self._outages)
        if exit_.lost is LossCause.EXTERNAL_KILL:
            try:
                state = await self._after_a_kill(watched.name, state)
            except Exception:  # everybody waits for the end
                log.exception("it could not be found out who ended a container", name=watched.name)
            exit_ = exit_of(watched, state, engine_restarted=watched.outages != self._outages)
        if not watched.ended.done():
            watched.ended.set_result(replace(exit_, incomplete=problem))

    @staticmethod
    async def _close_slot(watched: Watched) -> str:
        """Let the slot's files be completed; returns what kept them from it."""
        try:
            await watched.closing()
        except ENGINE_PROBLEMS as error:
            log.warning("what a container left could not be brought back", name=watched.name, problem=error.detail)
            return error.detail
        except Exception as error:  # everybody waits for the end
            log.exception("what a container left could not be brought back", name=watched.name)
            return f"what it left could not be brought back: {error}"
        return ""

    async def _after_a_kill(self, name: str, state: ContainerState | None) -> ContainerState | None:
        """Look again: ``docker rm -f`` kills first; and that the engine itself has died may be known a moment later."""
        if not await self._client.takes_connections():
            # An engine that was told to end answers on old connections while it stops its containers.
            self._broken()
            return state
        await asyncio.sleep(REMOVAL_SECONDS)
        try:
            found = await self._client.inspect(name)
        except ENGINE_PROBLEMS:
            return state
        return None if found is None or found.status == "removing" else found

    # --- the engine itself ---------------------------------------------------------------------------------------

    def _down(self, problem: str) -> None:
        if self.facts is not None:
            log.warning("the Docker engine does not answer", problem=problem)
            self.facts, self._outages = None, self._outages + 1
            self._on_outage()
            if self._listener is not None:
                self._listener.reconnect()
        self.problem = problem

    def _up(self, facts: EngineFacts) -> None:
        if self.facts is None:
            log.info("the Docker engine answers", version=facts.version)
            if facts.url.startswith("http://") and not self.seen_once:
                log.warning("nothing protects the way to the engine: whoever reaches its port is root", url=facts.url)
        self.facts, self.problem, self.seen_once = facts, "", True

    def _broken(self) -> None:
        """The stream of endings ended: the engine has died, even if it is back before the next look."""
        self._outages += 1
        self.hint()
