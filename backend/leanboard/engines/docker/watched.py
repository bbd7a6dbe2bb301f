"""One container under watch, and what its end means."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from leanboard.engines.docker.facts import ContainerState
from leanboard.engines.docker.memory import MemoryGauge
from leanboard.engines.sandbox_exit import LossCause, SandboxExit

_SIGKILL, _SIGTERM, _SIGINT = 137, 143, 130
_UNCLEAN = 255  # what the engine notes for containers that ran when its machine went down


@dataclass(slots=True)
class Watched:
    """One container from its start to its end; mutable, the watch's own.

    Attributes:
        memory_limit: Bytes.
        closing: Completes the slot's files before the end is told.
        ended: Gets the answer that every ``wait`` gives.
        outages: The watch's count when it was last seen running: what ended it came after.
        of_the_machine: What killed for memory in it was certainly not its own limit; looked at right after its end.
        attended: Nobody has asked for a look at it since the last one began.
    """

    name: str
    memory_limit: int | None
    closing: Callable[[], Awaitable[None]]
    ended: asyncio.Future[SandboxExit]
    gauge: MemoryGauge
    interrupt_wanted: bool = False
    kill_wanted: bool = False
    killed_at: float = float("-inf")
    outages: int = 0
    of_the_machine: bool = False
    attended: bool = True
    attending: asyncio.Task[None] | None = field(default=None)
    settling: asyncio.Task[None] | None = field(default=None)


def exit_of(watched: Watched, state: ContainerState | None, *, engine_restarted: bool) -> SandboxExit:
    """Say how a container ended; None for one that is not there any more."""
    limit, peak = watched.memory_limit, watched.gauge.peak
    if state is None:
        ours = watched.kill_wanted
        return SandboxExit(
            exit_code=_SIGKILL if ours else None,
            detail="its container is not there any more",
            lost=None if ours else LossCause.CONTAINER_MISSING,
            memory_limit=limit,
            memory_peak=peak,
        )
    at_its_limit = state.oom_killed and not watched.of_the_machine
    lost = LossCause.MACHINE_MEMORY if state.oom_killed and watched.of_the_machine else None
    signalled = state.exit_code in (_SIGKILL, _SIGTERM, _SIGINT, _UNCLEAN)
    # An engine that is stopped in good order stops its containers, and LEAN ends well then: exit code 0.
    asked = state.exit_code == 0 and engine_restarted
    if (signalled or asked) and not (watched.kill_wanted or state.oom_killed):
        lost = LossCause.ENGINE_RESTART if engine_restarted else LossCause.EXTERNAL_KILL
    return SandboxExit(
        exit_code=state.exit_code,
        out_of_memory=at_its_limit,
        detail=state.error,
        lost=lost,
        memory_limit=limit,
        memory_peak=limit if at_its_limit else peak,
    )
